"""Importance of hidden units and filters, what excites each, and maps of a layer.

The importance of a unit is the drop in accuracy when its activation is set to 0 for every image,
that of a filter the drop when its whole feature map is. The network is not run once for each of
them: only the change of the next layer's sums is computed.
"""

from dataclasses import dataclass

import numpy as np

from inkling.analysis.hidden_layers import (
    by_unit,
    hidden_activations,
    is_convolution,
    layers_up_to,
    outgoing_weights,
    unit_counts,
)
from inkling.analysis.receptive_field import receptive_field
from nn import Network
from nn.convolution import Conv2D
from nn.layers import Dense, Layer
from nn.training import LabelledImages

CLASSES = 10
SIDE = 28
TOP_IMAGES = 24  # of each unit
_MIN_IMAGES = 200  # even for the largest network
_BUDGET = 6e9  # multiplications, about half a second
# Other costs, in multiplications: of each activation above, and of each prediction.
_ACTIVATION, _ANSWER = 50, 6_000


@dataclass(frozen=True, eq=False)
class UnitReport:
    """Measurements of the units of one hidden layer, or of its filters; the arrays are read-only.

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
        Indices of the images that activate each unit most, the largest activation first. What
        counts of a feature map is its largest number.
    top_activations : ndarray, (units, up to 24) float32
        The activations on these images.
    top_corners : ndarray, (units, up to 24, 2) int64
        First row and column of the pixels that these activations depend on.
    patch_side : int
        Rows and columns of these pixels: all 28 of a dense layer.
    mean_activations : ndarray, (units, 10) float32
        Each unit's mean activation for the images of each digit, that of a filter over its whole
        feature map; 0 where there are none.
    """

    images: int
    accuracy: float
    accuracy_drop: np.ndarray
    ranking: np.ndarray
    top_images: np.ndarray
    top_activations: np.ndarray
    top_corners: np.ndarray
    patch_side: int
    mean_activations: np.ndarray

    def __post_init__(self) -> None:
        """Make the arrays read-only: reports are shared."""
        for array in (
            self.accuracy_drop,
            self.ranking,
            self.top_images,
            self.top_activations,
            self.top_corners,
            self.mean_activations,
        ):
            array.setflags(write=False)

    def top_patches(self, images: np.ndarray, unit: int) -> np.ndarray:
        """Return the parts of the images (n, 28, 28) that excite a unit most, (up to 24, p, p)."""
        rows = range(self.patch_side)
        corners = self.top_corners[unit]
        return images[
            self.top_images[unit][:, np.newaxis, np.newaxis],
            (corners[:, :1] + rows)[:, :, np.newaxis],
            (corners[:, 1:] + rows)[:, np.newaxis, :],
        ]


# An overflowed network raises no warnings here: `is_finite` detects it in the report.
@np.errstate(over="ignore", invalid="ignore")
def unit_report(
    network: Network, depth: int, examples: LabelledImages, budget: float = _BUDGET
) -> UnitReport:
    """Measure the units of a hidden layer, or its filters.

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
    units = unit_counts(network)[depth]
    probe = by_unit(hidden_activations(network, depth, examples.images[:_MIN_IMAGES]))
    active = np.count_nonzero(probe.any(axis=1)) / (units * probe.shape[2])
    cost = max(_multiplications(network, depth + 1) * active, 1.0)  # of a unit
    passes = 2 * _multiplications(network, 0)  # upwards, with all units
    images = int(min(len(examples.labels), max(_MIN_IMAGES, budget // (units * cost + passes))))
    labels = examples.labels[:images]
    peaks, places, means, squares = _activation_statistics(network, depth, examples.images[:images])

    influence = np.sqrt(squares) * np.linalg.norm(outgoing_weights(network, depth), axis=1)
    measured = np.argsort(-influence, kind="stable")
    measured = measured[: max(1, int(budget // (images * cost)))]
    accuracy, losses = accuracy_drops(network, depth, examples.images[:images], labels, measured)
    accuracy_drop = np.full(units, np.nan)
    accuracy_drop[measured] = losses
    ranking = np.lexsort((-influence, -accuracy_drop))  # NaN comes last

    top_images = np.argsort(-peaks, axis=1, kind="stable")[:, :TOP_IMAGES].copy()  # (units, 24)
    top_activations = np.take_along_axis(peaks, top_images, axis=1)
    patch_side, step = SIDE, 0
    if is_convolution(network, depth):
        patch_side = receptive_field(network, depth, 0, 0, pooled=True).rows
        step = receptive_field(network, depth, 1, 0, pooled=True).row
    map_side = round(probe.shape[1] ** 0.5)
    top_places = np.take_along_axis(places, top_images, axis=1)
    top_corners = step * np.stack(np.divmod(top_places, map_side), axis=2)
    members = np.eye(CLASSES, dtype=means.dtype)[labels]  # (n, 10)
    mean_activations = (means @ members) / np.maximum(members.sum(axis=0), 1)
    return UnitReport(
        images,
        accuracy,
        accuracy_drop,
        ranking,
        top_images,
        top_activations,
        top_corners,
        patch_side,
        mean_activations,
    )


def _activation_statistics(
    network: Network, depth: int, images: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return statistics of a hidden layer's activations over the places of each feature map.

    Returns
    -------
    ndarray, (units, n), ndarray, (units, n) int64, and ndarray, (units, n)
        The largest number of each map, its place row by row, and the mean.
    ndarray, (units,)
        The mean square over all images.
    """
    units = unit_counts(network)[depth]
    peaks = np.empty((units, len(images)), network.dtype)
    means, places = np.empty_like(peaks), np.empty(peaks.shape, np.int64)
    squares = np.zeros(units)
    for start in range(0, len(images), network.images_at_once):
        part = slice(start, start + network.images_at_once)
        A = by_unit(hidden_activations(network, depth, images[part]))  # (units, places, n)
        places[:, part] = A.argmax(axis=1)
        peaks[:, part] = A.max(axis=1)
        means[:, part] = A.mean(axis=1)
        squares += np.square(A).mean(axis=1).sum(axis=1)
    return peaks, places, means, squares / len(images)


