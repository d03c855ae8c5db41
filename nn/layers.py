"""Layers: what a network is made of, each with its own forward and backward pass.

A layer is a function Y = f(X) of a batch, with or without parameters. `forward` keeps what
`backward` needs. `backward` receives dL/dY, stores the gradients of its own parameters and returns
dL/dX for the layer below. `apply` computes the same Y and stores nothing, so many threads may use
one layer at the same time. L is the loss.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np


class Layer(ABC):
    """A differentiable function of a batch.

    Attributes
    ----------
    parameters, gradients : list of ndarray
        The layer's parameters and the gradient of the loss for each, changed in place.
    """

    def __init__(self) -> None:
        self.parameters: list[np.ndarray] = []
        self.gradients: list[np.ndarray] = []

    @abstractmethod
    def apply(self, X: np.ndarray) -> np.ndarray:
        """Return Y = f(X) and store nothing."""

    @abstractmethod
    def forward(self, X: np.ndarray) -> np.ndarray:
        """Return Y = f(X) and keep what `backward` needs; the next call overwrites Y."""

    @abstractmethod
    def backward(self, dY: np.ndarray) -> np.ndarray:
        """Store the gradients of the parameters and return dL/dX, given dL/dY."""

    def input_gradient(self, dY: np.ndarray) -> np.ndarray:
        """Return dL/dX alone, given dL/dY."""
        return self.backward(dY)  # the same in a layer without parameters

    def bind(self, parameters: Sequence[np.ndarray], gradients: Sequence[np.ndarray]) -> None:
        """Use these arrays, views of a network's two vectors, from now on."""
        self.parameters, self.gradients = list(parameters), list(gradients)


class Dense(Layer):
    """A fully connected layer: Z = X W + b.

    Parameters
    ----------
    inputs, units : int
    dtype : numpy dtype

    Attributes
    ----------
    W, b : ndarray, (inputs, units) and (units,)
    dW, db : ndarray, of the same shapes
    is_first : bool
        The first layer's dL/dX is of no use, and not computed.
    """

    def __init__(self, inputs: int, units: int, dtype: np.typing.DTypeLike = np.float32) -> None:
        super().__init__()
        shapes = (inputs, units), (units,)
        self.bind([np.zeros(s, dtype) for s in shapes], [np.zeros(s, dtype) for s in shapes])
        self.is_first = False
        self.X: np.ndarray  # the last batch of `forward`
        self._Z = np.empty((0, units), dtype)
        self._dX = np.empty((0, inputs), dtype)

    def bind(self, parameters: Sequence[np.ndarray], gradients: Sequence[np.ndarray]) -> None:
        """Use these arrays as W and b, and as dW and db."""
        super().bind(parameters, gradients)
        self.W, self.b = parameters
        self.dW, self.db = gradients

    def apply(self, X: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Return Z = X W + b."""
        Z = np.matmul(X, self.W, out=out)  # (n, inputs) @ (inputs, units) -> (n, units)
        Z += self.b
        return Z

    def forward(self, X: np.ndarray) -> np.ndarray:
        """Return Z = X W + b and keep X."""
        self.X = X
        # Batches have the same size, so their arrays are reused instead of allocated again.
        if len(self._Z) < len(X):
            self._Z = np.empty((len(X), self.W.shape[1]), self.W.dtype)
        return self.apply(X, out=self._Z[: len(X)])

    def backward(self, dZ: np.ndarray) -> np.ndarray:
        """dW = X.T dZ; db = sum(dZ); dX = dZ W.T."""
        self.parameter_gradients(dZ)
        return dZ if self.is_first else self.input_gradient(dZ)

    def parameter_gradients(self, dZ: np.ndarray) -> None:
        """Store dW and db, given dL/dZ (n, units)."""
        np.matmul(self.X.T, dZ, out=self.dW)  # (inputs, n) @ (n, units) -> (inputs, units)
        dZ.sum(axis=0, out=self.db)  # (n, units) -> (units,)

    def input_gradient(self, dZ: np.ndarray) -> np.ndarray:
        """Return dL/dX (n, inputs), given dL/dZ (n, units); the next call overwrites it."""
        if len(self._dX) < len(dZ):
            self._dX = np.empty((len(dZ), self.W.shape[0]), self.W.dtype)
        # (n, units) @ (units, inputs) -> (n, inputs)
        return np.matmul(dZ, self.W.T, out=self._dX[: len(dZ)])
