"""The 15 corruptions of MNIST-C, with the severities that were published.

Written from the definitions of Mu and Gilmer, "MNIST-C: a robustness benchmark for computer vision"
(2019), for many images at once, in NumPy alone. They measure tolerance; nothing is trained on them.
"""

from collections.abc import Callable

import numpy as np

SIDE = 28
CENTRE = (SIDE - 1) / 2

Corruption = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""(images (n, 28, 28) float64 from 0 paper to 1 ink, generator) -> the same, corrupted."""


def corrupt(name: str, images: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return corrupted images.

    Parameters
    ----------
    name : str
        One of `CORRUPTIONS`.
    images : ndarray, (n, 28, 28) uint8
    seed : int
        The same seed gives the same result.

    Returns
    -------
    ndarray, (n, 28, 28) uint8
    """
    rng = np.random.default_rng([seed, list(CORRUPTIONS).index(name)])
    result = np.empty_like(images)
    for start in range(0, len(images), _BLOCK):
        block = slice(start, start + _BLOCK)
        corrupted = CORRUPTIONS[name](images[block] / 255, rng)
        result[block] = np.rint(255 * np.clip(corrupted, 0, 1))
    return result


_BLOCK = 500  # images at a time: a fog of 256 x 256 for each takes 260 MB


# Noise


