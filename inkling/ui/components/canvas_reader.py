"""Scales the drawing canvas to its column, and sends its strokes while the pen moves.

The canvas package itself sends a drawing only 200 ms after the pen was lifted. This component
follows the pointer on the canvas, whose shadow root is open, and sends the points before. It never
reads pixels, which browsers falsify that hide what tells visitors apart. The next drawing is sent
when the answer to the last one has come: a slow line gets fewer answers, never a queue.

The strokes are also in the browser's session storage, and are sent where the canvas has lost them:
Streamlit mounts a component a second time when reruns overtake each other, and a reload begins
another session.
"""

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from inkling.data.live_drawing import LiveDrawing, parse_live_drawing
from inkling.data.strokes import Stroke, parse_strokes
from inkling.ui.browser_events import get_key
from inkling.ui.components.browser_component import browser_component

_component = browser_component(__file__, "inkling_canvas_reader")


class CanvasToRead(NamedTuple):
    """What the browser has to know about the canvas.

    Attributes
    ----------
    canvas : str
        Its key. Each key belongs to one canvas element in the browser.
    begun_with : int
        Number of strokes that it was given.
    is_first : bool
        Whether the session has no drawing yet; the browser may have one from before a reload.
    pen_width : int
        Pixels of the canvas.
    answered : int
        Number of the last drawing that was answered; the browser waits for it.
    label : str
        Name of the canvas for screen readers.
    pause : int
        Milliseconds after an answer before the browser sends the next drawing while the pen is
        down. The drawing of a lifted pen is sent at once.
    """

    canvas: str
    begun_with: int
    is_first: bool
    pen_width: int
    answered: int
    label: str
    pause: int


def canvas_reader(
    canvas: CanvasToRead,
    *,
    key: str,
    on_drawing: Callable[[LiveDrawing], None],
    on_lost: Callable[[list[Stroke]], None],
) -> None:
    """Watch a canvas of ``st_canvas``.

    It also gives the canvas the width of its column: the canvas keeps its own number of pixels, and
    Fabric.js, which draws on it, takes the scale into account. It names the canvas for screen
    readers, and hides its toolbar: strokes that begin there would be lost.

    Parameters
    ----------
    canvas : CanvasToRead
    key : str
    on_drawing : callable
        Called with a valid drawing, before the script runs again.
    on_lost : callable
        Called where the canvas in the browser does not show all strokes, with those that were drawn
        since it began; an empty list if they are invalid. The browser waits for another canvas.
    """

    def received() -> None:
        drawing = parse_live_drawing(get_key(st.session_state[key], "drawing"))
        if drawing is not None and drawing.canvas == canvas.canvas:
            on_drawing(drawing)

    def lost() -> None:
        message = get_key(st.session_state[key], "lost")
        if get_key(message, "canvas") == canvas.canvas:
            on_lost(parse_strokes(get_key(message, "strokes")) or [])

    _component(
        data=canvas._asdict(),
        key=key,
        on_drawing_change=received,
        on_lost_change=lost,
    )
