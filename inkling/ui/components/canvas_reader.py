"""Scales the drawing canvas to its column, and sends pictures of it while the pen moves.

The canvas package itself sends a drawing only 200 ms after the pen was lifted. Its shadow root is
open, so this component reads the same pixels earlier. The next picture is taken when the answer to
the last one has come: a slow line gets fewer answers, never a queue.
"""

from collections.abc import Callable

import streamlit as st

from inkling.data.live_picture import LivePicture, parse_live_picture
from inkling.ui.browser_events import get_key
from inkling.ui.components.browser_component import browser_component

_component = browser_component(__file__, "inkling_canvas_reader")


def canvas_reader(
    canvas: str,
    answered: int,
    *,
    label: str,
    key: str,
    on_picture: Callable[[LivePicture], None],
    on_remount: Callable[[], None],
) -> None:
    """Watch a canvas of ``st_canvas``.

    It also gives the canvas the width of its column: the canvas keeps its own number of pixels, and
    Fabric.js, which draws on it, takes the scale into account. It names the canvas for screen
    readers, and hides its toolbar: strokes that begin there would be lost.

    Parameters
    ----------
    canvas : str
        Key of the canvas. Each key belongs to one canvas element in the browser.
    answered : int
        Number of the last picture that was answered; the browser waits for it.
    label : str
        Name of the canvas for screen readers.
    key : str
    on_picture : callable
        Called with a valid picture, before the script runs again.
    on_remount : callable
        Called when the browser has replaced the canvas by another one under the same key, which
        does not have the last strokes.
    """

    def received() -> None:
        picture = parse_live_picture(get_key(st.session_state[key], "picture"))
        if picture is not None and picture.canvas == canvas:
            on_picture(picture)

    def remounted() -> None:
        if get_key(st.session_state[key], "remounted") == canvas:
            on_remount()

    _component(
        data={"canvas": canvas, "answered": answered, "label": label},
        key=key,
        on_picture_change=received,
        on_remounted_change=remounted,
    )
