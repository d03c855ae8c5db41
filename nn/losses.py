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
    label, description : str
        Its name, and one sentence on what it is.
    formula : str
        LaTeX of the loss of one image, with ``{A}`` for the outputs, ``{Y}`` for the one-hot target
        and ``{label}`` for the class.
    delta_formula, delta_description : str
        LaTeX of dL/dZ of one image, with ``{A}``, ``{Y}`` and ``{times_slope}`` for the product
        with the slope of the output activation, and the same in words with ``{label}`` for the
        class.
    outputs : tuple of str
        Names of compatible output activations, the usual one first.
    A : ndarray, (n, classes)
        The outputs of the last `forward`.
    """

    label: ClassVar[str]
    description: ClassVar[str]
    formula: ClassVar[str]
    delta_formula: ClassVar[str]
    delta_description: ClassVar[str]
    outputs: ClassVar[tuple[str, ...]]

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
    def terms(self, A: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return what each output adds to the loss of its image, (n, classes)."""

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
    description = (
        "The cost is minus the natural logarithm of the probability of the right digit: 0 for a "
        "sure and right answer, and larger the less the right digit was expected."
    )
    formula = r"-\log {A}[{label}]"
    delta_formula = "{A} - {Y}"
    delta_description = (
        "With softmax and this cost it is simply the probability less the target, which is 1 for "
        "the {label} and 0 for the others."
    )
    outputs = ("softmax",)

    def value(self, A: np.ndarray, labels: np.ndarray) -> float:
        """L = -mean(log A[i, labels[i]])."""
        p = A[np.arange(len(A)), labels]
        smallest = np.finfo(A.dtype).tiny  # exp may underflow to 0, whose logarithm is infinite
        return float(-np.log(np.maximum(p, smallest)).sum() / len(A))

    def terms(self, A: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """-log A[i, labels[i]] in the column of the label, 0 elsewhere."""
        smallest = np.finfo(A.dtype).tiny
        return -np.log(np.maximum(A, smallest)) * one_hot(labels, A.shape[1], A.dtype)

    def backward(self) -> np.ndarray:
        """dZ = (A - Y) / n: the derivatives of logarithm and softmax cancel (Bishop 2006)."""
        dZ = self.A.copy()
        dZ[np.arange(len(dZ)), self.labels] -= 1
        dZ /= len(dZ)
        return dZ


class MeanSquaredError(Loss):
    """Half the squared distance between outputs and one-hot target."""

    label = "Squared error (half the sum)"
    description = (
        "The cost is half the sum of the squared distances between the outputs and the target Y, "
        "which is 1 for the right digit and 0 for the others."
    )
    formula = r"\tfrac{{1}}{{2}} \sum \big({A} - {Y}\big)^2"
    delta_formula = r"({A} - {Y}) {times_slope}"
    delta_description = (
        "It is the output less the target, times the slope of the output activation."
    )
    outputs: ClassVar[tuple[str, ...]] = ("sigmoid", "softmax")

    def value(self, A: np.ndarray, labels: np.ndarray) -> float:
        """L = sum((A - Y)**2) / (2 n)."""
        error = A - one_hot(labels, A.shape[1], A.dtype)
        return float(np.vdot(error, error) / (2 * len(A)))

    def terms(self, A: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """(A - Y)**2 / 2."""
        return (A - one_hot(labels, A.shape[1], A.dtype)) ** 2 / 2

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


def usual_loss(output: str) -> str:
    """Return the name of the loss that goes with an output activation, of several the first."""
    return next(name for name, loss in LOSSES.items() if output in loss.outputs)
