"""Convolution and max pooling: layers that know which pixels are neighbours.

Between these layers a batch is an array (channels, rows, columns, n), the images last, so that a
window that moves over all images is a copy of long runs of memory. `Unflatten` makes such a batch
of rows of pixels, and `Flatten` makes rows of it again for the dense layers.
"""

import math
from collections.abc import Sequence

import numpy as np

from nn.layers import Layer

SHRINK = ("stride", "pool")
"""What halves the image in each convolution: a stride of 2, or max pooling of 2 x 2 after it."""


def image_sides(
    side: int, filters: Sequence[int], kernel_size: int, shrink: str = "stride"
) -> list[int]:
    """Return the rows (as many as columns) of the image, and those left by each convolution.

    Parameters
    ----------
    side : int
        Rows of the image.
    filters : sequence of int
        Filters of each convolution.
    kernel_size : int
        Rows of a filter.
    shrink : str
        A name in `SHRINK`.

    Raises
    ------
    ValueError
        If a kernel does not fit into what is left of the image; the message names the largest
        one that fits.
    """
    if shrink not in SHRINK:
        raise ValueError(f"shrink: one of {', '.join(map(repr, SHRINK))}, not {shrink!r}")
    sides = _sides(side, len(filters), kernel_size, shrink)
    if sides[-1] < 1:
        number = next(k for k, left in enumerate(sides) if left < 1)
        smaller = range(kernel_size - 1, 0, -1)
        fitting = (size for size in smaller if _sides(side, len(filters), size, shrink)[-1] >= 1)
        largest = next(fitting, None)
        advice = "" if largest is None else f" or filters of at most {largest} × {largest}"
        raise ValueError(
            f"convolution {number} gets images of {sides[number - 1]} × {sides[number - 1]} "
            f"pixels, too few for filters of {kernel_size} × {kernel_size} and what shrinks the "
            f"image after them; take fewer convolutions{advice}"
        )
    return sides


