"""Data augmentation: random geometric and photometric distortion of images.

Training on images that are distorted differently in each epoch improves generalisation (Simard,
Steinkraus and Platt 2003). Geometric distortion moves pixels; photometric distortion changes their
values, and the network learns to tolerate blur and noise (Shorten and Khoshgoftaar, "A survey on
image data augmentation", 2019).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from digits.drawing import IMAGE_SIZE

_CENTRE = (IMAGE_SIZE - 1) / 2
_NODES = 6  # the elastic distortion is given at 6 x 6 points and smooth between them
_LIGHTS = 5  # the light of a veil is given at 5 x 5 points and smooth between them
_SIGMA_STEP = 0.125  # pixels; a blur is computed once for each multiple, up to 4 pixels
_BLOCK = 250  # images at a time; their arrays fit in the processor's cache


def _smooth_basis(nodes: int) -> np.ndarray:
    """Return the weight of each node at each pixel, (28, nodes): a Gaussian around the node."""
    node = np.linspace(-2, IMAGE_SIZE + 1, nodes)
    spread = 0.6 * (node[1] - node[0])
    weight: np.ndarray = np.exp(-0.5 * ((np.arange(IMAGE_SIZE)[:, None] - node) / spread) ** 2)
    return weight


def _bend_basis() -> np.ndarray:
    """Return the basis of the elastic distortion, (28, 6)."""
    weight = _smooth_basis(_NODES)
    # The bend is then as strong at every pixel as at the nodes: the variance adds up to 1.
    return weight / np.linalg.norm(weight, axis=1, keepdims=True)


def _blurs() -> np.ndarray:
    """Return the matrix of a Gaussian blur for each standard deviation, (33, 28, 28)."""
    offset = np.arange(IMAGE_SIZE)[:, None] - np.arange(IMAGE_SIZE)
    sigma = _SIGMA_STEP * np.arange(33)[:, None, None]
    weight = np.exp(-0.5 * np.square(offset / np.maximum(sigma, _SIGMA_STEP / 4)))
    # Each pixel is shared out in full: ink stays within the image.
    return (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)


def _light_basis() -> np.ndarray:
    """Return the basis of a veil's light, (28, 5): weighted means of the light at the nodes."""
    weight = _smooth_basis(_LIGHTS)
    return (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)


_ACROSS = np.arange(IMAGE_SIZE) - _CENTRE
# A motion is bends, a slope and a shift: the columns of this basis, (28, 8).
_BASIS = np.column_stack([_bend_basis(), _ACROSS, np.ones(IMAGE_SIZE)]).astype(np.float32)
_SLOPE, _SHIFT = _NODES, _NODES + 1
_LIGHT_BASIS = _light_basis()
_BLURS = _blurs()
_BYTE_MEAN, _BYTE_DEVIATION = 127.5, ((256**2 - 1) / 12) ** 0.5


