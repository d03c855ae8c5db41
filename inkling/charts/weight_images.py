"""The weights of many units as one picture: a small image for each, in two colours.

A unit has one weight for each pixel of a digit, so its weights are an image, too: where it wants
ink, and where it wants paper. A weight of 0 is transparent, so that one picture suits a light page
and a dark one, and a colour means the same on both.
"""

from collections.abc import Iterable

import numpy as np
from PIL import Image

from inkling.charts.png import png_url

SIDE = 28
GAP = 2  # between two images, in weights
_MOST = 126  # levels of either colour
_ZERO = _MOST
_BROKEN = 2 * _MOST + 1
_NOTHING = 255
_GROUND = 0.09  # of grey: even an image of zeros is seen to be one
# Colour grows faster than the weight: the noise that a network begins with stays faint, and what
# it learns stands out.
_GAMMA = 1.7
_WIDTH = 960  # of the picture, about; twice what a page shows, for fine screens
_PERCENTILE = 98.5
_EXPLOSION = 4  # times the weights in the middle of a run, which none that goes well reaches


def weight_image(
    weights: np.ndarray, limit: float, columns: int, *, yes: str, no: str, grey: str
) -> str:
    """Draw the weights of units side by side.

    Parameters
    ----------
    weights : ndarray, (784, units)
        Floating point; a column for each unit, as in the first layer of a network.
    limit : float
        The weight that has full colour, as have those beyond it.
    columns : int
        Images a row.
    yes, no, grey : str
        Colours as ``"#rrggbb"``: of weights above 0, of those below, and of the ground on which
        they stand. A weight that is no number is all grey.

    Returns
    -------
    str
        A PNG as a data URL, for `st.image`. Every weight is a square of whole pixels.
    """
    sheet = _sheet(_levels(weights, limit), columns)
    picture = Image.fromarray(sheet)
    picture.putpalette(_palette(yes, no, grey), "RGBA")
    scale = max(1, _WIDTH // sheet.shape[1])
    enlarged = picture.resize(
        (scale * picture.width, scale * picture.height), Image.Resampling.NEAREST
    )
    return png_url(enlarged)


def strongest_units(outgoing: np.ndarray, most: int) -> np.ndarray:
    """Choose the units that have the most to say: those with the longest outgoing weights.

    Parameters
    ----------
    outgoing : ndarray, (units, units of the next layer)
        Weights that are no numbers count as 0.
    most : int
        How many to choose, if there are so many.

    Returns
    -------
    ndarray, (min(units, most),) int64
        The strongest first; of equals, the first.
    """
    # In float64, and capped, the squares of a network that grew out of bounds are numbers, too.
    known = np.nan_to_num(outgoing.astype(np.float64), nan=0.0, posinf=1e100, neginf=-1e100)
    return np.argsort(-np.linalg.norm(known, axis=1), kind="stable")[:most]


def full_colour(snapshots: Iterable[np.ndarray]) -> float:
    """Find the weight that is to have full colour in all pictures of a run.

    One for all of them, so that weights can be seen to grow. Where they are largest, one or two in
    a hundred are beyond it: a few giants do not make all others pale. And where a run blew up, it
    is small enough for what was there before to be seen.

    Parameters
    ----------
    snapshots : iterable of ndarray
        The weights at each, of any shape; what is no number is left out.

    Returns
    -------
    float
        Above 0.
    """
    sizes = [np.abs(weights[np.isfinite(weights)]) for weights in snapshots]
    typical = [float(np.percentile(size, _PERCENTILE)) for size in sizes if size.size]
    largest = max(typical, default=0.0)
    usual = float(np.median(typical)) if typical else 0.0
    return min(largest, _EXPLOSION * usual) or largest or 1.0


def _levels(weights: np.ndarray, limit: float) -> np.ndarray:
    """Turn weights (784, units) into places in the palette, (units, 28, 28) uint8."""
    known = np.isfinite(weights)
    share = np.clip(np.where(known, weights, 0).astype(np.float32) / limit, -1, 1)
    levels = np.where(known, np.rint(_ZERO + _MOST * share), _BROKEN).astype(np.uint8)
    return levels.T.reshape(-1, SIDE, SIDE)


def _sheet(images: np.ndarray, columns: int) -> np.ndarray:
    """Lay images (n, 28, 28) out in rows with gaps between them, (height, width) uint8."""
    rows, cell = -(-len(images) // columns), SIDE + GAP
    cells = np.full((rows * columns, cell, cell), _NOTHING, np.uint8)
    cells[: len(images), :SIDE, :SIDE] = images
    sheet = cells.reshape(rows, columns, cell, cell).swapaxes(1, 2)
    return sheet.reshape(cell * rows, cell * columns)[:-GAP, :-GAP]  # no gap after the last


def _palette(yes: str, no: str, grey: str) -> bytes:
    """Return the colours of all levels: red, green, blue and alpha, (1024,) bytes."""
    level = np.arange(-_MOST, _MOST + 1) / _MOST
    share = np.abs(level)[:, None] ** _GAMMA
    alpha = share + _GROUND * (1 - share)
    hue = np.where(level[:, None] > 0, _rgb(yes), _rgb(no))
    # The colour over the ground, as if the two had been painted one after the other
    rgb = (share * hue + (1 - share) * _GROUND * _rgb(grey)) / alpha
    palette = np.zeros((256, 4))
    palette[:_BROKEN] = np.hstack([rgb, 255 * alpha])
    palette[_BROKEN] = [*_rgb(grey), 255]
    return palette.round().astype(np.uint8).tobytes()


def _rgb(colour: str) -> np.ndarray:
    """Return red, green and blue of ``"#rrggbb"``, (3,) from 0 to 255."""
    return np.frombuffer(bytes.fromhex(colour[1:]), np.uint8).astype(float)
