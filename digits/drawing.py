"""From a drawing of any size to a 28 x 28 image that looks like MNIST's.

MNIST's digits were cropped, scaled to a box of 20 x 20 pixels and placed by their centre of mass
(LeCun et al., "Gradient-based learning applied to document recognition", 1998, section III-A);
the even stroke width is an addition of this project. Without these steps most drawings are
misclassified. Each step is one function below; `drawing_stages` runs them in order and returns
every intermediate picture. A picture that has MNIST's format already is only separated from its
paper and centred.

Between the steps, *ink* is a float32 array (height, width) from 0, paper, to 1, full ink.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digits.ink import (
    FAINTEST,
    IMAGE_SIZE,
    EmptyDrawing,
    Ink,
    checked,
    crop_to_ink,
    distance_to,
    distance_to_outline,
    ink_from_rgba,
    is_mnist_image,
    shrink,
    stroke_width,
)

BOX_SIZE = 20  # the digit's longer side in MNIST
STROKE_WIDTH = 2.2  # pixels of the 28; the same estimator finds about 2.6 in MNIST itself
# MNIST's centres of mass lie within half a pixel of the middle of pixel 14, counted from 0: half a
# pixel below and to the right of the middle of the image.
CENTRE = 14

WORKING_SIDE = 80  # strokes are evened out at this size


def drawing_to_image(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Prepare a drawing, or the photo of a digit, so that it looks like MNIST's images.

    Parameters
    ----------
    rgba : (h, w, 4) uint8
        On a transparent ground alpha is the ink; on an opaque one, light or dark, even or unevenly
        lit, ink is what stands out from the ground.

    Returns
    -------
    (28, 28) uint8
        0 paper, 255 ink.

    Raises
    ------
    EmptyDrawing
        If there is no ink.
    ValueError
        If `rgba` is not an (h, w, 4) array of uint8.
    """
    image = drawing_stages(rgba)["centred"]
    return np.rint(255 * image).astype(np.uint8)


def drawing_stages(
    rgba: NDArray[np.uint8],
    *,
    ink: bool = True,
    crop: bool = True,
    even: bool = True,
    scale: bool = True,
    centre: bool = True,
) -> dict[str, Ink]:
    """Return the picture after each step of `drawing_to_image`; steps can be disabled.

    Parameters
    ----------
    rgba : (h, w, 4) uint8
    ink : bool
        Separate ink from background and remove specks; otherwise use the darkness of the picture
        over white paper.
    crop : bool
        Crop to the ink; otherwise the whole picture is scaled to the box.
    even : bool
        Even the strokes out to about 2.2 pixels of 28, where the longer side becomes 20.
    scale : bool
        Scale the longer side to 20 pixels. Otherwise the digit stays as large as it was drawn: it
        is reduced as the whole picture would be to fit into 28 x 28.
    centre : bool
        Place by the centre of mass; otherwise the box sits in the middle of the image.

    Returns
    -------
    dict of str to (height, width) float32, 0 paper .. 1 ink
        "ink", "cropped", "evened", "boxed" (20, 20) and "centred" (28, 28). A step that is left
        out hands its input on, but the last is always (28, 28). Without scaling, "boxed" is as
        large as the digit has become, at most (28, 28).

    Raises
    ------
    EmptyDrawing
        If there is no ink.
    ValueError
        If `rgba` is not an (h, w, 4) array of uint8.
    """
    sheet = ink_from_rgba(rgba) if ink else darkness(rgba)
    if is_mnist_image(rgba):
        crop = even = scale = False
    cropped = crop_to_ink(sheet) if crop else sheet
    evened = even_strokes(cropped) if even else cropped
    if scale:
        boxed = fit_to_box(crop_to_ink(evened) if crop else evened)
    else:
        enlarged = WORKING_SIDE / max(cropped.shape) if even else 1
        boxed = fit_to_box(evened, IMAGE_SIZE, max(sheet.shape) * enlarged)
        if crop or centre:  # paper around it would stand in the way of moving it
            boxed = crop_to_ink(boxed, FAINTEST)
    centred = place_by_mass(boxed) if centre else place_in_middle(boxed)
    return {"ink": sheet, "cropped": cropped, "evened": evened, "boxed": boxed, "centred": centred}


# 1. Separate ink from background: `digits.ink`


def darkness(rgba: NDArray[np.uint8]) -> Ink:
    """Return the darkness of a picture over white paper, without separating ink from background.

    Light ink on a dark background becomes paper on ink, and a shadow a little ink.

    Parameters
    ----------
    rgba : (h, w, 4) uint8

    Returns
    -------
    (height, width) float32
        0 white .. 1 black; of the drawing's size, or smaller if that is more than 400 pixels.

    Raises
    ------
    EmptyDrawing
        If all of it is white.
    ValueError
        If `rgba` is not an (h, w, 4) array of uint8.
    """
    picture = shrink(checked(rgba))
    dark = (picture[..., 3] * (1 - picture[..., :3].mean(axis=2))).astype(np.float32)
    if dark.max() < FAINTEST:
        raise EmptyDrawing(
            "There is nothing dark in the picture. Choose one with a dark digit on light paper."
        )
    return dark


# 2. Crop


