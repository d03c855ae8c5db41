"""Picker of a digit: an image of the data set, a mistake of a model, or the drawing."""

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import streamlit as st

from inkling.server.models import Model
from inkling.ui import services, session_keys
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.widgets.drawn_digit import drawn_digit
from nn.metrics import mistakes

DATA, MISTAKE, DRAWING = "From the data", "A mistake", "Your drawing"
SPLITS = {"train": "Training", "test": "Test"}


class PickedImage(NamedTuple):
    """Image that was picked.

    Attributes
    ----------
    image : ndarray, (28, 28) uint8
        0 paper, 255 ink.
    label : int or None
        None for a drawing.
    name : str
        Such as "Test image 7".
    """

    image: np.ndarray
    label: int | None
    name: str


def pick_digit(data: str, model: Model) -> PickedImage | None:
    """Draw the picker; return the picked image, None if there is none.

    ``split`` and ``index`` in the page's address pick an image.

    Parameters
    ----------
    data : {"mnist", "builtin"}
    model : Model
        Its mistakes can be picked.
    """
    _apply_link()
    source = st.pills(
        "Digit",
        [DATA, MISTAKE, DRAWING],
        default=DATA,
        required=True,
        wrap=True,
        key=session_keys.DIGIT_SOURCE,
        persist_state="session",
    )
    if source == DRAWING:
        drawn = drawn_digit()
        return None if drawn is None else PickedImage(drawn, None, "Your drawing")
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
        )
        count = len(getattr(services.datasets().get(data), split).labels)
        return _picked(data, split, number_box("Index", 0, count - 1, session_keys.DIGIT_INDEX))


def show_digit(digit: PickedImage | None, width: int = 112) -> None:
    """Draw the picked image, an empty one for None."""
    image = np.zeros((28, 28), np.uint8) if digit is None else digit.image
    label = "" if digit is None or digit.label is None else f", a\u00a0{digit.label}"
    caption = "" if digit is None else digit.name + label
    st.image(picture_url(image, 4), caption=caption, width=width, alt="the chosen digit")


def _apply_link() -> None:
    """Pick the image named in the page's address, then clear the address."""
    split, index = st.query_params.get(session_keys.SPLIT), st.query_params.get(session_keys.INDEX)
    if split in SPLITS and index and re.fullmatch("[0-9]{1,9}", index):
        st.session_state[session_keys.DIGIT_SOURCE] = DATA
        st.session_state[session_keys.DIGIT_SPLIT] = split
        st.session_state[session_keys.DIGIT_INDEX] = int(index)
    for name in (session_keys.SPLIT, session_keys.INDEX):
        st.query_params.pop(name, None)


def _picked(data: str, split: str, index: int) -> PickedImage:
    images = getattr(services.datasets().get(data), split)
    return PickedImage(
        images.images[index], int(images.labels[index]), f"{SPLITS[split]} image {index:,}"
    )


def _pick_mistake(data: str, model: Model) -> PickedImage | None:
    """Draw a box for the rank of a mistake among the test images; return that image."""
    test = services.datasets().get(data).test
    wrong = mistakes(services.answers_to_test_images(data, model.id, model.network), test.labels)
    if len(wrong) == 0:
        st.markdown("It reads all test images right.")
        return None
    rank = number_box("1 is the most confident mistake", 1, len(wrong), session_keys.DIGIT_MISTAKE)
    return _picked(data, "test", int(wrong[rank - 1]))


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
