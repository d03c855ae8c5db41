"""A drawing that is not finished: the browser's messages are untrusted."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from inkling.data.strokes import Stroke, parse_strokes


class LiveDrawing(NamedTuple):
    """What is on the canvas while the pen moves, or as it is lifted.

    Attributes
    ----------
    canvas : str
        Key of the canvas.
    number : int
        Counts the drawings that a browser sends.
    pen_down : bool
        Whether the last stroke goes on.
    strokes : list of Stroke
        That were drawn since the canvas began.
    """

    canvas: str
    number: int
    pen_down: bool
    strokes: list[Stroke]


def parse_live_drawing(message: Any) -> LiveDrawing | None:
    """Return the validated drawing in a message of the browser; None if it is invalid.

    Parameters
    ----------
    message : Any
        A mapping with the attributes of `LiveDrawing`; strokes as `parse_strokes` reads them.
    """
    if not isinstance(message, Mapping):
        return None
    canvas, number, pen_down = map(message.get, ("canvas", "number", "pen_down"))
    if not isinstance(canvas, str) or type(number) is not int or type(pen_down) is not bool:
        return None
    strokes = parse_strokes(message.get("strokes"))
    if strokes is None or not 0 <= number < 2**53:
        return None
    return LiveDrawing(canvas, number, pen_down, strokes)
