"""Separation of a digit's ink from its paper, and from what else a picture shows.

Ink is narrow, and stands out from the paper around it: a table, a finger or a shadow are wider than
any stroke, and are ground like the paper. What is left beside the digit is narrow, too, and is
dropped by its place and form: what touches the picture's border, a box around the digit, a line
under it, squares on the paper.

*Ink* is a float32 array (height, width) from 0, paper, to 1, full ink.
"""

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]
Ink = NDArray[np.float32]
Mask = NDArray[np.bool_]

IMAGE_SIZE = 28  # of MNIST's images
TALLEST_IMAGE = 24  # pixels; MNIST's digits have 20, and distorted ones a few more
LARGEST_SIDE = 400  # larger pictures, such as photos, are reduced first
DARKEST = 0.125  # brightness of paper, so that its noise does not grow without limit
FAINTEST = 0.04  # contrast below which nothing counts as ink: 10 of 255
CLEAR_OF_NOISE = 6  # contrast in deviations of the paper; noise split in two comes to 5.7
WIDEST_STROKE = 0.31  # of the picture's longer side
SMALLEST_DIGIT = 0.06  # longer side, of the picture's
SMALLEST_SPECK = 0.1  # of the largest connected piece of ink
LOOKS = 3  # for ink away from the border
FAR_STRONGER = 2.2  # times the contrast of the weaker ink
DARK_ON_LIGHT = 1.25  # times the slenderness of dark ink, which is likelier than light ink
PLAIN = 0.65  # of the picture has one colour, which is then the paper's
WEAKEST = 0.15  # contrast of ink away from the border, of that at the border
ENCLOSED = 0.25  # longer side of what a box encloses, of the box's
WITHIN = 0.82  # of the pixels around ink are ink of the other candidate: it is within that
LONGEST_LOOP = 0.65  # for its width, of the length of the digit around it
COARSE = 80  # pixels on the longer side of a piece whose width is measured
FLATTEST = 0.15  # height of a line, of its width


