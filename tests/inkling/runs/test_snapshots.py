"""Snapshots: bounded in number, first and last included, densest at the start."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.runs.snapshots import MAX_SNAPSHOTS, Snapshots


def after(steps: int, parameters: int = 4, max_bytes: int = 10**6) -> Snapshots:
    """Return the snapshots of a run in which every parameter equals the step's number."""
    snapshots = Snapshots(parameters, max_bytes)
    for step in range(steps + 1):
        snapshots.offer(step, np.full(parameters, step, np.float32), last=step == steps)
    return snapshots


@given(st.integers(0, 3_000), st.integers(1, 40))
def test_snapshots_are_bounded_and_include_first_and_last(steps: int, most: int) -> None:
    taken = after(steps, max_bytes=most * 8).taken
    assert 1 <= len(taken) <= max(3, most)
    assert taken[0].step == 0
    assert taken[-1].step == steps
    assert sorted({snapshot.step for snapshot in taken}) == [snapshot.step for snapshot in taken]


@pytest.mark.parametrize("steps", [600, 1_100, 2_750, 55_000])
def test_snapshot_distance_grows_during_a_run(steps: int) -> None:
    taken = after(steps).taken
    assert MAX_SNAPSHOTS / 2 <= len(taken) <= MAX_SNAPSHOTS
    distances = np.diff([snapshot.step for snapshot in taken])[:-1]  # the last may be close
    assert (np.diff(distances) >= 0).all()
    assert distances[0] < steps / 100 < distances[-1]


def test_snapshot_holds_the_weights_of_its_step() -> None:
    for snapshot in after(1_000).taken:
        assert snapshot.theta.dtype == np.float16
        assert (snapshot.theta == snapshot.step).all()


def test_weights_above_float16_range_are_clipped() -> None:
    snapshots = Snapshots(2)
    snapshots.offer(0, np.array([1e9, -1e9]))
    assert snapshots.taken[0].theta.tolist() == [65504, -65504]


def test_snapshot_is_a_copy() -> None:
    theta = np.zeros(3)
    snapshots = Snapshots(3)
    snapshots.offer(0, theta)
    theta += 1
    assert (snapshots.taken[0].theta == 0).all()


def test_returned_snapshots_are_immutable() -> None:
    snapshots = Snapshots(1)
    snapshots.offer(0, np.zeros(1))
    seen = snapshots.taken
    snapshots.offer(1, np.ones(1))
    assert [snapshot.step for snapshot in seen] == [0]


def test_step_has_one_snapshot() -> None:
    snapshots = Snapshots(1)
    snapshots.offer(0, np.zeros(1))
    snapshots.offer(0, np.zeros(1), last=True)
    assert len(snapshots.taken) == 1
