"""Drawing of the visitor on the Draw page, for other pages."""

import numpy as np
import streamlit as st

from digits.drawing import drawing_to_image
from digits.ink import EmptyDrawing
from inkling.data import pictures
from inkling.ui import session_keys


def drawn_digit() -> np.ndarray | None:
    """Return the visitor's last drawing as a network's input, (28, 28) uint8.

    Without a drawing, draw a link to the Draw page and return None.
    """
    strokes = st.session_state.get(session_keys.STROKES)
    image = None
    if strokes and strokes[-1].objects["objects"]:
        image = _read_drawing(strokes[-1].png)
    if image is None:
        st.markdown("There is no drawing yet.")
        st.page_link("pages/draw.py", label="**Draw a digit**")
    return image


@st.cache_resource(max_entries=32, show_spinner=False)
def _read_drawing(png: bytes) -> np.ndarray | None:
    """Return a PNG of a drawing as a network's input, (28, 28) uint8; None without ink."""
    try:
        image = drawing_to_image(pictures.read_picture(png))
    except (EmptyDrawing, pictures.PictureError):
        return None
    image.setflags(write=False)
    return image
