"""Data augmentation: random affine and elastic distortion of images.

Training on images that are distorted differently in each epoch improves generalisation (Simard,
Steinkraus and Platt 2003).
"""

from dataclasses import dataclass, replace

import numpy as np

from digits.drawing import IMAGE_SIZE

_CENTRE = (IMAGE_SIZE - 1) / 2
_NODES = 6  # the elastic distortion is given at 6 x 6 points and smooth between them
_BLOCK = 250  # images at a time; their arrays fit in the processor's cache


def _bend_basis() -> np.ndarray:
    """Return the weight of each node at each pixel, (28, 6): a Gaussian around the node."""
    node = np.linspace(-2, IMAGE_SIZE + 1, _NODES)
    spread = 0.6 * (node[1] - node[0])
    weight = np.exp(-0.5 * ((np.arange(IMAGE_SIZE)[:, None] - node) / spread) ** 2)
    # The bend is then as strong at every pixel as at the nodes: the variance adds up to 1.
    return weight / np.linalg.norm(weight, axis=1, keepdims=True)


_ACROSS = np.arange(IMAGE_SIZE) - _CENTRE
# A motion is bends, a slope and a shift: the columns of this basis, (28, 8).
_BASIS = np.column_stack([_bend_basis(), _ACROSS, np.ones(IMAGE_SIZE)]).astype(np.float32)
_SLOPE, _SHIFT = _NODES, _NODES + 1


@dataclass(frozen=True)
class Distortion:
    """Ranges of a random distortion; called with a batch, it distorts each image differently.

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
    label : str
        Name on the screen.
    """

    rotation: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    shift: float = 0.0
    bend: float = 0.0
    label: str = ""

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


_AFFINE = Distortion(rotation=12, scale=0.15, shear=0.15, shift=2.0)

AUGMENTATIONS: dict[str, Distortion] = {
    "affine": replace(_AFFINE, label="Turn, stretch and shift"),
    "elastic": Distortion(bend=1.0, label="Bend"),
    "affine-elastic": replace(_AFFINE, bend=1.0, label="All of these"),
}
"""Distortions by name; their strengths were chosen by validation accuracy."""


def augmentation(name: str | None) -> Distortion | None:
    """Return the distortion of a training config, None for none.

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
