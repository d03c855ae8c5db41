"""Accuracy in words."""

import pytest

from inkling.charts.accuracy_level import LEVELS, SCALE, level


@pytest.mark.parametrize(
    ("accuracy", "word"),
    [
        (1.0, "excellent"),
        (0.98, "excellent"),
        (0.9799, "good"),
        (0.9, "good"),
        (0.857, "learning"),
        (0.2, "learning"),
        (0.1135, "guessing"),
        (0.0, "guessing"),
        (float("nan"), "guessing"),
    ],
)
def test_word_of_an_accuracy(accuracy: float, word: str) -> None:
    assert level(accuracy).word == word


def test_levels_differ_in_word_and_colour() -> None:
    assert len({each.badge for each in LEVELS}) == len({each.colour for each in LEVELS}) == 4


def test_scale_names_every_level_with_its_least_accuracy() -> None:
    assert SCALE == (
        "From 98%: excellent. From 90%: good. From 20%: learning. "
        "Below: guessing, since about one guess in ten is correct."
    )
