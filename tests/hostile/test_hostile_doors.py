"""Every door, knocked at a few times; `python -m benchmarks hostile` knocks for longer."""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile_input import DOORS, MIB, Door, peak, reset_peak

each_door = pytest.mark.parametrize(
    "door", [pytest.param(door, id=key) for key, door in DOORS.items()]
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


@each_door
@settings(suppress_health_check=list(HealthCheck), max_examples=150)
@given(chance=st.randoms(use_true_random=False))
def test_whatever_comes_in_is_well_formed_or_refused_in_a_sentence(
    door: Door, tmp_path_factory: pytest.TempPathFactory, chance: random.Random
) -> None:
    place = tmp_path_factory.getbasetemp() / f"hostile-{door.invent.__name__}-{id(door)}"
    folder = place / "folder"
    folder.mkdir(parents=True, exist_ok=True)
    door.knock(door.invent(chance), folder)
    assert [path.name for path in place.iterdir()] == ["folder"]


@each_door
def test_known_attacks_are_held_off_within_the_memory_that_is_allowed(
    door: Door, folder: Path
) -> None:
    accepted = set()
    for name, attack in door.attacks().items():
        base = reset_peak()
        if door.knock(attack, folder):
            accepted.add(name)
        if base is not None:
            assert (peak() - base) * MIB <= door.limit, name
    assert [path.name for path in folder.parent.iterdir()] == ["folder"]
    assert accepted, "a door that lets nobody in proves nothing"
    assert not [name for name in accepted if "bomb" in name or "pickle" in name]
