"""Canvas of the Draw page with undo, clear and three pens."""

import io
import time
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw
from streamlit_drawable_canvas import st_canvas

from inkling.data.canvas_state import (
    PICTURE_SIDE,
    CanvasState,
    add_stroke,
    parse_canvas_state,
    states_after,
)
from inkling.data.live_drawing import LiveDrawing
from inkling.data.strokes import CANVAS_SIDE, INK, Stroke, draw_objects, to_canvas_object
from inkling.ui import session_keys
from inkling.ui.browser_events import get_key
from inkling.ui.components.canvas_reader import CanvasToRead

SIDE = 440  # pixels on the screen, at most: the browser scales the canvas to its column
_LIVE_SIDE = 147  # pixels of the picture that is answered while the pen moves
_FRAME_INSET = 106
PENS = {"Thin": 28, "Medium": 54, "Thick": 84}  # widths in pixels of the canvas
_DEFAULT_PEN = "Medium"
_MAX_UNDO = 50
_DRAWN_CANVAS = "drawn_canvas"  # key of the canvas that was drawn last
_PAUSE = 1.0  # seconds after its last points in which a stroke is not taken for finished


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


class _KeptDrawing(NamedTuple):
    """The last live drawing, what was finished when it came, and when that was."""

    live: LiveDrawing
    finished: Drawing
    time: float


def show_canvas() -> np.ndarray | None:
    """Draw the canvas; return (h, w, 4) uint8 with the ink in alpha, or None if it is empty."""
    key = finished_drawing().canvas
    was_drawn = st.session_state.get(_DRAWN_CANVAS) == key
    is_new = session_keys.CANVAS_START not in st.session_state
    if is_new or (was_drawn and key not in st.session_state):
        # The first visit, or back from another page, where the browser has dropped the canvas
        _reset(_known_states())
        key = finished_drawing().canvas
    st.session_state[_DRAWN_CANVAS] = key

    def changed() -> None:
        if key != finished_drawing().canvas:  # cleared in the same moment
            return
        _keep_state(get_key(get_key(st.session_state[key], "drawing"), "raw"))

    canvas = st_canvas(
        height=CANVAS_SIDE,
        width=CANVAS_SIDE,
        stroke_width=_pen_width(),
        stroke_color=INK,
        background_image=_background(),
        initial_drawing=st.session_state[session_keys.CANVAS_START],
        key=key,
        on_change=changed,
    )
    _keep_state(canvas.json_data)  # also where no callback runs: in the first run of a session
    state = finished_drawing().state
    return state.draw() if state else None


def finished_drawing() -> Drawing:
    """Return the canvas and its finished strokes; each canvas in the browser has its own key."""
    states = st.session_state.get(session_keys.STROKES)
    return Drawing(
        f"canvas_{st.session_state.get(session_keys.CANVAS_GENERATION, 0)}",
        states[-1] if states else None,
    )


def _keep_state(objects: Any) -> None:
    """Add what the browser says is on the canvas to the states, if it is valid and new."""
    states = st.session_state[session_keys.STROKES]
    last = states[-1] if states else None
    state = parse_canvas_state(objects, last)
    if state is None or state is last:
        return
    # A canvas that was given strokes may send the same ones in another form: no step to undo
    while states and len(states[-1].strokes) >= len(state.strokes):
        states.pop()
    states.extend(states_after(states[-1] if states else None, state, _MAX_UNDO))
    del states[:-_MAX_UNDO]


def keep_live_drawing(live: LiveDrawing) -> None:
    """Keep strokes that came before the canvas sent them itself."""
    st.session_state[session_keys.LIVE_DRAWING] = _KeptDrawing(
        live, finished_drawing(), time.monotonic()
    )


def canvas_to_read(label: str, pause: float) -> CanvasToRead:
    """Return what the browser has to know about the canvas: its name and a pause in seconds."""
    kept = st.session_state.get(session_keys.LIVE_DRAWING)
    return CanvasToRead(
        finished_drawing().canvas,
        begun_with=len(_start()),
        is_first=_is_first(),
        pen_width=_pen_width(),
        answered=kept.live.number if kept else 0,
        label=label,
        pause=round(1000 * pause),
    )


def live_pixels() -> np.ndarray | None:
    """Return the live drawing if it shows more than the finished strokes.

    Returns
    -------
    ndarray, (h, w, 4) uint8, or None
        The ink in alpha.
    """
    kept = _kept_drawing()
    if kept is None:
        return None
    # The stroke before may arrive while the next one goes on.
    if _goes_on(kept) or kept.finished.state is finished_drawing().state:
        strokes = [*_start(), *map(to_canvas_object, kept.live.strokes)]
        return draw_objects(strokes, _LIVE_SIDE if kept.live.pen_down else PICTURE_SIDE)
    return None


