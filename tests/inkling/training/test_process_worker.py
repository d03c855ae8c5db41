"""Training in worker processes: bit-identical runs, and recovery when a process dies."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data_loader import Dataset, Split
from inkling.runs.checkpoints import Checkpoints
from inkling.runs.run import Event, Run
from inkling.training.job import Status, TrainingJob
from inkling.training.process_worker import WorkerProcesses
from inkling.training.queue import JobQueue
from inkling.training.session import run_in_thread
from nn import TrainConfig
from tests.child_processes import children
from tests.same_run import assert_same_run, train_with_controls
from tests.saving import append_to
from tests.waiting import until

ANN = "a" * 32
SHORT = TrainConfig(hidden_sizes=(8,), epochs=2, batch_size=50, validation_size=100)
LONG_RUN = replace(SHORT, epochs=1_000)


@pytest.fixture
def processes() -> Iterator[WorkerProcesses]:
    processes = WorkerProcesses()
    yield processes
    processes.close()


@pytest.fixture
def saved() -> list[Run]:
    return []


@pytest.fixture
def queue(processes: WorkerProcesses, saved: list[Run]) -> JobQueue:
    return JobQueue(append_to(saved), workers=2, worker=processes)


def ended(job: TrainingJob) -> None:
    until(lambda: not job.active)


@pytest.mark.parametrize(
    "config",
    [
        SHORT,
        replace(SHORT, optimizer="adam", dtype="float64", augmentation="affine"),
        replace(SHORT, hidden_sizes=(), validation_size=0, sampling="with-replacement"),
        replace(SHORT, filters=(3, 4), kernel_size=3, shrink="pool"),
    ],
)
def test_run_in_worker_process_is_bit_identical(
    queue: JobQueue, saved: list[Run], tiny: Dataset, config: TrainConfig
) -> None:
    job = train_with_controls(queue, tiny, config, ANN)
    assert job.status is Status.DONE, job.error
    here: list[Run] = []
    train_with_controls(
        JobQueue(append_to(here), workers=1, worker=run_in_thread),
        tiny,
        config,
        ANN,
    )
    assert_same_run(saved[0], here[0])
    assert saved[0].events == job.events == (Event(0, 0.05), Event(2, 0.3))
    assert saved[0].info.visitor_id == ANN
    assert (saved[0].info.id, saved[0].info.name) == (job.id, "mine")


def test_progress_is_visible_and_controls_take_effect(
    queue: JobQueue, saved: list[Run], tiny: Dataset
) -> None:
    job = queue.submit(LONG_RUN, tiny, ANN)
    until(lambda: len(job.history) > 3)
    assert job.status is Status.RUNNING
    assert job.network is not None
    seen = job.network.theta.copy()
    until(lambda: job.network is not None and not np.array_equal(job.network.theta, seen))
    queue.pause(job)
    until(lambda: job.status is Status.PAUSED)
    records = len(job.history)
    time.sleep(0.1)
    assert len(job.history) == records
    queue.resume(job)
    until(lambda: len(job.history) > records)
    queue.stop(job)
    ended(job)
    assert saved[0].info.status == "stopped"
    assert saved[0].info.steps == saved[0].history[-1].step


def test_process_is_reused_with_another_dataset(
    queue: JobQueue, saved: list[Run], tiny: Dataset
) -> None:
    other = Dataset("other", "", tiny.train, Split(tiny.test.images[:50], tiny.test.labels[:50]))
    for dataset in (tiny, tiny, other, tiny):
        ended(queue.submit(SHORT, dataset, ANN))
    assert len(children()) == 1
    assert [run.info.data_name for run in saved] == ["tiny", "tiny", "other", "tiny"]
    assert [run.info.test_images for run in saved] == [200, 200, 50, 200]


def test_concurrent_runs_have_separate_processes(queue: JobQueue, tiny: Dataset) -> None:
    jobs = [queue.submit(LONG_RUN, tiny, ANN) for _ in range(2)]
    until(lambda: all(job.history for job in jobs))
    assert len(children()) == 2
    for job in jobs:
        queue.stop(job)
        ended(job)


def test_exception_becomes_an_error_message_and_the_process_is_reused(
    queue: JobQueue, tiny: Dataset
) -> None:
    job = queue.submit(replace(SHORT, augmentation="none of ours"), tiny, ANN)
    ended(job)
    assert job.status is Status.FAILED
    assert "Something went wrong, and the run stopped (ValueError)" in job.error
    after = queue.submit(SHORT, tiny, ANN)
    ended(after)
    assert after.status is Status.DONE


def kill_the_processes() -> None:
    for child in children():
        child.kill()


def test_run_of_killed_process_resumes_from_checkpoint(
    processes: WorkerProcesses, saved: list[Run], tiny: Dataset, tmp_path: Path
) -> None:
    checkpoints = Checkpoints(tmp_path, interval=0, share=1e9)
    queue = JobQueue(append_to(saved), workers=1, checkpoints=checkpoints, worker=processes)
    config = replace(SHORT, epochs=40)
    job = queue.submit(config, tiny, ANN)
    until(lambda: len(job.history) > 5)
    kill_the_processes()
    ended(job)
    assert job.status is Status.FAILED
    assert job.error.endswith("can resume the run from its last checkpoint.")
    (found,) = checkpoints.interrupted(ANN)
    assert found.identity.id == job.id
    assert found.step_count > 0
    again = queue.resume_interrupted(job.id, tiny)
    assert queue.jobs(ANN) == [again]
    ended(again)
    assert again.status is Status.DONE, again.error
    here: list[Run] = []
    ended(JobQueue(append_to(here), workers=1).submit(config, tiny, ANN))
    assert_same_run(saved[0], here[0])
    assert checkpoints.interrupted(ANN) == []


def test_killed_process_is_replaced(queue: JobQueue, tiny: Dataset) -> None:
    first = queue.submit(LONG_RUN, tiny, ANN)
    until(lambda: first.history)
    kill_the_processes()
    ended(first)
    after = queue.submit(SHORT, tiny, ANN)
    ended(after)
    assert after.status is Status.DONE
