"""Each entry point of untrusted input, exercised a few times; `benchmarks.hostile` does more."""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.fuzz import ENTRYPOINTS
from tools.fuzz.entrypoint import MIB, Entrypoint
from tools.fuzz.memory import peak, reset_peak

each_entrypoint = pytest.mark.parametrize("key", ENTRYPOINTS)


@each_entrypoint
@settings(suppress_health_check=list(HealthCheck))
@given(rng=st.randoms(use_true_random=False))
def test_random_input_is_accepted_and_well_formed_or_refused_with_a_sentence(
    key: str, tmp_path_factory: pytest.TempPathFactory, rng: random.Random
) -> None:
    parent = tmp_path_factory.getbasetemp() / f"fuzz-{key}"
    folder = parent / "folder"
    folder.mkdir(parents=True, exist_ok=True)
    entrypoint: Entrypoint = ENTRYPOINTS[key]
    entrypoint.exercise(entrypoint.generate(rng), folder)
    assert [path.name for path in parent.iterdir()] == ["folder"]


@each_entrypoint
def test_known_attacks_are_refused_within_the_memory_limit(key: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    entrypoint = ENTRYPOINTS[key]
    accepted = set()
    for name, attack in entrypoint.attacks().items():
        base = reset_peak()
        if entrypoint.exercise(attack, folder):
            accepted.add(name)
        if base is not None:
            assert (peak() - base) * MIB <= entrypoint.memory_limit, name
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert accepted, "no valid input among the attacks: the test would prove nothing"
    assert not [name for name in accepted if "bomb" in name or "pickle" in name]
