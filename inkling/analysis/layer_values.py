"""All values of one layer for one image: those of a dense layer, and those of a convolution.

A unit is a position in the layer's sums Z, row by row: of a convolution, a filter at one place.
A source is a position among the weights that lead to a unit: of a convolution, a weight of its
filter. So both kinds are asked for a weight, its input and its gradient in the same way.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from nn.activations import Activation


@dataclass(frozen=True)
class LayerValues(ABC):
    """Values of one layer for the image; all of the network's dtype.

    Attributes
    ----------
    X : ndarray
        Inputs: scaled pixels, or the activations of the layer below.
    W, b : ndarray
        Parameters.
    Z, A : ndarray
        Weighted sums and activations.
    delta : ndarray
        dL/dZ.
    dW : ndarray
        dL/dW.
    activation : Activation
    """

    X: np.ndarray
    W: np.ndarray
    b: np.ndarray
    Z: np.ndarray
    A: np.ndarray
    delta: np.ndarray
    dW: np.ndarray
    activation: Activation

    @abstractmethod
    def inputs_of(self, unit: int) -> np.ndarray:
        """Return the inputs that the weights of a unit meet, (sources,)."""

    @abstractmethod
    def weight_position(self, source: int, unit: int) -> int:
        """Return the position of a weight in the flattened W."""

    @abstractmethod
    def weights_of(self, unit: int) -> np.ndarray:
        """Return the weights that lead to a unit, (sources,)."""

    @abstractmethod
    def gradients_of(self, unit: int) -> np.ndarray:
        """Return the gradients of the weights that lead to a unit, (sources,)."""

    @abstractmethod
    def sent_back(self, index: int) -> np.ndarray:
        """Return the terms of dL/dX of an input, one from each unit, in the shape of Z.

        Parameters
        ----------
        index : int
            Of the input, in the flattened X.
        """

    @abstractmethod
    def group_contributions(self, groups: int) -> np.ndarray:
        """Return what each group of inputs adds to each group of sums, in all.

        A group is a unit, or all places of a feature map.

        Parameters
        ----------
        groups : int
            Of the inputs: feature maps, or units, of the layer below.

        Returns
        -------
        ndarray, (groups, filters or units)
        """

    @abstractmethod
    def group_sent_back(self, groups: int) -> np.ndarray:
        """Return what each group of inputs receives back from each group of deltas, in all.

        Parameters and result as in `group_contributions`.
        """

    @abstractmethod
    def weight_norms(self, groups: int) -> np.ndarray:
        """Return the norms of all weights that each group of inputs leads to, (groups,) float64."""

    @property
    def activation_norms(self) -> np.ndarray:
        """The norm of each group of activations, (filters or units,) float64."""
        return np.linalg.norm(self.A.reshape(len(self.A), -1).astype(np.float64), axis=1)

    def contributions(self, unit: int) -> np.ndarray:
        """Return the products of inputs and weights; with the bias, they sum to Z of the unit."""
        return self.inputs_of(unit) * self.weights_of(unit)

    @abstractmethod
    def unit_of_largest_gradient(self) -> int:
        """Return a unit that the weight with the largest gradient leads to."""

    def source_of_largest_gradient(self, unit: int) -> int:
        """Return the source of the largest gradient among the weights that lead to a unit.

        Where all gradients are 0, because the unit is off, it is that of the largest input.
        """
        gradients = np.abs(self.gradients_of(unit))
        return int((gradients if gradients.any() else np.abs(self.inputs_of(unit))).argmax())


class DenseValues(LayerValues):
    """Values of a dense layer: X (inputs,), W (inputs, units), and (units,) for the others.

    dL/db is delta itself, in a batch of one.
    """

    def inputs_of(self, unit: int) -> np.ndarray:
        """Return all inputs."""
        return self.X

    def weight_position(self, source: int, unit: int) -> int:
        """Return the position of the weight from an input to a unit."""
        return source * len(self.b) + unit

    def weights_of(self, unit: int) -> np.ndarray:
        """Return a column of W."""
        return self.W[:, unit]

    def gradients_of(self, unit: int) -> np.ndarray:
        """Return a column of dW."""
        return self.dW[:, unit]

    def sent_back(self, index: int) -> np.ndarray:
        """delta_j * w_ij: the terms of dL/dx_i."""
        return self.delta * self.W[index]

    def group_contributions(self, groups: int) -> np.ndarray:
        """x_i * w_ij, summed over the inputs of each group."""
        return self._summed(self.X[:, None] * self.W, groups)

    def group_sent_back(self, groups: int) -> np.ndarray:
        """w_ij * delta_j, summed over the inputs of each group."""
        return self._summed(self.W * self.delta, groups)

    def weight_norms(self, groups: int) -> np.ndarray:
        """Return the norms of the rows of W, taken by group."""
        return np.linalg.norm(self.W.reshape(groups, -1).astype(np.float64), axis=1)

    def unit_of_largest_gradient(self) -> int:
        """Return the unit with the largest delta: dW is the outer product of X and delta."""
        return int(np.abs(self.delta).argmax())

    def source_of_largest_gradient(self, unit: int) -> int:
        """Return the largest input, also where all gradients are 0."""
        return int(np.abs(self.X).argmax())

    def _summed(self, terms: np.ndarray, groups: int) -> np.ndarray:
        return terms.reshape(groups, -1, len(self.b)).sum(axis=1)


@dataclass(frozen=True)
class ConvolutionValues(LayerValues):
    """Values of a convolution, and of the max pooling after it.

    Attributes
    ----------
    X : ndarray, (channels, h, w)
    W, b : ndarray, (filters, channels, kernel_size, kernel_size) and (filters,)
    Z, delta : ndarray, (filters, rows, columns)
    A : ndarray, (filters, pooled rows, pooled columns)
    stride : int
    pool_size : int
        Rows and columns that max pooling makes one of; 1 without pooling.
    pooled : ndarray, of the shape of A
        What max pooling leaves of Z; Z itself without pooling.
    winner : ndarray, of the shape of A, int
        Which number of its square each of `pooled` was, row by row.
    pooled_delta : ndarray, of the shape of A
        dL/d pooled.
    """

    stride: int
    pool_size: int
    pooled: np.ndarray
    winner: np.ndarray
    pooled_delta: np.ndarray

    @property
    def kernel_size(self) -> int:
        """Rows and columns of a filter."""
        return int(self.W.shape[-1])

    @property
    def has_pooling(self) -> bool:
        """Whether max pooling follows the convolution."""
        return self.pool_size > 1

    def place(self, unit: int) -> tuple[int, int, int]:
        """Return filter, row and column of a unit."""
        f, row, column = np.unravel_index(unit, self.Z.shape)
        return int(f), int(row), int(column)

    def unit(self, f: int, row: int, column: int) -> int:
        """Return the unit of a filter at a row and a column of Z."""
        return int(np.ravel_multi_index((f, row, column), self.Z.shape))

    def pooled_place(self, unit: int) -> tuple[int, int, int]:
        """Return filter, row and column in A of the square that a unit belongs to.

        Rows and columns that fill no square belong to none; for them it is the nearest.
        """
        f, row, column = self.place(unit)
        _, rows, columns = self.A.shape
        size = self.pool_size
        return f, min(row // size, rows - 1), min(column // size, columns - 1)

    def is_left_out(self, unit: int) -> bool:
        """Return whether a unit is at an edge where max pooling has no full square."""
        _, row, column = self.place(unit)
        size = self.pool_size
        return (row // size, column // size) != self.pooled_place(unit)[1:]

    def places_over(self, row: int, column: int) -> tuple[list[int], list[int]]:
        """Return the rows and the columns of the places where a filter has an input under it.

        Parameters
        ----------
        row, column : int
            Of the input, in each map of X.
        """
        k, stride = self.kernel_size, self.stride
        _, rows, columns = self.Z.shape
        return (
            [r for r in range(rows) if 0 <= row - r * stride < k],
            [c for c in range(columns) if 0 <= column - c * stride < k],
        )

    def square(self, f: int, row: int, column: int) -> np.ndarray:
        """Return the units that max pooling makes one number of, (pool_size, pool_size) int64."""
        steps = np.arange(self.pool_size)
        rows, columns = self.pool_size * row + steps, self.pool_size * column + steps
        return np.ravel_multi_index((f, rows[:, None], columns[None]), self.Z.shape)

    def winning_unit(self, f: int, row: int, column: int) -> int:
        """Return the unit that is let through to a place of A."""
        return int(self.square(f, row, column).ravel()[self.winner[f, row, column]])

    def window(self, unit: int) -> tuple[int, int]:
        """Return the first row and column of X under the filter."""
        _, row, column = self.place(unit)
        return row * self.stride, column * self.stride

    def inputs_of(self, unit: int) -> np.ndarray:
        """Return the patch under the filter, flattened."""
        row, column = self.window(unit)
        k = self.kernel_size
        return self.X[:, row : row + k, column : column + k].ravel()

    def inputs_under(self, source: int) -> np.ndarray:
        """Return the inputs that one weight meets at all places of its filter, (rows, columns)."""
        channel, i, j = np.unravel_index(source, self.W.shape[1:])
        return self._patches()[channel, :, :, i, j]

    def weight_position(self, source: int, unit: int) -> int:
        """Return the position of a weight of the unit's filter."""
        return self.place(unit)[0] * self.W[0].size + source

    def weights_of(self, unit: int) -> np.ndarray:
        """Return the weights of the unit's filter, flattened."""
        return self.W[self.place(unit)[0]].ravel()

    def gradients_of(self, unit: int) -> np.ndarray:
        """Return the gradients of the weights of the unit's filter, flattened."""
        return self.dW[self.place(unit)[0]].ravel()

    def sent_back(self, index: int) -> np.ndarray:
        """delta * w from every place of a filter that has the input under it, else 0."""
        channel, row, column = np.unravel_index(index, self.X.shape)
        terms = np.zeros_like(self.delta)
        _, rows, columns = self.Z.shape
        for i, j in np.ndindex(self.kernel_size, self.kernel_size):
            r, r_rest = divmod(int(row) - i, self.stride)
            c, c_rest = divmod(int(column) - j, self.stride)
            if r_rest == 0 and c_rest == 0 and 0 <= r < rows and 0 <= c < columns:
                terms[:, r, c] = self.delta[:, r, c] * self.W[:, channel, i, j]
        return terms

    def group_contributions(self, groups: int) -> np.ndarray:
        """Return the products of each filter and each input map, summed over all places."""
        sums = self._patches().sum(axis=(1, 2))  # (channels, k, k)
        return np.einsum("fcij,cij->cf", self.W, sums)

    def group_sent_back(self, groups: int) -> np.ndarray:
        """Return the products of each filter's deltas and weights, summed over all places."""
        # Every delta meets every weight of its filter once.
        return self.W.sum(axis=(2, 3)).T * self.delta.sum(axis=(1, 2))

    def weight_norms(self, groups: int) -> np.ndarray:
        """Return the norms of the weights of all filters for each input map."""
        return np.linalg.norm(self.W.swapaxes(0, 1).reshape(groups, -1).astype(np.float64), axis=1)

    def unit_of_largest_gradient(self) -> int:
        """Return the place with the largest delta, of the filter with the largest gradient."""
        f = int(np.abs(self.dW).reshape(len(self.dW), -1).max(axis=1).argmax())
        return int(f * self.delta[f].size + np.abs(self.delta[f]).argmax())

    def _patches(self) -> np.ndarray:
        """Return the patches, (channels, rows, columns, kernel_size, kernel_size): a view."""
        k = self.kernel_size
        windows = np.lib.stride_tricks.sliding_window_view(self.X, (k, k), axis=(1, 2))
        return windows[:, :: self.stride, :: self.stride]
