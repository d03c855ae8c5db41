"""Jobs and their queue, without Streamlit."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from dashboard import jobs
from dashboard.jobs import JobQueue, Status, TrainingJob
from data_loader import Dataset
from nn import ConfigError, TrainConfig, train

SHORT = TrainConfig(hidden_sizes=(8,), epochs=2, batch_size=50, validation_size=100)
ENDLESS = replace(SHORT, epochs=1_000)


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def until(condition: Callable[[], object]) -> None:
    """Wait for something that another thread does; give up after half a minute."""
    for _ in range(3_000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("it did not happen")


def ended(job: TrainingJob) -> None:
    until(lambda: not job.active)


def test_a_job_trains_to_the_end_and_keeps_what_train_yields(tiny: Dataset) -> None:
    job = JobQueue(workers=1).submit(SHORT, tiny, "ann")
    ended(job)
    assert job.status is Status.DONE
    assert job.progress == 1
    expected = list(train(SHORT, tiny))
    assert [r.train_loss for r in job.history] == [r.train_loss for r in expected]
    assert job.test_accuracy == expected[-1].test_accuracy
    assert job.network is not None
    assert expected[-1].network is not None
    np.testing.assert_array_equal(job.network.theta, expected[-1].network.theta)


def test_the_history_is_immutable_and_holds_no_network(tiny: Dataset) -> None:
    job = JobQueue(workers=1).submit(SHORT, tiny, "ann")
    ended(job)
    assert isinstance(job.history, tuple)
    assert all(record.network is None for record in job.history)


def test_the_network_seen_while_it_runs_is_a_copy(tiny: Dataset) -> None:
    queue = JobQueue(workers=1)
    job = queue.submit(ENDLESS, tiny, "ann")
    until(lambda: job.network is not None)
    seen = job.network
    assert seen is not None
    before = seen.theta.copy()
    steps = len(job.history)
    until(lambda: len(job.history) > steps + 3)
    np.testing.assert_array_equal(seen.theta, before)
    queue.stop(job)
    ended(job)


def test_a_stopped_job_keeps_its_network_and_is_tested(tiny: Dataset) -> None:
    queue = JobQueue(workers=1)
    job = queue.submit(ENDLESS, tiny, "ann")
    until(lambda: job.history)
    queue.stop(job)
    ended(job)
    assert job.status is Status.STOPPED
    assert job.network is not None
    right = job.network.predict_proba(tiny.test.images).argmax(axis=1) == tiny.test.labels
    assert job.test_accuracy == pytest.approx(right.mean())


def test_no_more_jobs_run_at_once_than_there_are_workers(tiny: Dataset) -> None:
    queue = JobQueue(workers=1)
    first, second, third = (queue.submit(ENDLESS, tiny, name) for name in ("ann", "bob", "cy"))
    until(lambda: first.history)
    assert [first.status, second.status, third.status] == [
        Status.RUNNING,
        Status.WAITING,
        Status.WAITING,
    ]
    assert [queue.position(job) for job in (first, second, third)] == [0, 1, 2]
    queue.stop(first)
    until(lambda: second.history)
    assert queue.position(third) == 1
    queue.stop(second)
    queue.stop(third)
    ended(second)


def test_two_workers_run_two_jobs(tiny: Dataset) -> None:
    queue = JobQueue(workers=2)
    running = [queue.submit(ENDLESS, tiny, name) for name in ("ann", "bob")]
    until(lambda: all(job.history for job in running))
    for job in running:
        queue.stop(job)
        ended(job)


def test_a_waiting_job_that_is_stopped_never_begins(tiny: Dataset) -> None:
    queue = JobQueue(workers=1)
    first, second = queue.submit(ENDLESS, tiny, "ann"), queue.submit(SHORT, tiny, "bob")
    until(lambda: first.history)
    queue.stop(second)
    assert second.status is Status.STOPPED
    assert queue.position(second) == 0
    queue.stop(first)
    ended(first)
    assert second.history == ()
    assert second.network is None


def test_visitors_see_their_own_jobs_only_the_newest_first(tiny: Dataset) -> None:
    queue = JobQueue(workers=1)
    a, b, c = (queue.submit(SHORT, tiny, name) for name in ("ann", "bob", "ann"))
    assert queue.jobs("ann") == [c, a]
    assert queue.jobs("bob") == [b]
    assert queue.jobs("eve") == []
    ended(c)


def test_a_run_whose_visitor_is_gone_ends_and_keeps_its_network(tiny: Dataset) -> None:
    clock = Clock()
    queue = JobQueue(workers=1, patience=600, clock=clock)
    job = queue.submit(ENDLESS, tiny, "ann")
    until(lambda: job.history)
    clock.now = 599
    steps = len(job.history)
    until(lambda: len(job.history) > steps + 2)
    assert job.active
    clock.now = 601
    ended(job)
    assert job.status is Status.STOPPED
    assert "ten minutes" in job.error
    assert job.network is not None
    assert job.test_accuracy is not None


def test_a_beat_keeps_a_run_going(tiny: Dataset) -> None:
    clock = Clock()
    queue = JobQueue(workers=1, patience=600, clock=clock)
    job = queue.submit(ENDLESS, tiny, "ann")
    until(lambda: job.history)
    clock.now = 500
    queue.beat("ann")
    clock.now = 1_000
    steps = len(job.history)
    until(lambda: len(job.history) > steps + 2)
    assert job.active
    queue.stop(job)
    ended(job)


def test_a_waiting_job_whose_visitor_is_gone_does_not_begin(tiny: Dataset) -> None:
    clock = Clock()
    queue = JobQueue(workers=1, patience=600, clock=clock)
    first, second = queue.submit(ENDLESS, tiny, "ann"), queue.submit(SHORT, tiny, "bob")
    until(lambda: first.history)
    clock.now = 700
    queue.beat("ann")
    queue.stop(first)
    ended(second)
    assert second.status is Status.STOPPED
    assert second.history == ()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (MemoryError(), "not enough memory"),
        (RuntimeError("secret detail"), "fault of the program (RuntimeError)"),
        (ConfigError("epochs: too many"), "epochs: too many"),
    ],
)
def test_a_fault_becomes_a_sentence_and_the_worker_goes_on(
    tiny: Dataset, monkeypatch: pytest.MonkeyPatch, fault: Exception, said: str
) -> None:
    def broken(*_: object) -> object:
        raise fault

    queue = JobQueue(workers=1)
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "train", broken)
        job = queue.submit(SHORT, tiny, "ann")
        ended(job)
    assert job.status is Status.FAILED
    assert said in job.error
    assert "secret" not in job.error
    after = queue.submit(SHORT, tiny, "ann")
    ended(after)
    assert after.status is Status.DONE


def test_a_run_that_diverges_ends_and_says_so(tiny: Dataset) -> None:
    config = replace(
        SHORT,
        activation="tanh",
        learning_rate=100.0,
        initial_scale=100.0,
        dtype="float32",
        loss="mean-squared-error",
        optimizer="adam",
        epochs=5,
    )
    job = JobQueue(workers=1).submit(config, tiny, "ann")
    ended(job)
    assert job.history[-1].problem is not None


def test_a_config_that_does_not_fit_the_data_is_refused_at_once(tiny: Dataset) -> None:
    with pytest.raises(ConfigError, match="validation_size"):
        JobQueue(workers=1).submit(TrainConfig(), tiny, "ann")


def test_memory_stays_bounded(tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_KEPT_PER_OWNER", 3)
    queue = JobQueue(workers=1)
    config = replace(SHORT, epochs=1)
    submitted = []
    for _ in range(6):
        submitted.append(queue.submit(config, tiny, "ann"))
        ended(submitted[-1])
    assert queue.jobs("ann") == submitted[:-4:-1]


def test_workers_are_daemons(tiny: Dataset) -> None:
    ended(JobQueue(workers=1).submit(SHORT, tiny, "ann"))
    workers = [thread for thread in threading.enumerate() if thread.name == "training"]
    assert workers
    assert all(thread.daemon for thread in workers)
