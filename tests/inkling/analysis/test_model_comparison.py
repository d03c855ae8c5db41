"""Comparison of two models: outcomes and McNemar's test."""

from math import comb

import numpy as np
import pytest

from inkling.analysis.model_comparison import ComparisonOutcome, compare, mcnemar_p_value
from inkling.charts.mistakes import gained_and_lost_chart


def answers(digits: list[int], sure: list[float]) -> np.ndarray:
    """Return probabilities (n, 10) that predict these digits with this confidence."""
    P = np.zeros((len(digits), 10))
    for row, digit, share in zip(P, digits, sure, strict=True):
        row[:] = (1 - share) / 9
        row[digit] = share
    return P


def test_images_by_outcome_most_confident_mistakes_first() -> None:
    labels = np.array([0, 1, 2, 3, 4, 5, 6, 7], np.uint8)
    first = answers([0, 9, 2, 9, 9, 5, 9, 9], [0.9, 0.6, 0.5, 0.8, 0.9, 0.7, 0.6, 0.5])
    second = answers([0, 1, 8, 3, 4, 8, 8, 8], [0.4, 0.9, 0.7, 0.9, 0.9, 0.9, 0.5, 0.9])
    comparison = compare(first, second, labels)
    assert comparison.images[ComparisonOutcome.FIXED].tolist() == [
        4,
        3,
        1,
    ]  # by the first's confidence
    assert comparison.images[ComparisonOutcome.BROKEN].tolist() == [5, 2]  # by the second's
    assert comparison.images[ComparisonOutcome.BOTH_WRONG].tolist() == [7, 6]
    assert comparison.images[ComparisonOutcome.BOTH_RIGHT].tolist() == [0]
    assert comparison.right == (3, 4)
    assert comparison.fixed_by_digit.tolist() == [0, 1, 0, 1, 1, 0, 0, 0, 0, 0]
    assert comparison.broken_by_digit.tolist() == [0, 0, 1, 0, 0, 1, 0, 0, 0, 0]
    assert comparison.p_value == mcnemar_p_value(3, 2)


def test_both_right_images_are_ordered_by_least_confidence() -> None:
    labels = np.array([1, 1, 1], np.uint8)
    comparison = compare(
        answers([1, 1, 1], [0.9, 0.5, 0.8]), answers([1, 1, 1], [0.9, 0.9, 0.3]), labels
    )
    assert comparison.images[ComparisonOutcome.BOTH_RIGHT].tolist() == [2, 1, 0]


def test_a_model_does_not_differ_from_itself() -> None:
    P = answers([1, 2], [0.9, 0.9])
    comparison = compare(P, P, np.array([1, 1], np.uint8))
    assert not comparison.fixed_by_digit.any()
    assert not comparison.broken_by_digit.any()
    assert comparison.p_value == 1


@pytest.mark.parametrize(
    ("fixed", "broken", "expected"),
    [
        (0, 0, 1),
        (1, 0, 1),
        (5, 5, 1),
        (6, 0, 2 / 64),
        (0, 6, 2 / 64),
        (8, 2, 2 * (1 + 10 + 45) / 1024),
    ],
)
def test_mcnemar_p_value_equals_enumeration(fixed: int, broken: int, expected: float) -> None:
    assert mcnemar_p_value(fixed, broken) == pytest.approx(expected)


def test_mcnemar_p_value_is_exact_for_many_images() -> None:
    tail = sum(comb(300, k) for k in range(131))
    assert mcnemar_p_value(170, 130) == 2 * tail / 2**300
    assert mcnemar_p_value(9_000, 1_000) == 0  # smaller than any float
    assert 0.3 < mcnemar_p_value(5_050, 4_950) < 0.4


def test_gains_stand_up_and_losses_hang_down() -> None:
    fixed_by_digit, broken_by_digit = np.arange(10), np.array([5] + [0] * 9)
    figure = gained_and_lost_chart(fixed_by_digit, broken_by_digit)
    assert [bar.name for bar in figure.data] == ["Fixed", "Broken"]
    assert list(figure.data[0].y) == list(range(10))
    assert figure.data[1].y[0] == -5
    assert figure.data[1].text[0] == "5"
    low, high = figure.layout.yaxis.range
    assert low < -5
    assert high > 9


def test_a_chart_without_differences_can_be_drawn() -> None:
    low, high = gained_and_lost_chart(np.zeros(10, int), np.zeros(10, int)).layout.yaxis.range
    assert low < 0 < high
