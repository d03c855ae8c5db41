"""Loss functions: one number for how wrong the outputs are, and where backpropagation begins.

A network ends in logits, the weighted sums Z of its last layer. A loss turns them into outputs A
with the network's output activation, and measures A. `forward` returns the mean loss of a batch and
keeps A; `backward` returns dL/dZ for that batch.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from nn.activations import OUTPUT_ACTIVATIONS, Activation


def one_hot(labels: np.ndarray, classes: int, dtype: np.typing.DTypeLike) -> np.ndarray:
    """Labels (n,) -> targets (n, classes): 1 in the column of the label, 0 elsewhere."""
    return np.eye(classes, dtype=dtype)[labels]


class Loss(ABC):
    """How wrong outputs A (n, classes) are, given labels (n,) of 0 .. classes - 1.

    Parameters
    ----------
    output : Activation, optional
        Turns logits into outputs; the usual one for this loss if left out.

    Attributes
    ----------
    A : ndarray, (n, classes)
        The outputs of the last `forward`.
    """

    label: ClassVar[str]
    outputs: ClassVar[tuple[str, ...]]
    """Names of compatible output activations, the usual one first."""

    def __init__(self, output: Activation | None = None) -> None:
        self.output = output or OUTPUT_ACTIVATIONS[self.outputs[0]]()
        self.A: np.ndarray
        self.labels: np.ndarray

    def forward(self, Z: np.ndarray, labels: np.ndarray) -> float:
        """Return the mean loss of a batch of logits, which are overwritten by the outputs."""
        self.A, self.labels = self.output.forward(Z), labels
        return self.value(self.A, labels)

    @abstractmethod
    def value(self, A: np.ndarray, labels: np.ndarray) -> float:
        """Return the mean loss of outputs A (n, classes)."""

    @abstractmethod
    def backward(self) -> np.ndarray:
        """Return dL/dZ (n, classes) for the batch of the last `forward`."""

    def at_chance(self, classes: int) -> float:
        """Return the loss of giving every class the same probability, 1 / classes."""
        return self.value(np.full((1, classes), 1 / classes), np.zeros(1, int))


class SoftmaxCrossEntropy(Loss):
    """-log p of the true class: 0 when certain and right, large when certain and wrong.

    A probability below the smallest normal number of its type counts as that number, so the value
    is at most 87.34 in float32 and 708.4 in float64. The gradient has no such limit.
    """

    label = "Cross-entropy"
    outputs = ("softmax",)

    def value(self, A: np.ndarray, labels: np.ndarray) -> float:
        """L = -mean(log A[i, labels[i]])."""
        p = A[np.arange(len(A)), labels]
        smallest = np.finfo(A.dtype).tiny  # exp may underflow to 0, whose logarithm is infinite
        return float(-np.log(np.maximum(p, smallest)).sum() / len(A))

    def backward(self) -> np.ndarray:
        """dZ = (A - Y) / n: the derivatives of logarithm and softmax cancel (Bishop 2006)."""
        dZ = self.A.copy()
        dZ[np.arange(len(dZ)), self.labels] -= 1
        dZ /= len(dZ)
        return dZ


class MeanSquaredError(Loss):
    """Half the squared distance between outputs and one-hot target."""

    label = "Mean squared error"
    outputs: ClassVar[tuple[str, ...]] = ("sigmoid", "softmax")

    def value(self, A: np.ndarray, labels: np.ndarray) -> float:
        """L = sum((A - Y)**2) / (2 n)."""
        error = A - one_hot(labels, A.shape[1], A.dtype)
        return float(np.vdot(error, error) / (2 * len(A)))

    def backward(self) -> np.ndarray:
        """dA = (A - Y) / n, then through the output activation."""
        dA = self.A - one_hot(self.labels, self.A.shape[1], self.A.dtype)
        dA /= len(dA)
        return self.output.backward(dA)


LOSSES: dict[str, type[Loss]] = {
    "cross-entropy": SoftmaxCrossEntropy,
    "mean-squared-error": MeanSquaredError,
}
"""Losses by name."""
