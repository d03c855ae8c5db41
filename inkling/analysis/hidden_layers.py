"""Hidden layers of both kinds, numbered from the inputs up: convolutions, then dense layers.

The units of a convolution are its filters: each has one feature map of an image, a dense unit one
number.
"""

import numpy as np

from nn import Network
from nn.layers import Layer


def unit_counts(network: Network) -> tuple[int, ...]:
    """Return the filters or units of each hidden layer."""
    return (*network.filters, *network.sizes[1:-1])


def is_convolution(network: Network, depth: int) -> bool:
    """Return whether a hidden layer is a convolution."""
    return depth < len(network.filters)


def layer_names(network: Network) -> list[str]:
    """Return the name of each layer with weights, the outputs last; both kinds are one series."""
    return [
        f"{'Convolution' if is_convolution(network, depth) else 'Layer'} {depth + 1}"
        for depth in range(network.architecture.depth)
    ]


def layers_up_to(network: Network, depth: int) -> list[Layer]:
    """Return the layers from the inputs to the activation of a hidden layer."""
    activation = network.activation_layers[depth]
    return network.layers[: network.layers.index(activation) + 1]


def hidden_activations(network: Network, depth: int, images: np.ndarray) -> np.ndarray:
    """Return the activations of a hidden layer for images (n, 28, 28) uint8.

    Returns
    -------
    ndarray, (n, units), or (filters, rows, columns, n) of a convolution
    """
    X = network.inputs(images)
    for layer in layers_up_to(network, depth):
        X = layer.apply(X)
    return X


def by_unit(A: np.ndarray) -> np.ndarray:
    """Return activations of a hidden layer as (units, places, n); a dense unit has one place."""
    return A.reshape(len(A), -1, A.shape[-1]) if A.ndim == 4 else A.T[:, np.newaxis]


def outgoing_weights(network: Network, depth: int) -> np.ndarray:
    """Return the weights of the next layer by the unit they come from, (units, weights): a copy."""
    W = network.weighted_layers[depth + 1].W
    if W.ndim == 4:  # (filters of the next layer, units, k, k)
        W = W.swapaxes(0, 1)
    return W.reshape(unit_counts(network)[depth], -1).copy()


def switch_off(network: Network, depth: int, units: np.ndarray) -> None:
    """Set weights to 0 so that the units of a hidden layer have the effect of activation 0."""
    W = network.weighted_layers[depth + 1].W
    if W.ndim == 4:
        W[:, units] = 0
    else:
        W.reshape(unit_counts(network)[depth], -1)[units] = 0