def shot_noise(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Count photons, three at full ink (severity 5)."""
    photons = 3
    return rng.poisson(images * photons) / photons


def impulse_noise(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Replace 17% of the pixels by paper or ink (severity 4)."""
    hit = rng.random(images.shape) < 0.17
    return np.where(hit, rng.integers(0, 2, images.shape), images)


# Blur


def glass_blur(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blur, swap pixels with neighbours, blur again (severity 1)."""
    sigma, reach, rounds = 0.7, 1, 2
    result = np.floor(255 * gaussian(images, sigma)) / 255
    image = np.arange(len(images))
    for _ in range(rounds):
        for row in range(SIDE - reach, reach, -1):
            for column in range(SIDE - reach, reach, -1):
                swapped = image[rng.random(len(images)) < 0.5]
                down, right = rng.integers(-reach, reach, (2, len(swapped)))
                here, there = (swapped, row, column), (swapped, row + down, column + right)
                result[here], result[there] = result[there], result[here]
    return gaussian(result, sigma)


def motion_blur(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Smear along a random direction within 45 degrees of a row (severity 1).

    As ImageMagick does it, with radius 10 and sigma 3: half a Gaussian, to one side.
    """
    radius, sigma = 10, 3
    step = np.arange(2 * radius + 1)
    weight = np.exp(-(step**2) / (2 * sigma**2))
    angle = np.deg2rad(rng.uniform(-45, 45, len(images)))
    right = np.ceil(step[:, None] * np.cos(angle) - 0.5).astype(int)[..., None, None]
    down = np.ceil(step[:, None] * np.sin(angle) - 0.5).astype(int)[..., None, None]
    image = np.arange(len(images))[:, None, None]
    pixel = np.arange(SIDE)
    result = np.zeros_like(images)
    for share, dx, dy in zip(weight / weight.sum(), right, down, strict=True):
        rows, columns = (
            np.clip(pixel[:, None] + dy, 0, SIDE - 1),
            np.clip(pixel + dx, 0, SIDE - 1),
        )
        result += share * images[image, rows, columns]
    return result


# Affine


def shear(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Slant by 0.4 rad to either side (severity 2)."""
    slant = 0.4 * _signs(rng, len(images))
    one, zero = np.ones(len(images)), np.zeros(len(images))
    return affine(images, np.array([[one, -np.sin(slant)], [zero, np.cos(slant)]]))


def scale(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shrink to 70% (severity 3)."""
    one, zero = np.ones(len(images)), np.zeros(len(images))
    return affine(images, np.array([[one, zero], [zero, one]]) / 0.7)


def rotate(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn by 0.4 rad to either side (severity 2)."""
    turn = 0.4 * _signs(rng, len(images))
    return affine(images, np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]))


def translate(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Move by three pixels along both axes (severity 3)."""
    one, zero = np.ones(len(images)), np.zeros(len(images))
    shift = 3 * _signs(rng, (2, len(images)))
    return affine(images, np.array([[one, zero], [zero, one]]), shift)


# Light


def brightness(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add half of full ink (severity 5)."""
    return images + 0.5


def stripe(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Invert seven columns at the left and at the right."""
    result = images.copy()
    for columns in (slice(0, 7), slice(21, SIDE)):
        result[..., columns] = 1 - result[..., columns]
    return result


def fog(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add a plasma fractal of three times full ink and scale back (severity 5)."""
    strength = 3
    most = images.max(axis=(1, 2), keepdims=True)
    foggy = images + strength * plasma(len(images), 1.4, rng)[:, :SIDE, :SIDE]
    return foggy * most / (most + strength)


def spatter(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cover pixels with spots of mud, a quarter as dark as ink (severity 4)."""
    liquid = gaussian(rng.normal(0.65, 0.3, images.shape), 1)
    mud = gaussian((liquid > 0.65).astype(float), 1.5)
    mud[mud < 0.8] = 0
    return images * (1 - mud) + 63 / 255 * mud


# Lines


def dotted_line(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add a line from the left to the right, of which every other two columns are left out."""
    n = len(images)
    first, last = rng.integers(0, SIDE - 1, (2, n)).astype(float)
    line = line_between(np.zeros(n), first, np.full(n, SIDE - 1.0), last)
    line[..., np.arange(SIDE) % 4 < 2] = 0
    return images + line


def zigzag(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add a zigzag line from the left to the right."""
    step = 2.0  # a quarter of its period, and its height
    left, right = 2.0, 25.0
    first = rng.integers(0, SIDE - 1, len(images))
    slope = np.arctan(rng.integers(-5, 5, len(images)) / (right - left))
    length = (right - left) / np.cos(slope)  # (n,), from 23 to 23.6: six peaks
    peaks = np.arange(6)
    height = step * (-1.0) ** peaks
    along = np.stack([np.zeros_like(slope), *(2 * peaks[:, None] + 1) * step + 0 * slope, length])
    rest = length - 2 * step * (length // (2 * step))
    off = np.stack([np.zeros_like(slope), *height[:, None] + 0 * slope, height[-1] / (2 * rest)])
    columns = left + along * np.cos(slope) - off * np.sin(slope)  # (8, n)
    rows = first + along * np.sin(slope) + off * np.cos(slope)
    result = images
    for k in range(len(along) - 1):
        line = line_between(columns[k], rows[k], columns[k + 1], rows[k + 1])
        result = np.clip(result + line, 0, 1)
    return result


def canny_edges(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Keep the edges that Canny's detector finds (1986), with sigma 1, thresholds 0.1 and 0.2."""
    low, high = 0.1, 0.2
    # The image is all there is: beyond its border nothing counts.
    smooth = _convolve(images, 1, "constant") / _convolve(np.ones_like(images), 1, "constant")
    padded = np.pad(smooth, ((0, 0), (1, 1), (1, 1)), mode="symmetric")

    def sobel(axis: int) -> np.ndarray:
        difference = np.moveaxis(padded, axis, 0)
        difference = np.moveaxis(difference[2:] - difference[:-2], 0, axis)
        across = np.moveaxis(difference, 3 - axis, 0)
        return np.moveaxis(across[:-2] + 2 * across[1:-1] + across[2:], 0, 3 - axis)

    dy, dx = sobel(1), sobel(2)
    size = np.hypot(dy, dx)
    edge = _is_ridge(size, dy, dx) & (size >= low)
    edge[:, [0, -1]] = edge[:, :, [0, -1]] = False
    found = edge & (size >= high)
    while True:  # weak edges stay where they touch strong ones
        grown = np.pad(found, ((0, 0), (1, 1), (1, 1)))
        near = np.lib.stride_tricks.sliding_window_view(grown, (3, 3), (1, 2)).any(axis=(3, 4))
        if np.array_equal(near & edge, found):
            return found.astype(float)
        found = near & edge


CORRUPTIONS: dict[str, Corruption] = {
    "shot noise": shot_noise,
    "impulse noise": impulse_noise,
    "glass blur": glass_blur,
    "motion blur": motion_blur,
    "shear": shear,
    "scale": scale,
    "rotate": rotate,
    "brightness": brightness,
    "translate": translate,
    "stripe": stripe,
    "fog": fog,
    "spatter": spatter,
    "dotted line": dotted_line,
    "zigzag": zigzag,
    "canny edges": canny_edges,
}
"""Corruptions by name, in the order of the paper."""


# What they are made of


def gaussian(images: np.ndarray, sigma: float) -> np.ndarray:
    """Blur images (n, 28, 28); the pixels at the border continue beyond it."""
    return _convolve(images, sigma, "edge")


def _convolve(images: np.ndarray, sigma: float, border: str) -> np.ndarray:
    reach = int(4 * sigma + 0.5)
    weight = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weight /= weight.sum()
    for axis in (1, 2):
        width = [(reach, reach) if k == axis else (0, 0) for k in range(3)]
        padded = np.pad(images, width, mode=border)  # type: ignore[call-overload]
        windows = np.lib.stride_tricks.sliding_window_view(padded, len(weight), axis)
        images = windows @ weight
    return images


def affine(images: np.ndarray, matrix: np.ndarray, shift: np.ndarray | float = 0) -> np.ndarray:
    """Transform images about their centre, by bilinear interpolation.

    Parameters
    ----------
    images : ndarray, (n, 28, 28)
    matrix : ndarray, (2, 2, n)
        From positions (x, y) in the result to positions in the image.
    shift : ndarray, (2, n)
        Added to the latter.

    Returns
    -------
    ndarray, (n, 28, 28)
        Paper comes in from beyond the border.
    """
    across = np.arange(SIDE) - CENTRE
    grid = np.stack(np.meshgrid(across, across))  # x, y
    place = np.einsum("ijn,jrc->inrc", matrix, grid) + CENTRE
    place += np.broadcast_to(shift, (2, len(images)))[..., None, None]
    corner = np.floor(place).astype(int)
    x, y = place - corner
    image = np.arange(len(images))[:, None, None]
    paper = np.pad(images, ((0, 0), (1, 1), (1, 1)))

    def pixels(dx: int, dy: int) -> np.ndarray:
        column, row = (
            np.clip(corner[0] + 1 + dx, 0, SIDE + 1),
            np.clip(corner[1] + 1 + dy, 0, SIDE + 1),
        )
        return paper[image, row, column]

    above = (1 - x) * pixels(0, 0) + x * pixels(1, 0)
    below = (1 - x) * pixels(0, 1) + x * pixels(1, 1)
    return (1 - y) * above + y * below


def plasma(count: int, decay: float, rng: np.random.Generator, side: int = 256) -> np.ndarray:
    """Return plasma fractals by the diamond-square algorithm, (count, side, side) from 0 to 1.

    Parameters
    ----------
    count : int
    decay : float
        What the size of the random steps is divided by each time the distance is halved.
    rng : numpy.random.Generator
    side : int
        A power of 2. A fractal continues at the opposite border.
    """
    fractal = np.zeros((count, side, side), np.float32)
    step, size = side, 100.0

    def varied_mean(total: np.ndarray) -> np.ndarray:
        deviation = rng.random(total.shape, np.float32)
        deviation = (2 * deviation - 1) * np.float32(size**2)
        return total / 4 + deviation

    while step > 1:
        half = step // 2
        corners = fractal[:, ::step, ::step]
        total = corners + np.roll(corners, -1, 1)
        fractal[:, half::step, half::step] = varied_mean(total + np.roll(total, -1, 2))
        middles = fractal[:, half::step, half::step]
        total = middles + np.roll(middles, 1, 1) + corners + np.roll(corners, -1, 2)
        fractal[:, ::step, half::step] = varied_mean(total)
        total = middles + np.roll(middles, 1, 2) + corners + np.roll(corners, -1, 1)
        fractal[:, half::step, ::step] = varied_mean(total)
        step, size = half, size / decay
    fractal -= fractal.min(axis=(1, 2), keepdims=True)
    fractal /= fractal.max(axis=(1, 2), keepdims=True)
    return fractal


def line_between(
    first_column: np.ndarray, first_row: np.ndarray, last_column: np.ndarray, last_row: np.ndarray
) -> np.ndarray:
    """Return lines, (n, 28, 28) from 0 to 1; each argument (n,), columns from left to right.

    At a vertical distance d a line is as dark as 1 + log(1 - d / 2.3).
    """
    reach = 2.3
    slope = ((last_row - first_row) / (last_column - first_column))[:, None]
    column = np.arange(SIDE)
    row = slope * (column - first_column[:, None]) + first_row[:, None]  # (n, 28)
    distance = np.minimum(np.abs(np.arange(SIDE)[:, None] - row[:, None]), reach - 1e-10)
    line: np.ndarray = np.clip(1 + np.log(1 - distance / reach), 0, 1)
    beyond = (column < np.floor(first_column)[:, None]) | (column >= np.ceil(last_column)[:, None])
    return np.where(beyond[:, None], 0, line)


def _signs(rng: np.random.Generator, shape: int | tuple[int, ...]) -> np.ndarray:
    return 2 * rng.integers(0, 2, shape) - 1


def _is_ridge(size: np.ndarray, dy: np.ndarray, dx: np.ndarray) -> np.ndarray:
    """Return where the gradient is no smaller than a pixel further, along it, on both sides.

    Parameters
    ----------
    size, dy, dx : ndarray, (n, 28, 28)
        Length and parts of the gradient.
    """
    padded = np.pad(size, ((0, 0), (1, 1), (1, 1)))
    index = np.ogrid[: len(size), 1 : SIDE + 1, 1 : SIDE + 1]
    steep = np.abs(dy) >= np.abs(dx)
    down, right = np.where(dy < 0, -1, 1), np.where(dx < 0, -1, 1)
    longer = np.maximum(np.maximum(np.abs(dy), np.abs(dx)), 1e-12)
    share = np.minimum(np.abs(dy), np.abs(dx)) / longer  # of the diagonal neighbour
    ridge = np.ones(size.shape, bool)
    for side in (-1, 1):
        diagonal = padded[index[0], index[1] + side * down, index[2] + side * right]
        straight = padded[
            index[0],
            index[1] + side * down * steep,
            index[2] + side * right * ~steep,
        ]
        ridge &= share * diagonal + (1 - share) * straight <= size
    return ridge
