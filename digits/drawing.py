"""From a drawing of any size to a 28 x 28 image, prepared the way MNIST was made.

MNIST's digits were cropped, scaled to a box of 20 x 20 pixels and placed by their centre of mass
(LeCun et al., "Gradient-based learning applied to document recognition", 1998, section III-A).
Without these steps most drawings are misclassified. Each step is one function below;
`drawing_stages` runs them in order and returns every intermediate picture. A picture of 28 x 28
pixels is taken to have MNIST's format already: it is told from its paper and centred, no more.

Between the steps, *ink* is a float32 array (height, width) from 0, paper, to 1, full ink.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ink = NDArray[np.float32]
Mask = NDArray[np.bool_]

IMAGE_SIZE = 28
BOX_SIZE = 20  # the digit's longer side in MNIST
STROKE_WIDTH = 2.2  # pixels of the 28; the same estimator finds about 2.6 in MNIST itself
# MNIST's centres of mass lie within half a pixel of the middle of pixel 14, counted from 0: half a
# pixel below and to the right of the middle of the image.
CENTRE = 14

LARGEST_SIDE = 400  # larger pictures, such as photos, are reduced first
WORKING_SIDE = 80  # strokes are evened out at this size
TRANSPARENT_SHARE = 0.05  # of the pixels: from here on, alpha is the ink
FAINTEST = 0.04  # contrast below which nothing counts as ink: 10 of 255
CLEAR_OF_NOISE = 6  # contrast in deviations of the paper; noise split in two comes to 5.7
SMALLEST_SPECK = 0.1  # of the largest connected piece of ink


class EmptyDrawing(ValueError):
    """There is no ink in the drawing."""


def drawing_to_image(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Prepare a drawing, or the photo of a digit, as MNIST's images were prepared.

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
    if has_image_size(sheet):
        crop = even = scale = False
    elif ink:
        sheet = without_specks(sheet)
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


# 1. Separate ink from background


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
    alpha = picture[..., 3]
    transparent = np.mean(alpha < 0.5) >= TRANSPARENT_SHARE
    contrast: Ink = alpha if transparent else contrast_to_paper(picture[..., :3])
    paper, ink = two_levels(contrast)
    if ink - paper < FAINTEST:
        raise EmptyDrawing("There is no ink in the drawing yet.")
    noise = contrast[contrast < (paper + ink) / 2].std()
    if ink - paper < CLEAR_OF_NOISE * noise:
        raise EmptyDrawing("There is no ink in the picture that stands out from the paper.")
    share = (contrast - paper) / (ink - paper)
    if not has_image_size(contrast):
        # Less than a quarter of the way to ink is paper, more than three quarters is ink.
        share = 2 * share - 0.5
    return np.clip(share, 0, 1).astype(np.float32)


def has_image_size(picture: NDArray[np.float32]) -> bool:
    """Return whether a picture has the size of MNIST's images, 28 x 28 pixels.

    It is then taken for one: its levels of grey, its size and its strokes are kept.
    """
    return picture.shape[:2] == (IMAGE_SIZE, IMAGE_SIZE)


def checked(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a drawing if it is valid; errors as `ink_from_rgba`."""
    if not isinstance(rgba, np.ndarray) or rgba.dtype != np.uint8:
        raise ValueError("A drawing is a NumPy array of uint8.")
    if rgba.ndim != 3 or rgba.shape[2] != 4:
        raise ValueError(f"A drawing has the shape (height, width, 4), not {rgba.shape}.")
    if rgba.size == 0:
        raise EmptyDrawing("The drawing has no pixels.")
    return rgba


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
        raise EmptyDrawing("There is nothing dark in the picture.")
    return dark


def shrink(picture: NDArray[np.uint8], side: int = LARGEST_SIDE) -> NDArray[np.float32]:
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


