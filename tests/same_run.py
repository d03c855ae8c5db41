"""Comparison of runs, and a run with a fixed sequence of controls."""

from dataclasses import replace

import numpy as np

from data_loader import Dataset
from inkling.runs.run import Run
from inkling.training.job import Status, TrainingJob
from inkling.training.queue import JobQueue
from nn import TrainConfig, TrainRecord
from tests.waiting import until


def assert_same_run(run: Run, other: Run) -> None:
    """Assert that two runs are equal except for their times and identities."""
    np.testing.assert_array_equal(run.network.theta, other.network.theta, strict=True)
    assert _course(run) == _course(other)
    assert run.events == other.events
    assert [snapshot.step for snapshot in run.snapshots] == [s.step for s in other.snapshots]
    for one, two in zip(run.snapshots, other.snapshots, strict=True):
        np.testing.assert_array_equal(one.theta, two.theta)
    assert run.info.test_accuracy == other.info.test_accuracy


def _course(run: Run) -> list[TrainRecord]:
    return [replace(record, seconds=0) for record in run.history]


def train_with_controls(
    queue: JobQueue, dataset: Dataset, config: TrainConfig, visitor_id: str
) -> TrainingJob:
    """Return the finished job of a run with single steps and two changes of eta."""
    job = queue.submit(config, dataset, visitor_id, "mine", paused=True)
    for eta in (0.05, 0.05, 0.3):
        job.set_learning_rate(eta)
        queue.step(job)
        until(lambda: job.status is Status.PAUSED)
    queue.resume(job)
    until(lambda: not job.active)
    return job
