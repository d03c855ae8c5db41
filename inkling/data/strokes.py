"""Strokes of the pen on the drawing canvas: read from the browser's messages, and drawn.

They are drawn here instead of reading the canvas's pixels in the browser: browsers that hide what
tells visitors apart falsify those.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw

INK = "#1c2430"
CANVAS_SIDE = 880  # pixels, in which strokes are given: enough to be sharp on fine screens

_MAX_STROKES = 1_000
_MAX_NUMBERS = 20_000  # coordinates in all strokes: 10 ms to draw
_MAX_WIDTH = 200  # pixels
_MAX_DISTANCE = 10_000  # pixels of a point from the canvas's corner
_SCALE = 2  # at which strokes are drawn, for smooth edges
_SEGMENT = 16  # pixels of the canvas: length of the straight lines that stand for a curve
_MAX_SEGMENTS = 8  # of a curve between two points

Point = tuple[float, float]


class Stroke(NamedTuple):
    """A stroke of the pen.

    Attributes
    ----------
    width : int
        Pixels of the canvas.
    points : sequence of (float, float)
        Where the pointer was: x and y in pixels of the canvas; at least one.
    """

    width: int
    points: Sequence[Point]


def parse_strokes(message: Any) -> list[Stroke] | None:
    """Return the validated strokes in a message of the browser; None if they are invalid.

    Parameters
    ----------
    message : Any
        A list of ``[width, x, y, x, y, ...]`` for each stroke.
    """
    if not isinstance(message, list) or len(message) > _MAX_STROKES:
        return None
    if not all(isinstance(stroke, list) for stroke in message):
        return None
    if sum(map(len, message)) > _MAX_NUMBERS or not all(map(_is_stroke, message)):
        return None
    return [Stroke(width, list(zip(xy[::2], xy[1::2], strict=True))) for width, *xy in message]


def _is_stroke(numbers: list[Any]) -> bool:
    return (
        len(numbers) >= 3
        and len(numbers) % 2 == 1
        and type(numbers[0]) is int
        and 0 < numbers[0] <= _MAX_WIDTH
        and all(_is_coordinate(number) for number in numbers)
    )


def _is_coordinate(number: Any) -> bool:
    return type(number) in (int, float) and -_MAX_DISTANCE <= number <= _MAX_DISTANCE


def to_canvas_object(stroke: Stroke) -> dict[str, Any]:
    """Return a stroke as the Fabric.js object that the canvas makes of it.

    As in Fabric's ``PencilBrush``, curves lead from the middle between two points to the next.
    """
    first, *others = stroke.points
    path: list[list[Any]] = [["M", *first]]
    path += [
        ["Q", *point, (point[0] + after[0]) / 2, (point[1] + after[1]) / 2]
        for point, after in pairwise(stroke.points)
    ]
    x, y = others[-1] if others else first
    path.append(["L", x if others else x + stroke.width / 1000, y])  # a dot has a length, too
    return {
        "type": "Path",
        "path": path,
        "fill": None,
        "stroke": INK,
        "strokeWidth": stroke.width,
        "strokeLineCap": "round",
        "strokeLineJoin": "round",
    }


def draw_objects(objects: Sequence[Any], side: int) -> np.ndarray:
    """Draw the strokes of a canvas.

    Parameters
    ----------
    objects : sequence
        Fabric.js objects, from a browser; anything but paths is left out.
    side : int
        Of the picture, pixels.

    Returns
    -------
    ndarray, (side, side, 4) uint8
        The ink in alpha.
    """
    scale = _SCALE * side / CANVAS_SIDE
    sheet = Image.new("L", (_SCALE * side, _SCALE * side))
    pen = ImageDraw.Draw(sheet)
    left = _MAX_NUMBERS
    for width, path in filter(None, map(_path_of, objects)):
        left -= len(path)
        if left < 0:
            break
        radius = scale * width / 2
        corners = [(scale * x, scale * y) for x, y in _flatten(path)]
        pen.line(corners, 255, round(2 * radius))
        for x, y in corners:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), 255)
    ink = Image.new("RGBA", (side, side), INK)
    ink.putalpha(sheet.reduce(_SCALE))
    return np.asarray(ink)


def _path_of(found: Any) -> tuple[float, list[list[float]]] | None:
    """Return the width and the points of a path's commands; None if it is not a stroke."""
    try:
        width, commands = found["strokeWidth"], found["path"]
        if len(commands) > _MAX_NUMBERS:
            return None
        path = [[float(number) for number in command[1:]] for command in commands]
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    is_valid = (
        type(width) in (int, float)
        and 0 < width <= _MAX_WIDTH
        and all(len(numbers) in (2, 4) for numbers in path)
        and all(map(_is_coordinate, chain.from_iterable(path)))
    )
    return (width, path) if is_valid and path else None


def _flatten(path: list[list[float]]) -> Iterator[Point]:
    """Yield corners of a line along a path: two numbers are its next point, four a curve to it."""
    x0, y0 = path[0][-2:]
    yield x0, y0
    for *control, x, y in path[1:]:
        if control:
            cx, cy = control
            segments = min(_MAX_SEGMENTS, 1 + int(math.dist((x0, y0), (x, y)) / _SEGMENT))
            for k in range(1, segments):
                t = k / segments
                yield (
                    (1 - t) ** 2 * x0 + 2 * t * (1 - t) * cx + t * t * x,
                    (1 - t) ** 2 * y0 + 2 * t * (1 - t) * cy + t * t * y,
                )
        yield x, y
        x0, y0 = x, y
