"""A test image in place of a drawing: nobody needs a mouse or a pen for it."""

import numpy as np
import streamlit as st

from inkling.data.image_ref import ImageRef
from inkling.ui import services
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.widgets import data_choice

_INDEX = "draw_test_image"


def show_test_image() -> np.ndarray:
    """Draw a test image and the button for the next one; return it, (28, 28, 4) uint8."""
    data = services.datasets().names[0]
    test = data_choice.load_dataset(data).test
    index = st.session_state.get(_INDEX, 0) % len(test.labels)
    st.image(
        picture_url(test.images[index], 16),
        width="stretch",
        alt=f"test image {index}, whose label is {test.labels[index]}",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Next image", on_click=_open, args=(index + 1,))
        name = ImageRef(data, "test", index).name
        st.markdown(f"{name}, label {test.labels[index]}")
    ink = np.repeat(test.images[index][:, :, None], 3, axis=2)
    return np.dstack([255 - ink, np.full((28, 28), 255, np.uint8)])


def _open(index: int) -> None:
    st.session_state[_INDEX] = index
