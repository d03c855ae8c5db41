"""Batches: the training images in random order, a few at a time, as the first layer takes them."""

from collections.abc import Callable

import numpy as np

Augment = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""(images (n, 28, 28) uint8, generator) -> distorted images of the same shape and dtype."""


class Batches:
    """Every image once an epoch, in an order that is drawn again for each epoch.

    Parameters
    ----------
    images, labels : ndarray, (n, 28, 28) uint8 and (n,)
    size : int
        Images a batch; the last one of an epoch may have fewer.
    rng : numpy.random.Generator
    scale : float
        What pixels are multiplied by.
    dtype : numpy dtype
        Of the scaled pixels.
    augment : Augment, optional
        Distorts every batch.

    Attributes
    ----------
    order : ndarray, (n,) int64
        The images of this epoch; empty before the first.
    per_epoch : int
        Batches an epoch.
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        size: int,
        rng: np.random.Generator,
        *,
        scale: float,
        dtype: np.typing.DTypeLike,
        augment: Augment | None = None,
    ) -> None:
        self.images, self.labels = images.reshape(len(images), -1), labels
        self.size, self.rng, self.scale, self.augment = size, rng, scale, augment
        self.order = np.empty(0, np.int64)
        self.per_epoch = -(-len(labels) // size)
        self._pixels = np.empty((min(size, len(labels)), self.images.shape[1]), np.uint8)
        self._X = np.empty(self._pixels.shape, dtype)

    def indices(self, position: int) -> np.ndarray:
        """Return the images of a batch, by its position in the epoch."""
        if position == 0:
            self.order = self.rng.permutation(len(self.images))
        return self.order[position * self.size : (position + 1) * self.size]

    def batch(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Return scaled pixels (n, 784), overwritten by the next call, and labels (n,)."""
        index = self.indices(step % self.per_epoch)
        pixels, X = self._pixels[: len(index)], self._X[: len(index)]
        # mode="clip" lets NumPy write into `out` without a buffer between; no index is outside.
        np.take(self.images, index, axis=0, out=pixels, mode="clip")
        if self.augment is not None:
            pixels = self.augment(pixels.reshape(-1, 28, 28), self.rng).reshape(pixels.shape)
        np.copyto(X, pixels)
        X *= self.scale
        return X, self.labels[index]


SAMPLERS: dict[str, type[Batches]] = {"shuffled": Batches}
"""Ways to draw batches, by name."""
