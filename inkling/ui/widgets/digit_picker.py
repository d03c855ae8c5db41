"""Picker of a digit: an image of the data set, a mistake of a model, or the drawing."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import streamlit as st

from inkling.data.image_ref import ImageRef
from inkling.server.models import Model
from inkling.ui import services, session_keys
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.widgets import image_address
from inkling.ui.widgets.drawn_digit import drawn_digit
from nn.metrics import mistakes

DATA, MISTAKE, DRAWING = "From the data", "A mistake", "Your drawing"
SPLITS = {"train": "Training", "test": "Test"}


class PickedImage(NamedTuple):
    """Image of a data set, or drawing, that was picked.

    Attributes
    ----------
    image : ndarray, (28, 28) uint8
        0 paper, 255 ink.
    label : int or None
        None for a drawing.
    ref : ImageRef or None
        None for a drawing.
    """

    image: np.ndarray
    label: int | None = None
    ref: ImageRef | None = None

    @property
    def name(self) -> str:
        """Such as "Test image 7"."""
        return DRAWING if self.ref is None else self.ref.name


def pick_digit(data: str, model: Model) -> PickedImage | None:
    """Draw the picker; return the picked image, None if there is none.

    ``split`` and ``index`` in the page's address pick an image, and a pick is written there. A
    mistake is not, because its rank is another image's with another model.

    Parameters
    ----------
    data : {"mnist", "builtin"}
    model : Model
        Its mistakes can be picked.
    """
    linked = image_address.linked_image(data, "test")
    if linked is not None:
        _set_widgets(linked)

    def write_to_address() -> None:
        if st.session_state[session_keys.DIGIT_SOURCE] != DATA:
            image_address.close_image()
            return
        split = st.session_state.get(session_keys.DIGIT_SPLIT, "test")
        last = len(services.datasets().split(data, split).labels) - 1
        index = min(st.session_state.get(session_keys.DIGIT_INDEX, 0), last)
        image_address.open_image(ImageRef(data, split, index))

    source = st.pills(
        "Digit",
        [DATA, MISTAKE, DRAWING],
        default=DATA,
        required=True,
        wrap=True,
        key=session_keys.DIGIT_SOURCE,
        persist_state="session",
        on_change=write_to_address,
    )
    if source == DRAWING:
        drawn = drawn_digit()
        return None if drawn is None else PickedImage(drawn)
    if source == MISTAKE:
        return _pick_mistake(data, model)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = st.segmented_control(
            "Images",
            list(SPLITS),
            default="test",
            required=True,
            format_func=SPLITS.__getitem__,
            key=session_keys.DIGIT_SPLIT,
            persist_state="session",
            on_change=write_to_address,
        )
        last = len(services.datasets().split(data, split).labels) - 1
        index = number_box("Index", 0, last, session_keys.DIGIT_INDEX, write_to_address)
        return _picked(ImageRef(data, split, index))


def pick_image(ref: ImageRef) -> None:
    """Pick an image of the chosen data set, in the page's address, too; for callbacks."""
    _set_widgets(ref)
    image_address.open_image(ref)


def show_digit(digit: PickedImage | None, width: int = 112) -> None:
    """Draw the picked image, an empty one for None."""
    image = np.zeros((28, 28), np.uint8) if digit is None else digit.image
    label = "" if digit is None or digit.label is None else f", a\u00a0{digit.label}"
    caption = "" if digit is None else digit.name + label
    st.image(picture_url(image, 4), caption=caption, width=width, alt="the chosen digit")


def _set_widgets(ref: ImageRef) -> None:
    st.session_state[session_keys.DIGIT_SOURCE] = DATA
    st.session_state[session_keys.DIGIT_SPLIT] = ref.split
    st.session_state[session_keys.DIGIT_INDEX] = ref.index


def _picked(ref: ImageRef) -> PickedImage:
    return PickedImage(ref.image(services.datasets()), ref.label(services.datasets()), ref)


def _pick_mistake(data: str, model: Model) -> PickedImage | None:
    """Draw a box for the rank of a mistake among the test images; return that image."""
    test = services.datasets().get(data).test
    wrong = mistakes(services.answers_to_test_images(data, model.id, model.network), test.labels)
    if len(wrong) == 0:
        st.markdown("It reads all test images right.")
        return None
    rank = number_box("1 is the most confident mistake", 1, len(wrong), session_keys.DIGIT_MISTAKE)
    return _picked(ImageRef(data, "test", int(wrong[rank - 1])))


def number_box(
    label: str, low: int, high: int, key: str, on_change: Callable[[], None] | None = None
) -> int:
    """Draw a box for an integer; a stored value above `high` is replaced by `high`."""
    if st.session_state.get(key, low) > high:
        st.session_state[key] = high
    return int(
        st.number_input(
            label, low, high, key=key, on_change=on_change, persist_state="session", width=220
        )
    )
