"""The one kind of layer there is here: a dense one, in which every input reaches every unit."""

import numpy as np

from nn.activations import Activation


class Dense:
    """A layer of units: A = f(X W + b).

    Parameters
    ----------
    W, b : ndarray, (inputs, units) and (units,)
        The layer's parameters, used as they are and changed in place by the optimiser.
    dW, db : ndarray, of the same shapes
        Where `backward` puts the gradient of the loss.
    activation : Activation
        f.
    """

    def __init__(
        self,
        W: np.ndarray,
        b: np.ndarray,
        dW: np.ndarray,
        db: np.ndarray,
        activation: Activation,
    ) -> None:
        self.W, self.b, self.dW, self.db = W, b, dW, db
        self.activation = activation
        self.X: np.ndarray  # the batch that `forward` saw last
        self._A = np.empty((0, len(b)), W.dtype)
        self._dX = np.empty((0, len(W)), W.dtype)

    def apply(self, X: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Return A = f(X W + b), (n, inputs) -> (n, units), and remember nothing."""
        Z = np.matmul(X, self.W, out=out)  # (n, inputs) @ (inputs, units) -> (n, units)
        Z += self.b
        return self.activation.forward(Z)

    def forward(self, X: np.ndarray) -> np.ndarray:
        """Return A like `apply`, and keep X for `backward`; the next `forward` overwrites A."""
        self.X = X
        # A batch is as large as the one before: its arrays are used again instead of made anew.
        if len(self._A) < len(X):
            self._A = np.empty((len(X), self.W.shape[1]), self.W.dtype)
        return self.apply(X, out=self._A[: len(X)])

    def backward(self, dZ: np.ndarray) -> None:
        """Put the gradient of the parameters into dW and db, given dL/dZ (n, units)."""
        np.matmul(self.X.T, dZ, out=self.dW)  # (inputs, n) @ (n, units) -> (inputs, units)
        dZ.sum(axis=0, out=self.db)  # (n, units) -> (units,)

    def input_gradient(self, dZ: np.ndarray) -> np.ndarray:
        """Return dL/dX (n, inputs), given dL/dZ (n, units); the next call overwrites it."""
        if len(self._dX) < len(dZ):
            self._dX = np.empty((len(dZ), self.W.shape[0]), self.W.dtype)
        # (n, units) @ (units, inputs) -> (n, inputs)
        return np.matmul(dZ, self.W.T, out=self._dX[: len(dZ)])
