"""Digits as a pen writes them, with a network's answers to what is written so far."""

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from digits.drawing import drawing_to_image
from digits.ink import EmptyDrawing
from digits.strokes import FORMS, Form, trace
from nn import Network

SIDE = 220  # pixels of the sheet
PEN_WIDTH = 14  # pixels
_MARGIN = 40
_POSITIONS = 96  # of the pen along a digit
_STEP = 4  # positions from one answer to the next


class Answer(NamedTuple):
    """A network's answer while a digit is written.

    Attributes
    ----------
    position : int
        How many positions of the pen are written.
    probabilities : ndarray, (10,)
    """

    position: int
    probabilities: np.ndarray


class WrittenDigit(NamedTuple):
    """A digit in the order of writing.

    Attributes
    ----------
    digit : int
    points : ndarray, (positions, 2) float64
        Of the pen: x and y, in pixels of a sheet of `SIDE` pixels.
    down : ndarray, (positions - 1,) bool
        Whether the pen is on the paper from one position to the next.
    answers : list of Answer
        In the order of writing; the last one is to the whole digit.
    """

    digit: int
    points: np.ndarray
    down: np.ndarray
    answers: list[Answer]


def write(digit: int, network: Network) -> WrittenDigit:
    """Write a digit in its commonest form, and ask a network again and again on the way."""
    form = max((form for form in FORMS if form.digit == digit), key=lambda form: form.weight)
    points, down = _way(form)
    ends = [*range(_STEP, _POSITIONS, _STEP), _POSITIONS]
    images = [_image(points[:end], down[: end - 1]) for end in ends]
    P = network.predict_proba(np.stack(images))
    return WrittenDigit(digit, points, down, list(map(Answer, ends, P)))


def _way(form: Form) -> tuple[np.ndarray, np.ndarray]:
    """Return the pen's positions along a form, in the middle of the sheet, and where it is down."""
    way = trace(form.path, _POSITIONS)
    points = way.matrix @ way.points
    low, size = points.min(axis=0), np.ptp(points, axis=0)
    scale = (SIDE - 2 * _MARGIN) / size.max()
    return (points - low - size / 2) * scale + SIDE / 2, way.down


def _image(points: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Return the network's input, (28, 28) uint8, for what is written so far."""
    sheet = Image.new("L", (SIDE, SIDE))
    pen, radius = ImageDraw.Draw(sheet), PEN_WIDTH / 2
    for x, y in points.tolist():
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    for k in np.flatnonzero(down):
        pen.line([*points[k], *points[k + 1]], fill=255, width=PEN_WIDTH)
    rgba = np.zeros((SIDE, SIDE, 4), np.uint8)
    rgba[..., 3] = np.asarray(sheet)
    try:
        return drawing_to_image(rgba)
    except EmptyDrawing:  # a dot at the start can be too small
        return np.zeros((28, 28), np.uint8)
