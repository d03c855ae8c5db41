"""Canvas of the Draw page with undo, clear and three pens."""

import io
import time
from typing import NamedTuple

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw
from streamlit_drawable_canvas import CanvasResult, st_canvas

from inkling.data import pictures
from inkling.data.canvas_state import CanvasState, parse_canvas_state
from inkling.data.live_picture import LivePicture
from inkling.ui import session_keys
from inkling.ui.browser_events import get_key

SIDE = 440  # pixels on the screen, at most: the browser scales the canvas to its column
_PIXELS = 2 * SIDE  # of the canvas itself, so that it is sharp on fine screens
_FRAME_INSET = 106
PENS = {"Thin": 28, "Medium": 54, "Thick": 84}  # widths in pixels of the canvas
_MAX_UNDO = 50
_DRAWN_CANVAS = "drawn_canvas"  # key of the canvas that was drawn last
_PAUSE = 1.0  # seconds after its last picture in which a stroke is not taken for finished


class Drawing(NamedTuple):
    """The strokes on a canvas.

    Attributes
    ----------
    canvas : str
        Key of the canvas.
    state : CanvasState or None
        After the last finished stroke; None before the first.
    """

    canvas: str
    state: CanvasState | None


class _KeptPicture(NamedTuple):
    """The last picture of the canvas, what was finished when it came, and when that was."""

    picture: LivePicture
    finished: Drawing
    time: float


def show_canvas() -> np.ndarray | None:
    """Draw the canvas; return (h, w, 4) uint8 with the ink in alpha, or None if it is empty."""
    key = finished_drawing().canvas
    was_drawn = st.session_state.get(_DRAWN_CANVAS) == key
    is_new = session_keys.CANVAS_START not in st.session_state
    if is_new or (was_drawn and key not in st.session_state):
        # The first visit, or back from another page, where the browser has dropped the canvas
        _reset(st.session_state.get(session_keys.STROKES, []))
        key = finished_drawing().canvas
    st.session_state[_DRAWN_CANVAS] = key

    def changed() -> None:
        if key != finished_drawing().canvas:  # cleared in the same moment
            return
        drawing = get_key(st.session_state[key], "drawing")
        _keep_state(CanvasResult(get_key(drawing, "raw"), get_key(drawing, "data"), True))

    canvas = st_canvas(
        height=_PIXELS,
        width=_PIXELS,
        stroke_width=PENS[st.session_state.get(session_keys.PEN, "Medium")],
        stroke_color="#1c2430",
        background_image=_background(),
        initial_drawing=st.session_state[session_keys.CANVAS_START],
        return_image_data=True,
        key=key,
        on_change=changed,
    )
    _keep_state(canvas)  # also where no callback runs: in the first run of a session
    state = finished_drawing().state
    if state is None or not state.objects["objects"]:
        return None
    return pictures.read_picture(state.png)


def finished_drawing() -> Drawing:
    """Return the canvas and its finished strokes; each canvas in the browser has its own key."""
    states = st.session_state.get(session_keys.STROKES)
    return Drawing(
        f"canvas_{st.session_state.get(session_keys.CANVAS_GENERATION, 0)}",
        states[-1] if states else None,
    )


def _keep_state(canvas: CanvasResult) -> None:
    """Add what the browser says about the canvas to the states, if it is valid and new."""
    states = st.session_state[session_keys.STROKES]
    last = states[-1] if states else None
    state = parse_canvas_state(canvas, last)
    if state is not None and state is not last:
        states.append(state)
        del states[:-_MAX_UNDO]


def keep_live_picture(picture: LivePicture) -> None:
    """Keep a picture of the canvas that came before the canvas sent the stroke itself."""
    st.session_state[session_keys.LIVE_PICTURE] = _KeptPicture(
        picture, finished_drawing(), time.monotonic()
    )


def live_number() -> int:
    """Return the number of the last picture of this canvas, 0 if there is none."""
    kept: _KeptPicture | None = st.session_state.get(session_keys.LIVE_PICTURE)
    return kept.picture.number if kept else 0


def live_pixels() -> np.ndarray | None:
    """Return the last picture of the canvas if it shows more than the finished strokes.

    Returns
    -------
    ndarray, (h, w, 4) uint8, or None
        The ink in alpha.
    """
    kept: _KeptPicture | None = st.session_state.get(session_keys.LIVE_PICTURE)
    if kept is None:
        return None
    # The stroke before may arrive while the next one goes on.
    goes_on = kept.picture.pen_down and time.monotonic() < kept.time + _PAUSE
    return kept.picture.rgba if goes_on or kept.finished.state is finished_drawing().state else None


def pen_is_down() -> bool:
    """Return whether a stroke has begun that is not finished."""
    kept: _KeptPicture | None = st.session_state.get(session_keys.LIVE_PICTURE)
    return kept is not None and kept.picture.pen_down and time.monotonic() < kept.time + _PAUSE


def show_canvas_controls() -> None:
    """Draw undo, clear and the choice of a pen."""
    states = st.session_state[session_keys.STROKES]
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button("Undo", disabled=not states, on_click=_undo)
        st.button("Clear", disabled=not states, on_click=clear_canvas)
        with st.container(key="draw_pens", horizontal_alignment="right", width="stretch"):
            st.segmented_control(
                "Pen",
                list(PENS),
                default="Medium",
                required=True,
                key=session_keys.PEN,
                persist_state="session",
                label_visibility="collapsed",
            )


def clear_canvas() -> None:
    """Replace the canvas by an empty one."""
    _reset([])


def _undo() -> None:
    """Replace the canvas by one without the last stroke."""
    _reset(st.session_state[session_keys.STROKES][:-1])


def restore() -> None:
    """Replace the canvas by one with all finished strokes."""
    _reset(st.session_state[session_keys.STROKES])


def _reset(states: list[CanvasState]) -> None:
    """Replace the canvas by one with the last of these states."""
    generation = st.session_state.get(session_keys.CANVAS_GENERATION, -1) + 1
    st.session_state[session_keys.CANVAS_GENERATION] = generation
    st.session_state[session_keys.STROKES] = states
    st.session_state[session_keys.CANVAS_START] = states[-1].objects if states else None
    st.session_state.pop(session_keys.LIVE_PICTURE, None)


@st.cache_resource
def _background() -> bytes:
    """Return the canvas's background, a PNG: paper with a faint frame to draw in."""
    sheet = Image.new("RGB", (_PIXELS, _PIXELS), "#fdfdfb")
    last = _PIXELS - 1 - _FRAME_INSET
    frame = (_FRAME_INSET, _FRAME_INSET, last, last)
    ImageDraw.Draw(sheet).rounded_rectangle(frame, 32, outline="#d9dee5", width=4)
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()
