"""What reproduces two published experiments, and nothing else uses.

Experiments A and B are retold with the peculiarities of their programs: experiment B's sigmoids,
weights that change layer by layer during backpropagation, and batches drawn with replacement.
Importing this module adds them to the registries of `nn`.
"""

import numpy as np

from nn.activations import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS, OnnxGraph, Sigmoid
from nn.batches import SAMPLERS, Batches
from nn.convolution import Conv2D
from nn.layers import Dense
from nn.losses import MeanSquaredError
from nn.network import Network
from nn.optimizers import UPDATES, Optimizer


class PublishedSigmoid(Sigmoid):
    """The sigmoid as experiment B computes it; unlike the one by tanh it never reaches 0."""

    label = "Sigmoid (experiment B)"
    historical = True
    numpy_name = "sigmoid_by_exp"
    numpy_source = '''
def sigmoid_by_exp(Z):
    """1 / (1 + exp(-z)): an S-curve from 0 to 1."""
    with np.errstate(over="ignore"):  # the reciprocal of infinity is 0, as it should be
        return 1 / (1 + np.exp(-Z))
'''

    def apply(self, Z: np.ndarray) -> np.ndarray:
        """A = 1 / (1 + exp(-Z)), which overflows for Z below -709 in float64."""
        np.negative(Z, out=Z)
        np.exp(Z, out=Z)
        Z += 1
        return np.reciprocal(Z, out=Z)

    def onnx(self, graph: OnnxGraph, Z: str) -> str:
        """A = 1 / (1 + Exp(-Z))."""
        E = graph.apply("Exp", graph.apply("Neg", Z))
        return graph.apply("Reciprocal", graph.apply("Add", E, graph.number(1.0)))


class NormalizedSigmoid(PublishedSigmoid):
    """Sigmoids divided by their row sum, with experiment B's published derivative.

    That derivative is the one of a plain sigmoid: it leaves the division out, so it is not the
    gradient of `apply`, and a gradient check fails.
    """

    label = "Normalised sigmoid (experiment B)"
    description = "Each logit goes through a sigmoid, and the results are divided by their sum."
    formula = (
        r"\frac{{\sigma({z})}}{{\sum \sigma({z})}},\quad \sigma(z) = \frac{{1}}{{1 + e^{{-z}}}}"
    )
    numpy_name = "normalized_sigmoid"
    numpy_source = '''
def normalized_sigmoid(Z):
    """1 / (1 + exp(-z)), over the sum of the same in each row."""
    with np.errstate(over="ignore"):  # the reciprocal of infinity is 0, as it should be
        S = 1 / (1 + np.exp(-Z))
    return S / S.sum(axis=1, keepdims=True)
'''

    def apply(self, Z: np.ndarray) -> np.ndarray:
        """A = S / sum(S) in each row, where S is the sigmoid of Z."""
        S = super().apply(Z)
        S /= S.sum(axis=1, keepdims=True)
        return S

    def onnx(self, graph: OnnxGraph, Z: str) -> str:
        """A = S / sum(S) in each row."""
        return graph.row_shares(super().onnx(graph, Z))


class BatchesWithReplacement(Batches):
    """Batches whose images are drawn from all images, each perhaps more than once."""

    def indices(self, position: int) -> np.ndarray:
        """Return the images of a batch."""
        return self.rng.integers(len(self.images), size=len(self._X))


def update_layer_by_layer(
    network: Network, dZ: np.ndarray, optimizer: Optimizer, learning_rate: float
) -> None:
    """Change each layer before the gradient passes through it to the layer below.

    So the layers below receive a gradient through weights that have already changed: not the
    gradient of the loss at any one point.
    """
    gradient = dZ
    for layer in reversed(network.layers):
        if isinstance(layer, Dense | Conv2D):
            layer.parameter_gradients(gradient)
            layer.W -= learning_rate * layer.dW
            layer.b -= learning_rate * layer.db
            gradient = gradient if layer.is_first else layer.input_gradient(gradient)
        else:
            gradient = layer.backward(gradient)


HIDDEN_ACTIVATIONS["published-sigmoid"] = PublishedSigmoid
OUTPUT_ACTIVATIONS["normalized-sigmoid"] = NormalizedSigmoid
MeanSquaredError.outputs += ("normalized-sigmoid",)
SAMPLERS["with-replacement"] = BatchesWithReplacement
UPDATES["layer-by-layer"] = update_layer_by_layer
