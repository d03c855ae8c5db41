"""Two networks on the same images: what the second reads better, what it reads worse."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np


class ComparisonOutcome(StrEnum):
    """How two networks fare with an image."""

    FIXED = "fixed"
    BROKEN = "broken"
    BOTH_WRONG = "both wrong"
    BOTH_RIGHT = "both right"


@dataclass(frozen=True, eq=False)
class Comparison:
    """What became of each image.

    Attributes
    ----------
    images : dict
        From each outcome to the indices of its images, (k,) int64: the most confident mistake
        first; where both are right, the one first of which either is least sure.
    right : tuple of int
        How many images the first and the second network read right.
    gained, lost : ndarray, (10,) int64
        Images of each digit that were fixed, and that were broken.
    chance : float
        From 0 to 1: `chance_of_a_split` of those that were fixed and broken.
    """

    images: dict[ComparisonOutcome, np.ndarray]
    right: tuple[int, int]
    gained: np.ndarray
    lost: np.ndarray
    chance: float


def compare(first: np.ndarray, second: np.ndarray, labels: np.ndarray) -> Comparison:
    """Compare two networks.

    Parameters
    ----------
    first, second : ndarray, (n, 10)
        Their answers to the same images.
    labels : ndarray, (n,)
    """
    a, b = (P.argmax(axis=1) == labels for P in (first, second))
    sure_a, sure_b = first.max(axis=1), second.max(axis=1)
    images = {
        ComparisonOutcome.FIXED: _sorted(~a & b, -sure_a),
        ComparisonOutcome.BROKEN: _sorted(a & ~b, -sure_b),
        ComparisonOutcome.BOTH_WRONG: _sorted(~a & ~b, -np.maximum(sure_a, sure_b)),
        ComparisonOutcome.BOTH_RIGHT: _sorted(a & b, np.minimum(sure_a, sure_b)),
    }
    gained, lost = (
        np.bincount(labels[images[outcome]], minlength=10)
        for outcome in (ComparisonOutcome.FIXED, ComparisonOutcome.BROKEN)
    )
    chance = chance_of_a_split(int(gained.sum()), int(lost.sum()))
    return Comparison(images, (int(a.sum()), int(b.sum())), gained, lost, chance)


def chance_of_a_split(fixed: int, broken: int) -> float:
    """Return how often a split at least as uneven comes of tossing a coin for each image.

    The exact, two-sided form of the test of McNemar 1947 ("Note on the sampling error of the
    difference between correlated proportions or percentages"): twice the binomial tail of the
    smaller number, computed in whole numbers.

    Parameters
    ----------
    fixed, broken : int
        Images that only the one, and only the other network reads right.

    Returns
    -------
    float
        From 0 to 1; 1 where they never differ.
    """
    tosses = fixed + broken
    ways, tail = 1, 0
    for k in range(min(fixed, broken) + 1):
        tail += ways
        ways = ways * (tosses - k) // (k + 1)  # of choosing k + 1 of them
    return min(1.0, 2 * tail / 2**tosses)


def _sorted(members: np.ndarray, key: np.ndarray) -> np.ndarray:
    found = np.flatnonzero(members)
    return found[np.argsort(key[found], kind="stable")]
