"""Weights or feature maps as one image, in which each unit has a small one in two colours.

A unit of the first layer has one weight for each pixel of a digit, so its weights form an image:
blue where ink excites the unit, orange where ink inhibits it. A filter is a small image of weights,
a feature map one of activations. A number of 0 is transparent, which suits light and dark pages.
"""

import math
from collections.abc import Iterable

import numpy as np
from PIL import Image

from inkling.charts.png import png_url
from inkling.charts.style import NEGATIVE, NEUTRAL, POSITIVE

# Indices into the palette: _LEVELS shades of either colour around _ZERO, then the special ones.
_LEVELS = 126
_ZERO = _LEVELS
_NOT_FINITE = 2 * _LEVELS + 1
_TRANSPARENT = 255
_MIN_OPACITY = 0.09  # of the grey behind an image, so that an image of zeros is visible
# Opacity grows faster than the weight: initial noise stays faint, learned weights stand out.
_GAMMA = 1.7
_MIN_WIDTH = 960  # pixels, roughly: twice the width on a page, for high-resolution screens
_PERCENTILE = 98.5
_MAX_GROWTH = 4  # of the typical weight over its median in a run; only diverging runs exceed it


def weight_image(weights: np.ndarray, limit: float, columns: int) -> str:
    """Return the URL of an image of the weights of units, side by side.

    Parameters
    ----------
    weights : ndarray, (rows * rows, units)
        Floating point; a column for each unit, as in the first layer of a network. Weights that
        are not finite are grey.
    limit : float
        Weights of this size or larger are opaque.
    columns : int
        Units in a row.

    Returns
    -------
    str
        A PNG as a data URL, for `st.image`. Each weight is a square of whole pixels.
    """
    side = math.isqrt(len(weights))
    sheet = _sheet(_palette_indices(weights, limit).reshape(-1, side, side), columns)
    picture = Image.fromarray(sheet)
    picture.putpalette(_palette(), "RGBA")
    scale = max(1, _MIN_WIDTH // sheet.shape[1])
    size = scale * picture.width, scale * picture.height
    return png_url(picture.resize(size, Image.Resampling.NEAREST))


def gap_between(side: int) -> int:
    """Return the gap between two images of so many rows, in weights: about a fourteenth."""
    return max(1, side // 14)


def strongest_units(outgoing: np.ndarray, count: int) -> np.ndarray:
    """Return the units with the largest norms of outgoing weights.

    Parameters
    ----------
    outgoing : ndarray, (units, units of the next layer)
        NaN counts as 0.
    count : int
        How many units to return, if there are so many.

    Returns
    -------
    ndarray, (min(units, count),) int64
        In descending order; of equals, the first unit first.
    """
    # float64 and a cap: the squares of the weights of a diverged network must not overflow.
    finite = np.nan_to_num(outgoing.astype(np.float64), nan=0.0, posinf=1e100, neginf=-1e100)
    return np.argsort(-np.linalg.norm(finite, axis=1), kind="stable")[:count]


def opaque_weight(snapshots: Iterable[np.ndarray]) -> float:
    """Return the size of weight that is opaque in all images of a run.

    It is the same at every snapshot, so that growth is visible. At the snapshot with the largest
    weights, 1.5 % of them exceed it, so that outliers do not make all others pale; in a run that
    diverged, it suits the weights before that.

    Parameters
    ----------
    snapshots : iterable of ndarray
        The weights at each, of any shape; those that are not finite are ignored.

    Returns
    -------
    float
        Above 0.
    """
    sizes = [np.abs(weights[np.isfinite(weights)]) for weights in snapshots]
    typical = [float(np.percentile(size, _PERCENTILE)) for size in sizes if size.size]
    largest = max(typical, default=0.0)
    median = float(np.median(typical)) if typical else 0.0
    return min(largest, _MAX_GROWTH * median) or largest or 1.0


def _palette_indices(weights: np.ndarray, limit: float) -> np.ndarray:
    """Return the palette indices of weights (weights, units), (units, weights) uint8."""
    finite = np.isfinite(weights)
    share = np.clip(np.where(finite, weights, 0).astype(np.float32) / limit, -1, 1)
    indices = np.where(finite, np.rint(_ZERO + _LEVELS * share), _NOT_FINITE).astype(np.uint8)
    return indices.T


def _sheet(images: np.ndarray, columns: int) -> np.ndarray:
    """Return images (n, side, side) in rows with gaps between them, (height, width) uint8."""
    side = images.shape[1]
    gap = gap_between(side)
    rows, cell = -(-len(images) // columns), side + gap
    cells = np.full((rows * columns, cell, cell), _TRANSPARENT, np.uint8)
    cells[: len(images), :side, :side] = images
    sheet = cells.reshape(rows, columns, cell, cell).swapaxes(1, 2)
    return sheet.reshape(cell * rows, cell * columns)[:-gap, :-gap]  # no gap after the last


def _palette() -> bytes:
    """Return red, green, blue and alpha of all palette indices, (1024,) bytes."""
    level = np.arange(-_LEVELS, _LEVELS + 1) / _LEVELS
    share = np.abs(level)[:, None] ** _GAMMA
    alpha = share + _MIN_OPACITY * (1 - share)
    hue = np.where(level[:, None] > 0, _rgb(POSITIVE), _rgb(NEGATIVE))
    # The colour composited over the grey background
    rgb = (share * hue + (1 - share) * _MIN_OPACITY * _rgb(NEUTRAL)) / alpha
    palette = np.zeros((256, 4))
    palette[:_NOT_FINITE] = np.hstack([rgb, 255 * alpha])
    palette[_NOT_FINITE] = [*_rgb(NEUTRAL), 255]
    return palette.round().astype(np.uint8).tobytes()


def _rgb(colour: str) -> np.ndarray:
    """Return red, green and blue of ``"#rrggbb"``, (3,) from 0 to 255."""
    return np.frombuffer(bytes.fromhex(colour[1:]), np.uint8).astype(float)
