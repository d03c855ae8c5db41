"""Forward and backward pass of one image: all intermediate values, and the code computing them.

Values come from the network's own methods on a batch of one, and code from the source files of the
imported modules, so neither can differ from the network's computation.
"""

import ast
import inspect
import math
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import nn
from inkling.analysis.layer_values import ConvolutionValues, DenseValues, LayerValues
from nn.activations import Activation
from nn.convolution import Conv2D, MaxPool2D
from nn.diagnosis import is_finite
from nn.gradient_check import gradient_check
from nn.layers import Dense, Layer
from nn.losses import LOSSES, usual_loss
from nn.network import Network
from nn.optimizers import SGD

_ROOT = Path(nn.__file__).parent.parent
_MAX_DIGITS = 16  # of a float64, about


class SourceLines(NamedTuple):
    """Source code of a function.

    Attributes
    ----------
    text : str
        A function without its docstring, not indented.
    file : str
        Path from the project's folder: ``"nn/layers.py"``.
    line : int
        First line of the function in that file.
    """

    text: str
    file: str
    line: int


class Update(NamedTuple):
    """A weight before a step of plain gradient descent, its gradient, and the weight after."""

    before: float
    gradient: float
    after: float


class UpdatedPrediction(NamedTuple):
    """Probabilities (classes,) and loss of the image after a step of gradient descent."""

    probabilities: np.ndarray
    loss: float


@dataclass(frozen=True)
class WeightCheck:
    """Gradient of one weight, by backpropagation and by central differences.

    Attributes
    ----------
    analytic, numerical : float
        In float64.
    relative_error : float
        |analytic - numerical| / (|analytic| + |numerical|); 0 where both are 0.
    """

    analytic: float
    numerical: float
    relative_error: float

    @property
    def digits(self) -> float:
        """Number of equal digits, -log10 of the relative error: 0 to 16."""
        if self.relative_error == 0:
            return _MAX_DIGITS
        return min(_MAX_DIGITS, max(0.0, -math.log10(self.relative_error)))


