"""Calibration error of a network's probabilities, and temperature scaling.

A network is calibrated if of the predictions with a confidence of 90 % nine in ten are correct, and
so at every confidence. Temperature scaling divides all logits by one number T, the temperature,
before the softmax: above 1 it lowers the confidence, below 1 it raises it. The largest logit stays
the largest, so no prediction changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nn.network import Network

LOWEST, HIGHEST = 1 / 20, 20.0  # bounds of a fitted temperature

_HALVINGS = 25  # of the interval of log T: to six digits


@dataclass(frozen=True)
class Calibration:
    """Confidence against accuracy; each array has one entry a nonempty bin of confidence.

    Attributes
    ----------
    low, high : ndarray, (bins,)
        Edges of each bin, from 0 to 1.
    confidence, accuracy : ndarray, (bins,)
        Mean confidence of the predictions in the bin, and the share of correct ones.
    count : ndarray, (bins,)
        Predictions in the bin.
    error : float
        The mean distance between the two, weighted by count: the expected calibration error
        (Guo et al. 2017, eq. 3).
    """

    low: np.ndarray
    high: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    count: np.ndarray
    error: float


def calibration(
    probabilities: np.ndarray, labels: np.ndarray, bins: int | Sequence[float] = 10
) -> Calibration:
    """Return confidence and accuracy in bins of confidence.

    Parameters
    ----------
    probabilities : ndarray, (n, classes)
    labels : ndarray, (n,)
    bins : int or sequence of float
        Number of equal intervals between 0 and 1, or the edges of the bins. A confidence on an edge
        belongs to the bin above, 1 to the last one.
    """
    edges = np.linspace(0, 1, bins + 1) if isinstance(bins, int) else np.asarray(bins, float)
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    last = len(edges) - 2
    bin_of = np.clip(np.searchsorted(edges, confidence, side="right") - 1, 0, last)
    count = np.bincount(bin_of, minlength=last + 1)
    filled = count > 0
    count = count[filled]
    mean_confidence = np.bincount(bin_of, confidence, last + 1)[filled] / count
    bin_accuracy = np.bincount(bin_of, right, last + 1)[filled] / count
    error = float(np.sum(count * np.abs(mean_confidence - bin_accuracy)) / len(labels))
    return Calibration(
        edges[:-1][filled], edges[1:][filled], mean_confidence, bin_accuracy, count, error
    )


def logits(network: Network, images: np.ndarray) -> np.ndarray:
    """Return the logits of images, (n, classes) float64, the largest of each row at 0.

    Softmax outputs depend on the differences of the logits only. For outputs of another kind, which
    have no such logits, the logarithms of the probabilities are returned; a probability of 0 counts
    as the smallest normal number of its type.

    Parameters
    ----------
    network : Network
    images : ndarray, (n, 28, 28) uint8
    """
    Z = np.empty((len(images), network.sizes[-1]))
    # An overflowed network raises no warnings here: its logits are not finite.
    with np.errstate(over="ignore", invalid="ignore"):
        if network.output == "softmax":
            step = network.images_at_once
            for start in range(0, len(images), step):
                rows = slice(start, start + step)
                Z[rows] = network.apply(network.inputs(images[rows]))
        else:
            P = network.predict_proba(images)
            Z[:] = np.log(np.maximum(P, np.finfo(P.dtype).tiny), dtype=np.float64)
        return Z - Z.max(axis=1, keepdims=True)


def with_temperature(Z: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Return the softmax of logits divided by T.

    Parameters
    ----------
    Z : ndarray, (n, classes)
        Logits.
    temperature : float
        T, above 0; at 1 the probabilities are those of the network.

    Returns
    -------
    ndarray, (n, classes) float64
        Rows sum to 1; the largest entry keeps its place.
    """
    return np.exp(_log_softmax(Z / temperature))


