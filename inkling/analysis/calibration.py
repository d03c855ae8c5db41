"""How far a network's confidence can be believed, and how to put it right with one number.

A network is calibrated if it is right in 90 of 100 answers that it gives with 90 % confidence, and
so at every confidence. Most are not. Temperature scaling divides all logits by one number T, the
temperature, before the softmax: above 1 it makes all answers less sure, below 1 surer. The largest
logit stays the largest, so no answer changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nn.losses import CrossEntropy
from nn.network import Network

LOWEST, HIGHEST = 1 / 20, 20.0
"""Between these a temperature is looked for."""

_HALVINGS = 25  # of the interval of log T: to six digits


@dataclass(frozen=True)
class Calibration:
    """Confidence against truth: each array has one entry a bin of confidence that is not empty.

    Attributes
    ----------
    low, high : ndarray, (bins,)
        Where each bin begins and ends; from 0 to 1.
    confidence, accuracy : ndarray, (bins,)
        Mean confidence of the answers in the bin, and the share of them that is right.
    count : ndarray, (bins,)
        Answers in the bin.
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
    """Compare how sure the network is with how often it is right.

    Parameters
    ----------
    probabilities : ndarray, (n, classes)
    labels : ndarray, (n,)
    bins : int or sequence of float
        So many equal intervals of confidence between 0 and 1; or where they begin, and at last
        where they end. A confidence on an edge belongs to the bin above, 1 to the last one.
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
    share_right = np.bincount(bin_of, right, last + 1)[filled] / count
    error = float(np.sum(count * np.abs(mean_confidence - share_right)) / len(labels))
    return Calibration(
        edges[:-1][filled], edges[1:][filled], mean_confidence, share_right, count, error
    )


def with_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Return the probabilities that the same logits give when they are divided by T.

    The logarithms of softmax outputs are the logits, but for a constant in each row, which the
    softmax takes out again. Outputs of another kind have no logits; the logarithms of their shares
    take their place. A probability of 0 counts as the smallest that its type can say.

    Parameters
    ----------
    probabilities : ndarray, (n, classes)
        Rows sum to 1.
    temperature : float
        T, above 0; 1 changes nothing.

    Returns
    -------
    ndarray, (n, classes) float64
        Rows sum to 1, with the largest where it was.
    """
    return _softmax(_logits(probabilities) / temperature)


def fit_temperature(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Find the temperature that makes the cross-entropy smallest (Guo et al. 2017, section 4.2).

    With b = 1 / T and logits z, the loss is the mean of log(sum_k exp(b z_k)) - b z_label, and its
    derivative in b the mean of sum_k p_k z_k - z_label, where p = softmax(b z). The loss is convex
    in b, so the derivative only rises: the place where it is 0 is found by halving an interval.

    Parameters
    ----------
    probabilities : ndarray, (n, classes)
        Of images that the network did not learn from.
    labels : ndarray, (n,)

    Returns
    -------
    float
        T, from `LOWEST` to `HIGHEST`; one of these where the best lies beyond.
    """
    Z = _logits(probabilities)  # (n, classes)
    of_label = Z[np.arange(len(Z)), labels]  # (n,)
    cold, hot = np.log(LOWEST), np.log(HIGHEST)
    for _ in range(_HALVINGS):
        middle = (cold + hot) / 2
        P = _softmax(Z * np.exp(-middle))
        slope = np.mean(np.sum(P * Z, axis=1) - of_label)  # in b = 1 / T
        if slope > 0:  # a smaller b is better: a higher temperature
            cold = middle
        else:
            hot = middle
    return float(np.exp((cold + hot) / 2))


def cross_fitted(probabilities: np.ndarray, labels: np.ndarray, folds: int = 5) -> np.ndarray:
    """Put each fifth of the images right with the temperature that was fitted on the others.

    So no image had a part in its own correction. The fifths are cut out whole, for MNIST's writers
    stand together: hardly one of them is in two.

    Parameters
    ----------
    probabilities : ndarray, (n, classes)
    labels : ndarray, (n,)
    folds : int
        From 2 to n; 5 for fifths.

    Returns
    -------
    ndarray, (n, classes) float64
    """
    mended = np.empty(probabilities.shape)
    for part in np.array_split(np.arange(len(labels)), folds):
        others = np.delete(np.arange(len(labels)), part)
        T = fit_temperature(probabilities[others], labels[others])
        mended[part] = with_temperature(probabilities[part], T)
    return mended


def costs_at(
    probabilities: np.ndarray, labels: np.ndarray, temperatures: Sequence[float]
) -> np.ndarray:
    """Return the mean cross-entropy at each temperature, (temperatures,) float64."""
    loss = CrossEntropy()
    return np.array([loss.value(with_temperature(probabilities, T), labels) for T in temperatures])


def error_by_chance(
    probabilities: np.ndarray, rng: np.random.Generator, bins: int = 10, draws: int = 100
) -> float:
    """Return the calibration error that an honest network would show, by chance alone.

    Each answer is taken to be right with just the probability that it claims; then the error is
    measured as ever, and averaged over many such draws. It is not 0, for the share of right
    answers among a few never is exactly what was to be expected.

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
    claimed = probabilities.max(axis=1).astype(np.float64)
    bin_of = np.minimum((claimed * bins).astype(int), bins - 1)
    members = np.eye(bins)[bin_of]  # (n, bins)
    right = (rng.random((draws, len(claimed))) < claimed).astype(np.float64)  # (draws, n)
    # The sum over a bin of right - claimed is its count times the distance of the two means.
    distances = np.abs((right - claimed) @ members)  # (draws, n) @ (n, bins) -> (draws, bins)
    return float(distances.sum(axis=1).mean() / len(claimed))


def corrected(network: Network, temperature: float) -> Network:
    """Return a network whose own outputs are those at a temperature.

    Its last layer's weights and biases are divided by T, and so are the logits.

    Parameters
    ----------
    network : Network
        With softmax outputs.
    temperature : float
        T, above 0.

    Raises
    ------
    ValueError
        If its outputs are no softmax.
    """
    if network.output != "softmax":
        raise ValueError(f"a temperature divides the logits of a softmax, not of {network.output}")
    copy = network.copy()
    copy.layers[-1].W /= temperature
    copy.layers[-1].b /= temperature
    return copy


def _logits(probabilities: np.ndarray) -> np.ndarray:
    """Return the logarithms (n, classes) float64, the largest of each row at 0."""
    smallest = np.finfo(probabilities.dtype).tiny
    Z = np.log(np.maximum(probabilities, smallest).astype(np.float64))
    return Z - Z.max(axis=1, keepdims=True)


def _softmax(Z: np.ndarray) -> np.ndarray:
    """Return the softmax of rows whose largest entry is 0; Z is overwritten."""
    np.exp(Z, out=Z)
    Z /= Z.sum(axis=1, keepdims=True)
    return Z