def accuracy_drops(
    network: Network, depth: int, images: np.ndarray, labels: np.ndarray, units: np.ndarray
) -> tuple[float, np.ndarray]:
    """Return the accuracy of a network, and its drop without each of some units.

    Parameters
    ----------
    network : Network
    depth : int
        Their hidden layer.
    images : ndarray, (n, 28, 28) uint8
    labels : ndarray, (n,)
    units : ndarray, (k,) int
        The units or filters to switch off, one at a time.

    Returns
    -------
    float and ndarray, (k,) float64
        The accuracy of the whole network, and its drop without each unit.
    """
    next_layer = network.weighted_layers[depth + 1]
    first, after = len(layers_up_to(network, depth)), network.layers.index(next_layer)
    between = network.layers[first:after]
    # With the output activation: where it saturates, different logits give equal outputs.
    above = [*network.layers[after + 1 :], network.output_activation]
    correct_images, lost = 0, np.zeros(len(units))
    for start in range(0, len(images), network.images_at_once):
        part = slice(start, start + network.images_at_once)
        A = hidden_activations(network, depth, images[part])
        Z = _apply([*between, next_layer], A)
        correct = _apply(above, Z.copy()).argmax(axis=1) == labels[part]
        correct_images += int(correct.sum())
        of_units = by_unit(A)
        for place, unit in enumerate(units):
            # A unit that is 0 already changes nothing. With ReLU that is so for most images.
            active = np.flatnonzero(of_units[unit].any(axis=0))
            without = Z[..., active] if Z.ndim == 4 else Z[active]
            without -= _unit_sums(next_layer, A, unit, active)
            correct_without = _apply(above, without).argmax(axis=1) == labels[part][active]
            lost[place] += int(correct[active].sum()) - int(correct_without.sum())
    return correct_images / len(labels), lost / len(labels)


def _unit_sums(
    next_layer: Conv2D | Dense, A: np.ndarray, unit: int, active: np.ndarray
) -> np.ndarray:
    """Return the part of the next layer's sums that comes from one unit, for some images."""
    if isinstance(next_layer, Conv2D):
        filters, _, k, _ = next_layer.W.shape
        alone = Conv2D(1, filters, k, next_layer.stride, A.dtype)
        alone.W[:] = next_layer.W[:, [unit]]
        return alone.apply(A[unit : unit + 1, ..., active])
    of_unit = by_unit(A)[unit][:, active]  # (places, active)
    places = len(of_unit)
    W = next_layer.W[unit * places : (unit + 1) * places]
    return of_unit.T @ W  # (active, places) @ (places, next) -> (active, next)


def weight_images(network: Network, depth: int) -> np.ndarray:
    """Return the weights from the pixels to the units of a hidden layer, (784, units).

    Above the first layer this is the product of all weight matrices below: the weights of the
    units if the activation functions in between were the identity. The filters of a first
    convolution are small images themselves, (k k, filters).

    Raises
    ------
    ValueError
        Above the first layer of a network with convolutions: a unit there has no such weights.
    """
    if network.filters:
        if depth > 0:
            raise ValueError("above a convolution no unit has a weight for each pixel")
        W = network.convolutions[0].W
        return W.reshape(len(W), -1).T
    W = network.dense_layers[0].W
    for layer in network.dense_layers[1 : depth + 1]:
        W = W @ layer.W  # (784, inputs) @ (inputs, units) -> (784, units)
    return W


def incoming_images(network: Network, depth: int, unit: int) -> np.ndarray | None:
    """Return the weights of a unit or filter as small images, one for each feature map below.

    Returns
    -------
    ndarray, (rows * rows, maps), or None
        None where the layer below has no feature maps.
    """
    layer = network.weighted_layers[depth]
    if isinstance(layer, Conv2D):
        return layer.W[unit].reshape(layer.W.shape[1], -1).T
    if depth == 0 or not is_convolution(network, depth - 1):
        return None
    return layer.W[:, unit].reshape(network.filters[-1], -1).T


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


def _apply(layers: list[Layer], X: np.ndarray) -> np.ndarray:
    """Return the result of layers, one after another; X may be overwritten."""
    for layer in layers:
        X = layer.apply(X)
    return X


def _multiplications(network: Network, depth: int) -> float:
    """Return the cost of the layers from a depth up for one image, in multiplications.

    Above the first layer, of one unit of the layer below.
    """
    sizes = list(network.architecture.layer_sizes)
    first, *above = sizes[depth:]
    first_weights = first.inputs * first.units * first.places
    weights = sum(size.inputs * size.units * size.places for size in above)
    sums = sum(size.units * size.places for size in (first, *above))
    return (
        first_weights / (sizes[depth - 1].units if depth > 0 else 1)
        + weights
        + _ACTIVATION * sums
        + _ANSWER
    )
