"""Evidence against a label: disagreement of similar images, of other networks and of people.

Each disagreement is a share from 0, all agree with the label, to 1, none does. The label doubt is
the mean of those that are known. It ranks labels for inspection; nothing in it is fitted.
"""

import numpy as np

from digits import rater_votes

_MIN_DISTANCE = 1e-3  # below that of any two different images


def neighbour_disagreement(
    labels: np.ndarray, neighbours: np.ndarray, distances: np.ndarray
) -> np.ndarray:
    """Return the share of the nearest training images that carry another label.

    Neighbours are weighted by 1 / distance (Dudani 1976).

    Parameters
    ----------
    labels : ndarray, (k,)
    neighbours : ndarray, (k, count)
        The labels of the nearest training images.
    distances : ndarray, (k, count)

    Returns
    -------
    ndarray, (k,) float64
    """
    weights = 1 / np.maximum(distances.astype(np.float64), _MIN_DISTANCE)
    against = (weights * (neighbours != labels[:, None])).sum(axis=1)
    return np.asarray(against / weights.sum(axis=1))


def model_disagreement(labels: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Return the share of other networks that predict another digit than the label.

    Parameters
    ----------
    labels : ndarray, (k,)
    answers : ndarray, (m, k)
        Digits predicted by m networks.

    Returns
    -------
    ndarray, (k,) float64
        NaN where there is no other network.
    """
    if len(answers) == 0:
        return np.full(len(labels), np.nan)
    return np.asarray((answers != labels).mean(axis=0))


def rater_disagreement(indices: np.ndarray) -> np.ndarray:
    """Return the share of five raters who disagree with the label, for MNIST's test images.

    Parameters
    ----------
    indices : ndarray, (k,) int

    Returns
    -------
    ndarray, (k,) float64
        NaN for images that were not rated.
    """
    shares = np.full(len(indices), np.nan)
    for place, index in enumerate(indices):
        votes = rater_votes.DOUBTED.get(int(index))
        if votes is not None:
            others = votes.for_suspected + votes.for_neither
            shares[place] = others / (votes.for_given + others)
        elif index in rater_votes.HARD_BUT_RIGHT:
            shares[place] = 0
    return shares


def mean_disagreement(*shares: np.ndarray) -> np.ndarray:
    """Return the mean of shares (k,) each, without NaN; the first must be known for every image."""
    return np.asarray(np.nanmean(np.stack(shares), axis=0))


def margins(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return how far the prediction's probability is above the label's, (k,) from 0 to 1.

    For wrong predictions this is minus the normalized margin of Northcutt, Jiang and Chuang 2021.

    Parameters
    ----------
    probabilities : ndarray, (k, 10)
    labels : ndarray, (k,)
    """
    of_label = np.take_along_axis(probabilities, labels[:, None].astype(np.int64), axis=1)[:, 0]
    return np.asarray(probabilities.max(axis=1) - of_label)