@dataclass(frozen=True)
class Distortion:
    """Ranges of a geometric distortion; called with a batch, it distorts each image differently.

    Attributes
    ----------
    rotation : float
        Largest turn, in degrees.
    scale, shear : float
        Largest stretch along each axis, and largest slant, as shares.
    shift : float
        Largest move along each axis, in pixels.
    bend : float
        Standard deviation of the elastic distortion along each axis, in pixels.
    """

    rotation: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    shift: float = 0.0
    bend: float = 0.0

    def __call__(self, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return images, each distorted independently.

        Parameters
        ----------
        images : ndarray, (n, 28, 28) uint8
            Not changed.
        rng : numpy.random.Generator
            Source of the distortion; the same state gives the same result.

        Returns
        -------
        ndarray, (n, 28, 28) uint8
            Paper, 0, comes in from beyond the border.
        """
        result = np.empty_like(images)
        for start in range(0, len(images), _BLOCK):
            block = slice(start, start + _BLOCK)
            result[block] = _sample(images[block], self._places(len(images[block]), rng))
        return result

    def _places(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return the source x and y of each pixel, (2, n, 28, 28) float32."""
        angle = np.deg2rad(rng.uniform(-self.rotation, self.rotation, n))
        cos, sin = np.cos(angle), np.sin(angle)
        width, height = 1 + rng.uniform(-self.scale, self.scale, (2, n))
        slant = rng.uniform(-self.shear, self.shear, n)

        # Each motion is basis @ C @ basis.T with its own small C: rows act down, columns across.
        C = np.zeros((2, n, _BASIS.shape[1], _BASIS.shape[1]), np.float32)
        C[:, :, :_NODES, :_NODES] = rng.standard_normal((2, n, _NODES, _NODES), np.float32)
        C *= self.bend
        # rotation @ shear @ stretch, x before y
        C[0, :, _SHIFT, _SLOPE], C[0, :, _SLOPE, _SHIFT] = cos * width, (cos * slant - sin) * height
        C[1, :, _SHIFT, _SLOPE], C[1, :, _SLOPE, _SHIFT] = sin * width, (sin * slant + cos) * height
        C[:, :, _SHIFT, _SHIFT] = _CENTRE + rng.uniform(-self.shift, self.shift, (2, n))
        return _BASIS @ (C @ _BASIS.T)


def _sample(images: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Read images (n, 28, 28) at places between pixels, by bilinear interpolation."""
    n, side = len(images), IMAGE_SIZE + 3  # a margin of paper, so that no position is outside
    paper = np.zeros((n, side, side), np.float32)
    paper[:, 1 : IMAGE_SIZE + 1, 1 : IMAGE_SIZE + 1] = images
    places += 1
    np.clip(places, 0, IMAGE_SIZE + 1, out=places)
    corner = np.floor(places)
    places -= corner
    (x, y), (left, top) = places, corner
    first = np.arange(n, dtype=np.float32) * side**2
    at = (top * side + left + first[:, None, None]).astype(np.intp)

    def pixels(offset: int) -> np.ndarray:
        return np.take(paper, at + offset, mode="clip")  # which skips a check for each index

    above = _between(pixels(0), pixels(1), x)
    below = _between(pixels(side), pixels(side + 1), x)
    return (_between(above, below, y) + 0.5).astype(np.uint8)


def _between(a: np.ndarray, b: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return a + share * (b - a), written over b."""
    b -= a
    b *= share
    b += a
    return b


@dataclass(frozen=True)
class PhotometricDistortion:
    """Ranges of a photometric distortion; called with a batch, it changes each image differently.

    Each kind of change is applied to an image with the probability `share`, independently of the
    other kinds: some images stay as they are. How strong a change is, is drawn uniformly from 0 to
    the largest value.

    Attributes
    ----------
    share : float
        Probability of each kind, from 0 to 1.
    stroke_width : float
        Largest part of the way to the image whose strokes are about a pixel wider or narrower on
        each side.
    blur : float
        Largest standard deviation of a Gaussian blur along each axis, in pixels.
    veil : float
        Largest part of an image that a smooth light replaces, as fog does, from 0 to 1.
    noise : float
        Largest standard deviation of added normal noise, as a share of full ink.
    salt_and_pepper : float
        Largest share of pixels that become paper or full ink.
    """

    share: float = 0.0
    stroke_width: float = 0.0
    blur: float = 0.0
    veil: float = 0.0
    noise: float = 0.0
    salt_and_pepper: float = 0.0

    def __call__(self, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return images, each distorted independently; arguments as `Distortion.__call__`."""
        result = images.copy()
        for start in range(0, len(images), _BLOCK):
            block = result[start : start + _BLOCK]
            for name, change in _CHANGES.items():
                chosen = np.flatnonzero(rng.random(len(block)) < self.share)
                strength = getattr(self, name) * rng.random((len(chosen), 1, 1), np.float32)
                changed = change(block[chosen], strength, rng)
                block[chosen] = np.clip(changed + np.float32(0.5), 0, 255)
        return result


def _change_stroke_width(
    images: np.ndarray, strength: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Move images towards their dilation or erosion by a cross of five pixels.

    A dilation takes the largest, an erosion the smallest value around each pixel (Serra, "Image
    analysis and mathematical morphology", 1982).

    Parameters
    ----------
    images : ndarray, (n, 28, 28) uint8
    strength : ndarray, (n, 1, 1) float32
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, (n, 28, 28) float32
    """
    wider = rng.random(len(images)) < 0.5
    # An erosion is the dilation of the negative.
    negative = np.where(wider, 0, 255).astype(np.uint8)[:, None, None]
    around = images ^ negative
    dilated = around.copy()
    for axis in (1, 2):
        here, near = np.moveaxis(dilated, axis, 0), np.moveaxis(around, axis, 0)
        np.maximum(here[1:], near[:-1], out=here[1:])
        np.maximum(here[:-1], near[1:], out=here[:-1])
    return _between(images.astype(np.float32), (dilated ^ negative).astype(np.float32), strength)


def _blur(images: np.ndarray, strength: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blur with a Gaussian of its own width along each axis; arguments as for stroke width."""
    sigma = strength.ravel() * rng.uniform(0.5, 1, (2, len(images)))
    number = np.minimum(np.rint(sigma / _SIGMA_STEP), len(_BLURS) - 1).astype(np.intp)
    down, across = np.take(_BLURS, number, axis=0, mode="clip")
    blurred: np.ndarray = down @ images.astype(np.float32) @ across.swapaxes(1, 2)
    return blurred


def _veil(images: np.ndarray, strength: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Mix images with a smooth light: (1 - v) image + v light.

    This is how fog takes contrast away (Narasimhan and Nayar, "Vision and the atmosphere", 2002).
    Arguments as for stroke width.
    """
    shape = len(images), _LIGHTS, _LIGHTS
    level = 0.5 * rng.random((len(images), 1, 1), np.float32)  # of the whole image
    light = _LIGHT_BASIS @ (level + 0.5 * rng.random(shape, np.float32)) @ _LIGHT_BASIS.T
    return _between(images.astype(np.float32), 255 * light, strength)


def _add_noise(images: np.ndarray, strength: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add noise to every pixel; arguments as for stroke width.

    The sum of four uniform bytes is nearly normal (Irwin-Hall distribution), and drawn faster.
    """
    total = rng.integers(0, 256, (4, *images.shape), np.uint8).sum(axis=0, dtype=np.uint16)
    noise = total.astype(np.float32)
    noise -= 4 * _BYTE_MEAN
    noise *= strength * (255 / (2 * _BYTE_DEVIATION))
    noise += images
    return noise


def _salt_and_pepper(
    images: np.ndarray, strength: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Replace pixels by paper or full ink, as often by either; arguments as for stroke width."""
    number = rng.integers(0, 256, images.shape, np.uint8)
    each = (128 * strength).astype(np.uint8)  # of 256 values
    # Multiplied by 0 or 1, and a bitwise or with 0 or 255: faster than assignment by a mask.
    result: np.ndarray = images * (number >= each)
    result |= np.negative((number > 255 - each).view(np.uint8))
    return result


_CHANGES: dict[str, Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]] = {
    "stroke_width": _change_stroke_width,
    "blur": _blur,
    "veil": _veil,
    "noise": _add_noise,
    "salt_and_pepper": _salt_and_pepper,
}
"""Photometric changes by the field that has their strength, in the order in which they happen."""


@dataclass(frozen=True)
class Augmentation:
    """Distortions that follow one another.

    Attributes
    ----------
    label : str
        Name on the screen.
    steps : tuple of callable
        Each takes images and a generator, as `Distortion.__call__` does.
    """

    label: str
    steps: tuple[Distortion | PhotometricDistortion, ...]

    def __call__(self, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return images, each distorted by every step; arguments as `Distortion.__call__`."""
        for step in self.steps:
            images = step(images, rng)
        return images


_AFFINE = Distortion(rotation=12, scale=0.15, shear=0.15, shift=2.0)
_AFFINE_ELASTIC = replace(_AFFINE, bend=1.0)
_MILD = Distortion(rotation=8, scale=0.1, shear=0.1, shift=1.2, bend=0.7)
_PHOTOMETRIC = PhotometricDistortion(
    share=0.2, stroke_width=0.7, blur=1.5, veil=0.8, noise=0.3, salt_and_pepper=0.3
)

AUGMENTATIONS: dict[str, Augmentation] = {
    "affine": Augmentation("Turn, stretch and shift", (_AFFINE,)),
    "elastic": Augmentation("Bend", (Distortion(bend=1.0),)),
    "affine-elastic": Augmentation("Turn, stretch, shift and bend", (_AFFINE_ELASTIC,)),
    "photometric": Augmentation("Blur, noise, veil and stroke width", (_PHOTOMETRIC,)),
    "affine-elastic-photometric": Augmentation("All of these", (_AFFINE_ELASTIC, _PHOTOMETRIC)),
    "mild-affine-elastic-photometric": Augmentation(
        "All of these, but milder", (_MILD, replace(_PHOTOMETRIC, share=0.15))
    ),
}
"""Augmentations by name; their strengths were chosen by validation accuracy."""


def augmentation(name: str | None) -> Augmentation | None:
    """Return the augmentation of a training config, None for none.

    Raises
    ------
    ValueError
        If the name is unknown.
    """
    if name is None:
        return None
    if name not in AUGMENTATIONS:
        raise ValueError(f"augmentation: one of {', '.join(AUGMENTATIONS)} or none, not {name!r}")
    return AUGMENTATIONS[name]