class ForwardBackward:
    """Forward and backward pass of a network on one image.

    Parameters
    ----------
    network : Network
        Is copied: it may be shared by threads.
    image : ndarray
        As many pixels as the network has inputs, such as (28, 28); uint8, or floating point and
        scaled already.
    label : int
        0 to classes - 1.
    loss : str, optional
        A name in `nn.losses.LOSSES`; by default the usual one for its outputs.

    Attributes
    ----------
    image, label
        As given.
    loss : Loss
    loss_value : float
        Of this image.
    layers : tuple of LayerValues
        Convolutions and dense layers; the one after the inputs first.
    probabilities : ndarray, (classes,)
        As returned by `Network.predict_proba`.
    """

    def __init__(
        self, network: Network, image: np.ndarray, label: int, loss: str | None = None
    ) -> None:
        self._network = network.copy()
        self.image, self.label = image, label
        self.loss = LOSSES[loss or usual_loss(network.output)](self._network.output_activation)
        self._labels = np.array([label])
        # An overflowed network raises no warnings here: `finite` is False.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            X = self._network.inputs(image[None])
            self.loss_value = self.loss.forward(self._network.forward(X), self._labels)
            self.layers = self._values(X, self._backward())
            self.probabilities: np.ndarray = self._network.predict_proba(image[None])[0]

    def _backward(self) -> list[np.ndarray]:
        """Fill the gradient; return dL/dY of the output Y of each of the network's layers."""
        gradients = []
        dY = self.loss.backward()
        for layer in reversed(self._network.layers):
            gradients.append(dY.copy())  # the next layer may overwrite it
            dY = layer.backward(dY)
        return gradients[::-1]

    def _values(self, X: np.ndarray, gradients: list[np.ndarray]) -> tuple[LayerValues, ...]:
        """Return the values of each layer, given the scaled pixels and dL/dY of all layers."""
        network = self._network
        layers = [*network.layers, network.output_activation]
        Y = [X]  # the input of each layer, then the outputs
        for layer in layers:
            Y.append(layer.apply(Y[-1].copy() if isinstance(layer, Activation) else Y[-1]))
        values: list[LayerValues] = []
        for k, layer in enumerate(network.layers):
            if isinstance(layer, Conv2D):
                values.append(_convolution_values(layers[k:], Y[k:], gradients[k:]))
            elif isinstance(layer, Dense):
                Z, A = Y[k + 1][0], Y[k + 2][0]
                activation = layers[k + 1]
                assert isinstance(activation, Activation)
                values.append(
                    DenseValues(
                        Y[k][0], layer.W, layer.b, Z, A, gradients[k][0], layer.dW, activation
                    )
                )
        return tuple(values)

    @property
    def network(self) -> Network:
        """The copied network; its `gradient` is that of this image."""
        return self._network

    @property
    def finite(self) -> bool:
        """Whether all parameters and all computed values are finite."""
        sums_and_activations = [values for layer in self.layers for values in (layer.Z, layer.A)]
        return is_finite(
            self._network,
            self._network.gradient,
            self.loss_value,
            self.probabilities,
            *sums_and_activations,
        )

    def contributions(self, layer: int, unit: int) -> np.ndarray:
        """Return the products of a unit's inputs and weights.

        Parameters
        ----------
        layer : int
            In `layers`, from 0.
        unit : int

        Returns
        -------
        ndarray, (sources,)
            With the bias, they sum to the unit's Z.
        """
        return self.layers[layer].contributions(unit)

    def backpropagated(self, layer: int, unit: int) -> np.ndarray:
        """Return the terms of a unit's dL/dA from each unit of the layer above.

        Parameters
        ----------
        layer : int
            In `layers`, from 0; not the last.
        unit : int
            Of a convolution with max pooling, any unit of a square: they have one A.

        Returns
        -------
        ndarray, of the shape of the layer above's Z
            They sum to dL/dA of the unit.
        """
        values = self.layers[layer]
        if isinstance(values, ConvolutionValues):
            unit = int(np.ravel_multi_index(values.pooled_place(unit), values.A.shape))
        return self.layers[layer + 1].sent_back(unit)

    def influential_units(self, layer: int, most: int, chosen: int | None = None) -> np.ndarray:
        """Return the units of a layer, or filters, with the most influence on the next layer.

        Parameters
        ----------
        layer : int
            In `layers`, from 0.
        most : int
            Number of units, at most.
        chosen : int, optional
            A unit that is always included.

        Returns
        -------
        ndarray, (min(units, most),) int64
            Ascending.
        """
        influence = self.layers[layer].activation_norms
        if layer + 1 < len(self.layers):
            influence *= self.layers[layer + 1].weight_norms(len(influence))
        if chosen is not None:
            influence[chosen] = np.inf
        return np.sort(np.argsort(-influence, kind="stable")[:most])

    def largest_gradient(self, layer: int, unit: int | None = None) -> tuple[int, int]:
        """Return the position of the largest gradient of a layer's weights, (source, unit).

        Parameters
        ----------
        layer : int
            In `layers`, from 0.
        unit : int, optional
            Look only at the weights that lead to this one. Where all their gradients are 0,
            because the unit is off, the largest input is returned.
        """
        values = self.layers[layer]
        if unit is None:
            unit = values.unit_of_largest_gradient()
        return values.source_of_largest_gradient(unit), unit

    def update(self, layer: int, source: int, unit: int, learning_rate: float) -> Update:
        """Return one weight before and after a step of plain SGD on this image.

        Parameters
        ----------
        layer : int
            In `layers`, from 0.
        source, unit : int
            The weight's place among those that lead to the unit, and that unit.
        learning_rate : float
        """
        values = self.layers[layer]
        weight, gradient = values.weights_of(unit)[source], values.gradients_of(unit)[source]
        return Update(float(weight), float(gradient), float(weight - learning_rate * gradient))

    def prediction_after_step(self, learning_rate: float) -> UpdatedPrediction:
        """Return probabilities and loss after one step of plain SGD on this image alone."""
        network = self._network.copy()
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            SGD(network.theta).step(network.theta, self._network.gradient, learning_rate)
            A = network.outputs(self.image[None])
            loss = self.loss.value(A, self._labels)
        return UpdatedPrediction(network.predict_proba(self.image[None])[0], loss)

    def weight_index(self, layer: int, source: int, unit: int) -> int:
        """Return the position of a weight in `Network.theta`; arguments as in `update`."""
        values, start = self.layers[layer], 0
        for array in self._network.parameters:
            if array is values.W:
                break
            start += array.size
        return start + values.weight_position(source, unit)

    def weight_checks(
        self, layer: int, source: int, unit: int, epsilons: Sequence[float]
    ) -> list[WeightCheck]:
        """Return gradient checks of one weight by central differences in float64.

        Parameters
        ----------
        layer : int
            In `layers`, from 0.
        source, unit : int
            The weight's place among those that lead to the unit, and that unit.
        epsilons : sequence of float
            Distances by which the weight is moved, one check for each.
        """
        network = self._network
        precise = network.copy(np.float64)
        index = np.array([self.weight_index(layer, source, unit)])
        result = []
        for epsilon in epsilons:
            found = gradient_check(
                precise, self.image[None], self._labels, self.loss, indices=index, epsilon=epsilon
            )
            result.append(
                WeightCheck(
                    float(found.analytic[0]), float(found.numerical[0]), found.relative_error
                )
            )
        return result


