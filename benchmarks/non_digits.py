"""Drawings that are not digits: letters, shapes, scribbles, pairs of digits, dots and lines.

A letter or shape is strokes in the notation of `digits.strokes`, with control points that are moved
at random, so that no two drawings are alike. A pen draws it on the canvas of
`benchmarks.pen_drawings`. Letters that look like digits (O, l, S, Z, B, g, q and others) are left
out: people could not tell them from digits either.

None of these letters and shapes taught the detector that they measure: `benchmarks.detector` has
others.
"""

from collections.abc import Callable
from functools import cache

import numpy as np

from benchmarks.pen_drawings import SIDE, SIZES, ink, place
from digits.builtin import draw_digits
from digits.drawing import drawing_to_image
from digits.strokes import trace

Strokes = list[np.ndarray]

PENS = (8.0, 28.0)  # smallest and largest width, in pixels
_JITTER = 5.0  # deviation of a control point; a letter is 100 high
_SLANT, _STRETCH, _TURN = 0.12, 0.15, 0.08  # deviations
_DIGITS_SEED = 7
_POSITIONS = 60  # of the pen along a letter

_LETTERS = {
    "E": "64 0, 0 0!, 0 100!, 66 100 / 0 50, 54 50",
    "F": "66 0, 0 0!, 0 100 / 0 48, 52 48",
    "M": "0 100, 4 0!, 42 66!, 80 0!, 86 100",
    "R": "0 100, 0 0!, 44 2, 60 26, 40 48, 2 50!, 62 100",
    "V": "0 0, 40 100!, 80 0",
    "X": "0 0, 74 100 / 74 0, 0 100",
    "a": "58 18, 34 6, 6 34, 8 78, 34 94, 56 70 / 58 6, 58 80, 70 96",
    "h": "0 0, 0 100!, 4 62, 30 42, 54 60, 54 100",
    "r": "0 6, 0 96!, 4 46, 26 12, 52 10",
    "t": "30 0, 28 74, 40 96, 62 90 / 4 30, 60 30",
    "v": "0 6, 30 96!, 60 6",
    "w": "0 6, 20 96!, 40 34!, 60 96!, 80 6",
    "x": "0 6, 62 96 / 62 6, 0 96",
    "y": "0 6, 30 56 / 62 6, 30 56!, 6 100",
}
_SHAPES = {
    "triangle": "50 2, 98 92!, 2 92!, 50 2",
    "house": "2 44, 50 2!, 98 44!, 98 98!, 2 98!, 2 44!, 98 44",
    "smiley": "50 2, 14 16, 2 52, 18 88, 52 98, 86 86, 98 50, 84 14, 48 2"
    " / 34 32, 34 44 / 66 32, 66 44 / 26 62, 50 78, 74 62",
    "spiral": "52 50, 60 44, 54 34, 38 38, 34 58, 54 74, 80 60, 80 28, 50 10, 16 26, 10 62,"
    " 36 94, 84 90",
    "arrow": "0 50, 100 50 / 70 22, 100 50!, 70 78",
    "diamond": "50 0, 92 50!, 50 100!, 8 50!, 50 0",
    "fish": "98 26, 26 76, 4 50, 26 24, 98 74!, 98 26",
    "stairs": "0 100, 0 68!, 34 68!, 34 34!, 68 34!, 68 0!, 100 0",
    "hash": "32 4, 28 96 / 70 4, 66 96 / 4 34, 96 32 / 4 68, 96 66",
}
_MORE_SHAPES = {
    "hourglass": "0 0, 90 0!, 4 100!, 94 100!, 0 0",
    "anchor": "50 14, 40 6, 50 0, 60 6, 50 14!, 50 98 / 20 30, 80 30"
    " / 4 66, 20 92, 50 98, 80 92, 96 66",
    "eye": "0 50, 24 26, 50 18, 76 26, 100 50!, 76 74, 50 82, 24 74, 0 50"
    " / 50 38, 38 50, 50 62, 62 50, 50 38",
    "mushroom": "0 46, 16 12, 50 0, 84 12, 100 46!, 0 46 / 36 46, 34 98!, 66 98!, 64 46",
    "crown": "0 90, 2 10!, 26 56!, 50 0!, 74 56!, 98 10!, 100 90!, 0 90",
    "glasses": "40 40, 20 20, 2 40, 20 60, 40 40, 50 34, 60 40, 80 20, 98 40, 80 60, 60 40",
    "candle": "30 100, 30 40!, 70 40!, 70 100!, 30 100 / 50 40, 50 26"
    " / 50 26, 40 14, 50 0, 60 14, 50 26",
    "tent": "0 100, 50 4!, 100 100!, 0 100 / 50 4, 36 100 / 50 4, 64 100",
}


def draw(kind: str, count: int, seed: int = 0) -> list[np.ndarray]:
    """Return drawings on the canvas, each (280, 280, 4) uint8, white ink on black.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    count : int
        Each letter or shape of the kind comes equally often.
    seed : int
    """
    write, numbers = KINDS[kind], [list(KINDS).index(kind), seed]
    return [write(np.random.default_rng([*numbers, number]), number) for number in range(count)]