def _kept_drawing() -> _KeptDrawing | None:
    """Return the last live drawing, unless it is of a canvas that has been replaced since."""
    kept: _KeptDrawing | None = st.session_state.get(session_keys.LIVE_DRAWING)
    return kept if kept and kept.live.canvas == finished_drawing().canvas else None


def _goes_on(kept: _KeptDrawing) -> bool:
    """Whether the last stroke of a live drawing has not been finished since it came."""
    return kept.live.pen_down and time.monotonic() < kept.time + _PAUSE


def _start() -> list[Any]:
    """Return the Fabric.js objects of the strokes with which the canvas began."""
    start = st.session_state.get(session_keys.CANVAS_START)
    return start["objects"] if start else []


def _is_first() -> bool:
    """Whether this is the session's first canvas, and nothing has been drawn on it."""
    generation = st.session_state.get(session_keys.CANVAS_GENERATION, 0)
    return generation == 0 and not st.session_state.get(session_keys.STROKES)


def _pen_width() -> int:
    return PENS[st.session_state.get(session_keys.PEN, _DEFAULT_PEN)]


def is_answered() -> bool:
    """Return whether the last finished stroke was answered before the canvas sent it."""
    kept = _kept_drawing()
    return kept is not None and kept.finished.state is not finished_drawing().state


def pen_is_down() -> bool:
    """Return whether a stroke has begun that is not finished."""
    kept = _kept_drawing()
    return kept is not None and _goes_on(kept)


def show_canvas_controls() -> None:
    """Draw undo, clear and the choice of a pen."""
    states = st.session_state[session_keys.STROKES]
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        # `canvas_reader.js` knows their keys.
        st.button("Undo", disabled=not states, on_click=_undo, key="draw_undo")
        st.button("Clear", disabled=not states, on_click=clear_canvas, key="draw_clear")
        with st.container(key="draw_pens", horizontal_alignment="right", width="stretch"):
            st.segmented_control(
                "Pen",
                list(PENS),
                default=_DEFAULT_PEN,
                required=True,
                key=session_keys.PEN,
                persist_state="session",
                label_visibility="collapsed",
            )


def clear_canvas() -> None:
    """Replace the canvas by an empty one."""
    _reset([])


def _undo() -> None:
    """Replace the canvas by one without the last stroke, which may not be finished."""
    kept = _kept_drawing()
    states = _known_states()
    is_unfinished = kept and _goes_on(kept) and len(kept.live.strokes) > _finished_count()
    _reset(states if is_unfinished else states[:-1])


def restore(strokes: list[Stroke]) -> None:
    """Replace the canvas by one with all strokes that were drawn since it began.

    After a reload, which loses the choice of the pen, the pen is that of the last stroke.
    """
    if strokes and _is_first() and _pen_width() == PENS[_DEFAULT_PEN]:
        pens = {width: pen for pen, width in PENS.items()}
        st.session_state[session_keys.PEN] = pens.get(strokes[-1].width, _DEFAULT_PEN)
    _reset(_states_with(strokes))


def _known_states() -> list[CanvasState]:
    """Return the states after all strokes, including those that the canvas has not sent yet."""
    kept = _kept_drawing()
    return _states_with(kept.live.strokes if kept and not kept.live.pen_down else [])


def _states_with(strokes: list[Stroke]) -> list[CanvasState]:
    """Return the states after all strokes, given those that were drawn since the canvas began."""
    states = list(st.session_state.get(session_keys.STROKES, []))
    for stroke in strokes[_finished_count() :]:
        states.append(add_stroke(states[-1] if states else None, stroke))
    return states


def _finished_count() -> int:
    """Return how many strokes the canvas has sent since it began."""
    state = finished_drawing().state
    return max(0, len(state.strokes) - len(_start())) if state else 0


def _reset(states: list[CanvasState]) -> None:
    """Replace the canvas by one with the last of these states."""
    generation = st.session_state.get(session_keys.CANVAS_GENERATION, -1) + 1
    st.session_state[session_keys.CANVAS_GENERATION] = generation
    st.session_state[session_keys.STROKES] = states[-_MAX_UNDO:]
    st.session_state[session_keys.CANVAS_START] = states[-1].objects if states else None
    st.session_state.pop(session_keys.LIVE_DRAWING, None)


@st.cache_resource
def _background() -> bytes:
    """Return the canvas's background, a PNG: paper with a faint frame to draw in."""
    sheet = Image.new("RGB", (CANVAS_SIDE, CANVAS_SIDE), "#fdfdfb")
    last = CANVAS_SIDE - 1 - _FRAME_INSET
    frame = (_FRAME_INSET, _FRAME_INSET, last, last)
    ImageDraw.Draw(sheet).rounded_rectangle(frame, 32, outline="#d9dee5", width=4)
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()