def contrast_to_paper(rgb: NDArray[np.float32]) -> Ink:
    """Return the contrast of each pixel to the paper, in the direction of the ink.

    The direction is a vector in the space of colours, the one that most of the contrast takes. It
    settles whether the ink is darker or lighter than the paper, and what its colour is.

    Parameters
    ----------
    rgb : (h, w, 3) float32 in 0..1

    Returns
    -------
    (h, w) float32, at least 0
        In units of the paper's brightness; around 0 on the paper.
    """
    light = paper_light(rgb)
    # Relative to the light: in the shadow, ink differs less from the paper.
    brightness = np.einsum("hwc->hw", light) / 3
    difference = (rgb - light) / np.maximum(brightness, 0.125)[:, :, None]
    size = np.einsum("hwc,hwc->hw", difference, difference)
    direction = np.einsum("hwc,hw->c", difference, size)
    length = max(float(np.linalg.norm(direction)), 1e-9)
    return np.maximum(difference @ (direction / length).astype(np.float32), 0)


def paper_light(rgb: NDArray[np.float32], degree: int = 4, rounds: int = 15) -> NDArray[np.float32]:
    """Return the brightness and colour of the paper, estimated also under the ink, at every pixel.

    Light falls off smoothly, so a polynomial in x and y is fitted, by least absolute deviations:
    ink is far off the paper, and squared deviations would let it bend the surface. The weights of
    iterated least squares, one over the deviation, turn squares into absolute values.

    Parameters
    ----------
    rgb : (h, w, 3) float32 in 0..1
    degree : int
        Of the polynomial.
    rounds : int
        How often to solve the weighted least squares.

    Returns
    -------
    (h, w, 3) float32
    """
    height, width = rgb.shape[:2]
    rows, columns = (np.linspace(0, n - 1, min(n, 48)).astype(int) for n in (height, width))
    sample = rgb[np.ix_(rows, columns)].reshape(-1, 3)
    # Of an image of 28 x 28 the middle columns come first: above and below a digit there is paper,
    # even where lines stand at its sides.
    middle = rgb[:, width // 4 : -(width // 4)].reshape(-1, 3)
    for part in (middle, sample) if has_image_size(rgb) else (sample,):
        median = np.median(part, axis=0).astype(np.float32)
        if np.mean(np.linalg.norm(part - median, axis=1) < 0.01) > 0.5:
            return np.broadcast_to(median, rgb.shape)  # a canvas: the same colour everywhere
    deviation = np.linalg.norm(sample - median, axis=1)

    y, x = np.linspace(-1, 1, height), np.linspace(-1, 1, width)
    powers = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]
    terms = np.stack([np.outer(y**i, x**j) for i, j in powers], axis=2)
    basis = terms[np.ix_(rows, columns)].reshape(len(sample), -1)
    for _ in range(rounds):
        weighted = basis / np.maximum(deviation, 1 / 255)[:, None]
        coefficients = np.linalg.lstsq(weighted.T @ basis, weighted.T @ sample, rcond=None)[0]
        deviation = np.linalg.norm(sample - basis @ coefficients, axis=1)
    return (terms @ coefficients).astype(np.float32)  # (h, w, 15) @ (15, 3) -> (h, w, 3)


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


def without_specks(ink: Ink, share: float = SMALLEST_SPECK) -> Ink:
    """Remove connected pieces of ink that are tiny compared with the largest.

    Pixels that touch belong together. Each starts with a number of its own and takes over the
    largest among its neighbours' until nothing changes any more.

    Parameters
    ----------
    ink : (h, w) float32 in 0..1
    share : float
        A piece stays if it has at least this share of the largest piece's pixels.

    Returns
    -------
    (h, w) float32 in 0..1
    """
    mask = np.pad(ink >= 0.5, 1)
    pixels = np.flatnonzero(mask)
    width = mask.shape[1]
    steps = np.array([dy * width + dx for dy in (-1, 0, 1) for dx in (-1, 0, 1)])
    around = pixels + steps[:, None]  # (9, n) places in the picture
    own = np.arange(len(pixels))
    number = np.zeros(mask.size, dtype=np.intp)
    number[pixels] = own
    neighbours = np.where(mask.ravel()[around], number[around], own)  # (9, n) numbers

    label = own
    while True:
        largest = label[neighbours].max(axis=0)
        # The number is itself a pixel of the same piece: take over what that one has, too.
        largest = largest[largest]
        if np.array_equal(largest, label):
            break
        label = largest
    size = np.bincount(label)
    speck = (size < share * size.max())[label]
    out = np.pad(ink, 1)
    out.ravel()[around[:, speck]] = 0  # with its soft edge
    return out[1:-1, 1:-1]


# 2. Crop


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
