"""What the hidden units of a network are for: which matter, what excites them, how they lie.

A unit matters as much as the accuracy that is lost when it is switched off, its activation being 0
for every image. Instead of running the network once for each unit, only what the unit changes is
computed anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from nn import Network
from nn.layers import Dense
from nn.training import LabelledImages

CLASSES = 10
EXCITING = 24  # images kept of those that excite a unit most
_FEWEST = 200  # images, even for the largest network
_WORK = 6e9  # multiplications, about half a second
# What else costs time, in multiplications: each activation above, and each answer.
_ACTIVATION, _ANSWER = 50, 6_000


@dataclass(frozen=True, eq=False)
class UnitReport:
    """What was found out about the units of one hidden layer; the arrays are read-only.

    Attributes
    ----------
    images : int
        How many were looked at: the first so many of those given.
    accuracy : float
        Of the whole network on them, from 0 to 1.
    lost : ndarray, (units,) float64
        The accuracy that is lost without each unit, -1 to 1; below 0 where the network is better
        off without it. NaN where that was not measured, for it would have taken too long.
    order : ndarray, (units,) int64
        The units, the most important first: by `lost`, and of equals those with more influence;
        at the end those that were not measured.
    exciting : ndarray, (units, up to 24) int64
        The images for which each unit's activation is largest, the largest first.
    largest : ndarray, (units, up to 24) float32
        Those activations.
    means : ndarray, (units, 10) float32
        Each unit's mean activation for the images of each digit; 0 where there are none.
    """

    images: int
    accuracy: float
    lost: np.ndarray
    order: np.ndarray
    exciting: np.ndarray
    largest: np.ndarray
    means: np.ndarray

    def __post_init__(self) -> None:
        """Lock the arrays: reports are shared."""
        for array in (self.lost, self.order, self.exciting, self.largest, self.means):
            array.setflags(write=False)


# What training spoiled overflows here. The report shows it, not warnings.
@np.errstate(over="ignore", invalid="ignore")
def unit_report(
    network: Network, depth: int, examples: LabelledImages, work: float = _WORK
) -> UnitReport:
    """Find out what the units of a hidden layer are for.

    Parameters
    ----------
    network : Network
    depth : int
        The hidden layer, 0 for the one after the inputs.
    examples : LabelledImages
        Images and labels that the network has not learned from.
    work : float
        Multiplications that measuring `lost` may take. Fewer images are looked at so as to keep to
        it, and where 200 are still too many, only the units with the most influence are measured.

    Returns
    -------
    UnitReport
    """
    units = network.sizes[depth + 1]
    probe = hidden_activations(network, depth, examples.images[:_FEWEST])
    cost = max(_cost(network, depth) * np.count_nonzero(probe) / probe.size, 1.0)  # of a unit
    images = int(min(len(examples.labels), max(_FEWEST, work // (units * cost))))
    labels = examples.labels[:images]
    A = hidden_activations(network, depth, examples.images[:images])

    outgoing = np.linalg.norm(network.layers[depth + 1].W, axis=1)  # (units,)
    influence = np.sqrt(np.mean(A * A, axis=0)) * outgoing
    measured = np.argsort(-influence, kind="stable")
    measured = measured[: max(1, int(work // (images * cost)))]
    accuracy, losses = accuracy_lost(network, depth, A, labels, measured)
    lost = np.full(units, np.nan)
    lost[measured] = losses
    order = np.lexsort((-influence, -lost))  # NaN comes last

    exciting = np.argsort(-A, axis=0, kind="stable")[:EXCITING].T.copy()  # (units, 24)
    largest = np.take_along_axis(A.T, exciting, axis=1)
    members = np.eye(CLASSES, dtype=A.dtype)[labels]  # (n, 10)
    means = (A.T @ members) / np.maximum(members.sum(axis=0), 1)
    return UnitReport(images, accuracy, lost, order, exciting, largest, means)


def accuracy_lost(
    network: Network, depth: int, A: np.ndarray, labels: np.ndarray, units: np.ndarray
) -> tuple[float, np.ndarray]:
    """Switch units off, each by itself, and count what is no longer read right.

    Parameters
    ----------
    network : Network
    depth : int
        Their hidden layer.
    A : ndarray, (n, units of the layer)
        Its activations for n images.
    labels : ndarray, (n,)
    units : ndarray, (k,) int
        Which of them.

    Returns
    -------
    float and ndarray, (k,) float64
        The accuracy of the whole network, and what of it is lost without each unit.
    """
    above = network.layers[depth + 1 :]
    W = above[0].W
    Z = A @ W + above[0].b  # (n, units) @ (units, next) -> (n, next)
    right = _answers(above, Z.copy()) == labels
    by_unit = np.ascontiguousarray(A.T)
    lost = np.empty(len(units))
    for place, unit in enumerate(units):
        # A unit that is 0 already changes nothing. With ReLU that is so for most images.
        active = np.flatnonzero(by_unit[unit])
        without = Z[active]
        without -= np.multiply.outer(by_unit[unit, active], W[unit])  # (active, next)
        still_right = _answers(above, without) == labels[active]
        lost[place] = (int(right[active].sum()) - int(still_right.sum())) / len(labels)
    return float(right.mean()), lost


def hidden_activations(network: Network, depth: int, images: np.ndarray) -> np.ndarray:
    """Return the activations (n, units) of a hidden layer for images (n, 28, 28) uint8."""
    X = network.inputs(images)
    for layer in network.layers[: depth + 1]:
        X = layer.apply(X)
    return X


def weight_images(network: Network, depth: int) -> np.ndarray:
    """Return the weights from the pixels to the units of a hidden layer, (784, units).

    Above the first layer this is the product of all weights on the way: what the units would
    answer to if the activation functions in between let everything through.
    """
    W = network.layers[0].W
    for layer in network.layers[1 : depth + 1]:
        W = W @ layer.W  # (784, inputs) @ (inputs, units) -> (784, units)
    return W


def principal_map(A: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lay activations out on the two axes along which they vary most (Pearson 1901).

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
    # The products of images with images have the same variances, and coordinates for vectors.
    variances, vectors = np.linalg.eigh(centred @ centred.T)  # (n, n), ascending
    variances = np.maximum(variances[::-1], 0)
    coordinates = vectors[:, ::-1][:, :2] * np.sqrt(variances[:2])
    # An axis may point either way: let its largest coordinate be positive, so that maps agree.
    largest = np.take_along_axis(coordinates, np.abs(coordinates).argmax(axis=0)[None], axis=0)
    shares = variances[:2] / max(float(variances.sum()), np.finfo(float).tiny)
    return coordinates * np.where(largest < 0, -1, 1), shares


def _answers(above: Sequence[Dense], Z: np.ndarray) -> np.ndarray:
    """Return the answers (n,), given the weighted sums of the next layer, which are overwritten."""
    for below, layer in pairwise(above):
        Z = below.activation.forward(Z) @ layer.W + layer.b  # (n, units) -> (n, next)
    # The largest sum makes the largest output, whatever the activation of the outputs.
    return Z.argmax(axis=1)


def _cost(network: Network, depth: int) -> int:
    """Return what it takes to switch one active unit off for one image, in multiplications."""
    weights = sum(layer.W.size for layer in network.layers[depth + 2 :])
    return weights + _ACTIVATION * sum(network.sizes[depth + 2 :]) + _ANSWER