def _sides(side: int, convolutions: int, kernel_size: int, shrink: str) -> list[int]:
    """Return the rows of the image and those left by each convolution, below 1 if none are."""
    sides = [side]
    for _ in range(convolutions):
        left = sides[-1] - kernel_size
        sides.append((left + 1) // 2 if shrink == "pool" else left // 2 + 1)
    return sides


def place_counts(
    side: int, filters: Sequence[int], kernel_size: int, shrink: str = "stride"
) -> list[int]:
    """Return at how many places of an image a filter is applied, in each convolution."""
    sides = image_sides(side, filters, kernel_size, shrink)
    if shrink == "pool":  # pooling halves the sides afterwards
        return [(before - kernel_size + 1) ** 2 for before in sides[:-1]]
    return [after**2 for after in sides[1:]]


def numbers_per_image(
    side: int, filters: Sequence[int], kernel_size: int, shrink: str = "stride"
) -> int:
    """Return how many numbers the patches and sums of one image are, of all convolutions."""
    numbers, channels = 0, 1
    for count, places in zip(
        filters, place_counts(side, filters, kernel_size, shrink), strict=True
    ):
        numbers += (channels * kernel_size**2 + count) * places
        channels = count
    return numbers


class _Buffer:
    """Memory that every batch reuses, and that grows with the largest one."""

    def __init__(self, dtype: np.typing.DTypeLike) -> None:
        self._memory = np.empty(0, dtype)

    def array(self, *shape: int) -> np.ndarray:
        """Return an array of this shape; its values are arbitrary."""
        size = math.prod(shape)
        if len(self._memory) < size:
            self._memory = np.empty(size, self._memory.dtype)
        return self._memory[:size].reshape(shape)


class Unflatten(Layer):
    """Rows of pixels to images: (n, c h w) -> (c, h, w, n).

    Parameters
    ----------
    channels, rows, columns : int
    dtype : numpy dtype
    """

    def __init__(
        self, channels: int, rows: int, columns: int, dtype: np.typing.DTypeLike = np.float32
    ) -> None:
        super().__init__()
        self.shape = channels, rows, columns
        self._Y = _Buffer(dtype)

    def apply(self, X: np.ndarray) -> np.ndarray:
        """Return the pixels, images last."""
        return np.ascontiguousarray(X.T).reshape(*self.shape, len(X))

    def forward(self, X: np.ndarray) -> np.ndarray:
        """Return the pixels, images last."""
        Y = self._Y.array(*self.shape, len(X))
        np.copyto(_rows(Y), X)
        return Y

    def backward(self, dY: np.ndarray) -> np.ndarray:
        """dX = dY, images first, as rows."""
        return _rows(dY)


class Flatten(Layer):
    """Images to rows of pixels: (c, h, w, n) -> (n, c h w), one row an image."""

    def __init__(self, dtype: np.typing.DTypeLike = np.float32) -> None:
        super().__init__()
        self._dX = _Buffer(dtype)

    def apply(self, X: np.ndarray) -> np.ndarray:
        """Return a view of X: no number is copied."""
        return _rows(X)

    def forward(self, X: np.ndarray) -> np.ndarray:
        """Return a view of X, and keep its shape."""
        self.shape = X.shape
        return self.apply(X)

    def backward(self, dY: np.ndarray) -> np.ndarray:
        """dX = dY, images last, in the shape of X."""
        dX = self._dX.array(*self.shape)
        np.copyto(_rows(dX), dY)
        return dX


def _rows(images: np.ndarray) -> np.ndarray:
    """Return images (c, h, w, n) as rows (n, c h w): a view."""
    return images.reshape(math.prod(images.shape[:3]), images.shape[3]).T


class Conv2D(Layer):
    """A convolution: every filter, a small image of weights, moves over the image.

    The value of filter f at row r and column s is its bias plus the sum of the products of its
    weights and the patch under it (a cross-correlation, as in LeCun et al. 1998):

        Z[f, r, s] = b[f] + sum over c, i, j of W[f, c, i, j] X[c, r stride + i, s stride + j]

    The patches are copied side by side into a matrix P, a column for each place of each image
    ("im2col", Chellapilla et al. 2006), so that the sum is one matrix product: Z = W P + b.

    Parameters
    ----------
    channels : int
        Of the input: 1 for pixels, else the filters of the convolution below.
    filters, kernel_size : int
        Number of filters, and how many rows and columns each has.
    stride : int
        Pixels from one place of the filters to the next.
    dtype : numpy dtype

    Attributes
    ----------
    W, b : ndarray, (filters, channels, kernel_size, kernel_size) and (filters,)
    dW, db : ndarray, of the same shapes
    is_first : bool
        The first layer's dL/dX is of no use, and not computed.

    Notes
    -----
    No padding: h rows become (h - kernel_size) // stride + 1. P is the largest array of a step,
    about (kernel_size / stride) ** 2 times the batch.
    """

    def __init__(
        self,
        channels: int,
        filters: int,
        kernel_size: int,
        stride: int = 1,
        dtype: np.typing.DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        shapes = (filters, channels, kernel_size, kernel_size), (filters,)
        self.stride = stride
        self.is_first = False
        self.bind([np.zeros(s, dtype) for s in shapes], [np.zeros(s, dtype) for s in shapes])
        self.P: np.ndarray  # the patches of the last batch of `forward`
        self._P, self._Z, self._dP, self._dX = (_Buffer(dtype) for _ in range(4))

    def bind(self, parameters: Sequence[np.ndarray], gradients: Sequence[np.ndarray]) -> None:
        """Use these arrays as W and b, and as dW and db."""
        super().bind(parameters, gradients)
        self.W, self.b = parameters
        self.dW, self.db = gradients

    def apply(self, X: np.ndarray) -> np.ndarray:
        """Return Z (filters, rows, columns, n) of X (channels, h, w, n)."""
        shape = self._output_shape(X)
        P = self._patches(X, np.empty(self._patches_shape(shape), X.dtype))
        return self._sums(P, np.empty(shape, X.dtype))

    def forward(self, X: np.ndarray) -> np.ndarray:
        """Return Z (filters, rows, columns, n) of X (channels, h, w, n), and keep its patches."""
        shape = self._output_shape(X)
        self.X_shape = X.shape
        self.P = self._patches(X, self._P.array(*self._patches_shape(shape)))
        return self._sums(self.P, self._Z.array(*shape))

    def backward(self, dZ: np.ndarray) -> np.ndarray:
        """dW = dZ P.T; db = sum(dZ); dX = every number of W.T dZ, added where it came from."""
        self.parameter_gradients(dZ)
        return dZ if self.is_first else self.input_gradient(dZ)

    def parameter_gradients(self, dZ: np.ndarray) -> None:
        """Store dW and db, given dL/dZ (filters, rows, columns, n)."""
        filters = len(self.W)
        delta = dZ.reshape(filters, -1)
        # (filters, places n) @ (places n, c k k) -> (filters, c k k)
        np.matmul(delta, _columns(self.P).T, out=self.dW.reshape(filters, -1))
        delta.sum(axis=1, out=self.db)

    def input_gradient(self, dZ: np.ndarray) -> np.ndarray:
        """Return dL/dX (channels, h, w, n), given dL/dZ; the next call overwrites it."""
        filters, channels, k, _ = self.W.shape
        delta = dZ.reshape(filters, -1)
        dX = self._dX.array(*self.X_shape)
        dX.fill(0)
        dP = self._dP.array(channels, k, *dZ.shape[1:])  # of one row of the kernel: it is reused
        for i in range(k):
            # (c k, filters) @ (filters, places n) -> (c k, places n)
            W = self.W[:, :, i].reshape(filters, channels * k)
            np.matmul(W.T, delta, out=dP.reshape(channels * k, -1))
            for j in range(k):
                under = dX[self._under(i, j, dZ.shape)]
                under += dP[:, j]
        return dX

    def _output_shape(self, X: np.ndarray) -> tuple[int, int, int, int]:
        _, h, w, n = X.shape
        filters, _, k, _ = self.W.shape
        return filters, (h - k) // self.stride + 1, (w - k) // self.stride + 1, n

    def _patches_shape(self, output: tuple[int, int, int, int]) -> tuple[int, ...]:
        return *self.W.shape[1:], *output[1:]

    def _patches(self, X: np.ndarray, P: np.ndarray) -> np.ndarray:
        """P[c, i, j, r, s] = X[c, r stride + i, s stride + j], for all images."""
        k = self.W.shape[-1]
        for i, j in np.ndindex(k, k):
            P[:, i, j] = X[self._under(i, j, P.shape[2:])]
        return P

    def _under(self, i: int, j: int, output: tuple[int, ...]) -> tuple[slice, slice, slice]:
        """Return the pixels under a weight at all places of its filter."""
        _, rows, columns, _ = output
        step = self.stride
        return np.s_[:, i : i + step * rows : step, j : j + step * columns : step]

    def _sums(self, P: np.ndarray, Z: np.ndarray) -> np.ndarray:
        """Z = W P + b: (filters, c k k) @ (c k k, places n) -> (filters, places n)."""
        sums = Z.reshape(len(Z), -1)
        np.matmul(self.W.reshape(len(Z), -1), _columns(P), out=sums)
        sums += self.b[:, np.newaxis]
        return Z


def _columns(P: np.ndarray) -> np.ndarray:
    """Return patches (c, k, k, rows, columns, n) as a matrix with a patch in each column."""
    return P.reshape(math.prod(P.shape[:3]), -1)


class MaxPool2D(Layer):
    """Max pooling: of every square of `size` by `size` numbers, only the largest remains.

        Y[c, r, s] = max over i, j of X[c, r size + i, s size + j]

    The gradient goes back to that one; of equal ones to the first, row by row (Scherer et al.
    2010). Rows and columns that do not fill a square are left out.

    Parameters
    ----------
    size : int
    dtype : numpy dtype
    """

    def __init__(self, size: int = 2, dtype: np.typing.DTypeLike = np.float32) -> None:
        super().__init__()
        self.size = size
        self._winner = _Buffer(np.uint8)
        self._Y, self._dX = _Buffer(dtype), _Buffer(dtype)

    def apply(self, X: np.ndarray) -> np.ndarray:
        """Return Y (c, h // size, w // size, n) of X (c, h, w, n)."""
        first, *others = self._squares(X)
        Y = first.copy()
        for other in others:
            np.maximum(Y, other, out=Y)
        return Y

    def forward(self, X: np.ndarray) -> np.ndarray:
        """Return Y (c, h // size, w // size, n) of X, and keep which number of each is largest."""
        self.X_shape = X.shape
        first, *others = self._squares(X)
        Y = self._Y.array(*first.shape)
        self.winner = self._winner.array(*first.shape)
        np.copyto(Y, first)
        self.winner.fill(0)
        for position, other in enumerate(others, 1):
            # Arithmetic, because np.copyto with a mask takes seven times as long.
            larger = (other > Y).view(np.uint8)
            larger *= position
            np.maximum(self.winner, larger, out=self.winner)
            np.maximum(Y, other, out=Y)
        return Y

    def backward(self, dY: np.ndarray) -> np.ndarray:
        """dX = dY where the largest number was, 0 elsewhere."""
        dX = self._dX.array(*self.X_shape)
        dX.fill(0)
        for position, place in enumerate(self._squares(dX)):
            np.multiply(dY, self.winner == position, out=place)
        return dX

    def _squares(self, X: np.ndarray) -> list[np.ndarray]:
        """Return the first number of every square, the second, ...: views (c, h', w', n)."""
        size = self.size
        _, h, w, _ = X.shape
        rows, columns = h - h % size, w - w % size
        return [X[:, i:rows:size, j:columns:size] for i in range(size) for j in range(size)]
