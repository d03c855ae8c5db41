"""Exact nearest neighbours of an image, without comparing most of the images.

Every image is projected to a short point: its coordinates along the principal axes, and the length
of the residual. Two short points are never farther apart than the images are (the triangle
inequality, on the residuals), so an image whose short point is too far away need not be compared.
The result equals that of a full search.
"""

import numpy as np

from digits.statistics import points, principal_axes

_AXES = 64
_SAMPLE = 5_000  # images that the axes are found by
_ROWS = 500  # images that are converted to floating point at a time
_TOLERANCE = 1e-2  # of a squared distance: more than float32 loses in 784 terms


class Neighbours:
    """Finds the nearest among images; distances are Euclidean, coordinates from 0 to 1.

    Parameters
    ----------
    images : ndarray, (n, 28, 28) uint8
    """

    def __init__(self, images: np.ndarray) -> None:
        self._images = images
        step = max(1, len(images) // _SAMPLE)
        self._axes = principal_axes(images[::step], _AXES)
        self._short = np.vstack(
            [self._shorten(images[k : k + _ROWS]) for k in range(0, len(images), _ROWS)]
        )
        self._squares = np.einsum("ij,ij->i", self._short, self._short)

    def nearest(self, image: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Find the images that are nearest to one.

        Parameters
        ----------
        image : ndarray, (28, 28) uint8
            Identical images are found, too.
        count : int
            Number of images to return; all, if there are fewer.

        Returns
        -------
        ndarray, (count,) int64 and ndarray, (count,) float32
            Their indices, the nearest first, and their distances.
        """
        (short,) = self._shorten(image[None])
        # |a - b|^2 = |a|^2 - 2 ab + |b|^2, which needs no array of differences
        least = self._squares - 2 * (self._short @ short) + short @ short
        count = min(count, len(least))
        first = np.argpartition(least, count - 1)[:count]
        farthest = self._squared(image, first).max()
        candidates = np.flatnonzero(least <= farthest + _TOLERANCE)
        squared = self._squared(image, candidates)
        order = np.argsort(squared, kind="stable")[:count]
        return candidates[order], np.sqrt(squared[order])

    def _shorten(self, images: np.ndarray) -> np.ndarray:
        """Return the short points (n, axes + 1) float32 of images."""
        X = points(images) - self._axes.mean
        along = X @ self._axes.axes.T
        rest = np.einsum("ij,ij->i", X, X) - np.einsum("ij,ij->i", along, along)
        return np.column_stack([along, np.sqrt(np.maximum(rest, 0))])

    def _squared(self, image: np.ndarray, index: np.ndarray) -> np.ndarray:
        """Return the squared distances (k,) float32 to some of the images."""
        differences = points(self._images[index]) - points(image[None])
        return np.einsum("ij,ij->i", differences, differences)
