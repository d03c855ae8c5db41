"""Gradient check: backpropagation compared with central differences of the loss.

A central difference moves one parameter a little both ways and measures the change of the loss.
It is too slow to train with, and shares no code with backpropagation.
"""

from dataclasses import dataclass

import numpy as np

from nn.losses import Loss
from nn.network import Network


@dataclass(frozen=True)
class GradientCheck:
    """Analytic and numerical gradient, and their relative error.

    Attributes
    ----------
    indices : ndarray, (checked,)
        Positions in `Network.theta`.
    analytic, numerical : ndarray, (checked,)
        dL/dtheta there, by backpropagation and by central differences.
    relative_error : float
        |analytic - numerical| / (|analytic| + |numerical|), lengths of the whole vectors: about
        1e-9 where the gradient is right in float64, near 1 where it is unrelated.
    """

    indices: np.ndarray
    analytic: np.ndarray
    numerical: np.ndarray
    relative_error: float


def gradient_check(
    network: Network,
    images: np.ndarray,
    labels: np.ndarray,
    loss: Loss,
    *,
    indices: np.ndarray | None = None,
    epsilon: float = 1e-6,
) -> GradientCheck:
    """Compare backpropagation with central differences.

    Parameters
    ----------
    network : Network
        In float64: in float32 the difference of two losses is mostly rounding error. Its weights
        are restored.
    images, labels : ndarray
        A batch, as in `Network.inputs`, and (n,) labels.
    loss : Loss
        Function whose gradient is checked.
    indices : ndarray, optional
        Positions in `network.theta` to check; all by default.
    epsilon : float
        Distance by which a parameter is moved each way.

    Raises
    ------
    ValueError
        If the network is not in float64.
    """
    if network.dtype != np.float64:
        raise ValueError("a gradient check needs a network in float64")
    indices = np.arange(len(network.theta)) if indices is None else np.asarray(indices)
    X = network.inputs(images)
    loss.forward(network.forward(X), labels)
    network.backward(loss.backward())
    analytic = network.gradient[indices]

    numerical = np.empty(len(indices))
    for k, index in enumerate(indices):
        original = network.theta[index]
        network.theta[index] = original + epsilon
        above = loss.value(network.activations(X)[-1], labels)
        network.theta[index] = original - epsilon
        below = loss.value(network.activations(X)[-1], labels)
        network.theta[index] = original
        numerical[k] = (above - below) / (2 * epsilon)

    length = np.linalg.norm(analytic) + np.linalg.norm(numerical)
    error = np.linalg.norm(analytic - numerical) / length if length != 0 else 0.0
    return GradientCheck(indices, analytic, numerical, float(error))
