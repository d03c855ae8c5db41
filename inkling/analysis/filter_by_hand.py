"""Filters written by hand, and a network with one of them in the place of a learned one."""

from collections.abc import Callable

import numpy as np

from nn.network import Network


def _vertical_edge(size: int) -> np.ndarray:
    """Columns on the right less columns on the left (Prewitt 1970, for any size)."""
    return np.tile(np.sign(np.arange(size) - (size - 1) / 2), (size, 1))


def _horizontal_edge(size: int) -> np.ndarray:
    """Rows below less rows above."""
    return _vertical_edge(size).T


def _blur(size: int) -> np.ndarray:
    """Return the mean of the patch."""
    return np.full((size, size), 1 / size**2)


def _identity(size: int) -> np.ndarray:
    """Return the middle of the patch."""
    weights = np.zeros((size, size))
    weights[size // 2, size // 2] = 1
    return weights


def _sharpen(size: int) -> np.ndarray:
    """Return the middle of the patch, and once more what it differs from the mean by."""
    return 2 * _identity(size) - _blur(size)


HAND_FILTERS: dict[str, Callable[[int], np.ndarray]] = {
    "Vertical edge": _vertical_edge,
    "Horizontal edge": _horizontal_edge,
    "Blur": _blur,
    "Sharpen": _sharpen,
    "Identity": _identity,
}
"""Functions that return the weights (size, size) float64 of a filter, by its name."""


def hand_filter_names(size: int) -> list[str]:
    """Return the names of the filters that have weights at this size: a single one has no edge."""
    return [name for name, weights in HAND_FILTERS.items() if weights(size).any()]


def hand_filter(name: str, like: np.ndarray) -> np.ndarray:
    """Return a filter written by hand, as strong as a learned one.

    Parameters
    ----------
    name : str
        In `hand_filter_names` of its size.
    like : ndarray, (size, size)
        A learned filter.

    Returns
    -------
    ndarray, (size, size) float64
        Of the same norm as the learned one, so that only the pattern differs.
    """
    weights = HAND_FILTERS[name](len(like))
    return weights * float(np.linalg.norm(like.astype(np.float64)) / np.linalg.norm(weights))


def with_filter(network: Network, f: int, weights: np.ndarray, bias: float) -> Network:
    """Return a copy of a network with another filter in its first convolution.

    Parameters
    ----------
    network : Network
        With convolutions. It is not changed.
    f : int
        The filter.
    weights : ndarray, (kernel_size, kernel_size)
    bias : float
    """
    changed = network.copy()
    first = changed.convolutions[0]
    first.W[f, 0] = weights
    first.b[f] = bias
    return changed


def first_feature_maps(network: Network, image: np.ndarray) -> np.ndarray:
    """Return the feature maps of the first convolution for an image.

    Parameters
    ----------
    network : Network
        With convolutions.
    image : ndarray, (h, w) uint8

    Returns
    -------
    ndarray, (filters, rows, columns)
        After max pooling, if there is any, and the activation.
    """
    return network.activations(network.inputs(image[None]))[0][..., 0]
