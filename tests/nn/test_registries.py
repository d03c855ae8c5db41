"""Registries: every entry has its own label, and formulas that LaTeX can set."""

from typing import Any

import pytest

from nn.activations import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS
from nn.initializers import INITIALIZERS
from nn.losses import LOSSES
from nn.optimizers import OPTIMIZERS
from nn.schedules import SCHEDULES

REGISTRIES: dict[str, dict[str, Any]] = {
    "hidden activations": HIDDEN_ACTIVATIONS,
    "output activations": OUTPUT_ACTIVATIONS,
    "losses": LOSSES,
    "optimizers": OPTIMIZERS,
    "schedules": SCHEDULES,
    "initializers": INITIALIZERS,
}
ENTRIES = [
    pytest.param(entry, id=f"{registry}-{name}")
    for registry, entries in REGISTRIES.items()
    for name, entry in entries.items()
]
SYMBOLS = {"z": "Z", "A": "A", "Y": "Y", "label": "7", "times_slope": r"\odot s"}


@pytest.mark.parametrize("registry", REGISTRIES)
def test_labels_are_unique(registry: str) -> None:
    labels = [entry.label for entry in REGISTRIES[registry].values()]
    assert all(labels)
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("entry", ENTRIES)
def test_formulas_have_balanced_braces(entry: Any) -> None:
    formulas = [entry.formula]
    if hasattr(entry, "slope"):
        formulas.append(entry.slope)
    if hasattr(entry, "delta_formula"):
        formulas.append(entry.delta_formula)
    if hasattr(entry, "slope") or hasattr(entry, "delta_formula"):  # they have placeholders
        formulas = [formula.format(**SYMBOLS) for formula in formulas]
    for formula in formulas:
        assert formula
        assert formula.count("{") == formula.count("}")
