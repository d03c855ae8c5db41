"""What drawings are taken to be: a digit, two digits, or something else."""

import numpy as np
import pytest

from benchmarks import non_digits
from data_loader import Dataset
from digits.builtin import draw_digits
from inkling.analysis.digit_detector import Kind, digit_scores, has_two_parts, kind_of, threshold


def strokes(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """Return an image with rectangles of ink: first and last row, first and last column."""
    image = np.zeros((28, 28), np.uint8)
    for top, bottom, left, right in boxes:
        image[top : bottom + 1, left : right + 1] = 255
    return image


def test_few_digits_are_doubted(mnist: Dataset) -> None:
    digits = np.concatenate([mnist.train.images[-1_000:], draw_digits(1_000, 99)[0]])
    assert np.mean([kind_of(digit) is not Kind.DIGIT for digit in digits]) <= 0.015


@pytest.mark.parametrize(
    ("kind", "least"), [("letters", 0.6), ("scribbles", 0.6), ("pairs of digits", 0.9)]
)
def test_most_other_drawings_are_doubted(kind: str, least: float) -> None:
    images = non_digits.images(kind, 28, seed=5)
    assert np.mean([kind_of(image) is not Kind.DIGIT for image in images]) >= least


def test_scores_do_not_depend_on_the_other_images() -> None:
    digits, _ = draw_digits(5, 3)
    scores = digit_scores(digits)
    assert np.allclose(digit_scores(digits[2:3]), scores[2], atol=1e-5)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert 0 < threshold() < 1


def test_two_high_parts_beside_each_other_are_two_digits() -> None:
    eleven = strokes((9, 19, 5, 7), (9, 19, 16, 18))
    assert has_two_parts(eleven)
    assert kind_of(eleven) is Kind.TWO_DIGITS


@pytest.mark.parametrize(
    "image",
    [
        strokes((4, 23, 12, 15)),  # one part
        strokes((4, 8, 8, 20), (10, 23, 8, 20)),  # above each other: a 5 with a detached bar
        strokes((4, 6, 18, 22), (4, 23, 8, 14)),  # a low part at the side
        strokes((4, 23, 8, 9), (4, 23, 14, 15)),  # close together: a narrow digit in two strokes
        np.zeros((28, 28), np.uint8),
    ],
)
def test_other_parts_are_not_two_digits(image: np.ndarray) -> None:
    assert not has_two_parts(image)


def test_built_in_digits_are_not_two_digits() -> None:
    digits, _ = draw_digits(1_000, 98)
    assert np.mean([has_two_parts(digit) for digit in digits]) <= 0.005