def images(kind: str, count: int, seed: int = 0) -> np.ndarray:
    """Return drawings as the Draw page prepares them, (count, 28, 28) uint8; as `draw`."""
    return np.array([drawing_to_image(rgba) for rgba in draw(kind, count, seed)])


def _forms(forms: dict[str, str]) -> Callable[[np.random.Generator, int], np.ndarray]:
    traces = [trace(path, _POSITIONS) for path in forms.values()]

    def write(rng: np.random.Generator, number: int) -> np.ndarray:
        form = traces[number % len(traces)]
        points = form.points + _JITTER * rng.standard_normal(form.points.shape)
        slant, stretch, turn = rng.normal(0, (_SLANT, _STRETCH, _TURN))
        points = points @ np.array([[np.exp(stretch), 0], [-slant, 1]])
        points = points @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        lifted = np.flatnonzero(~form.down) + 1
        return on_canvas(rng, np.split(form.matrix @ points, lifted))

    return write


def _scribble(rng: np.random.Generator, number: int) -> np.ndarray:
    """A smooth path through random points."""
    points = rng.uniform(0, 100, (rng.integers(7, 16), 2))
    path = ", ".join(f"{x:.1f} {y:.1f}" for x, y in points)
    form = trace(path, 2 * _POSITIONS)
    return on_canvas(rng, [form.matrix @ form.points])


def _loops(rng: np.random.Generator, number: int) -> np.ndarray:
    """Loops to the right, or back and forth, as one scribbles something out."""
    t = np.linspace(0, 2 * np.pi * rng.uniform(4, 8), 3 * _POSITIONS)
    height = rng.uniform(30, 60) * (1 + 0.2 * np.sin(rng.uniform(0.2, 0.5) * t))
    x = rng.uniform(2, 5) * t + rng.uniform(0, 25) * np.cos(t)
    return on_canvas(rng, [np.column_stack([x, height * np.sin(t)])])


def _dot(rng: np.random.Generator, number: int) -> np.ndarray:
    return on_canvas(rng, [rng.normal(0, 0.5, (2, 2))], (0.02, 0.12))


def _line(rng: np.random.Generator, number: int) -> np.ndarray:
    """A straight horizontal line."""
    x = np.linspace(0, 100, _POSITIONS)
    y = rng.normal(0, 8) * x / 100 + rng.normal(0, 4) * np.sin(np.pi * x / 100)
    return on_canvas(rng, [np.column_stack([x, y])])


@cache
def _builtin_digits() -> np.ndarray:
    return draw_digits(2_000, _DIGITS_SEED, threads=1)[0]


def _pair(rng: np.random.Generator, number: int) -> np.ndarray:
    """Two built-in digits beside each other."""
    first = int(rng.integers(0, len(_builtin_digits()) - 1))
    cells = [crop(digit) for digit in _builtin_digits()[first : first + 2]]
    gap = np.zeros((28, int(rng.integers(1, 9))))
    joined = np.hstack([cells[0], gap, cells[1]])
    scale = rng.uniform(3, 0.9 * SIDE / max(joined.shape))
    sheet = np.zeros((SIDE, SIDE))
    rows, columns = (np.clip(np.arange(int(n * scale)) / scale, 0, n - 1) for n in joined.shape)
    enlarged = interpolate(joined, rows, columns)
    top, left = (int(rng.integers(0, SIDE - n + 1)) for n in enlarged.shape)
    sheet[top : top + enlarged.shape[0], left : left + enlarged.shape[1]] = enlarged
    return _rgba(sheet / 255)


def crop(digit: np.ndarray) -> np.ndarray:
    """Return the columns of a digit (28, 28) that have ink."""
    columns = np.flatnonzero(digit.max(axis=0) > 60)
    return digit[:, columns[0] : columns[-1] + 1].astype(float)


def interpolate(picture: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the grey levels at places between the pixels, (rows, columns) float."""
    for axis, places in ((0, rows), (1, columns)):
        low = places.astype(int)
        high = np.minimum(low + 1, picture.shape[axis] - 1)
        share = (places - low).reshape([-1 if k == axis else 1 for k in range(2)])
        picture = np.take(picture, low, axis) * (1 - share) + np.take(picture, high, axis) * share
    return picture


def on_canvas(
    rng: np.random.Generator, strokes: Strokes, sizes: tuple[float, float] = SIZES
) -> np.ndarray:
    """Draw strokes anywhere on the canvas with a pen of any width."""
    width = rng.uniform(*PENS)
    return _rgba(ink(place(strokes, width, rng.uniform(*sizes), rng.uniform(-1, 1, 2)), width))


def _rgba(sheet: np.ndarray) -> np.ndarray:
    rgba = np.full((SIDE, SIDE, 4), 255, np.uint8)
    rgba[..., :3] = np.rint(255 * sheet)[..., None]
    return rgba


KINDS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "letters": _forms(_LETTERS),
    "shapes": _forms(_SHAPES),
    "more shapes": _forms(_MORE_SHAPES),
    "scribbles": _scribble,
    "loops": _loops,
    "pairs of digits": _pair,
    "horizontal lines": _line,
    "dots": _dot,
}
