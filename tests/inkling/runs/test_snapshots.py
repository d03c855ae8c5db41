"""Snapshots: bounded, the first and the last among them, close together at first."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.runs.snapshots import MAX_SNAPSHOTS, Snapshots


def after(steps: int, parameters: int = 4, max_bytes: int = 10**6) -> Snapshots:
    """Return what is taken of a run in which every parameter is the number of the step."""
    snapshots = Snapshots(parameters, max_bytes)
    for step in range(steps + 1):
        snapshots.offer(step, np.full(parameters, step, np.float32), last=step == steps)
    return snapshots


@given(st.integers(0, 3_000), st.integers(1, 40))
def test_they_are_bounded_and_hold_the_first_and_the_last(steps: int, most: int) -> None:
    taken = after(steps, max_bytes=most * 8).taken
    assert 1 <= len(taken) <= max(3, most)
    assert taken[0].step == 0
    assert taken[-1].step == steps
    assert sorted({snapshot.step for snapshot in taken}) == [snapshot.step for snapshot in taken]


@pytest.mark.parametrize("steps", [600, 1_100, 2_750, 55_000])
def test_a_run_of_any_length_has_enough_and_they_thin_out(steps: int) -> None:
    taken = after(steps).taken
    assert MAX_SNAPSHOTS / 2 <= len(taken) <= MAX_SNAPSHOTS
    distances = np.diff([snapshot.step for snapshot in taken])[:-1]  # the last may be close
    assert (np.diff(distances) >= 0).all()
    assert distances[0] < steps / 100 < distances[-1]


def test_they_hold_the_weights_of_their_step() -> None:
    for snapshot in after(1_000).taken:
        assert snapshot.theta.dtype == np.float16
        assert (snapshot.theta == snapshot.step).all()


def test_weights_too_large_for_16_bits_stay_large() -> None:
    snapshots = Snapshots(2)
    snapshots.offer(0, np.array([1e9, -1e9]))
    assert snapshots.taken[0].theta.tolist() == [65504, -65504]


def test_a_snapshot_does_not_change_with_the_network() -> None:
    theta = np.zeros(3)
    snapshots = Snapshots(3)
    snapshots.offer(0, theta)
    theta += 1
    assert (snapshots.taken[0].theta == 0).all()


def test_what_was_read_before_stays_as_it_was() -> None:
    snapshots = Snapshots(1)
    snapshots.offer(0, np.zeros(1))
    seen = snapshots.taken
    snapshots.offer(1, np.ones(1))
    assert [snapshot.step for snapshot in seen] == [0]


def test_the_same_step_is_not_taken_twice() -> None:
    snapshots = Snapshots(1)
    snapshots.offer(0, np.zeros(1))
    snapshots.offer(0, np.zeros(1), last=True)
    assert len(snapshots.taken) == 1
