"""Synthetic digits: a pen moves along randomly varied strokes of `digits.strokes`.

No two come out alike. A digit is a form chosen at random and written unsteadily, then stretched,
slanted, turned and bent; the pen is thin or thick and presses now more, now less. In the end it is
scaled and placed as the makers of MNIST did: the longer side measures 20 pixels, and the centre of
mass lies in pixel (14, 14) of 28 x 28.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digits.drawing import BOX_SIZE, CENTRE, IMAGE_SIZE
from digits.strokes import FORMS, trace

VERSION = 5
"""To be incremented whenever the same seed gives other digits than before."""

CLASSES = 10
BLOCK = 500  # digits that are drawn at a time, from a generator of their own
POSITIONS = 90  # of the pen along a digit; on an 8 they lie 0.8 pixels apart

# Variation of digits: standard deviations, unless noted otherwise.
JITTER = 8.0  # of a control point, in the units of the strokes: a digit is 100 high
SHAKE = np.array([1, 0.6, 1, 1, 1, 1, 1, 1, 1, 1], np.float32)  # times this: a stick is soon a 7
SWAY = (0.2, 0.7, 0.1)  # shares of it: a whole stroke's, its neighbours' and every point's own
REACH = 40.0  # along a stroke: how far neighbours go together
STRETCH = 0.16  # of the logarithm of width over height
SLANT = (0.13, 0.25)  # mean and deviation of the tangent
TURN = 0.1  # radians
BEND = 0.03  # of the longer side, at the lowest frequency
BENDS = 4  # frequencies, from 0 to three half-waves in a digit's side
WIDTH = (2.6, 0.27)  # of the pen, in pixels of the 28: median, and deviation of the logarithm
PEN = np.array([1, 1.15, 1, 1, 1, 1, 1, 1, 1, 1], np.float32)  # times this: a 1 is written smaller
PRESSURE = 0.1  # of the logarithm of the width along a stroke
EDGE = (0.8, 1.4)  # pixels from paper to ink: lowest and highest
THICK = 0.3  # share of the digits drawn with a thick pen and thinned: small loops are filled
THICKER = 1.3  # in the end, times this
THINNED = (0.4, 1.1)  # on each side, of the pen's radius in the end: lowest and highest
MARGIN = 4  # pixels around the box, for thick pens
THICKEST = 6.0  # radius of a pen, in pixels: a thicker one covers the box in grey
FUSION = 0.7  # pixels over which neighbouring positions of the pen run into one another

Array = NDArray[np.float32]


def draw_digits(
    count: int,
    seed: int | Sequence[int] = 0,
    *,
    shares: Sequence[float] | None = None,
    threads: int | None = None,
    progress: Callable[[float], object] | None = None,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw digits; the first n digits of a seed do not depend on `count`.

    Parameters
    ----------
    count : int
        How many.
    seed : int or sequence of int
        At least 0. The digits depend on it and on nothing else.
    shares : sequence of float, optional
        How likely each of `digits.strokes.FORMS` is. By default every class is equally likely, and
        within a class each form as its weight says.
    threads : int, optional
        Number of threads; by default one a core.
    progress : callable, optional
        Called with the fraction drawn so far, from 0 to 1.

    Returns
    -------
    (count, 28, 28) uint8 and (count,) uint8
        Images, 0 paper and 255 ink, and their labels, in random order.

    Raises
    ------
    ValueError
        If `count`, `seed`, `shares` or `threads` is out of its range.
    """
    words = [seed] if isinstance(seed, int | np.integer) else list(seed)
    if count < 0:
        raise ValueError(f"count: at least 0 digits can be drawn, not {count}.")
    if not words or min(words) < 0:
        raise ValueError(f"seed: whole numbers from 0 up, not {seed}.")
    if threads is not None and threads < 1:
        raise ValueError(f"threads: at least 1 is needed, not {threads}.")
    chosen = form_shares(shares)
    images = np.empty((count, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    labels = np.empty(count, np.uint8)

    def draw(block: int) -> int:
        drawn, forms = draw_block(
            np.random.default_rng(np.random.SeedSequence(words, spawn_key=(block,))), BLOCK, chosen
        )
        here = slice(block * BLOCK, (block + 1) * BLOCK)
        size = len(labels[here])
        images[here], labels[here] = drawn[:size], _pens().digits[forms[:size]]
        return block

    blocks = range(-(-count // BLOCK))
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        for block in pool.map(draw, blocks):
            if progress is not None:
                progress((block + 1) / len(blocks))
    return images, labels


def form_shares(shares: Sequence[float] | None = None) -> NDArray[np.float64]:
    """Return how likely each form is, (forms,), summing to 1."""
    if shares is None:
        weights = np.array([form.weight for form in FORMS])
        totals = np.bincount(_pens().digits, weights, CLASSES)
        return weights / totals[_pens().digits] / CLASSES
    chosen = np.asarray(shares, float)
    if chosen.shape != (len(FORMS),) or not (chosen >= 0).all() or not 0 < chosen.sum() < np.inf:
        raise ValueError(f"shares: {len(FORMS)} numbers from 0 up that are not all 0.")
    return chosen / chosen.sum()


def draw_block(
    rng: np.random.Generator, size: int, shares: NDArray[np.float64]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Draw `size` digits at once.

    Returns
    -------
    (size, 28, 28) uint8 and (size,) int64
        Images, and which of `digits.strokes.FORMS` each is.
    """
    forms = rng.choice(len(FORMS), size, p=shares)
    points = bend(rng, transform(rng, write(rng, forms)))
    width = WIDTH[0] * np.exp(WIDTH[1] * _normal(rng, size, 1)) * PEN[_pens().digits[forms], None]
    thick = rng.random(size) < THICK
    width[thick] *= THICKER
    radius = width / 2 * np.exp(pressure(rng, size))
    edge = EDGE[0] + (EDGE[1] - EDGE[0]) * rng.random((size, 1, 1), np.float32)
    points, down = fit(points, radius), _pens().down[forms]
    box = ink(points, radius, down, edge)
    share = THINNED[0] + (THINNED[1] - THINNED[0]) * rng.random(np.count_nonzero(thick))
    move = np.minimum(share * radius[thick].mean(1), 0.9 * THICKEST)  # something must remain
    move = move.astype(np.float32)[:, None]
    thicker = np.minimum(radius[thick] + move, np.float32(THICKEST))
    drawn = ink(points[thick], thicker, down[thick], edge[thick], MARGIN)
    box[thick] = thin(drawn, move[:, None])[:, MARGIN:-MARGIN, MARGIN:-MARGIN]
    return place(box), forms


# 1. The movement of the pen


class Pens(NamedTuple):
    """The path of the pen along every form, and its random deviations.

    Attributes
    ----------
    digits : (forms,) uint8
    ways : (forms, 2, positions) float32
        Positions of the pen: x and y.
    strays : (forms, most points, positions) float32
        Turns independent random numbers, one a control point, into shifts of the positions.
    down : (forms, positions - 1) bool
        Whether the pen is on the paper from one position to the next.
    """

    digits: NDArray[np.uint8]
    ways: Array
    strays: Array
    down: NDArray[np.bool_]


@cache
def _pens() -> Pens:
    traces = [trace(form.path, POSITIONS) for form in FORMS]
    strays = np.zeros((len(FORMS), max(len(one.points) for one in traces), POSITIONS), np.float32)
    for stray, one in zip(strays, traces, strict=True):
        way = np.append(0, np.cumsum(np.hypot(*np.diff(one.points, axis=0).T)))
        near = np.exp(-0.5 * ((way[:, None] - way) / REACH) ** 2)
        stroke, smooth, rough = SWAY
        together = (stroke + smooth * near) * (one.strokes[:, None] == one.strokes)
        covariance = together + rough * np.eye(len(way))
        stray[: len(way)] = (one.matrix @ np.linalg.cholesky(covariance)).T
    return Pens(
        digits=np.array([form.digit for form in FORMS], np.uint8),
        ways=np.array([(one.matrix @ one.points).T for one in traces], np.float32),
        strays=strays,
        down=np.array([one.down for one in traces]),
    )


def write(rng: np.random.Generator, forms: NDArray[np.int64]) -> Array:
    """Return the positions of the pen, (n, 2, positions), with random deviations."""
    shifts = _normal(rng, len(forms), 2, _pens().strays.shape[1])
    shifts *= JITTER * SHAKE[_pens().digits[forms], None, None]
    return _pens().ways[forms] + shifts @ _pens().strays[forms]  # (n, 2, k) @ (n, k, positions)


def transform(rng: np.random.Generator, points: Array) -> Array:
    """Stretch, slant and turn each digit; (n, 2, positions) before and after."""
    size = len(points)
    stretch = np.exp(STRETCH * _normal(rng, size))
    slant = SLANT[0] + SLANT[1] * _normal(rng, size)
    turn = TURN * _normal(rng, size)
    cosine, sine = np.cos(turn), np.sin(turn)
    # Images of the unit vectors right and down: a slant moves the foot to the left.
    right = np.stack([cosine, sine], axis=1) * stretch[:, None]
    down = np.stack([-sine - slant * cosine, cosine - slant * sine], axis=1)
    return np.stack([right, down], axis=2) @ points  # (n, 2, 2) @ (n, 2, positions)


def bend(rng: np.random.Generator, points: Array) -> Array:
    """Distort the paper smoothly; (n, 2, positions), the longer side of which becomes 1.

    The shift of a place is a sum of cosines in x times cosines in y with random amplitudes, lower
    for higher frequencies.
    """
    low, high = points.min(2, keepdims=True), points.max(2, keepdims=True)
    points = (points - low) / (high - low).max(1, keepdims=True)
    frequency = np.arange(BENDS, dtype=np.float32)[:, None]
    amplitude = BEND / np.maximum(1, np.hypot(frequency, frequency.T))
    amplitudes = amplitude * _normal(rng, len(points), 2, BENDS, BENDS)
    waves = np.cos(np.pi * frequency * points[:, :, None])  # (n, 2, bends, positions)
    along = amplitudes @ waves[:, None, 0]  # (n, 2, bends, bends) @ (n, 1, bends, positions)
    return points + (along * waves[:, None, 1]).sum(2)


def pressure(rng: np.random.Generator, size: int) -> Array:
    """Return the log of the relative width along the path, (size, positions): four cosines."""
    frequency = np.arange(1, 5, dtype=np.float32)[:, None]
    waves = np.cos(frequency * np.linspace(0, np.pi, POSITIONS, dtype=np.float32))
    return PRESSURE / np.float32(np.sqrt(2)) * _normal(rng, size, 4) @ waves


# 2. The ink


def fit(points: Array, radius: Array) -> Array:
    """Scale and move each digit so that its ink just fills the box of 20 x 20 pixels.

    Parameters
    ----------
    points : (n, 2, positions) float32
        In any unit.
    radius : (n, positions) float32
        Of the pen, in pixels: it does not grow with the digit.

    Returns
    -------
    (n, 2, positions) float32
        In pixels.
    """
    pen = radius[:, None]
    side = np.ptp(points, axis=2).max(1)[:, None, None]
    scale = (BOX_SIZE - 2 * radius.mean(1)[:, None, None]) / side
    ink_side = np.ptp(np.concatenate([scale * points - pen, scale * points + pen], 2), axis=2)
    scale += (BOX_SIZE - ink_side.max(1)[:, None, None]) / side  # a step of Newton's method
    scaled = scale * points
    low, high = (scaled - pen).min(2, keepdims=True), (scaled + pen).max(2, keepdims=True)
    return scaled + (BOX_SIZE - low - high) / 2


def ink(
    points: Array, radius: Array, down: NDArray[np.bool_], edge: Array, margin: int = 0
) -> Array:
    """Draw a round pen at every position.

    A pixel at distance d from a position where the pen's radius is r is covered if r^2 - d^2 is
    positive. The largest over all positions is taken softly, as the logarithm of a sum of
    exponentials: exp(-d^2) is a function of x times a function of y, and so the sum over the
    positions is one matrix product for a digit.

    Parameters
    ----------
    points, radius : (n, 2, positions) and (n, positions) float32
        In pixels.
    down : (n, positions - 1) bool
        Whether the pen is on the paper from one position to the next.
    edge : (n, 1, 1) float32
        Pixels from paper to ink.
    margin : int
        Pixels around the box of 20 x 20.

    Returns
    -------
    (n, 20 + 2 margin, 20 + 2 margin) float32 in 0..1
    """
    sharpness = 1 / (2 * FUSION**2)
    centre = np.arange(-margin, BOX_SIZE + margin, dtype=np.float32)[:, None] + 0.5
    distance = points[:, :, None] - centre  # (n, 2, 20, positions)
    # Below exp(-40) a product of two would leave the range of float32, which is slow.
    waves = np.exp(np.maximum(-sharpness * np.square(distance), -40))
    # A radius of nine pixels is the largest in the range of float32.
    waves[:, 1] *= np.exp(np.minimum(sharpness * np.square(radius), 80))[:, None]
    total = waves[:, 1] @ waves[:, 0].swapaxes(1, 2)  # (n, 20, positions) @ (n, positions, 20)
    steps = np.hypot(*np.diff(points, axis=2).swapaxes(0, 1)) * down
    # Along a straight line the sum is this many times the largest.
    crowd = float(np.sqrt(np.pi / sharpness)) / np.maximum(steps.mean(1), 0.05)
    covered = np.log(total / crowd[:, None, None] + 1e-30) / sharpness
    # Near the outline r^2 - d^2 = (r + d) (r - d) is about 2 r (r - d).
    inside = covered / (2 * radius.mean(1)[:, None, None])
    return np.clip(inside / edge + 0.5, 0, 1)


def thin(images: Array, move: Array) -> Array:
    """Move the outline of the ink inwards, as `digits.drawing.even_strokes` does.

    Gaps and loops that a thick pen has filled stay filled. A move by a whole number of pixels is an
    erosion: each pixel takes the smallest value around it (Serra, "Image analysis and mathematical
    morphology", 1982). Between two of them it is interpolated.

    Parameters
    ----------
    images : (n, side, side) float32 in 0..1
    move : (n, 1, 1) float32
        In pixels.

    Returns
    -------
    (n, side, side) float32 in 0..1
    """
    for pixel in range(int(np.ceil(move.max(initial=0)))):
        eroded = images.copy()
        for axis in (1, 2):
            # By turns the neighbours are a cross and a square, which makes nearly a circle.
            near = np.moveaxis(eroded if pixel % 2 else images, axis, 0).copy()
            here = np.moveaxis(eroded, axis, 0)
            np.minimum(here[1:], near[:-1], out=here[1:])
            np.minimum(here[:-1], near[1:], out=here[:-1])
        images = images + np.clip(move - pixel, 0, 1) * (eroded - images)
    return images


def place(box: Array) -> NDArray[np.uint8]:
    """Move each box by whole pixels until its centre of mass is in pixel (14, 14).

    As `digits.drawing.place_by_mass`, for many: (n, 20, 20) float32 -> (n, 28, 28) uint8.
    """
    index = np.arange(BOX_SIZE)
    mass = box.sum((1, 2))
    rows, columns = (
        np.clip(np.rint(CENTRE - box.sum(axis) @ index / mass), 0, IMAGE_SIZE - BOX_SIZE).astype(
            np.int64
        )[:, None]
        + index
        for axis in (2, 1)
    )
    images = np.zeros((len(box), IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    digit = np.arange(len(box))[:, None, None]
    images[digit, rows[:, :, None], columns[:, None]] = np.rint(255 * box)
    return images


def _normal(rng: np.random.Generator, *shape: int) -> Array:
    return rng.standard_normal(shape, np.float32)
