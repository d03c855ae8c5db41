"""Percentages, significant digits and powers of ten as text."""

import pytest

from inkling.charts.number_format import format_number, percent


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0%"),
        (0.004, "0%"),
        (0.25, "25%"),
        (0.994, "99%"),
        (0.9999, "over 99%"),
        (1.0, "over 99%"),
    ],
)
def test_percent_calls_no_answer_certain(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.25, "0.25"),
        (-0.0, "0"),
        (-2.5, "−2.5"),
        (-1.5e-6, "−1.5 × 10⁻⁶"),
        (12345.6, "1.235 × 10⁴"),
    ],
)
def test_format_number_has_four_digits_and_superscript_exponents(value: float, text: str) -> None:
    assert format_number(value) == text
