"""Statistics of a set of images: means, ink, distances, principal axes.

Images are (n, 28, 28) uint8, 0 paper to 255 ink, and labels (n,) uint8, as in a data set. Distances
are Euclidean, between images taken as points with 784 coordinates from 0 to 1.
"""

from dataclasses import dataclass

import numpy as np

CLASSES = 10
# Images that are converted to floating point at a time: no slower than thousands, and each thread
# that computes here keeps as much memory for the next time.
_ROWS = 500


def class_counts(labels: np.ndarray) -> np.ndarray:
    """Return how many images there are of each class, (10,) int64."""
    return np.bincount(labels, minlength=CLASSES)


def class_means(images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the mean image of each class, (10, 28, 28) uint8; blank where there is none."""
    means = np.zeros((CLASSES, *images.shape[1:]), np.uint8)
    for digit in np.unique(labels):
        means[digit] = images[labels == digit].mean(axis=0).round()
    return means


def ink(images: np.ndarray) -> np.ndarray:
    """Return the share of each image that is ink, (n,) float64 from 0 to 1."""
    return images.mean(axis=(1, 2)) / 255


def distances_to_class_mean(images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return how far each image is from the mean image of its class, (n,) float32."""
    means = points(class_means(images, labels))
    result = np.empty(len(images), np.float32)
    for rows in _chunks(len(images)):
        result[rows] = np.linalg.norm(points(images[rows]) - means[labels[rows]], axis=1)
    return result


@dataclass(frozen=True, eq=False)
class PrincipalAxes:
    """The directions in which a set of images varies most (Pearson 1901).

    Attributes
    ----------
    mean : ndarray, (784,) float32
        The mean image.
    axes : ndarray, (k, 784) float32
        Unit vectors, the direction of the largest variance first.
    shares : ndarray, (k,) float64
        The share of the whole variance that lies in each direction.
    """

    mean: np.ndarray
    axes: np.ndarray
    shares: np.ndarray

    def project(self, images: np.ndarray) -> np.ndarray:
        """Return the coordinates (n, k) float32 of images along the axes."""
        return (points(images) - self.mean) @ self.axes.T


def principal_axes(images: np.ndarray, count: int = 2) -> PrincipalAxes:
    """Find the principal axes of images (n, 28, 28) uint8, the first `count` of them."""
    X = points(images)
    mean = X.mean(axis=0)
    X -= mean
    variances, vectors = np.linalg.eigh(X.T @ X)  # ascending
    axes = vectors[:, ::-1][:, :count].T
    # An axis may point either way: let its largest coordinate be positive, so that maps agree.
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    shares = variances[::-1][:count] / max(float(variances.sum()), np.finfo(float).tiny)
    return PrincipalAxes(mean, axes * np.sign(largest), shares.astype(float))


def points(images: np.ndarray) -> np.ndarray:
    """Return images (n, 28, 28) uint8 as points (n, 784) float32 with coordinates 0 to 1."""
    X = images.reshape(len(images), -1).astype(np.float32)
    X /= 255
    return X


def _chunks(n: int) -> list[slice]:
    return [slice(start, start + _ROWS) for start in range(0, n, _ROWS)]
