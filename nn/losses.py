"""Loss functions: one number for how wrong the outputs are, and the way down from there.

`value` is the mean over the batch. `delta` is dL/dZ, the gradient with respect to the weighted
sums of the output layer (its logits), where backpropagation begins.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from nn.activations import Activation


def one_hot(labels: np.ndarray, classes: int, dtype: np.typing.DTypeLike) -> np.ndarray:
    """Labels (n,) -> targets (n, classes): 1 in the column of the label, 0 elsewhere."""
    return np.eye(classes, dtype=dtype)[labels]


class Loss(ABC):
    """How wrong outputs A (n, classes) are, given labels (n,) of 0 .. classes - 1."""

    label: ClassVar[str]
    outputs: ClassVar[tuple[str, ...]]
    """Names of the output activations that it can be used with, the usual one first."""

    @abstractmethod
    def value(self, A: np.ndarray, labels: np.ndarray) -> float:
        """Return the mean loss of the batch."""

    @abstractmethod
    def delta(self, A: np.ndarray, labels: np.ndarray, output: Activation) -> np.ndarray:
        """Return dL/dZ (n, classes) of the output layer, whose activation is `output`."""

    def at_chance(self, classes: int) -> float:
        """Return the loss of giving every class the same probability, 1 / classes."""
        return self.value(np.full((1, classes), 1 / classes), np.zeros(1, int))


class CrossEntropy(Loss):
    """-log p of the true class: 0 when certain and right, without bound when certain and wrong."""

    label = "Cross-entropy"
    outputs = ("softmax",)

    def value(self, A: np.ndarray, labels: np.ndarray) -> float:
        """L = -mean(log A[i, labels[i]])."""
        p = A[np.arange(len(A)), labels]
        smallest = np.finfo(A.dtype).tiny  # exp may underflow to 0, whose logarithm is infinite
        return float(-np.log(np.maximum(p, smallest)).sum() / len(A))

    def delta(self, A: np.ndarray, labels: np.ndarray, output: Activation) -> np.ndarray:
        """dZ = (A - Y) / n: the derivatives of logarithm and softmax cancel (Bishop 2006)."""
        dZ = A.copy()
        dZ[np.arange(len(A)), labels] -= 1
        dZ /= len(A)
        return dZ


class MeanSquaredError(Loss):
    """Half the squared distance between the outputs and the target."""

    label = "Mean squared error"
    outputs = ("sigmoid", "softmax", "normalized-sigmoid")

    def value(self, A: np.ndarray, labels: np.ndarray) -> float:
        """L = sum((A - Y)**2) / (2 n)."""
        error = A - one_hot(labels, A.shape[1], A.dtype)
        return float(np.vdot(error, error) / (2 * len(A)))

    def delta(self, A: np.ndarray, labels: np.ndarray, output: Activation) -> np.ndarray:
        """dA = (A - Y) / n, then through the output activation."""
        dA = A - one_hot(labels, A.shape[1], A.dtype)
        dA /= len(A)
        return output.backward(A, dA)


LOSSES: dict[str, type[Loss]] = {
    "cross-entropy": CrossEntropy,
    "mean-squared-error": MeanSquaredError,
}
"""Losses by name."""
