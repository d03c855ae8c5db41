"""Numbers in the cells of small tables."""

from typing import Any

import numpy as np
import pytest

from inkling.ui.components import number_grids
from inkling.ui.components.number_grids import NumberGrid, short_number
from inkling.ui.components.readout import Readout


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
        (-0.00612, "−0.006"),
        (0.004, "0.004"),
        (-0.0002, "0.000"),
        (9.96, "10"),
        (99.4, "99"),
        (-100.0, "−100"),
        (5, "5"),
    ],
)
def test_short_number(value: float, text: str) -> None:
    assert short_number(value) == text


def drawn(monkeypatch: pytest.MonkeyPatch, *tables: NumberGrid) -> dict[str, Any]:
    """Return what the component is told to draw."""
    shown: dict[str, Any] = {}

    def component(*, data: dict[str, Any], key: str, on_picked_change: object) -> None:
        shown.update(data)

    monkeypatch.setattr(number_grids, "_component", component)
    values = tables[0].values
    number_grids.number_grids(tables, Readout(("",), (values.ravel(),)), label="", key="tables")
    return shown


def test_numbers_have_at_most_six_characters_and_no_exponents(
    monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    for exponent in range(-30, 30):
        values = rng.uniform(-1, 1, (5, 5)) * 10.0**exponent
        texts = drawn(monkeypatch, NumberGrid("", values))["grids"][0]["texts"]
        assert max(map(len, texts)) <= 6
        assert not any("e" in text for text in texts)
        assert any(text not in ("0", "0.000") for text in texts)


def test_note_says_that_cells_are_rounded_and_names_the_unit_of_small_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weights, deltas = np.array([[100.0, -0.004]]), np.array([[4e-6, -2e-6]])
    shown = drawn(monkeypatch, NumberGrid("Weights", weights), NumberGrid("Deltas: 2", deltas, "×"))
    assert [grid["texts"] for grid in shown["grids"]] == [["100", "−0.004"], ["4", "−2"]]
    assert shown["note"] == "The cells are rounded. Deltas in units of 10⁻⁶."


def test_table_too_large_for_numbers_has_no_note(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(monkeypatch, NumberGrid("", np.ones((8, 8))))["note"] == ""
