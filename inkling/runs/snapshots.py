"""Snapshots of the weights during a run, limited in number and size.

A network changes most at first. So snapshots stand close together at the beginning and ever
farther apart: at even distances of the square root of the step. The length of a run
is not known beforehand: above the maximum number, every second snapshot is dropped.
"""

import math
from typing import NamedTuple

import numpy as np

MAX_SNAPSHOTS = 48
MAX_BYTES = 16 * 2**20
_FEWEST = 3
_LARGEST = float(np.finfo(np.float16).max)


class Snapshot(NamedTuple):
    """All parameters after a step: (parameters,) float16, to three digits of each."""

    step: int
    theta: np.ndarray


class Snapshots:
    """Takes snapshots of one run.

    Parameters
    ----------
    parameters : int
        Of the network.
    max_bytes : int
        Limit of the total size of all snapshots; at least three are kept in any case.
    taken, distance
        Of the checkpoint, where a run is resumed.

    Attributes
    ----------
    taken : tuple of Snapshot
        The oldest first. Replaced, never changed, so that other threads may read it.
    distance : float
        Between two snapshots, in square roots of steps; a power of two.
    """

    def __init__(
        self,
        parameters: int,
        max_bytes: int = MAX_BYTES,
        taken: tuple[Snapshot, ...] = (),
        distance: float = 1.0,
    ) -> None:
        self.taken = taken
        self.distance = distance
        self._most = max(_FEWEST, min(MAX_SNAPSHOTS, max_bytes // (2 * parameters)))

    def offer(self, step: int, theta: np.ndarray, last: bool = False) -> None:
        """Take a snapshot if it is time for one; of the last step in any case."""
        if self.taken and self.taken[-1].step == step:
            return
        if not last and not self._due(step):
            return
        # Weights beyond the range of float16 are clipped to it.
        clipped = np.clip(theta, -_LARGEST, _LARGEST).astype(np.float16)
        self.taken = (*self.taken, Snapshot(step, clipped))
        if len(self.taken) > self._most:
            self.distance *= 2
            self.taken = (*self.taken[:-1:2], self.taken[-1]) if last else self.taken[::2]

    def _due(self, step: int) -> bool:
        if not self.taken:
            return True
        marks = math.floor(math.sqrt(self.taken[-1].step) / self.distance)
        return math.sqrt(step) >= (marks + 1) * self.distance
