"""Drawing of the visitor on the Draw page, for other pages."""

from typing import Any

import numpy as np
import streamlit as st

from digits.drawing import drawing_to_image
from digits.ink import EmptyDrawing
from inkling.data.canvas_state import CanvasState
from inkling.ui import session_keys


def drawn_digit() -> np.ndarray | None:
    """Return the visitor's last drawing as a network's input, (28, 28) uint8.

    Without a drawing, draw a link to the Draw page and return None.
    """
    states = st.session_state.get(session_keys.STROKES)
    image = _prepare(states[-1].objects) if states else None
    if image is None:
        st.markdown("There is no drawing yet.")
        st.page_link("pages/draw.py", label="**Draw a digit**")
    return image


@st.cache_resource(max_entries=32, show_spinner=False)
def _prepare(objects: dict[str, Any]) -> np.ndarray | None:
    """Return the objects of a canvas as a network's input, (28, 28) uint8; None without ink."""
    rgba = CanvasState(objects).draw()
    if rgba is None:
        return None
    try:
        image = drawing_to_image(rgba)
    except EmptyDrawing:
        return None
    image.setflags(write=False)
    return image
