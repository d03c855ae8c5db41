"""The network: layers, one after another, over one vector of parameters."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from nn.activations import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS, Activation
from nn.architecture import Architecture
from nn.convolution import Conv2D, Flatten, MaxPool2D, Unflatten, image_sides, numbers_per_image
from nn.initializers import INITIALIZERS
from nn.layers import Dense, Layer

_ROWS = 2_000  # images that `predict_proba` converts to floating point at a time
_NUMBERS = 4_000_000  # most numbers in the patches and sums of their convolutions; 16 MB


class Network:
    """Convolutions, if there are any, then dense layers, with an activation between any two.

    Parameters
    ----------
    sizes : sequence of int
        Units of each dense layer, the inputs first: (784, 128, 10). With convolutions the first
        dense layer has more or fewer inputs: one for each number of the last feature maps.
    activation, output : str
        Names in `HIDDEN_ACTIVATIONS` and `OUTPUT_ACTIVATIONS`. The output activation is not among
        the layers: they end in logits, and a loss or `predict_proba` turns these into outputs.
    filters : sequence of int
        Filters of each convolution of the square image, () for none.
    kernel_size : int
        Rows and columns of each filter.
    shrink : str
        A name in `SHRINK`.
    input_scale : float
        What pixels 0..255 are multiplied by on their way in.
    theta : ndarray, (parameters,), optional
        Weights and biases to copy; all 0 if left out.
    dtype : numpy dtype
        float32 to train; float64 to check gradients.

    Raises
    ------
    ValueError
        If the sizes are not at least inputs and outputs, or a kernel does not fit into its image.

    Attributes
    ----------
    layers : list of Layer
    theta, gradient : ndarray, (parameters,)
        All parameters in one vector, and the gradient of the loss beside it. The parameters and
        gradients of every layer are views of these two, so an optimiser is vector arithmetic.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str = "relu",
        output: str = "softmax",
        *,
        filters: Sequence[int] = (),
        kernel_size: int = 5,
        shrink: str = "stride",
        input_scale: float = 1 / 255,
        theta: np.ndarray | None = None,
        dtype: np.typing.DTypeLike = np.float32,
    ) -> None:
        self.sizes = tuple(int(size) for size in sizes)
        if len(self.sizes) < 2 or min(self.sizes) < 1:
            raise ValueError(f"sizes must name at least inputs and outputs, not {self.sizes}")
        self.activation = activation
        self.output = output
        self.filters = tuple(int(count) for count in filters)
        self.kernel_size, self.shrink = int(kernel_size), shrink
        self.input_scale = float(input_scale)
        self.dtype = np.dtype(dtype)

        self.layers: list[Layer] = []
        inputs, *units = self.sizes
        if self.filters:
            inputs = self._add_convolutions()
        for k, (m, n) in enumerate(pairwise([inputs, *units])):
            if k > 0:
                self.layers.append(HIDDEN_ACTIVATIONS[activation]())
            self.layers.append(Dense(m, n, self.dtype))
        (self.convolutions or self.dense_layers)[0].is_first = True
        self.output_activation = OUTPUT_ACTIVATIONS[output]()

        size = sum(parameter.size for layer in self.layers for parameter in layer.parameters)
        self.theta = np.zeros(size, self.dtype)
        self.gradient = np.zeros(size, self.dtype)
        self._lay_over_vectors()
        if theta is not None:
            self.theta[:] = theta

    def _add_convolutions(self) -> int:
        """Add the convolutions; return how many numbers an image has after them."""
        side = math.isqrt(self.sizes[0])
        if side**2 != self.sizes[0]:
            raise ValueError(f"a convolution needs a square image, not {self.sizes[0]:,} pixels")
        sides = image_sides(side, self.filters, self.kernel_size, self.shrink)
        pool = self.shrink == "pool"
        self.layers.append(Unflatten(1, side, side, self.dtype))
        for channels, filters in pairwise((1, *self.filters)):
            stride = 1 if pool else 2
            self.layers.append(Conv2D(channels, filters, self.kernel_size, stride, self.dtype))
            if pool:
                # Before the activation, which never decreases, so the result is the same as
                # after it: on a quarter of the numbers.
                self.layers.append(MaxPool2D(2, self.dtype))
            self.layers.append(HIDDEN_ACTIVATIONS[self.activation]())
        self.layers.append(Flatten(self.dtype))
        return self.filters[-1] * sides[-1] ** 2

    def _lay_over_vectors(self) -> None:
        """Make every layer's parameters and gradients views of the two vectors."""
        start = 0
        for layer in self.layers:
            views = []
            for parameter in layer.parameters:
                part = slice(start, start + parameter.size)
                start += parameter.size
                views.append(
                    [v[part].reshape(parameter.shape) for v in (self.theta, self.gradient)]
                )
            layer.bind([view for view, _ in views], [view for _, view in views])

    @property
    def architecture(self) -> Architecture:
        """The layers, without their weights."""
        return Architecture(self.sizes, self.filters, self.kernel_size, self.shrink)

    @property
    def convolutions(self) -> list[Conv2D]:
        """The convolutions, from the inputs up."""
        return [layer for layer in self.layers if isinstance(layer, Conv2D)]

    @property
    def dense_layers(self) -> list[Dense]:
        """The dense layers, from the inputs up."""
        return [layer for layer in self.layers if isinstance(layer, Dense)]

    @property
    def weighted_layers(self) -> list[Conv2D | Dense]:
        """The convolutions and the dense layers, from the inputs up."""
        return [*self.convolutions, *self.dense_layers]

    @property
    def activation_layers(self) -> list[Activation]:
        """The activation of each of these layers, the output activation last."""
        hidden = [layer for layer in self.layers if isinstance(layer, Activation)]
        return [*hidden, self.output_activation]

    @property
    def parameters(self) -> list[np.ndarray]:
        """All parameters, from the inputs up: live arrays, not copies."""
        return [array for layer in self.layers for array in layer.parameters]

    @property
    def gradients(self) -> list[np.ndarray]:
        """The gradient of each of the `parameters`."""
        return [array for layer in self.layers for array in layer.gradients]

    def forward(self, X: np.ndarray) -> np.ndarray:
        """Return the logits of a batch and keep what `backward` needs.

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

    def apply(self, X: np.ndarray) -> np.ndarray:
        """Return the logits of a batch and store nothing; safe for many threads."""
        for layer in self.layers:
            X = layer.apply(X)
        return X

    def backward(self, dZ: np.ndarray) -> None:
        """Fill `gradient` for the last batch, given dL/dZ of its logits, (n, outputs)."""
        for layer in reversed(self.layers):
            dZ = layer.backward(dZ)

    def input_gradient(self, dZ: np.ndarray) -> np.ndarray:
        """Return dL/dX (n, inputs) for the last batch, given dL/dZ of its logits."""
        for layer in reversed(self.layers):
            dZ = layer.input_gradient(dZ)
        return dZ

    def inputs(self, images: np.ndarray) -> np.ndarray:
        """Return images as the input of the first layer.

        Parameters
        ----------
        images : ndarray
            (n, 28, 28) or (n, 784) uint8, multiplied by `input_scale`; or (n, 784) floating
            point, already scaled.

        Returns
        -------
        ndarray, (n, inputs), of the network's dtype

        Raises
        ------
        ValueError
            If the number of pixels differs from the number of inputs, or the images are integers
            of another type, which may or may not be scaled.
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
        """Return the activations of every layer, the outputs last; safe for many threads.

        Those of a convolution are feature maps (filters, rows, columns, n).
        """
        result = []
        for layer in self.layers:
            X = layer.apply(X)
            if isinstance(layer, Activation):
                result.append(X)
        return [*result, self.output_activation.apply(X)]

    @property
    def images_at_once(self) -> int:
        """Images whose arrays, patches among them, take little memory in a pass upwards."""
        if not self.filters:
            return _ROWS
        side = math.isqrt(self.sizes[0])
        numbers = numbers_per_image(side, self.filters, self.kernel_size, self.shrink)
        return max(1, min(_ROWS, _NUMBERS // numbers))

    def outputs(self, images: np.ndarray) -> np.ndarray:
        """Return the outputs (n, classes) for images as in `inputs`; safe for many threads."""
        A = np.empty((len(images), self.sizes[-1]), self.dtype)
        # Weights of a diverged run overflow here; the outputs show it, not warnings.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            step = self.images_at_once
            for start in range(0, len(images), step):
                rows = slice(start, start + step)
                A[rows] = self.activations(self.inputs(images[rows]))[-1]
        return A

    def predict_proba(self, images: np.ndarray) -> np.ndarray:
        """Return the probability of each class for each image; safe for many threads.

        Sigmoid outputs, each between 0 and 1, are divided by their sum.

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
            P += np.finfo(self.dtype).tiny  # all zeros become equal probabilities
            P /= P.sum(axis=1, keepdims=True)
        return P

    def copy(
        self, dtype: np.typing.DTypeLike | None = None, input_scale: float | None = None
    ) -> "Network":
        """Return a network with the same weights and arrays of its own.

        Parameters
        ----------
        dtype : numpy dtype, optional
            float64 to check gradients; by default that of this network.
        input_scale : float, optional
            By default that of this network.
        """
        return Network(
            self.sizes,
            self.activation,
            self.output,
            filters=self.filters,
            kernel_size=self.kernel_size,
            shrink=self.shrink,
            input_scale=input_scale or self.input_scale,
            theta=self.theta,
            dtype=dtype or self.dtype,
        )


def mlp(
    sizes: Sequence[int],
    activation: str = "relu",
    output: str = "softmax",
    *,
    rng: np.random.Generator | None = None,
    initialization: str = "he",
    initial_scale: float = 1.0,
    initial_bias: float = 0.0,
    input_scale: float = 1 / 255,
    dtype: np.typing.DTypeLike = np.float32,
) -> Network:
    """Return an untrained multilayer perceptron.

    Parameters
    ----------
    sizes, activation, output, input_scale, dtype
        As in `Network`.
    rng : numpy.random.Generator, optional
        Draws the weights; seeded with 0 if left out.
    initialization : str
        A name in `INITIALIZERS`.
    initial_scale : float
        The standard deviation for "normal"; a factor for the others.
    initial_bias : float
        The value of every bias.
    """
    network = Network(sizes, activation, output, input_scale=input_scale, dtype=dtype)
    initialize(network, rng, initialization=initialization, scale=initial_scale, bias=initial_bias)
    return network


def cnn(
    filters: Sequence[int] = (16, 48),
    sizes: Sequence[int] = (784, 128, 10),
    activation: str = "relu",
    output: str = "softmax",
    *,
    kernel_size: int = 5,
    shrink: str = "stride",
    rng: np.random.Generator | None = None,
    initialization: str = "he",
    initial_scale: float = 1.0,
    initial_bias: float = 0.0,
    input_scale: float = 1 / 255,
    dtype: np.typing.DTypeLike = np.float32,
) -> Network:
    """Return an untrained convolutional network; the default is about that of Simard et al. 2003.

    Parameters
    ----------
    filters, sizes, activation, output, kernel_size, shrink, input_scale, dtype
        As in `Network`.
    rng, initialization, initial_scale, initial_bias
        As in `mlp`. A convolution is drawn as a dense layer from one patch to its filters.
    """
    network = Network(
        sizes,
        activation,
        output,
        filters=filters,
        kernel_size=kernel_size,
        shrink=shrink,
        input_scale=input_scale,
        dtype=dtype,
    )
    initialize(network, rng, initialization=initialization, scale=initial_scale, bias=initial_bias)
    return network


def initialize(
    network: Network,
    rng: np.random.Generator | None = None,
    *,
    initialization: str = "he",
    scale: float = 1.0,
    bias: float = 0.0,
) -> None:
    """Draw the weights of a network and set its biases; arguments as in `mlp`."""
    rng = np.random.default_rng(0) if rng is None else rng
    draw = INITIALIZERS[initialization].draw
    for convolution in network.convolutions:
        filters, channels, k, _ = convolution.W.shape
        weights = draw(rng, channels * k * k, filters, scale)
        convolution.W[:] = weights.T.reshape(convolution.W.shape)
        convolution.b[:] = bias
    for layer in network.dense_layers:
        inputs, units = layer.W.shape
        layer.W[:] = draw(rng, inputs, units, scale)
        layer.b[:] = bias
