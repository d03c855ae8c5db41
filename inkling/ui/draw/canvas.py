"""Canvas of the Draw page with undo, clear and pen width."""

import io

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw
from streamlit_drawable_canvas import st_canvas

from inkling.data import pictures
from inkling.data.canvas_state import CanvasState, parse_canvas_state
from inkling.ui import session_keys

SIDE = 330  # pixels; it fits a phone 375 pixels wide
_FRAME_INSET = 40  # pixels; the canvas's own toolbar swallows strokes near the top right
_MAX_UNDO = 50


def show_canvas() -> np.ndarray | None:
    """Draw the canvas; return (h, w, 4) uint8 with the ink in alpha, or None if it is empty."""
    states = st.session_state.setdefault(session_keys.STROKES, [])
    st.container(height=30, border=False)  # the canvas's own toolbar appears here
    key = f"canvas_{st.session_state.setdefault(session_keys.CANVAS_GENERATION, 0)}"
    if key not in st.session_state:  # a new canvas, or back from another page: restore the drawing
        st.session_state[session_keys.CANVAS_START] = states[-1].objects if states else None
    canvas = st_canvas(
        height=SIDE,
        width=SIDE,
        stroke_width=st.session_state.get(session_keys.PEN_WIDTH, 20),
        stroke_color="#1c2430",
        background_image=_background(),
        initial_drawing=st.session_state[session_keys.CANVAS_START],
        return_image_data=True,
        key=key,
    )
    last = states[-1] if states else None
    state = parse_canvas_state(canvas, last)
    if state is not None and state is not last:
        states.append(state)
        del states[:-_MAX_UNDO]
    if not states or not states[-1].objects["objects"]:
        return None
    return pictures.read_picture(states[-1].png)


def show_canvas_controls() -> None:
    """Draw undo, clear and the width of the pen."""
    states = st.session_state[session_keys.STROKES]
    with st.container(horizontal=True, width=SIDE):
        st.button(
            "Undo", disabled=not states, width="stretch", on_click=_reset, args=(states[:-1],)
        )
        st.button("Clear", disabled=not states, width="stretch", on_click=clear_canvas)
    st.slider(
        "Pen width",
        8,
        40,
        20,
        key=session_keys.PEN_WIDTH,
        persist_state="session",
        width=SIDE,
        help="In pixels. The network never sees it: strokes are evened out first.",
    )


def clear_canvas() -> None:
    """Replace the canvas by an empty one."""
    _reset([])


def _reset(states: list[CanvasState]) -> None:
    """Replace the canvas by one with the last of these states."""
    st.session_state[session_keys.STROKES] = states
    st.session_state[session_keys.CANVAS_GENERATION] += 1


@st.cache_resource
def _background() -> bytes:
    """Return the canvas's background, a PNG: paper with a faint frame to draw in."""
    sheet = Image.new("RGB", (SIDE, SIDE), "#fdfdfb")
    corners = (_FRAME_INSET, _FRAME_INSET, SIDE - 1 - _FRAME_INSET, SIDE - 1 - _FRAME_INSET)
    ImageDraw.Draw(sheet).rounded_rectangle(corners, 12, outline="#d9dee5", width=2)
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()
