"""Activation functions: what a layer makes of its weighted sums.

Each is a pair of formulas. `forward` turns the sums Z into the activations A, in place. `backward`
turns dL/dA into dL/dZ by the chain rule; every derivative here can be written in terms of A, so
that Z need not be kept. L is the loss.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np


class Activation(ABC):
    """A function of the weighted sums, and its derivative."""

    label: ClassVar[str]
    historical: ClassVar[bool] = False
    """True for a variant that is kept only to reproduce a published experiment."""

    @abstractmethod
    def forward(self, Z: np.ndarray) -> np.ndarray:
        """Overwrite Z (n, units) with the activations, and return it."""

    @abstractmethod
    def backward(self, A: np.ndarray, dA: np.ndarray) -> np.ndarray:
        """Return dL/dZ (n, units), given A = forward(Z) and dL/dA; dA may be overwritten."""


class ReLU(Activation):
    """max(0, z): passes what is positive, stops what is not."""

    label = "ReLU"

    def forward(self, Z: np.ndarray) -> np.ndarray:
        """A = max(0, Z)."""
        return np.maximum(Z, 0, out=Z)

    def backward(self, A: np.ndarray, dA: np.ndarray) -> np.ndarray:
        """dZ = dA where the unit was on, 0 where it was off."""
        return np.multiply(dA, A > 0, out=dA)


class Tanh(Activation):
    """The hyperbolic tangent: an S-curve from -1 to 1."""

    label = "tanh"

    def forward(self, Z: np.ndarray) -> np.ndarray:
        """A = tanh(Z)."""
        return np.tanh(Z, out=Z)

    def backward(self, A: np.ndarray, dA: np.ndarray) -> np.ndarray:
        """dZ = dA * (1 - A**2)."""
        return np.multiply(dA, 1 - A * A, out=dA)


class Sigmoid(Activation):
    """The logistic function 1 / (1 + exp(-z)): an S-curve from 0 to 1."""

    label = "Sigmoid"

    def forward(self, Z: np.ndarray) -> np.ndarray:
        """A = 1 / (1 + exp(-Z)), computed as tanh(Z / 2) / 2 + 1/2, which cannot overflow."""
        Z *= 0.5
        np.tanh(Z, out=Z)
        Z *= 0.5
        Z += 0.5
        return Z

    def backward(self, A: np.ndarray, dA: np.ndarray) -> np.ndarray:
        """dZ = dA * A * (1 - A)."""
        dA *= A
        return np.multiply(dA, 1 - A, out=dA)


class Softmax(Activation):
    """exp(z) over the sum of exp(z) in each row: ten scores become ten probabilities."""

    label = "Softmax"

    def forward(self, Z: np.ndarray) -> np.ndarray:
        """Softmax of each row; its largest sum is subtracted first, so that exp stays below 1."""
        Z -= Z.max(axis=1, keepdims=True)
        np.exp(Z, out=Z)
        Z /= Z.sum(axis=1, keepdims=True)
        return Z

    def backward(self, A: np.ndarray, dA: np.ndarray) -> np.ndarray:
        """dZ = A * (dA - sum(A * dA)): raising one score lowers the share of all the others."""
        dA -= np.sum(A * dA, axis=1, keepdims=True)
        return np.multiply(dA, A, out=dA)


class PublishedSigmoid(Sigmoid):
    """The sigmoid as experiment B computes it; unlike the one by tanh it never reaches 0."""

    label = "Sigmoid (experiment B)"
    historical = True

    def forward(self, Z: np.ndarray) -> np.ndarray:
        """A = 1 / (1 + exp(-Z)), which overflows for Z below -709 in float64."""
        np.negative(Z, out=Z)
        np.exp(Z, out=Z)
        Z += 1
        return np.reciprocal(Z, out=Z)


class NormalizedSigmoid(PublishedSigmoid):
    """Sigmoids divided by their row sum, with experiment B's published derivative.

    That derivative is the one of a plain sigmoid: it leaves the division out, so it is not the
    gradient of `forward`, and a gradient check says so.
    """

    label = "Normalised sigmoid (experiment B)"

    def forward(self, Z: np.ndarray) -> np.ndarray:
        """A = S / sum(S) in each row, where S is the sigmoid of Z."""
        S = super().forward(Z)
        S /= S.sum(axis=1, keepdims=True)
        return S


HIDDEN_ACTIVATIONS: dict[str, type[Activation]] = {
    "relu": ReLU,
    "tanh": Tanh,
    "sigmoid": Sigmoid,
    "published-sigmoid": PublishedSigmoid,
}
"""What a hidden layer may use, by the name that configs and files give it."""

OUTPUT_ACTIVATIONS: dict[str, type[Activation]] = {
    "softmax": Softmax,
    "sigmoid": Sigmoid,
    "normalized-sigmoid": NormalizedSigmoid,
}
"""What the output layer may use, by name."""
