"""Activation functions, as layers.

Each is a pair of formulas. `apply` turns the weighted sums Z into the activations A, in place.
`gradient` turns dL/dA into dL/dZ by the chain rule. Every derivative here can be written in terms
of A, so Z need not be stored. L is the loss.
"""

from abc import abstractmethod
from typing import Any, ClassVar, Protocol

import numpy as np

from nn.layers import Layer


class OnnxGraph(Protocol):
    """A graph of ONNX operators under construction; arrays are known by name."""

    def apply(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node; return the name of its result."""

    def number(self, value: float) -> str:
        """Add a constant in the graph's floating-point type; return its name."""

    def row_shares(self, A: str) -> str:
        """Divide each row of A by its sum; return the name of the result."""


class Activation(Layer):
    """A layer without parameters: a function of the weighted sums, and its derivative.

    Attributes
    ----------
    label, description : str
        Its name, and one sentence on what it does.
    formula, slope : str
        LaTeX of A with ``{z}`` for Z, and of dA/dZ with ``{A}`` for A.
    slope_product : str
        LaTeX of the product of dL/dA and the slope: element by element, or of matrices.
    flat : str
        Where its slope is near 0, so that no gradient passes.
    numpy_name, numpy_source : str
        A NumPy function of Z, for a program without this package.
    """

    label: ClassVar[str]
    description: ClassVar[str]
    formula: ClassVar[str]
    slope: ClassVar[str]
    slope_product: ClassVar[str] = r"\odot"
    flat: ClassVar[str] = "at the flat ends of the curve hardly anything passes"
    numpy_name: ClassVar[str]
    numpy_source: ClassVar[str]
    historical: ClassVar[bool] = False
    """True for a variant that exists only to reproduce a published experiment."""

    @abstractmethod
    def apply(self, Z: np.ndarray) -> np.ndarray:
        """Overwrite Z (n, units) with the activations A, and return it."""

    @abstractmethod
    def gradient(self, A: np.ndarray, dA: np.ndarray) -> np.ndarray:
        """Return dL/dZ (n, units), given A = apply(Z) and dL/dA; dA may be overwritten."""

    @abstractmethod
    def onnx(self, graph: OnnxGraph, Z: str) -> str:
        """Add nodes that compute A from Z to an ONNX graph; return the name of A."""

    def forward(self, Z: np.ndarray) -> np.ndarray:
        """Overwrite Z with the activations A, keep and return it."""
        self.A = self.apply(Z)
        return self.A

    def backward(self, dA: np.ndarray) -> np.ndarray:
        """Return dL/dZ, given dL/dA; dA may be overwritten."""
        return self.gradient(self.A, dA)


class ReLU(Activation):
    """Rectified linear unit: max(0, z)."""

    label = "ReLU"
    description = "ReLU lets a sum above 0 through and turns every other sum into 0."
    formula = r"\max(0, {z})"
    slope = "[{A} > 0]"
    flat = "a unit that is off passes nothing on"
    numpy_name = "relu"
    numpy_source = '''
def relu(Z):
    """max(0, z): passes what is positive, stops what is not."""
    return np.maximum(Z, 0)
'''

    def apply(self, Z: np.ndarray) -> np.ndarray:
        """A = max(0, Z)."""
        return np.maximum(Z, 0, out=Z)

    def gradient(self, A: np.ndarray, dA: np.ndarray) -> np.ndarray:
        """dZ = dA where the unit was on, 0 where it was off."""
        return np.multiply(dA, A > 0, out=dA)

    def onnx(self, graph: OnnxGraph, Z: str) -> str:
        """A = Relu(Z)."""
        return graph.apply("Relu", Z)


class Tanh(Activation):
    """The hyperbolic tangent: an S-curve from -1 to 1."""

    label = "tanh"
    description = "Tanh bends the sums into an S-curve from −1 to 1."
    formula = r"\tanh({z})"
    slope = "(1 - {A}^2)"
    numpy_name = "tanh"
    numpy_source = '''
def tanh(Z):
    """The hyperbolic tangent: an S-curve from -1 to 1."""
    return np.tanh(Z)
'''

    def apply(self, Z: np.ndarray) -> np.ndarray:
        """A = tanh(Z)."""
        return np.tanh(Z, out=Z)

    def gradient(self, A: np.ndarray, dA: np.ndarray) -> np.ndarray:
        """dZ = dA * (1 - A**2)."""
        return np.multiply(dA, 1 - A * A, out=dA)

    def onnx(self, graph: OnnxGraph, Z: str) -> str:
        """A = Tanh(Z)."""
        return graph.apply("Tanh", Z)


class Sigmoid(Activation):
    """The logistic function 1 / (1 + exp(-z)): an S-curve from 0 to 1."""

    label = "Sigmoid"
    description = "The sigmoid bends the sums into an S-curve from 0 to 1."
    formula = r"\frac{{1}}{{1 + e^{{-{z}}}}}"
    slope = r"{A} \odot (1 - {A})"
    numpy_name = "sigmoid"
    numpy_source = '''
def sigmoid(Z):
    """1 / (1 + exp(-z)), by way of tanh, which cannot overflow: an S-curve from 0 to 1."""
    return np.tanh(Z * 0.5) * 0.5 + 0.5
'''

    def apply(self, Z: np.ndarray) -> np.ndarray:
        """A = 1 / (1 + exp(-Z)), computed as tanh(Z / 2) / 2 + 1/2, which cannot overflow."""
        Z *= 0.5
        np.tanh(Z, out=Z)
        Z *= 0.5
        Z += 0.5
        return Z

    def gradient(self, A: np.ndarray, dA: np.ndarray) -> np.ndarray:
        """dZ = dA * A * (1 - A)."""
        dA *= A
        return np.multiply(dA, 1 - A, out=dA)

    def onnx(self, graph: OnnxGraph, Z: str) -> str:
        """A = Tanh(Z / 2) / 2 + 1/2.

        Not the operator Sigmoid: this one is exactly 0 where tanh rounds to -1, and where all
        outputs are 0 the probabilities depend on it.
        """
        half = graph.number(0.5)
        A = graph.apply("Tanh", graph.apply("Mul", Z, half))
        return graph.apply("Add", graph.apply("Mul", A, half), half)


class Softmax(Activation):
    """exp(z) divided by the sum of exp(z) in each row: logits become probabilities."""

    label = "Softmax"
    description = (
        "Softmax turns the logits into probabilities: e to the power of each, divided by the sum "
        "of them all."
    )
    formula = r"\frac{{e^{{{z}}}}}{{\sum e^{{{z}}}}}"
    slope = r"\big(\operatorname{{diag}}({A}) - {A}^\top {A}\big)"
    slope_product = r"\;"
    numpy_name = "softmax"
    numpy_source = '''
def softmax(Z):
    """exp(z) over the sum of exp(z) in each row; less the largest, so that exp stays below 1."""
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)
'''

    def apply(self, Z: np.ndarray) -> np.ndarray:
        """Softmax of each row; its largest sum is subtracted first, so that exp stays below 1."""
        Z -= Z.max(axis=1, keepdims=True)
        np.exp(Z, out=Z)
        Z /= Z.sum(axis=1, keepdims=True)
        return Z

    def gradient(self, A: np.ndarray, dA: np.ndarray) -> np.ndarray:
        """dZ = A * (dA - sum(A * dA)): raising one score lowers the share of all the others."""
        dA -= np.sum(A * dA, axis=1, keepdims=True)
        return np.multiply(dA, A, out=dA)

    def onnx(self, graph: OnnxGraph, Z: str) -> str:
        """A = Softmax(Z)."""
        return graph.apply("Softmax", Z, axis=1)


HIDDEN_ACTIVATIONS: dict[str, type[Activation]] = {
    "relu": ReLU,
    "tanh": Tanh,
    "sigmoid": Sigmoid,
}
"""Activations of hidden layers by their name in configs and files."""

OUTPUT_ACTIVATIONS: dict[str, type[Activation]] = {
    "softmax": Softmax,
    "sigmoid": Sigmoid,
}
"""Activations of the output layer by name."""