def fit_temperature(Z: np.ndarray, labels: np.ndarray) -> float:
    """Return the temperature of the smallest cross-entropy (Guo et al. 2017, section 4.2).

    With b = 1 / T and logits z, the loss is the mean of log(sum_k exp(b z_k)) - b z_label, and its
    derivative in b the mean of sum_k p_k z_k - z_label, where p = softmax(b z). The loss is convex
    in b, so the derivative is increasing, and its zero is found by bisection.

    Parameters
    ----------
    Z : ndarray, (n, classes)
        Logits of images that the network did not learn from.
    labels : ndarray, (n,)

    Returns
    -------
    float
        T, from `LOWEST` to `HIGHEST`; one of these where the minimum lies beyond.
    """
    of_label = Z[np.arange(len(Z)), labels]  # (n,)
    cold, hot = np.log(LOWEST), np.log(HIGHEST)
    for _ in range(_HALVINGS):
        middle = (cold + hot) / 2
        P = with_temperature(Z, np.exp(middle))
        slope = np.mean(np.sum(P * Z, axis=1) - of_label)  # in b = 1 / T
        if slope > 0:  # a smaller b is better: a higher temperature
            cold = middle
        else:
            hot = middle
    return float(np.exp((cold + hot) / 2))


def cross_fitted(Z: np.ndarray, labels: np.ndarray, folds: int = 5) -> np.ndarray:
    """Return each fold's logits, divided by the temperature fitted on the other folds.

    Folds are contiguous: MNIST's images are ordered by writer, so hardly any writer is in two.

    Parameters
    ----------
    Z : ndarray, (n, classes)
        Logits.
    labels : ndarray, (n,)
    folds : int
        From 2 to n.

    Returns
    -------
    ndarray, (n, classes) float64
    """
    scaled = np.empty(Z.shape)
    for part in np.array_split(np.arange(len(labels)), folds):
        others = np.delete(np.arange(len(labels)), part)
        scaled[part] = Z[part] / fit_temperature(Z[others], labels[others])
    return scaled


def cross_entropies(Z: np.ndarray, labels: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Return the cross-entropy of each image at a temperature, (n,) float64."""
    return -_log_softmax(Z / temperature)[np.arange(len(Z)), labels]


def costs_at(Z: np.ndarray, labels: np.ndarray, temperatures: Sequence[float]) -> np.ndarray:
    """Return the mean cross-entropy at each temperature, (temperatures,) float64."""
    return np.array([cross_entropies(Z, labels, T).mean() for T in temperatures])


def expected_error_by_chance(
    probabilities: np.ndarray, rng: np.random.Generator, bins: int = 10, draws: int = 100
) -> float:
    """Return the expected calibration error of a perfectly calibrated network on a finite sample.

    Each prediction is drawn to be correct with its own confidence, the error is measured, and the
    mean over many draws returned. It is above 0, since the accuracy in a bin of few predictions
    differs from its expectation.

    Parameters
    ----------
    probabilities : ndarray, (n, classes)
    rng : numpy.random.Generator
    bins : int
        As for `calibration`.
    draws : int

    Returns
    -------
    float
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    members = np.eye(bins)[bin_of]  # (n, bins)
    right = (rng.random((draws, len(confidence))) < confidence).astype(np.float64)  # (draws, n)
    # The sum over a bin of right - confidence is its count times the distance of the two means.
    distances = np.abs((right - confidence) @ members)  # (draws, n) @ (n, bins) -> (draws, bins)
    return float(distances.sum(axis=1).mean() / len(confidence))


def corrected(network: Network, temperature: float) -> Network:
    """Return a copy of a network with the outputs at a temperature.

    Weights and biases of the last layer, and so the logits, are divided by T.

    Parameters
    ----------
    network : Network
        With softmax outputs.
    temperature : float
        T, above 0.

    Raises
    ------
    ValueError
        If its output activation is not softmax.
    """
    if network.output != "softmax":
        raise ValueError(f"a temperature divides the logits of a softmax, not of {network.output}")
    copy = network.copy()
    copy.dense_layers[-1].W /= temperature
    copy.dense_layers[-1].b /= temperature
    return copy


def _log_softmax(Z: np.ndarray) -> np.ndarray:
    """Return the logarithms of the softmax of each row, (n, classes)."""
    Z = Z - Z.max(axis=1, keepdims=True)
    return Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))
