"""Importance of hidden units, the images with their largest activations, and maps of a layer.

The importance of a unit is the drop in accuracy when its activation is set to 0 for every image.
The network is not run once for each unit: only the change of the next layer's sums is computed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nn import Network
from nn.layers import Layer
from nn.training import LabelledImages

CLASSES = 10
TOP_IMAGES = 24  # of each unit
_MIN_IMAGES = 200  # even for the largest network
_BUDGET = 6e9  # multiplications, about half a second
# Other costs, in multiplications: of each activation above, and of each prediction.
_ACTIVATION, _ANSWER = 50, 6_000


@dataclass(frozen=True, eq=False)
class UnitReport:
    """Measurements of the units of one hidden layer; the arrays are read-only.

    Attributes
    ----------
    images : int
        Number of images measured on: the first of those given.
    accuracy : float
        Of the whole network on them, from 0 to 1.
    accuracy_drop : ndarray, (units,) float64
        Drop in accuracy without each unit, -1 to 1; below 0 where accuracy rises without it. NaN
        where it was not measured, to limit the time.
    ranking : ndarray, (units,) int64
        The units, the most important first: by `accuracy_drop`, then by influence; unmeasured
        units last.
    top_images : ndarray, (units, up to 24) int64
        Indices of the images that activate each unit most, the largest activation first.
    top_activations : ndarray, (units, up to 24) float32
        The activations on these images.
    mean_activations : ndarray, (units, 10) float32
        Each unit's mean activation for the images of each digit; 0 where there are none.
    """

    images: int
    accuracy: float
    accuracy_drop: np.ndarray
    ranking: np.ndarray
    top_images: np.ndarray
    top_activations: np.ndarray
    mean_activations: np.ndarray

    def __post_init__(self) -> None:
        """Make the arrays read-only: reports are shared."""
        for array in (
            self.accuracy_drop,
            self.ranking,
            self.top_images,
            self.top_activations,
            self.mean_activations,
        ):
            array.setflags(write=False)


# An overflowed network raises no warnings here: `is_finite` detects it in the report.
@np.errstate(over="ignore", invalid="ignore")
def unit_report(
    network: Network, depth: int, examples: LabelledImages, budget: float = _BUDGET
) -> UnitReport:
    """Measure the units of a hidden layer.

    Parameters
    ----------
    network : Network
    depth : int
        The hidden layer, 0 for the one after the inputs.
    examples : LabelledImages
        Images and labels that the network has not learned from.
    budget : float
        Multiplications that measuring `accuracy_drop` may take. The number of images is reduced to
        keep within it, down to 200; below that only the most influential units are measured.

    Returns
    -------
    UnitReport
    """
    units = network.sizes[depth + 1]
    probe = hidden_activations(network, depth, examples.images[:_MIN_IMAGES])
    cost = max(
        _multiplications(network, depth) * np.count_nonzero(probe) / probe.size, 1.0
    )  # of a unit
    images = int(min(len(examples.labels), max(_MIN_IMAGES, budget // (units * cost))))
    labels = examples.labels[:images]
    A = hidden_activations(network, depth, examples.images[:images])

    outgoing = np.linalg.norm(network.dense_layers[depth + 1].W, axis=1)  # (units,)
    influence = np.sqrt(np.mean(A * A, axis=0)) * outgoing
    measured = np.argsort(-influence, kind="stable")
    measured = measured[: max(1, int(budget // (images * cost)))]
    accuracy, losses = accuracy_drops(network, depth, A, labels, measured)
    accuracy_drop = np.full(units, np.nan)
    accuracy_drop[measured] = losses
    ranking = np.lexsort((-influence, -accuracy_drop))  # NaN comes last

    top_images = np.argsort(-A, axis=0, kind="stable")[:TOP_IMAGES].T.copy()  # (units, 24)
    top_activations = np.take_along_axis(A.T, top_images, axis=1)
    members = np.eye(CLASSES, dtype=A.dtype)[labels]  # (n, 10)
    mean_activations = (A.T @ members) / np.maximum(members.sum(axis=0), 1)
    return UnitReport(
        images, accuracy, accuracy_drop, ranking, top_images, top_activations, mean_activations
    )


def accuracy_drops(
    network: Network, depth: int, A: np.ndarray, labels: np.ndarray, units: np.ndarray
) -> tuple[float, np.ndarray]:
    """Return the accuracy of a network, and its drop without each of some units.

    Parameters
    ----------
    network : Network
    depth : int
        Their hidden layer.
    A : ndarray, (n, units of the layer)
        Its activations for n images.
    labels : ndarray, (n,)
    units : ndarray, (k,) int
        The units to switch off, one at a time.

    Returns
    -------
    float and ndarray, (k,) float64
        The accuracy of the whole network, and its drop without each unit.
    """
    next_layer = network.dense_layers[depth + 1]
    # With the output activation: where it saturates, different logits give equal outputs.
    above = [
        *network.layers[network.layers.index(next_layer) + 1 :],
        network.output_activation,
    ]
    W = next_layer.W
    Z = next_layer.apply(A)  # (n, units) -> (n, next)
    correct = _predict_from(above, Z.copy()) == labels
    by_unit = np.ascontiguousarray(A.T)
    drops = np.empty(len(units))
    for place, unit in enumerate(units):
        # A unit that is 0 already changes nothing. With ReLU that is so for most images.
        active = np.flatnonzero(by_unit[unit])
        without = Z[active]
        without -= np.multiply.outer(by_unit[unit, active], W[unit])  # (active, next)
        correct_without = _predict_from(above, without) == labels[active]
        drops[place] = (int(correct[active].sum()) - int(correct_without.sum())) / len(labels)
    return float(correct.mean()), drops


def hidden_activations(network: Network, depth: int, images: np.ndarray) -> np.ndarray:
    """Return the activations (n, units) of a hidden layer for images (n, 28, 28) uint8."""
    X = network.inputs(images)
    last = network.activation_layers[depth]
    for layer in network.layers[: network.layers.index(last) + 1]:
        X = layer.apply(X)
    return X


def weight_images(network: Network, depth: int) -> np.ndarray:
    """Return the weights from the pixels to the units of a hidden layer, (784, units).

    Above the first layer this is the product of all weight matrices below: the weights of the
    units if the activation functions in between were the identity.
    """
    W = network.dense_layers[0].W
    for layer in network.dense_layers[1 : depth + 1]:
        W = W @ layer.W  # (784, inputs) @ (inputs, units) -> (784, units)
    return W


def principal_map(A: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Project activations onto their first two principal components (Pearson 1901).

    Parameters
    ----------
    A : ndarray, (n, units)
        Of n >= 2 images.

    Returns
    -------
    ndarray, (n, 2) float64 and ndarray, (2,) float64
        Coordinates along the axes, and the share of the variance that lies along each.
    """
    centred = A.astype(np.float64) - A.mean(axis=0)
    # The Gram matrix (n, n) has the same nonzero eigenvalues as the covariance, and is smaller.
    variances, vectors = np.linalg.eigh(centred @ centred.T)  # (n, n), ascending
    variances = np.maximum(variances[::-1], 0)
    coordinates = vectors[:, ::-1][:, :2] * np.sqrt(variances[:2])
    # The sign of a component is arbitrary: its largest coordinate is made positive.
    largest = np.take_along_axis(coordinates, np.abs(coordinates).argmax(axis=0)[None], axis=0)
    shares = variances[:2] / max(float(variances.sum()), np.finfo(float).tiny)
    return coordinates * np.where(largest < 0, -1, 1), shares


def _predict_from(above: Sequence[Layer], Z: np.ndarray) -> np.ndarray:
    """Return predicted digits (n,) from the next layer's sums, which are overwritten."""
    for layer in above:
        Z = layer.apply(Z)
    return Z.argmax(axis=1)


def _multiplications(network: Network, depth: int) -> int:
    """Return the cost of switching off one active unit for one image, in multiplications."""
    weights = sum(layer.W.size for layer in network.dense_layers[depth + 2 :])
    return weights + _ACTIVATION * sum(network.sizes[depth + 2 :]) + _ANSWER