def digit_box(rgba: NDArray[np.uint8]) -> tuple[float, float, float, float]:
    """Return where in a picture the digit is that `drawing_to_image` reads.

    Parameters
    ----------
    rgba : (h, w, 4) uint8

    Returns
    -------
    (float, float, float, float)
        Top and bottom as shares of the height, left and right as shares of the width.

    Raises
    ------
    EmptyDrawing, ValueError
        As `drawing_to_image`.
    """
    ink = ink_from_rgba(rgba)
    sides = []
    for axis in (1, 0):
        inked = np.flatnonzero((ink >= 0.5).any(axis))
        sides += [inked[0] / ink.shape[1 - axis], (inked[-1] + 1) / ink.shape[1 - axis]]
    return sides[0], sides[1], sides[2], sides[3]


# 3. Even the strokes out


def even_strokes(ink: Ink, width: float = STROKE_WIDTH) -> Ink:
    """Thicken or thin the strokes until they are `width` wide in the finished image.

    The outline moves by the same distance everywhere. Thinning by more than half is left undone,
    and a part so thin that it would vanish stays as it was.

    Parameters
    ----------
    ink : (h, w) float32 in 0..1
    width : float
        The stroke's width in pixels when the longer side measures 20.

    Returns
    -------
    (height, width) float32 in 0..1
        The longer side is about 80 pixels; with a margin where strokes grew thicker.
    """
    scale = WORKING_SIDE / max(ink.shape)
    ink = resample(ink, [max(1, round(n * scale)) for n in ink.shape])
    height, breadth = crop_to_ink(ink).shape
    stroke = stroke_width(ink)
    # Solve (stroke + 2 move) / (side + 2 move) = width / 20 for the move of the outline.
    share = width / BOX_SIZE
    move = (share * max(height, breadth) - stroke) / (1 - share) / 2
    move = max(move, -stroke / 4)
    distance = distance_to_outline(np.pad(ink, 2 + max(0, int(move))))
    evened = np.clip(distance + move + 0.5, 0, 1)
    # Parts still far from any ink were thinner than the move: restore them and their connection.
    reach = 1 + 1.5 * max(0, -move)
    lost = (distance > 0) & (distance_to(evened > 0) > reach)
    if lost.any():
        way_back = distance_to(lost) <= reach + 1
        evened = np.where(way_back, np.clip(distance + 0.5, 0, 1), evened)
    return evened.astype(np.float32)


# 4. Scale


def fit_to_box(ink: Ink, size: int = BOX_SIZE, window: float | None = None) -> Ink:
    """Scale to a square box: the longer side fills it, the shorter one lies in the middle.

    Parameters
    ----------
    ink : (h, w) float32 in 0..1
    size : int
        Of the box, in pixels.
    window : float, optional
        The side of a square around the middle that fills the box instead.

    Returns
    -------
    (size, size) float32 in 0..1
    """
    return resample(ink, (size, size), window or max(ink.shape))


def resample(ink: Ink, shape: Sequence[int], window: float | None = None) -> Ink:
    """Resample by area: each new pixel is the weighted mean of the old ones under it.

    Parameters
    ----------
    ink : (h, w) float32
    shape : two int
        The new height and width.
    window : float, optional
        Height and width of the part to be taken, around the middle; beyond the edge there is paper.
        By default the whole.

    Returns
    -------
    `shape` float32
    """
    down, across = (
        overlap(old, new, window or old) for old, new in zip(ink.shape, shape, strict=True)
    )
    return (down @ ink @ across.T).astype(np.float32)  # (H, h) @ (h, w) @ (w, W) -> (H, W)


def overlap(old: int, new: int, window: float) -> Ink:
    """Return the share of each old pixel in each new one, along one axis: (new, old) float32."""
    edge = np.linspace((old - window) / 2, (old + window) / 2, new + 1, dtype=np.float32)[:, None]
    start = np.arange(old, dtype=np.float32)
    shared = np.minimum(edge[1:], start + 1) - np.maximum(edge[:-1], start)
    return (np.maximum(shared, 0) * (new / window)).astype(np.float32)


# 5. Place


def place_by_mass(box: Ink) -> Ink:
    """Move the box by whole pixels, as MNIST did, until its centre of mass is in pixel (14, 14).

    Parameters
    ----------
    box : (h, w) float32 in 0..1
        Neither side longer than 28. The box stays within the image.

    Returns
    -------
    (28, 28) float32 in 0..1
    """
    mass = box.sum()
    offset = [
        int(np.clip(np.rint(CENTRE - box.sum(axis) @ np.arange(n) / mass), 0, IMAGE_SIZE - n))
        for axis, n in ((1, box.shape[0]), (0, box.shape[1]))
    ]
    return _place(box, offset)


def place_in_middle(box: Ink) -> Ink:
    """Put the box in the middle of the image; arguments as `place_by_mass`."""
    return _place(box, [(IMAGE_SIZE - n) // 2 for n in box.shape])


def _place(box: Ink, offset: Sequence[int]) -> Ink:
    """Put a box into the image, so many pixels from the top and from the left."""
    before_and_after = [
        (start, IMAGE_SIZE - n - start) for n, start in zip(box.shape, offset, strict=True)
    ]
    return np.pad(box, before_and_after)