def _convolution_values(
    layers: Sequence[Layer], Y: Sequence[np.ndarray], gradients: Sequence[np.ndarray]
) -> ConvolutionValues:
    """Return the values of a convolution, of the max pooling after it, and of their activation.

    The layers begin with the convolution, and Y with its input.
    """
    convolution = layers[0]
    pooling = layers[1] if isinstance(layers[1], MaxPool2D) else None
    last = 0 if pooling is None else 1  # layer before the activation
    activation = layers[last + 1]
    assert isinstance(convolution, Conv2D)
    assert isinstance(activation, Activation)
    pooled = Y[last + 1][..., 0]
    winner = np.zeros(pooled.shape, np.intp) if pooling is None else pooling.winner[..., 0]
    return ConvolutionValues(
        *(Y[0][..., 0], convolution.W, convolution.b, Y[1][..., 0], Y[last + 2][..., 0]),
        *(gradients[0][..., 0], convolution.dW, activation),
        stride=convolution.stride,
        pool_size=1 if pooling is None else pooling.size,
        pooled=pooled,
        winner=winner.astype(np.intp),
        pooled_delta=gradients[last][..., 0],
    )


def source_lines(function: Callable[..., Any]) -> SourceLines:
    """Return the source code of a function without its docstring.

    Parameters
    ----------
    function : callable
        A function or a method of `nn`.

    Raises
    ------
    OSError
        If the file cannot be read.
    TypeError
        If it is not a Python function.
    """
    lines, first = inspect.getsourcelines(function)
    definition = ast.parse(textwrap.dedent("".join(lines))).body[0]
    if not isinstance(definition, ast.FunctionDef):
        raise TypeError(f"{function} is not a function")
    if ast.get_docstring(definition) is not None:
        described = definition.body[0]
        del lines[described.lineno - 1 : described.end_lineno]
        while len(lines) >= described.lineno and not lines[described.lineno - 1].strip():
            del lines[described.lineno - 1]
    file = Path(inspect.getfile(function)).relative_to(_ROOT).as_posix()
    return SourceLines(textwrap.dedent("".join(lines)).rstrip(), file, first)