_MIDDLE = slice(IMAGE_SIZE // 4, -IMAGE_SIZE // 4)  # columns


class EmptyDrawing(ValueError):
    """There is no ink in the drawing."""


def ink_from_rgba(rgba: NDArray[np.uint8]) -> Ink:
    """Separate the ink from the background.

    Parameters
    ----------
    rgba : (h, w, 4) uint8

    Returns
    -------
    (height, width) float32
        Of the drawing's size, or smaller if that is more than 400 pixels.

    Raises
    ------
    EmptyDrawing
        If there is no ink.
    ValueError
        If `rgba` is not an (h, w, 4) array of uint8.
    """
    picture = shrink(checked(rgba))
    if is_mnist_image(rgba):
        levels = image_contrast(picture)
        return np.clip(stretched(levels, *two_levels(levels)), 0, 1)
    alpha = picture[..., 3]
    clear, opaque = two_levels(alpha)
    if alpha_is_ink(picture, clear, opaque):
        return without_specks(steeper(stretched(alpha, clear, opaque)))
    return strokes_on_paper(over_paper(picture))


def checked(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a drawing if it is valid; errors as `ink_from_rgba`."""
    if not isinstance(rgba, np.ndarray) or rgba.dtype != np.uint8:
        raise ValueError("A drawing is a NumPy array of uint8.")
    if rgba.ndim != 3 or rgba.shape[2] != 4:
        raise ValueError(f"A drawing has the shape (height, width, 4), not {rgba.shape}.")
    if rgba.size == 0:
        raise EmptyDrawing("The drawing has no pixels.")
    return rgba


def shrink(picture: NDArray[np.uint8], side: int = LARGEST_SIDE) -> Picture:
    """Average blocks of k x k pixels, k being the smallest that brings a picture down to `side`.

    Parameters
    ----------
    picture : (h, w, channels) uint8
    side : int
        Largest length of the longer side of the result.

    Returns
    -------
    (ceil(h / k), ceil(w / k), channels) float32 in 0..1
    """
    height, width = picture.shape[:2]
    k = -(-max(height, width) // side)
    if k == 1:
        return np.divide(picture, 255, dtype=np.float32)
    top, left = np.arange(0, height, k), np.arange(0, width, k)
    # Row by row of blocks: a large photo never stands in memory as float.
    rows = np.stack([picture[i : i + k].sum(axis=0, dtype=np.float32) for i in top])
    total = np.add.reduceat(rows, left, axis=1)
    area = np.outer(np.minimum(k, height - top), np.minimum(k, width - left))
    return (total / (255 * area[:, :, None])).astype(np.float32)


# MNIST's own images


def is_mnist_image(rgba: NDArray[np.uint8]) -> bool:
    """Return whether a picture has the format of MNIST's images already.

    It has their size, paper of one colour above and below the digit, and a digit that is hardly
    taller than theirs. Only its middle columns are looked at: at its sides there may be stripes.

    Parameters
    ----------
    rgba : (h, w, 4) uint8
    """
    if rgba.shape[:2] != (IMAGE_SIZE, IMAGE_SIZE):
        return False
    contrast = image_contrast(shrink(rgba))
    paper, ink = two_levels(contrast)
    if ink - paper < FAINTEST or np.mean(_above_and_below(contrast) < 0.01) <= 0.5:
        return False
    is_ink = contrast[:, _MIDDLE] >= (paper + ink) / 2
    if not is_ink.any():  # ink at the sides only
        return False
    pieces = connected_pieces(is_ink)
    top, bottom, _, _ = pieces.boxes[pieces.size >= pieces.size[0] / 4].T
    return bool(bottom.max() - top.min() < TALLEST_IMAGE)


def image_contrast(picture: Picture) -> Ink:
    """Return the contrast of each pixel of an image to its paper, at least 0.

    Parameters
    ----------
    picture : (28, 28, 4) float32 in 0..1
    """
    alpha = picture[..., 3]
    if alpha_is_ink(picture, *two_levels(alpha)):
        return alpha
    rgb = over_paper(picture)
    paper = np.median(_above_and_below(rgb).reshape(-1, 3), axis=0)
    return np.linalg.norm(rgb - paper, axis=2).astype(np.float32)


def _above_and_below(image: Picture) -> Picture:
    """Return the middle columns of the first and last two rows."""
    return np.concatenate([image[:2, _MIDDLE], image[-2:, _MIDDLE]])


# Transparency


def alpha_is_ink(picture: Picture, clear: float, opaque: float) -> bool:
    """Return whether the ink is what is opaque, as on a canvas, and not what has another colour.

    It is where what is opaque has one colour only, or is nowhere wider than a stroke.

    Parameters
    ----------
    picture : (h, w, 4) float32 in 0..1
    clear, opaque : float
        The two levels of its alpha.
    """
    if opaque - clear < FAINTEST:
        return False
    alpha = picture[..., 3]
    colours = picture[alpha >= (clear + opaque) / 2]
    other = np.abs(colours - colours[len(colours) // 2])[:, :3].max(axis=1) > FAINTEST
    return bool(other.mean() < 0.001 or opened(alpha, stroke_window(alpha)).max() < opaque / 2)


def over_paper(picture: Picture) -> Picture:
    """Lay a picture, (h, w, 4) in 0..1, over its commonest colour; return (h, w, 3)."""
    alpha = picture[..., 3:]
    if alpha.min() == alpha.max():
        return picture[..., :3]
    paper = np.median(picture[alpha[..., 0] >= alpha.max() / 2, :3], axis=0)
    return (paper + alpha * (picture[..., :3] - paper)).astype(np.float32)


# Contrast


def strokes_on_paper(rgb: Picture) -> Ink:
    """Return the ink of a digit that is darker or lighter than its paper.

    Where ink is dark, pieces of paper between strokes, and a sheet on a table, are light and may
    be as narrow as a stroke can be. So both are tried, and compared by `likelier`.

    Parameters
    ----------
    rgb : (h, w, 3) float32 in 0..1

    Raises
    ------
    EmptyDrawing
        If there is no ink.
    """
    plain = np.median(rgb.reshape(-1, 3), axis=0)
    to_plain = np.linalg.norm(rgb - plain, axis=2).astype(np.float32)
    if np.mean(to_plain < 0.01) > PLAIN:  # a canvas: the same colour everywhere
        return digit_alone(to_plain)
    window = stroke_window(rgb)
    axis = main_colour_axis(rgb)
    found = []
    for paper, prior in ((closed(rgb, window), DARK_ON_LIGHT), (opened(rgb, window), 1.0)):
        contrast = contrast_to_paper(rgb, paper) @ axis
        for direction in (1, -1):
            with suppress(EmptyDrawing):
                one = candidate(digit_alone(np.maximum(direction * contrast, 0)))
                found.append(one._replace(slenderness=prior * one.slenderness))
    if not found:
        raise EmptyDrawing("There is no ink in the picture that stands out from the paper.")
    return reduce(likelier, found).ink


class Candidate(NamedTuple):
    """Ink that may be the digit's.

    Attributes
    ----------
    ink : (h, w) float32 in 0..1
    on_paper : bool
        Whether most of the picture's border is paper.
    slenderness : float
        How long the largest piece of ink is for its width; less where the ink is scattered.
    """

    ink: Ink
    on_paper: bool
    slenderness: float


def candidate(ink: Ink) -> Candidate:
    """Measure ink, of which there is some."""
    border = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
    pieces = connected_pieces(ink >= 0.5)
    top, bottom, left, right = pieces.boxes[0]
    largest = (pieces.label == 0)[top : bottom + 1, left : right + 1]
    step = -(-max(largest.shape) // COARSE)
    coarse = largest[::step, ::step].astype(np.float32)
    width = max(float(stroke_width(coarse)), 1) if coarse.any() else 1
    together = pieces.longer[0] / max(crop_to_ink(ink).shape)
    slenderness = float(together * coarse.sum() / width**2)
    return Candidate(ink, bool(border.mean() < 0.5), slenderness)


def likelier(one: Candidate, other: Candidate) -> Candidate:
    """Return which of two candidates from the same picture looks more like a digit.

    Paper has most of the border, and a digit is long for its width. If one lies within the other,
    it is either a loop within a digit, which is much shorter, or a digit on a sheet or in a box.
    """
    if one.on_paper != other.on_paper:
        return one if one.on_paper else other
    for inner, outer in ((one, other), (other, one)):
        inked = inner.ink >= 0.5
        around = outer.ink[grown(inked, 3) & ~grown(inked, 2)] >= 0.5
        is_within = around.any() and around.mean() > WITHIN
        if is_within and inner.slenderness > LONGEST_LOOP * outer.slenderness:
            return inner
    return max(one, other, key=attrgetter("slenderness"))


def main_colour_axis(rgb: Picture) -> Picture:
    """Return the direction in which a picture's colours vary most, (3,) of length 1."""
    colours = rgb[::4, ::4].reshape(-1, 3)
    return np.linalg.eigh(np.cov(colours.T, bias=True))[1][:, -1].astype(np.float32)


def contrast_to_paper(rgb: Picture, paper: Picture) -> Picture:
    """Return the difference of each pixel to the paper, in units of the paper's brightness.

    In the shadow, ink differs less from the paper. All are (h, w, 3) float32.
    """
    return (rgb - paper) / np.maximum(paper.mean(axis=2), DARKEST)[:, :, None]


def stroke_window(picture: Picture) -> int:
    """Return the odd side of a square, in pixels, that no stroke fills."""
    return max(round(WIDEST_STROKE * max(picture.shape[:2])), 2) | 1


def closed(picture: Picture, side: int) -> Picture:
    """Fill with lighter surroundings what is dark and narrower than a square of `side` pixels.

    Strokes are what this removes (Serra, "Image Analysis and Mathematical Morphology", 1982).
    """
    return -sliding_maximum(-sliding_maximum(picture, side), side)


def opened(picture: Picture, side: int) -> Picture:
    """Remove what is light and narrower than a square of `side` pixels."""
    return -closed(-picture, side)


def sliding_maximum(picture: Picture, side: int) -> Picture:
    """Return the largest value in a square of an odd `side` around each pixel, within the picture.

    Along each axis windows are doubled until two of them that overlap have the length asked for.
    """
    for axis in (0, 1):
        lines = np.swapaxes(picture, 0, axis)
        around = np.full((len(lines) + side - 1, *lines.shape[1:]), -np.inf, np.float32)
        around[side // 2 : side // 2 + len(lines)] = lines
        length = 1
        while length < side:
            step = min(length, side - length)
            around = np.maximum(around[:-step], around[step:])
            length += step
        picture = np.swapaxes(around, 0, axis)
    return picture


def two_levels(values: NDArray[np.float32]) -> tuple[float, float]:
    """Split values into low and high ones where the two means lie furthest apart (Otsu, 1979).

    Parameters
    ----------
    values : float32, any shape

    Returns
    -------
    (float, float)
        The means of the two groups; the same number twice if all values are equal.
    """
    count, edges = np.histogram(values, bins=128)
    weight = count * (edges[:-1] + edges[1:]) / 2
    low, high = np.cumsum(count)[:-1], np.cumsum(count[::-1])[-2::-1]
    low_sum, high_sum = np.cumsum(weight)[:-1], np.cumsum(weight[::-1])[-2::-1]
    low_mean, high_mean = low_sum / np.maximum(low, 1), high_sum / np.maximum(high, 1)
    best = np.argmax(low * high * np.square(high_mean - low_mean))
    if not low[best] or not high[best]:
        return float(values.mean()), float(values.mean())
    return float(low_mean[best]), float(high_mean[best])


def stretched(contrast: Ink, paper: float, ink: float) -> Ink:
    """Return contrast so that paper is 0 and ink 1, and some of either is beyond.

    Raises
    ------
    EmptyDrawing
        If ink hardly differs from paper.
    """
    if ink - paper < FAINTEST:
        raise EmptyDrawing("There is no ink in the drawing yet.")
    return (contrast - paper) / np.float32(ink - paper)


def steeper(share: Ink) -> Ink:
    """Return ink: less than a quarter of the way to it is paper, more than three quarters full."""
    return np.clip(2 * share - 0.5, 0, 1)


# Pieces


@dataclass(frozen=True, eq=False)
class Pieces:
    """Connected pieces of ink, the largest first.

    Attributes
    ----------
    label : (h, w) intp
        The piece to which a pixel belongs, -1 for paper.
    size : (n,) intp
        Pixels.
    """

    label: NDArray[np.intp]
    size: NDArray[np.intp]

    @cached_property
    def boxes(self) -> NDArray[np.intp]:
        """First row, last row, first column and last column of each piece, (n, 4)."""
        rows, columns = np.nonzero(self.label >= 0)
        by_piece = np.argsort(self.label[rows, columns], kind="stable")
        starts = np.append(0, np.cumsum(self.size)[:-1])
        return np.stack(
            [
                extreme.reduceat(along[by_piece], starts)
                for along in (rows, columns)
                for extreme in (np.minimum, np.maximum)
            ],
            axis=1,
        )

    @property
    def longer(self) -> NDArray[np.intp]:
        """The longer sides, in pixels."""
        top, bottom, left, right = self.boxes.T
        return np.maximum(bottom - top, right - left) + 1

    @property
    def on_border(self) -> Mask:
        """Which pieces touch the picture's border."""
        top, bottom, left, right = self.boxes.T
        height, width = self.label.shape
        return (top == 0) | (bottom == height - 1) | (left == 0) | (right == width - 1)


def connected_pieces(mask: Mask) -> Pieces:
    """Find connected pieces. Pixels that touch, also at a corner, belong together.

    Each starts with a number of its own and takes over the largest among its neighbours' until
    nothing changes any more.

    Parameters
    ----------
    mask : (h, w) bool
        With at least one pixel of ink.
    """
    wide = np.pad(mask, 1)
    pixels = np.flatnonzero(wide)
    width = wide.shape[1]
    steps = np.array([dy * width + dx for dy in (-1, 0, 1) for dx in (-1, 0, 1)])
    around = pixels + steps[:, None]  # (9, n) places in the picture
    own = np.arange(len(pixels))
    number = np.zeros(wide.size, dtype=np.intp)
    number[pixels] = own
    neighbours = np.where(wide.ravel()[around], number[around], own)  # (9, n) numbers
    label = own
    while True:
        largest = label[neighbours].max(axis=0)
        # The number is itself a pixel of the same piece: take over what that one has, too.
        largest = largest[largest]
        if np.array_equal(largest, label):
            break
        label = largest
    size = np.bincount(label)
    largest_first = np.flatnonzero(size)
    largest_first = largest_first[np.argsort(-size[largest_first], kind="stable")]
    number = np.empty_like(size)
    number[largest_first] = np.arange(len(largest_first))
    out = np.full(mask.shape, -1)
    out[mask] = number[label]
    return Pieces(out, size[largest_first])


def grown(mask: Mask, by: int = 1) -> Mask:
    """Return a mask with all pixels that are at most `by` rows and columns away."""
    return sliding_maximum(mask.astype(np.float32), 2 * by + 1) > 0


def without_specks(ink: Ink, share: float = SMALLEST_SPECK) -> Ink:
    """Remove connected pieces of ink that are tiny compared with the largest.

    Parameters
    ----------
    ink : (h, w) float32 in 0..1
    share : float
        A piece stays if it has at least this share of the largest piece's pixels.

    Returns
    -------
    (h, w) float32 in 0..1
    """
    pieces = connected_pieces(ink >= 0.5)
    return only(ink, pieces, pieces.size >= share * pieces.size[0])


def only(ink: Ink, pieces: Pieces, chosen: Mask) -> Ink:
    """Remove all pieces but some, with their soft edges."""
    if chosen.all():
        return ink
    dropped = (pieces.label >= 0) & ~chosen[pieces.label]
    return np.where(grown(dropped), 0, ink).astype(np.float32)


def digit_alone(contrast: Ink) -> Ink:
    """Return the ink of the digit, without what else is narrow.

    Ink at the border is none of the digit's if there is other ink. It is looked for among all ink
    and among the strongest, first among these where they are far stronger than the rest: squares
    on the paper are weaker than the digit. Then it is looked for away from what touches the
    border, since a table may be stronger.

    Raises
    ------
    EmptyDrawing
        If there is no ink.
    """
    looked_at = np.ones(contrast.shape, bool)
    whole = None
    for _ in range(LOOKS):
        paper, ink = two_levels(contrast[looked_at])
        if ink - paper < (FAINTEST if whole is None else WEAKEST * (whole.ink - whole.paper)):
            break
        threshold = (paper + ink) / 2
        weak, strong = two_levels(contrast[looked_at & (contrast >= threshold)])
        levels = [(ink, threshold), (strong, (weak + strong) / 2)]
        if strong > FAR_STRONGER * weak:
            levels.reverse()
        for level, least in levels:
            noise = contrast[looked_at & (contrast < least)].std()
            if level - paper < CLEAR_OF_NOISE * noise:
                continue
            mask = looked_at & (contrast >= least)
            if not mask.any():  # all ink is as strong
                continue
            pieces = connected_pieces(mask)
            found = _Found(np.where(looked_at, contrast, paper), paper, level, pieces)
            inner = ~pieces.on_border
            if (inner & (pieces.longer >= SMALLEST_DIGIT * max(contrast.shape))).any():
                return found.ink_of(inner)
            if whole is None or level < whole.ink:
                whole = found
        looked_at &= ~grown(contrast >= threshold, 2)
        if not looked_at.any():
            break
    if whole is None:
        raise EmptyDrawing("There is no ink in the picture that stands out from the paper.")
    return whole.ink_of(np.ones(len(whole.pieces.size), bool))


class _Found(NamedTuple):
    """Contrast with the levels of paper and ink, and the pieces of ink."""

    contrast: Ink
    paper: float
    ink: float
    pieces: Pieces

    def ink_of(self, chosen: Mask) -> Ink:
        """Return the ink of some pieces, without boxes, lines and specks among them."""
        chosen = without_lines(self.pieces, without_boxes(self.pieces, chosen))
        chosen &= self.pieces.size >= SMALLEST_SPECK * self.pieces.size[chosen].max()
        return only(steeper(stretched(self.contrast, self.paper, self.ink)), self.pieces, chosen)


def without_boxes(pieces: Pieces, chosen: Mask) -> Mask:
    """Drop pieces that enclose another of fair size, such as a box around the digit."""
    top, bottom, left, right = pieces.boxes.T
    keep = chosen.copy()
    for outer in np.flatnonzero(chosen)[:20]:
        within = (
            chosen
            & (top > top[outer])
            & (bottom < bottom[outer])
            & (left > left[outer])
            & (right < right[outer])
            & (pieces.longer >= ENCLOSED * pieces.longer[outer])
        )
        if within.any():
            keep[outer] = False
    return keep


def without_lines(pieces: Pieces, chosen: Mask) -> Mask:
    """Drop flat pieces that are wider than the rest and below it."""
    top, bottom, left, right = pieces.boxes.T
    keep = chosen.copy()
    for line in np.flatnonzero(chosen)[:20]:
        rest = keep.copy()
        rest[line] = False
        rest &= pieces.longer >= ENCLOSED * pieces.longer[line]
        if not rest.any():
            continue
        wide, high = right[line] - left[line] + 1, bottom[line] - top[line] + 1
        if (
            high < FLATTEST * wide
            and wide > right[rest].max() - left[rest].min() + 1
            and top[line] > bottom[rest].max() - high
        ):
            keep[line] = False
    return keep


def crop_to_ink(ink: Ink, share: float = 0.5) -> Ink:
    """Cut away the rows and columns outside the ink.

    Parameters
    ----------
    ink : (h, w) float32 in 0..1
    share : float
        Of the maximum; grey below it does not count as ink.

    Returns
    -------
    (height, width) float32 in 0..1
        A view.
    """
    mask = ink >= ink.max() * share
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


# Distances


def stroke_width(ink: Ink) -> np.float32:
    """Return the mean width of the strokes, in pixels.

    Across a stroke of width s the distance to the outline rises from 0 to s / 2 and falls again:
    s / 4 on average.

    Parameters
    ----------
    ink : (h, w) float32
        With ink in it.
    """
    distance = distance_to_outline(np.pad(ink, 1))
    return np.float32(4 * distance[distance > 0].mean())


def distance_to_outline(ink: Ink) -> Ink:
    """Return the distance to the ink's outline, in pixels: positive within the ink.

    Parameters
    ----------
    ink : (h, w) float32
        With ink and paper in it. Half of the maximum or more counts as ink.

    Returns
    -------
    (h, w) float32
    """
    mask = ink >= ink.max() / 2
    return np.where(mask, distance_to(~mask) - 0.5, 0.5 - distance_to(mask)).astype(np.float32)


def distance_to(mask: Mask) -> Ink:
    """Return the exact Euclidean distance from every pixel to the nearest True one, in pixels.

    First within the columns, then across: the nearest pixel lies in some column j, and its distance
    is the hypotenuse over the way to j and the distance within j.

    Parameters
    ----------
    mask : (h, w) bool
        At least one must be True.

    Returns
    -------
    (h, w) float32
    """
    height, width = mask.shape
    row = np.arange(height, dtype=np.float32)[:, None]
    above = np.maximum.accumulate(np.where(mask, row, -np.inf), axis=0)
    below = np.minimum.accumulate(np.where(mask, row, np.inf)[::-1], axis=0)[::-1]
    within = np.minimum(row - above, below - row)  # (h, w); infinite in a column without True
    column = np.arange(width, dtype=np.float32)
    across = column[:, None] - column
    squares = np.square(across) + np.square(within)[:, None, :]  # (w, w) + (h, 1, w) -> (h, w, w)
    return np.sqrt(squares.min(axis=2))
