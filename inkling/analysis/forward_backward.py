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
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import nn
from nn.activations import Activation
from nn.diagnosis import is_finite
from nn.gradient_check import gradient_check
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


class LayerValues(NamedTuple):
    """Values of one layer for the image; all of the network's dtype.

    Attributes
    ----------
    X : ndarray, (inputs,)
        Inputs: scaled pixels, or the activations of the layer below.
    W, b : ndarray, (inputs, units) and (units,)
        Parameters.
    Z, A : ndarray, (units,)
        Weighted sums and activations.
    delta : ndarray, (units,)
        dL/dZ.
    dW : ndarray, (inputs, units)
        dL/dW. dL/db is delta itself, in a batch of one.
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
        The one after the inputs first.
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
            self._network.backward(self.loss.backward())
            self.layers = self._values(X)
            self.probabilities: np.ndarray = self._network.predict_proba(image[None])[0]

    def _values(self, X: np.ndarray) -> tuple[LayerValues, ...]:
        """Return the values of each layer, given the scaled pixels (1, inputs)."""
        layers = []
        pairs = zip(self._network.dense_layers, self._network.activation_layers, strict=True)
        for layer, activation in pairs:
            Z = layer.apply(X)  # (1, inputs) -> (1, units)
            A = activation.apply(Z.copy())
            layers.append(
                LayerValues(X[0], layer.W, layer.b, Z[0], A[0], layer.db, layer.dW, activation)
            )
            X = A
        return tuple(layers)

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
        """Return the term of each input in a unit's sum, x_i * w_ij.

        Parameters
        ----------
        layer : int
            In `layers`, from 0.
        unit : int

        Returns
        -------
        ndarray, (inputs,)
            With the bias, they sum to the unit's Z.
        """
        values = self.layers[layer]
        return values.X * values.W[:, unit]

    def backpropagated(self, layer: int, unit: int) -> np.ndarray:
        """Return the terms of a unit's dL/dA from each unit of the layer above, delta_j * w_ij.

        Parameters
        ----------
        layer : int
            In `layers`, from 0; not the last.
        unit : int

        Returns
        -------
        ndarray, (units of the layer above,)
            They sum to dL/dA of the unit.
        """
        above = self.layers[layer + 1]
        return above.delta * above.W[unit]

    def influential_units(self, layer: int, most: int, chosen: int | None = None) -> np.ndarray:
        """Return the units of a layer with the most influence on the next one.

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
        influence = np.abs(self.layers[layer].A.astype(np.float64))
        if layer + 1 < len(self.layers):
            influence *= np.linalg.norm(self.layers[layer + 1].W.astype(np.float64), axis=1)
        if chosen is not None:
            influence[chosen] = np.inf
        return np.sort(np.argsort(-influence, kind="stable")[:most])

    def largest_gradient(self, layer: int, unit: int | None = None) -> tuple[int, int]:
        """Return the position of the largest gradient of a layer's weights, (input, unit).

        Parameters
        ----------
        layer : int
            In `layers`, from 0.
        unit : int, optional
            Look only at the weights that lead to this one. Where all their gradients are 0,
            because the unit is off, the largest input is returned.
        """
        # In a batch of one dW is the outer product of X and delta: the largest of each meet.
        values = self.layers[layer]
        if unit is None:
            unit = int(np.abs(values.delta).argmax())
        return int(np.abs(values.X).argmax()), unit

    def update(self, layer: int, source: int, unit: int, learning_rate: float) -> Update:
        """Return one weight before and after a step of plain SGD on this image."""
        weight = self.layers[layer].W[source, unit]
        gradient = self.layers[layer].dW[source, unit]
        return Update(float(weight), float(gradient), float(weight - learning_rate * gradient))

    def prediction_after_step(self, learning_rate: float) -> UpdatedPrediction:
        """Return probabilities and loss after one step of plain SGD on this image alone."""
        network = self._network.copy()
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            SGD(network.theta).step(network.theta, self._network.gradient, learning_rate)
            A = network.outputs(self.image[None])
            loss = self.loss.value(A, self._labels)
        return UpdatedPrediction(network.predict_proba(self.image[None])[0], loss)

    def weight_checks(
        self, layer: int, source: int, unit: int, epsilons: Sequence[float]
    ) -> list[WeightCheck]:
        """Return gradient checks of one weight by central differences in float64.

        Parameters
        ----------
        layer : int
            In `layers`, from 0.
        source, unit : int
            The input that the weight comes from, and the unit that it leads to.
        epsilons : sequence of float
            Distances by which the weight is moved, one check for each.
        """
        network = self._network
        precise = network.copy(np.float64)
        index = np.array([weight_index(network.sizes, layer, source, unit)])
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


def weight_index(sizes: tuple[int, ...], layer: int, source: int, unit: int) -> int:
    """Return the position in `Network.theta` of the weight from an input to a unit of a layer.

    Parameters
    ----------
    sizes : tuple of int
        Units of each layer, the inputs first.
    layer : int
        From 0, the one after the inputs.
    source, unit : int
    """
    below = sum(inputs * units + units for inputs, units in pairwise(sizes[: layer + 1]))
    return below + source * sizes[layer + 1] + unit


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
