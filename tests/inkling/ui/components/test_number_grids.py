"""Numbers in the cells of small tables."""

# ruff: noqa: RUF001 - a minus sign is not a hyphen

import numpy as np
import pytest

from inkling.ui.components.number_grids import short_number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.992, "0.99"),
        (-0.3842, "−0.38"),
        (0.0991, "0.1"),
        (-0.0478, "−0.05"),
        (0.0098, "0.01"),
        (-0.00612, "−6e−3"),
        (99.4, "99"),
        (-1234.0, "−1e3"),
        (5, "5"),
    ],
)
def test_short_number(value: float, text: str) -> None:
    assert short_number(value) == text


def test_number_has_at_most_five_characters(rng: np.random.Generator) -> None:
    values = rng.choice([-1, 1], 2_000) * 10 ** rng.uniform(-9, 9, 2_000)
    assert max(len(short_number(value)) for value in values) <= 5
