"""How much speaks against a label: the images like it, other networks, and people.

Each is a share from 0, all of the evidence agrees with the label, to 1, none of it does. The doubt
is their mean, over those that are known. Nothing in it is fitted, to these labels or any others: it
says where to look first.
"""

import numpy as np

from digits import rater_votes

_TWIN = 1e-3  # a distance; no two different images are as near


def neighbours_against(
    labels: np.ndarray, neighbours: np.ndarray, distances: np.ndarray
) -> np.ndarray:
    """Return the share of the nearest training images that carry another label.

    A neighbour counts by 1 / distance (Dudani 1976): nearer ones say more.

    Parameters
    ----------
    labels : ndarray, (k,)
        The labels that are doubted.
    neighbours : ndarray, (k, count)
        The labels of the nearest training images.
    distances : ndarray, (k, count)

    Returns
    -------
    ndarray, (k,) float64
    """
    weights = 1 / np.maximum(distances.astype(np.float64), _TWIN)
    against = (weights * (neighbours != labels[:, None])).sum(axis=1)
    return np.asarray(against / weights.sum(axis=1))


def models_against(labels: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Return the share of other networks that give another digit than the label.

    Parameters
    ----------
    labels : ndarray, (k,)
    answers : ndarray, (m, k)
        What each of m networks says.

    Returns
    -------
    ndarray, (k,) float64
        NaN where there is no other network.
    """
    if len(answers) == 0:
        return np.full(len(labels), np.nan)
    return np.asarray((answers != labels).mean(axis=0))


def people_against(indices: np.ndarray) -> np.ndarray:
    """Return the share of the five people who do not say the label, of MNIST's test images.

    Parameters
    ----------
    indices : ndarray, (k,) int

    Returns
    -------
    ndarray, (k,) float64
        NaN where it is not known what they said.
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


def combined_evidence(*shares: np.ndarray) -> np.ndarray:
    """Return the mean of shares (k,) each, over those that are numbers.

    The first must be known of every image.
    """
    return np.asarray(np.nanmean(np.stack(shares), axis=0))


def margins(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return by how much the answer's probability is above the label's, (k,) from 0 to 1.

    With its sign changed, the normalized margin of Northcutt, Jiang and Chuang 2021, where the
    answer is wrong.

    Parameters
    ----------
    probabilities : ndarray, (k, 10)
    labels : ndarray, (k,)
    """
    of_label = np.take_along_axis(probabilities, labels[:, None].astype(np.int64), axis=1)[:, 0]
    return np.asarray(probabilities.max(axis=1) - of_label)
