"""The network: dense layers, one after another."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from nn.activations import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS
from nn.initializers import INITIALIZERS
from nn.layers import Dense

_ROWS = 2_000  # images that `predict_proba` converts to floating point at a time


class Network:
    """A multilayer perceptron.

    Parameters
    ----------
    sizes : sequence of int
        Units of each layer, the inputs first: (784, 128, 10).
    activation, output : str
        Names in `HIDDEN_ACTIVATIONS` and `OUTPUT_ACTIVATIONS`.
    initialization : str
        A name in `INITIALIZERS`.
    initial_scale : float
        The standard deviation for "normal"; a factor for the others.
    initial_bias : float
        Where every bias begins.
    input_scale : float
        What pixels 0..255 are multiplied by on their way in.
    rng : numpy.random.Generator, optional
        Draws the weights; seeded with 0 if left out.
    theta : ndarray, (parameters,), optional
        Weights and biases to copy instead of drawing them.
    dtype : numpy dtype
        float32 to train; float64 to check gradients.

    Attributes
    ----------
    layers : list of Dense
    theta, gradient : ndarray, (parameters,)
        All weights and biases in one vector, and the gradient of the loss beside it. The W, b, dW
        and db of every layer are views of these two, so an optimiser is vector arithmetic.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str = "relu",
        output: str = "softmax",
        *,
        initialization: str = "he",
        initial_scale: float = 1.0,
        initial_bias: float = 0.0,
        input_scale: float = 1 / 255,
        rng: np.random.Generator | None = None,
        theta: np.ndarray | None = None,
        dtype: np.typing.DTypeLike = np.float32,
    ) -> None:
        self.sizes = tuple(int(size) for size in sizes)
        if len(self.sizes) < 2 or min(self.sizes) < 1:
            raise ValueError(f"sizes must name at least inputs and outputs, not {self.sizes}")
        self.activation = activation
        self.output = output
        self.input_scale = float(input_scale)
        self.dtype = np.dtype(dtype)

        parameters = sum(inputs * units + units for inputs, units in pairwise(self.sizes))
        self.theta = np.empty(parameters, self.dtype)
        self.gradient = np.zeros(parameters, self.dtype)
        self.layers = self._build_layers()

        if theta is not None:
            self.theta[:] = theta
            return
        rng = np.random.default_rng(0) if rng is None else rng
        for layer in self.layers:
            inputs, units = layer.W.shape
            layer.W[:] = INITIALIZERS[initialization](rng, inputs, units, initial_scale)
            layer.b[:] = initial_bias

    def _build_layers(self) -> list[Dense]:
        """Lay every layer's parameters over the two vectors."""
        layers, start = [], 0
        hidden = HIDDEN_ACTIVATIONS[self.activation]()
        for inputs, units in pairwise(self.sizes):
            middle, end = start + inputs * units, start + inputs * units + units
            W, dW = (v[start:middle].reshape(inputs, units) for v in (self.theta, self.gradient))
            b, db = (v[middle:end] for v in (self.theta, self.gradient))
            layers.append(Dense(W, b, dW, db, hidden))
            start = end
        layers[-1].activation = OUTPUT_ACTIVATIONS[self.output]()
        return layers

    @property
    def parameters(self) -> list[np.ndarray]:
        """W and b of every layer, from the inputs up: live arrays, not copies."""
        return [array for layer in self.layers for array in (layer.W, layer.b)]

    @property
    def gradients(self) -> list[np.ndarray]:
        """dW and db of every layer, beside `parameters`."""
        return [array for layer in self.layers for array in (layer.dW, layer.db)]

    def forward(self, X: np.ndarray) -> np.ndarray:
        """Return the outputs of a batch and keep what `backward` needs.

        Parameters
        ----------
        X : ndarray, (n, inputs)
            Scaled pixels, of the network's dtype.

        Returns
        -------
        ndarray, (n, outputs)
            Overwritten by the next `forward`.
        """
        for layer in self.layers:
            X = layer.forward(X)
        return X

    def backward(
        self, delta: np.ndarray, on_gradient: Callable[[Dense], None] | None = None
    ) -> None:
        """Fill `gradient` for the last batch by backpropagation.

        Parameters
        ----------
        delta : ndarray, (n, outputs)
            dL/dZ of the output layer, from `Loss.delta`.
        on_gradient : callable, optional
            Called with a layer as soon as its gradient is known, before the layers below get
            theirs. Only a historical experiment needs it.
        """
        dZ = delta
        for depth in reversed(range(len(self.layers))):
            layer = self.layers[depth]
            layer.backward(dZ)
            if on_gradient is not None:
                on_gradient(layer)
            if depth > 0:
                dA = layer.input_gradient(dZ)
                dZ = self.layers[depth - 1].activation.backward(layer.X, dA)

    def inputs(self, images: np.ndarray) -> np.ndarray:
        """Turn images into what the first layer takes.

        Parameters
        ----------
        images : ndarray
            (n, 28, 28) or (n, 784) uint8, which are scaled by `input_scale`; or (n, 784) floating
            point, taken as scaled already.

        Returns
        -------
        ndarray, (n, inputs), of the network's dtype

        Raises
        ------
        ValueError
            If the images do not have as many pixels as the network has inputs, or are whole
            numbers of another type, of which nobody knows whether they are scaled.
        """
        images = np.asarray(images)
        if images.dtype != np.uint8 and not np.issubdtype(images.dtype, np.floating):
            raise ValueError(f"images are uint8 or floating point, not {images.dtype}")
        if images.ndim < 2 or np.prod(images.shape[1:]) != self.sizes[0]:
            raise ValueError(
                f"the network takes (n, {self.sizes[0]}) pixels, not an array of {images.shape}"
            )
        X = images.reshape(len(images), -1).astype(self.dtype)
        if images.dtype == np.uint8:
            X *= self.input_scale
        return X

    def activations(self, X: np.ndarray) -> list[np.ndarray]:
        """Return the activations of every layer, the outputs last; safe for many threads."""
        result = []
        for layer in self.layers:
            X = layer.apply(X)
            result.append(X)
        return result

    def outputs(self, images: np.ndarray) -> np.ndarray:
        """Return the outputs (n, classes) for images as in `inputs`; safe for many threads."""
        A = np.empty((len(images), self.sizes[-1]), self.dtype)
        # A network that training spoiled overflows here. Its outputs, not warnings, show it.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for start in range(0, len(images), _ROWS):
                rows = slice(start, start + _ROWS)
                A[rows] = self.activations(self.inputs(images[rows]))[-1]
        return A

    def predict_proba(self, images: np.ndarray) -> np.ndarray:
        """Return the probability of each class for each image; safe for many threads.

        Sigmoid outputs are scores, each by itself between 0 and 1: they are divided by their sum.

        Parameters
        ----------
        images : ndarray
            As in `inputs`.

        Returns
        -------
        ndarray, (n, classes)
            Rows sum to 1.
        """
        P = self.outputs(images)
        if self.output == "sigmoid":
            P += np.finfo(self.dtype).tiny  # where all ten are 0, they become 1/10 each
            P /= P.sum(axis=1, keepdims=True)
        return P

    def copy(self, dtype: np.typing.DTypeLike | None = None) -> "Network":
        """Return a network with the same weights that shares no array with this one.

        Parameters
        ----------
        dtype : numpy dtype, optional
            Of its weights: float64 to check gradients; this network's if left out.
        """
        return Network(
            self.sizes,
            self.activation,
            self.output,
            input_scale=self.input_scale,
            theta=self.theta,
            dtype=dtype or self.dtype,
        )
