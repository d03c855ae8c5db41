"""Metrics: by examples small enough to count."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.metrics import accuracy, accuracy_interval, confusion_matrix, mistakes

P = np.array(
    [
        [0.7, 0.2, 0.1],  # 0, right
        [0.1, 0.6, 0.3],  # 1, wrong: it is a 2
        [0.0, 0.1, 0.9],  # 2, wrong: it is a 0
        [0.2, 0.2, 0.6],  # 2, wrong: it is a 1
        [0.3, 0.4, 0.3],  # 1, right
    ]
)
LABELS = np.array([0, 2, 0, 1, 1], np.uint8)


def test_accuracy() -> None:
    assert accuracy(P, LABELS) == 2 / 5


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_as_printed_by_newcombe(
    right: int, n: int, low: float, high: float
) -> None:
    """Newcombe 1998, Statistics in Medicine 17, table I, method 3."""
    assert accuracy_interval(right / n, n) == pytest.approx((low, high), abs=6e-5)


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_contains_share_within_0_and_1(counts: tuple[int, int]) -> None:
    right, n = counts
    low, high = accuracy_interval(right / n, n)
    assert 0 <= low < high <= 1
    assert low - 1e-12 <= right / n <= high + 1e-12


def test_confusion_rows_are_labels_and_columns_answers() -> None:
    expected = [[1, 0, 1], [0, 1, 1], [0, 1, 0]]
    matrix = confusion_matrix(LABELS, P.argmax(axis=1), classes=3)
    np.testing.assert_array_equal(matrix, np.array(expected, np.int64), strict=True)


def test_confusion_counts_every_image_though_labels_are_small_integers() -> None:
    labels = np.repeat(np.arange(10, dtype=np.uint8), 40)  # 10 * label overflows no uint8
    np.testing.assert_array_equal(confusion_matrix(labels, labels), 40 * np.eye(10))


def test_mistakes_come_with_the_most_confident_first() -> None:
    np.testing.assert_array_equal(mistakes(P, LABELS), [2, 1, 3])  # 0.9; 0.6 twice, as they stand


def test_no_mistakes() -> None:
    assert mistakes(P, P.argmax(axis=1)).shape == (0,)
