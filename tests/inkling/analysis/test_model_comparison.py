"""Two models on the same images: counted, and set against chance."""

from math import comb

import numpy as np
import pytest

from inkling.analysis.model_comparison import ComparisonOutcome, chance_of_a_split, compare
from inkling.charts.mistakes import gained_and_lost_chart


def answers(digits: list[int], sure: list[float]) -> np.ndarray:
    """Return probabilities (n, 10) that say these digits, so surely."""
    P = np.zeros((len(digits), 10))
    for row, digit, share in zip(P, digits, sure, strict=True):
        row[:] = (1 - share) / 9
        row[digit] = share
    return P


def test_each_image_has_one_outcome_and_the_worst_comes_first() -> None:
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
    assert comparison.gained.tolist() == [0, 1, 0, 1, 1, 0, 0, 0, 0, 0]
    assert comparison.lost.tolist() == [0, 0, 1, 0, 0, 1, 0, 0, 0, 0]
    assert comparison.chance == chance_of_a_split(3, 2)


def test_where_both_are_right_the_least_sure_comes_first() -> None:
    labels = np.array([1, 1, 1], np.uint8)
    comparison = compare(
        answers([1, 1, 1], [0.9, 0.5, 0.8]), answers([1, 1, 1], [0.9, 0.9, 0.3]), labels
    )
    assert comparison.images[ComparisonOutcome.BOTH_RIGHT].tolist() == [2, 1, 0]


def test_a_model_and_itself_differ_nowhere() -> None:
    P = answers([1, 2], [0.9, 0.9])
    comparison = compare(P, P, np.array([1, 1], np.uint8))
    assert not comparison.gained.any()
    assert not comparison.lost.any()
    assert comparison.chance == 1


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
def test_chance_is_what_tosses_of_a_coin_give(fixed: int, broken: int, expected: float) -> None:
    assert chance_of_a_split(fixed, broken) == pytest.approx(expected)


def test_chance_is_exact_for_many_images_too() -> None:
    tail = sum(comb(300, k) for k in range(131))
    assert chance_of_a_split(170, 130) == 2 * tail / 2**300
    assert chance_of_a_split(9_000, 1_000) == 0  # smaller than any float
    assert 0.3 < chance_of_a_split(5_050, 4_950) < 0.4


def test_gains_stand_up_and_losses_hang_down() -> None:
    gained, lost = np.arange(10), np.array([5] + [0] * 9)
    figure = gained_and_lost_chart(gained, lost)
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
