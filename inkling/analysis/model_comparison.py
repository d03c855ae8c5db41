"""Comparison of two networks on the same images."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np


class ComparisonOutcome(StrEnum):
    """Correctness of a first and a second network on an image."""

    FIXED = "fixed"
    BROKEN = "broken"
    BOTH_WRONG = "both wrong"
    BOTH_RIGHT = "both right"


@dataclass(frozen=True, eq=False)
class Comparison:
    """Images by outcome, and the significance of the difference.

    Attributes
    ----------
    images : dict
        From each outcome to the indices of its images, (k,) int64: the most confident mistake
        first; where both are right, the least confident prediction first.
    right : tuple of int
        Number of images that the first and the second network classify correctly.
    fixed_by_digit, broken_by_digit : ndarray, (10,) int64
        Images of each digit that were fixed, and that were broken.
    p_value : float
        `mcnemar_p_value` of the fixed and broken images, from 0 to 1.
    """

    images: dict[ComparisonOutcome, np.ndarray]
    right: tuple[int, int]
    fixed_by_digit: np.ndarray
    broken_by_digit: np.ndarray
    p_value: float


def compare(first: np.ndarray, second: np.ndarray, labels: np.ndarray) -> Comparison:
    """Compare two networks.

    Parameters
    ----------
    first, second : ndarray, (n, 10)
        Their probabilities for the same images.
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
    fixed_by_digit, broken_by_digit = (
        np.bincount(labels[images[outcome]], minlength=10)
        for outcome in (ComparisonOutcome.FIXED, ComparisonOutcome.BROKEN)
    )
    p_value = mcnemar_p_value(int(fixed_by_digit.sum()), int(broken_by_digit.sum()))
    return Comparison(
        images, (int(a.sum()), int(b.sum())), fixed_by_digit, broken_by_digit, p_value
    )


def mcnemar_p_value(fixed: int, broken: int) -> float:
    """Return the exact two-sided p-value of McNemar's test.

    Twice the binomial tail of the smaller number, in integer arithmetic (McNemar 1947, "Note on the
    sampling error of the difference between correlated proportions or percentages").

    Parameters
    ----------
    fixed, broken : int
        Images that only the second, and only the first network classifies correctly.

    Returns
    -------
    float
        From 0 to 1; 1 without any difference.
    """
    tosses = fixed + broken
    ways, tail = 1, 0
    for k in range(min(fixed, broken) + 1):
        tail += ways
        ways = ways * (tosses - k) // (k + 1)  # binomial(tosses, k + 1)
    return min(1.0, 2 * tail / 2**tosses)


def _sorted(members: np.ndarray, key: np.ndarray) -> np.ndarray:
    found = np.flatnonzero(members)
    return found[np.argsort(key[found], kind="stable")]
