"""Picker of a digit: an image of the data set, a mistake of a model, or the drawing."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import streamlit as st

from inkling.data.image_ref import SPLITS, ImageRef, with_article
from inkling.server.models import Model
from inkling.ui import services, session_keys
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.widgets import image_address
from inkling.ui.widgets.drawn_digit import drawn_digit
from nn.metrics import mistakes

DRAWING = "Your drawing"
_WIDTH = 44  # pixels of the picture beside the button


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

    @property
    def title(self) -> str:
        """Name and label, such as "Test image 7, a 9"."""
        label = "" if self.label is None else with_article(self.label).replace(" ", "\u00a0")
        return f"{self.name}, {label}" if label else self.name


def pick_digit(data: str, model: Model) -> PickedImage | None:
    """Draw the picked image and a button that opens the picker; return it, None if there is none.

    ``split`` and ``index`` in the page's address pick an image, and a pick is written there.

    Parameters
    ----------
    data : {"mnist", "builtin"}
    model : Model
        Its mistakes can be picked.
    """
    linked = image_address.linked_image(data, "test")
    if linked is not None:
        st.session_state[session_keys.DIGIT] = linked
    picked = _picked(data)
    with st.container(
        key="digit", horizontal=True, width="content", vertical_alignment="center", gap="small"
    ):
        picture = st.container(width=_WIDTH)
        with st.popover(
            f"Digit: **{DRAWING if picked is None else picked.title}**", key="digit_popover"
        ):
            _show_choice(data, model, picked)
    if picked is None:
        drawn = drawn_digit()
        picked = None if drawn is None else PickedImage(drawn)
    if picked is not None:
        with picture:
            st.image(picture_url(picked.image, 4), width=_WIDTH, alt="The chosen digit")
    return picked


def pick_image(ref: ImageRef) -> None:
    """Pick an image of the chosen data set, in the page's address, too; for callbacks."""
    st.session_state[session_keys.DIGIT] = ref
    image_address.open_image(ref)


def _picked(data: str) -> PickedImage | None:
    """Return the picked image, by default the first test image; None for the drawing."""
    ref = st.session_state.get(session_keys.DIGIT, ImageRef(data, "test", 0))
    if ref is None:
        return None
    last = len(services.datasets().split(data, ref.split).labels) - 1
    ref = ImageRef(data, ref.split, min(ref.index, last))
    return PickedImage(ref.image(services.datasets()), ref.label(services.datasets()), ref)


def _show_choice(data: str, model: Model, picked: PickedImage | None) -> None:
    """Draw the widgets that pick another image; they follow picks made elsewhere."""
    ref = ImageRef(data, "test", 0) if picked is None or picked.ref is None else picked.ref
    st.session_state[session_keys.DIGIT_SPLIT] = ref.split
    st.session_state[session_keys.DIGIT_INDEX] = ref.index
    last = len(services.datasets().split(data, ref.split).labels) - 1

    def pick_split() -> None:
        split = st.session_state[session_keys.DIGIT_SPLIT]
        count = len(services.datasets().split(data, split).labels)
        pick_image(ImageRef(data, split, min(ref.index, count - 1)))

    def pick_index() -> None:
        pick_image(ImageRef(data, ref.split, int(st.session_state[session_keys.DIGIT_INDEX])))

    def pick_mistake() -> None:
        test = services.datasets().get(data).test
        answers = services.answers_to_test_images(data, model.id, model.network)
        wrong = mistakes(answers, test.labels).tolist()
        if not wrong:
            st.toast("This network reads all test images correctly.")
            return
        place = wrong.index(ref.index) if ref.split == "test" and ref.index in wrong else -1
        pick_image(ImageRef(data, "test", wrong[(place + 1) % len(wrong)]))

    def pick_drawing() -> None:
        st.session_state[session_keys.DIGIT] = None
        image_address.close_image()

    with st.container(horizontal=True):
        st.segmented_control(
            "Images",
            list(SPLITS),
            required=True,
            format_func=SPLITS.__getitem__,
            key=session_keys.DIGIT_SPLIT,
            on_change=pick_split,
        )
        st.number_input(
            "Index", 0, last, key=session_keys.DIGIT_INDEX, on_change=pick_index, width=150
        )
    with st.container(horizontal=True):
        st.button(
            "Next mistake",
            on_click=pick_mistake,
            help=(
                "Goes to the next test image that this network reads wrongly, the most "
                "confident mistake first."
            ),
        )
        st.button(DRAWING, on_click=pick_drawing, help="Your last drawing on the Draw page.")
    if picked is not None and picked.ref is not None:
        image_address.image_links(picked.ref, explore="Explore this image", mistakes="Evidence")


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
