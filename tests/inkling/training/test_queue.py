"""Jobs and their queue, without Streamlit."""

import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from data_loader import Dataset, Split
from inkling.runs.checkpoints import Checkpoints
from inkling.runs.run import Event, Run
from inkling.runs.run_file import run_from_bytes
from inkling.runs.store import RunStore
from inkling.server.limits import LimitError, Limits
from inkling.training import queue as training_queue
from inkling.training import session
from inkling.training.background_job import BackgroundJob
from inkling.training.job import Status, TrainingJob
from inkling.training.queue import JobQueue
from inkling.training.session import Worker
from nn import ConfigError, TrainConfig, Trainer, recipes, train
from tests.same_run import train_with_controls
from tests.saving import append_to
from tests.waiting import until

SHORT = TrainConfig(hidden_sizes=(8,), epochs=2, batch_size=50, validation_size=100)
LONG_RUN = replace(SHORT, epochs=1_000)


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def queue_of(
    save: Callable[[Run, bytes], None] = lambda run, data: None, **settings: Any
) -> JobQueue:
    """Return a queue whose `save` does nothing by default."""
    return JobQueue(save, **settings)


def ended(job: TrainingJob) -> None:
    until(lambda: not job.active)


def result(job: TrainingJob) -> Run:
    assert job.run is not None
    return job.run


def test_job_history_equals_records_of_train(tiny: Dataset) -> None:
    job = queue_of(workers=1).submit(SHORT, tiny, "ann")
    ended(job)
    assert job.status is Status.DONE
    assert job.progress == 1
    expected = list(train(SHORT, tiny))
    assert [r.train_loss for r in job.history] == [r.train_loss for r in expected]
    assert result(job).info.test_accuracy == expected[-1].test_accuracy
    assert job.network is not None
    assert expected[-1].network is not None
    np.testing.assert_array_equal(job.network.theta, expected[-1].network.theta)


def test_the_history_is_immutable_and_holds_no_network(tiny: Dataset) -> None:
    job = queue_of(workers=1).submit(SHORT, tiny, "ann")
    ended(job)
    assert isinstance(job.history, tuple)
    assert all(record.network is None for record in job.history)


def test_network_of_running_job_is_a_copy(tiny: Dataset) -> None:
    queue = queue_of(workers=1)
    job = queue.submit(LONG_RUN, tiny, "ann")
    until(lambda: job.network is not None)
    seen = job.network
    assert seen is not None
    before = seen.theta.copy()
    steps = len(job.history)
    until(lambda: len(job.history) > steps + 3)
    np.testing.assert_array_equal(seen.theta, before)
    queue.stop(job)
    ended(job)


def test_stopped_job_has_network_and_test_accuracy(tiny: Dataset) -> None:
    queue = queue_of(workers=1)
    job = queue.submit(LONG_RUN, tiny, "ann")
    until(lambda: job.history)
    queue.stop(job)
    ended(job)
    assert job.status is Status.STOPPED
    assert job.network is not None
    right = job.network.predict_proba(tiny.test.images).argmax(axis=1) == tiny.test.labels
    assert result(job).info.test_accuracy == pytest.approx(right.mean())


def test_no_more_jobs_run_at_once_than_there_are_workers(tiny: Dataset) -> None:
    queue = queue_of(workers=1)
    first, second, third = (queue.submit(LONG_RUN, tiny, name) for name in ("ann", "bob", "cy"))
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
    queue = queue_of(workers=2)
    running = [queue.submit(LONG_RUN, tiny, name) for name in ("ann", "bob")]
    until(lambda: all(job.history for job in running))
    for job in running:
        queue.stop(job)
        ended(job)


def test_stopped_waiting_job_never_starts(tiny: Dataset) -> None:
    queue = queue_of(workers=1)
    first, second = queue.submit(LONG_RUN, tiny, "ann"), queue.submit(SHORT, tiny, "bob")
    until(lambda: first.history)
    queue.stop(second)
    assert second.status is Status.STOPPED
    assert queue.position(second) == 0
    queue.stop(first)
    ended(first)
    assert second.history == ()
    assert second.network is None


def test_visitors_see_their_own_jobs_only_the_newest_first(tiny: Dataset) -> None:
    queue = queue_of(workers=1)
    a, b, c = (queue.submit(SHORT, tiny, name) for name in ("ann", "bob", "ann"))
    assert queue.jobs("ann") == [c, a]
    assert queue.jobs("bob") == [b]
    assert queue.jobs("eve") == []
    ended(c)


def test_run_of_inactive_visitor_ends_and_is_saved(tiny: Dataset) -> None:
    clock = Clock()
    queue = queue_of(workers=1, heartbeat_timeout=600, clock=clock)
    job = queue.submit(LONG_RUN, tiny, "ann")
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
    assert result(job).info.test_accuracy is not None


def test_heartbeat_keeps_a_job_active(tiny: Dataset) -> None:
    clock = Clock()
    queue = queue_of(workers=1, heartbeat_timeout=600, clock=clock)
    job = queue.submit(LONG_RUN, tiny, "ann")
    until(lambda: job.history)
    clock.now = 500
    queue.heartbeat("ann")
    clock.now = 1_000
    steps = len(job.history)
    until(lambda: len(job.history) > steps + 2)
    assert job.active
    queue.stop(job)
    ended(job)


def test_waiting_job_of_inactive_visitor_never_starts(tiny: Dataset) -> None:
    clock = Clock()
    queue = queue_of(workers=1, heartbeat_timeout=600, clock=clock)
    first, second = queue.submit(LONG_RUN, tiny, "ann"), queue.submit(SHORT, tiny, "bob")
    until(lambda: first.history)
    clock.now = 700
    queue.heartbeat("ann")
    queue.stop(first)
    ended(second)
    assert second.status is Status.STOPPED
    assert second.history == ()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (MemoryError(), "not enough memory"),
        (RuntimeError("secret detail"), "Something went wrong, and the run stopped (RuntimeError)"),
        (ConfigError("epochs: too many"), "epochs: too many"),
    ],
)
def test_exception_becomes_message_and_worker_continues(
    tiny: Dataset, monkeypatch: pytest.MonkeyPatch, fault: Exception, message: str
) -> None:
    def broken(*_: object) -> object:
        raise fault

    queue = queue_of(workers=1)
    with monkeypatch.context() as patch:
        patch.setattr(session, "Trainer", broken)
        job = queue.submit(SHORT, tiny, "ann")
        ended(job)
    assert job.status is Status.FAILED
    assert message in job.error
    assert "secret" not in job.error
    after = queue.submit(SHORT, tiny, "ann")
    ended(after)
    assert after.status is Status.DONE


@pytest.mark.parametrize(
    ("fault", "message"),
    [(MemoryError(), "not enough memory"), (ValueError("secret"), "Something went wrong")],
)
def test_exception_during_run_keeps_history_and_worker_continues(
    tiny: Dataset, monkeypatch: pytest.MonkeyPatch, fault: Exception, message: str
) -> None:
    step = Trainer.step

    def broken(self: Trainer) -> object:
        if self.step_count == 7:
            raise fault
        return step(self)

    queue = queue_of(workers=1)
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "step", broken)
        job = queue.submit(SHORT, tiny, "ann")
        ended(job)
    assert job.status is Status.FAILED
    assert message in job.error
    assert [record.step for record in job.history] == [3, 5]
    after = queue.submit(SHORT, tiny, "ann")
    ended(after)
    assert after.status is Status.DONE


def test_diverged_run_ends_with_diagnosis(tiny: Dataset) -> None:
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
    job = queue_of(workers=1).submit(config, tiny, "ann")
    ended(job)
    assert job.history[-1].problem is not None


def test_a_config_that_does_not_fit_the_data_is_refused_at_once(tiny: Dataset) -> None:
    with pytest.raises(ConfigError, match="at most 480 images"):
        queue_of(workers=1).submit(TrainConfig(training_size=500), tiny, "ann")


@pytest.mark.parametrize("images", [10, 12, 300, 5_000, 9_999])
def test_a_data_set_of_any_size_from_ten_images_on_can_be_trained(
    small: Dataset, images: int
) -> None:
    own = Dataset(
        "own",
        "made for the test",
        Split(small.train.images[:images], small.train.labels[:images]),
        Split(small.test.images[:5], small.test.labels[:5]),
    )
    job = queue_of(workers=1).submit(replace(recipes["fast-97"], hidden_sizes=(8,)), own, "ann")
    ended(job)
    assert job.status is Status.DONE
    assert job.training_size == images - images // 5
    assert result(job).history[-1].validation_accuracy is not None


def full_disk(run: Run, data: bytes) -> None:
    raise OSError(28, "No space left on device")


def test_memory_stays_bounded(tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_queue, "_MAX_JOBS_PER_VISITOR", 3)
    queue = queue_of(full_disk, workers=1)
    config = replace(SHORT, epochs=1)
    submitted = []
    for _ in range(6):
        submitted.append(queue.submit(config, tiny, "ann"))
        ended(submitted[-1])
    assert queue.jobs("ann") == submitted[:-4:-1]


def test_run_is_saved_before_its_job_ends_and_then_released(tiny: Dataset) -> None:
    saved: list[Run] = []
    seen: list[bool] = []

    def save(run: Run, data: bytes) -> None:
        seen.append(job.active)
        saved.append(run)

    queue = queue_of(save, workers=1)
    job = queue.submit(SHORT, tiny, "ann", "mine", group="g", paused=True)
    queue.resume(job)
    ended(job)
    until(lambda: not queue.jobs("ann"))
    assert seen == [True]
    (run,) = saved
    assert (run.info.id, run.info.name, run.info.visitor_id, run.info.group) == (
        job.id,
        "mine",
        "ann",
        "g",
    )
    assert run.info.status == "done"
    assert run.info.config == SHORT
    assert run.info.steps == run.history[-1].step == run.snapshots[-1].step
    assert run.info.test_images == 200


def test_unsaved_run_stays_in_memory_with_error(tiny: Dataset) -> None:
    queue = queue_of(full_disk, workers=1)
    job = queue.submit(SHORT, tiny, "ann")
    ended(job)
    assert job.status is Status.DONE
    assert "No space left on device" in job.error
    assert queue.jobs("ann") == [job]
    assert result(job).info.test_accuracy is not None


def test_unsaved_run_can_be_saved_again(tiny: Dataset) -> None:
    saved: list[Run] = []
    full = True

    def save(run: Run, data: bytes) -> None:
        if full:
            full_disk(run, data)
        assert run_from_bytes(data).info == run.info
        saved.append(run)

    queue = queue_of(save, workers=1)
    job = queue.submit(SHORT, tiny, "ann")
    ended(job)
    queue.save_again(job)
    assert "No space left on device" in job.error
    assert queue.jobs("ann") == [job]
    full = False
    queue.save_again(job)
    assert (saved, job.saved, job.error, queue.jobs("ann")) == ([job.run], True, "", [])


def test_unsaved_run_is_removed_when_its_visitor_has_left(
    tiny: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(training_queue, "POLL_SECONDS", 0.02)
    clock = Clock()
    checkpoints = Checkpoints(tmp_path)
    queue = queue_of(full_disk, workers=1, clock=clock, checkpoints=checkpoints)
    jobs = [queue.submit(SHORT, tiny, visitor_id) for visitor_id in ("a" * 32, "b" * 32)]
    for job in jobs:
        ended(job)
    assert checkpoints.interrupted("a" * 32) == []
    clock.now = 200
    queue.heartbeat("b" * 32)
    clock.now = 241
    until(lambda: jobs[0].run is None)
    assert "Its result was discarded four minutes after its page was closed" in jobs[0].error
    assert set(queue.all_jobs()) == set(jobs)
    assert jobs[1].run is not None
    clock.now = 440
    queue.heartbeat("b" * 32)
    clock.now = 601
    until(lambda: queue.all_jobs() == jobs[1:])
    (info,) = checkpoints.interrupted("a" * 32)
    assert info.identity.id == jobs[0].id


def test_unsaved_runs_take_limited_memory_and_the_oldest_is_dropped(tiny: Dataset) -> None:
    queue = queue_of(full_disk, workers=1, limits=lambda: Limits(unsaved_mib=1))
    config = replace(SHORT, hidden_sizes=(64,), epochs=1)
    jobs = [queue.submit(config, tiny, visitor_id) for visitor_id in ("ann", "bob", "cid")]
    for job in jobs:
        ended(job)
    until(lambda: jobs[1].run is None)
    assert sum(job.unsaved_bytes for job in jobs) <= 2**20
    assert jobs[2].run is not None
    for job in jobs[:2]:
        assert (job.run, job.network, job.history, job.status) == (None, None, (), Status.FAILED)
        assert "Its result was discarded" in job.error
        assert queue.jobs(job.visitor_id) == [job]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file descriptors")
def test_runs_over_the_quota_leave_no_checkpoint_and_no_open_file(
    tiny: Dataset, tmp_path: Path
) -> None:
    clock = Clock()
    store = RunStore(tmp_path, quota=1)
    checkpoints = Checkpoints(tmp_path / "checkpoints", interval=0)
    queue = queue_of(store.save, workers=1, clock=clock, checkpoints=checkpoints)
    before = psutil.Process().num_fds()
    for k in range(5):
        job = queue.submit(SHORT, tiny, f"{k:032}")
        ended(job)
        assert "your runs fill" in job.error
    until(lambda: not list(checkpoints.folder.iterdir()))
    assert psutil.Process().num_fds() == before


def test_simultaneous_submissions_of_a_visitor_start_one_run(tiny: Dataset) -> None:
    queue = queue_of(workers=1)
    barrier, jobs, refusals = threading.Barrier(16), list[TrainingJob](), list[str]()

    def start() -> None:
        barrier.wait()
        try:
            jobs.append(queue.submit(SHORT, tiny, "ann", paused=True, alone=True))
        except LimitError as error:
            refusals.append(str(error))

    threads = [threading.Thread(target=start) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert queue.jobs("ann") == jobs
    assert (len(jobs), len(refusals)) == (1, 15)
    assert "one thing at a time" in refusals[0]
    queue.submit(SHORT, tiny, "bob", paused=True, alone=True)
    other_group = queue.submit(SHORT, tiny, "ann", group="story", paused=True, alone=True)
    for job in (*jobs, other_group):
        queue.stop(job)
        ended(job)
    queue.submit(SHORT, tiny, "ann", paused=True, alone=True)


def test_second_background_job_of_a_kind_is_refused_until_the_first_has_ended() -> None:
    queue = queue_of(workers=1)
    first, waiting = Held(), Held("bob")
    for job in (first, waiting):
        queue.submit_background(job, alone=True)
    assert first.taken.wait(30)
    for visitor_id in ("ann", "bob"):
        with pytest.raises(LimitError, match="one thing at a time"):
            queue.submit_background(Held(visitor_id), alone=True)
    for job in (first, waiting):
        job.release.set()
        until(lambda job=job: job.finished)  # type: ignore[misc]
    until(lambda: not queue_refuses(queue, "ann"))


def queue_refuses(queue: JobQueue, visitor_id: str) -> bool:
    job = Held(visitor_id)
    job.release.set()
    try:
        queue.submit_background(job, alone=True)
    except LimitError:
        return True
    return False


def test_unfinished_runs_of_a_visitor_are_limited(
    tiny: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_queue, "_MAX_JOBS_PER_VISITOR", 2)
    queue = queue_of(workers=1)
    for _ in range(2):
        queue.submit(SHORT, tiny, "ann", paused=True)
    with pytest.raises(LimitError):
        queue.submit(SHORT, tiny, "ann", paused=True)
    queue.submit(SHORT, tiny, "bob", paused=True)


def trained_with_events(
    config: TrainConfig, dataset: Dataset, events: Sequence[Event]
) -> np.ndarray:
    """Return the weights of a run in which eta is changed by the given events."""
    trainer = Trainer(config, dataset)
    etas = {event.step: event.learning_rate for event in events}
    while not trainer.finished:
        trainer.learning_rate = etas.get(trainer.step_count, trainer.learning_rate)
        trainer.step()
    return trainer.network.theta


def test_pause_does_not_change_weights_and_frees_the_core(tiny: Dataset) -> None:
    queue = queue_of(workers=1)
    config = replace(SHORT, epochs=60)
    job = queue.submit(config, tiny, "ann")
    until(lambda: job.history)
    queue.pause(job)
    until(lambda: job.status is Status.PAUSED)
    records = len(job.history)
    other = queue.submit(SHORT, tiny, "bob")
    ended(other)
    assert other.status is Status.DONE
    assert len(job.history) == records
    assert job.active
    queue.resume(job)
    ended(job)
    assert job.status is Status.DONE
    np.testing.assert_array_equal(result(job).network.theta, trained_with_events(config, tiny, ()))


def test_paused_run_can_be_stepped_by_batch(tiny: Dataset) -> None:
    queue = queue_of(workers=1)
    job = queue.submit(SHORT, tiny, "ann", paused=True)
    for step in (1, 2, 3):
        assert job.status is Status.PAUSED
        queue.step(job)
        until(lambda: job.status is Status.PAUSED)
        assert [record.step for record in job.history] == list(range(1, step + 1))
        assert job.network is not None
    queue.resume(job)
    ended(job)
    np.testing.assert_array_equal(result(job).network.theta, trained_with_events(SHORT, tiny, ()))


def test_eta_change_is_recorded_as_event(tiny: Dataset) -> None:
    run = result(train_with_controls(queue_of(workers=1), tiny, SHORT, "ann"))
    assert run.events == (Event(0, 0.05), Event(2, 0.3))
    assert run.info.config == SHORT
    np.testing.assert_array_equal(run.network.theta, trained_with_events(SHORT, tiny, run.events))


def test_eta_out_of_range_is_refused(tiny: Dataset) -> None:
    job = queue_of(workers=1).submit(SHORT, tiny, "ann", paused=True)
    with pytest.raises(ConfigError, match="learning_rate"):
        job.set_learning_rate(0.0)
    assert job.learning_rate == SHORT.learning_rate


def test_stopped_run_has_step_count_and_snapshots(tiny: Dataset) -> None:
    queue = queue_of(workers=1)
    job = queue.submit(LONG_RUN, tiny, "ann")
    until(lambda: len(job.history) > 3)
    queue.stop(job)
    ended(job)
    run = result(job)
    assert run.info.status == "stopped"
    assert run.info.steps == run.history[-1].step == run.snapshots[-1].step
    assert run.snapshots[0].step == 0
    last = run.network_at(run.snapshots[-1])
    np.testing.assert_allclose(last.theta, run.network.theta, rtol=1e-3, atol=1e-6)


def test_a_paused_run_can_be_stopped(tiny: Dataset) -> None:
    queue = queue_of(workers=1)
    job = queue.submit(SHORT, tiny, "ann", paused=True)
    queue.step(job)
    until(lambda: job.status is Status.PAUSED)
    queue.stop(job)
    ended(job)
    assert job.status is Status.STOPPED
    assert result(job).info.steps == 1


def test_run_stopped_before_first_batch_is_not_saved(tiny: Dataset) -> None:
    queue = queue_of(workers=1)
    job = queue.submit(SHORT, tiny, "ann", paused=True)
    queue.stop(job)
    ended(job)
    assert job.status is Status.STOPPED
    assert job.run is None


def test_paused_run_of_inactive_visitor_ends_and_is_saved(
    tiny: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_queue, "POLL_SECONDS", 0.02)
    clock = Clock()
    queue = queue_of(workers=1, heartbeat_timeout=600, clock=clock)
    job = queue.submit(SHORT, tiny, "ann", paused=True)
    queue.step(job)
    until(lambda: job.status is Status.PAUSED)
    clock.now = 601
    ended(job)
    assert job.status is Status.STOPPED
    assert "ten minutes" in job.error
    assert result(job).info.steps == 1


def test_random_pause_resume_stop_never_hangs(tiny: Dataset) -> None:
    rng = np.random.default_rng(3)
    queue = queue_of(workers=2)
    for _ in range(30):
        job = queue.submit(LONG_RUN, tiny, "ann")
        for k in rng.integers(4, size=6):
            (queue.pause, queue.resume, queue.step, queue.pause)[k](job)
            time.sleep(float(rng.uniform(0, 0.003)))
        queue.stop(job)
        ended(job)
        assert job.status is Status.STOPPED


class Held(BackgroundJob):
    """A background job that computes until it is released, so many times."""

    def __init__(self, visitor_id: str = "ann", times: int = 1) -> None:
        super().__init__("test", visitor_id)
        self.taken, self.release = threading.Event(), threading.Event()
        self._times = times
        self.done = 0.0

    @property
    def progress(self) -> float:
        return self.done

    def _compute(self, worker: Worker, minutes: float) -> bool:
        self.taken.set()
        assert self.release.wait(30)
        self._times -= 1
        return self._times > 0


def test_background_job_starts_only_while_no_run_waits(tiny: Dataset) -> None:
    queue = queue_of(workers=1)
    first = queue.submit(LONG_RUN, tiny, "ann")
    until(lambda: first.history)
    job = Held()
    taken, release = job.taken, job.release
    queue.submit_background(job)
    second = queue.submit(LONG_RUN, tiny, "bob")
    queue.stop(first)
    until(lambda: second.history)
    assert not taken.is_set()  # the waiting run has priority
    queue.stop(second)
    assert taken.wait(30)
    third = queue.submit(SHORT, tiny, "cy")
    time.sleep(0.1)
    assert queue.position(third) == 1
    release.set()
    ended(third)
    assert third.run is not None
    assert job.finished
    assert not job.error


def test_background_job_that_waits_again_lets_others_go_first(tiny: Dataset) -> None:
    queue = queue_of(workers=1)
    lane, other = Held("ann", times=2), Held("bob")
    queue.submit_background(lane)
    assert lane.taken.wait(30)
    queue.submit_background(other)
    run = queue.submit(SHORT, tiny, "ann")
    lane.release.set()
    assert other.taken.wait(30)
    assert run.status is Status.DONE
    assert not lane.has_started
    other.release.set()
    until(lambda: lane.finished)
    assert lane.status is Status.DONE


def test_waiting_background_job_that_is_stopped_never_starts() -> None:
    queue = queue_of(workers=1)
    first, second = Held(), Held()
    queue.submit_background(first)
    assert first.taken.wait(30)
    queue.submit_background(second)
    queue.stop(second)
    assert second.status is Status.STOPPED
    first.release.set()
    until(lambda: first.finished)
    assert not second.taken.is_set()


def test_full_queue_refuses_background_jobs() -> None:
    queue = queue_of(workers=1, limits=lambda: Limits(queue=1))
    first = Held()
    queue.submit_background(first)
    assert first.taken.wait(30)
    queue.submit_background(Held("bob"))
    with pytest.raises(LimitError, match="1 runs are already waiting"):
        queue.submit_background(Held("cid"))
    first.release.set()


def test_second_run_of_visitor_waits_for_every_first_run(tiny: Dataset) -> None:
    queue = queue_of(workers=1)
    running = queue.submit(LONG_RUN, tiny, "ann")
    until(lambda: running.history)
    order = ["ann", "ann", "bob", "bob", "cid", "ann", "bob", "dan"]
    waiting = [queue.submit(SHORT, tiny, name) for name in order]
    places = sorted(waiting, key=queue.position)
    assert [job.visitor_id for job in places] == [
        *("bob", "cid", "dan"),  # their first
        *("ann", "bob"),  # the second
        *("ann", "bob"),
        "ann",
    ]
    assert [queue.position(job) for job in places] == list(range(1, 9))
    queue.stop(running)
    for job in waiting:
        ended(job)


def test_visitor_without_a_running_run_goes_before_one_who_has_one(tiny: Dataset) -> None:
    queue = queue_of(workers=2)
    running = queue.submit(LONG_RUN, tiny, "ann")
    until(lambda: running.history)
    ended(queue.submit(SHORT, tiny, "bob"))  # then a worker finds no run that waits
    until(lambda: not queue._runs._last)
    other = queue.submit(LONG_RUN, tiny, "bob")
    until(lambda: other.history)
    second, first = (queue.submit(SHORT, tiny, name) for name in ("ann", "cid"))
    assert [queue.position(job) for job in (first, second)] == [1, 2]
    for job in (running, other):
        queue.stop(job)
    ended(second)


def test_waiting_time_is_estimated_from_the_speed_of_runs(tiny: Dataset) -> None:
    queue = queue_of(workers=1)
    first = queue.submit(replace(LONG_RUN, epochs=100), tiny, "ann", paused=True)
    second = queue.submit(SHORT, tiny, "bob", paused=True)
    assert queue.seconds_until_start(second) is None
    queue.resume(second)
    ended(second)
    held = Held()
    queue.submit_background(held)
    assert held.taken.wait(30)
    queue.resume(first)
    third = queue.submit(SHORT, tiny, "cid")
    assert queue.seconds_until_start(first) == 0
    seconds = queue.seconds_until_start(third)
    assert seconds == pytest.approx(first.multiplications_left / second.multiplications_per_second)
    assert first.multiplications_left == 100 * first.training_size * (784 * 8 + 8 * 10)
    queue.stop(first)
    held.release.set()
    ended(third)


def test_waiting_time_grows_with_the_multiplications_of_a_network(tiny: Dataset) -> None:
    queue = queue_of(workers=1)
    ended(queue.submit(SHORT, tiny, "ann"))
    held = Held()
    queue.submit_background(held)
    assert held.taken.wait(30)
    convolutional = replace(SHORT, filters=(8,))
    jobs = [queue.submit(c, tiny, name) for c, name in ((SHORT, "ann"), (convolutional, "bob"))]
    last = queue.submit(SHORT, tiny, "cid")
    dense, both = (queue.seconds_until_start(job) for job in (jobs[1], last))
    assert dense is not None
    assert both is not None
    works = [job.config.architecture.multiplications for job in jobs]
    assert works[1] > 5 * works[0]
    assert both / dense == pytest.approx(sum(works) / works[0])
    for job in (*jobs, last):
        queue.stop(job)
    held.release.set()


def test_waiting_time_includes_a_running_background_job(tiny: Dataset) -> None:
    queue = queue_of(workers=1)
    ended(queue.submit(SHORT, tiny, "ann"))
    held = Held()
    queue.submit_background(held)
    assert held.taken.wait(30)
    job = queue.submit(SHORT, tiny, "ann")
    assert queue.seconds_until_start(job) == 0  # not known
    held.done = 0.001
    seconds = queue.seconds_until_start(job)
    assert seconds is not None
    assert 0 < seconds <= held.seconds_left
    held.release.set()
    ended(job)


def test_waiting_time_begins_with_the_first_core_that_is_free(tiny: Dataset) -> None:
    queue = queue_of(workers=2)
    running = [queue.submit(LONG_RUN, tiny, name) for name in ("ann", "bob")]
    until(lambda: all(job.history for job in running))
    waiting = [queue.submit(LONG_RUN, tiny, name) for name in ("cid", "dan", "eve")]
    seconds = [queue.seconds_until_start(job) or 0.0 for job in waiting]
    assert 0 < seconds[0] <= seconds[1] < seconds[2]
    for job in (*waiting, *running):
        queue.stop(job)
    for job in running:
        ended(job)


def test_resumed_run_goes_before_all_and_rounds_end_when_no_run_waits(tiny: Dataset) -> None:
    queue = queue_of(workers=1)
    first = queue.submit(LONG_RUN, tiny, "ann")
    until(lambda: first.history)
    queue.pause(first)
    until(lambda: first.status is Status.PAUSED)
    second = queue.submit(LONG_RUN, tiny, "bob")
    until(lambda: second.history)
    third = queue.submit(SHORT, tiny, "cid")
    queue.resume(first)
    assert [queue.position(job) for job in (first, third)] == [1, 2]
    queue.stop(first)
    queue.stop(second)
    ended(third)
    held = Held()
    queue.submit_background(held)
    assert held.taken.wait(30)
    ann, cid = (queue.submit(SHORT, tiny, name) for name in ("ann", "cid"))
    assert [queue.position(job) for job in (ann, cid)] == [1, 2]
    held.release.set()
    ended(cid)


def test_workers_are_daemons(tiny: Dataset) -> None:
    ended(queue_of(workers=1).submit(SHORT, tiny, "ann"))
    workers = [thread for thread in threading.enumerate() if thread.name == "training"]
    assert workers
    assert all(thread.daemon for thread in workers)


def test_a_run_beyond_the_limits_is_refused_before_it_is_queued(tiny: Dataset) -> None:
    queue = queue_of(workers=1, limits=lambda: Limits(epochs=1, units=8))
    with pytest.raises(LimitError, match="at most 1 epoch, not"):
        queue.submit(SHORT, tiny, "ann")
    with pytest.raises(LimitError, match="at most 8 units"):
        queue.submit(replace(SHORT, epochs=1, hidden_sizes=(9,)), tiny, "ann")
    assert queue.jobs("ann") == []
    ended(queue.submit(replace(SHORT, epochs=1), tiny, "ann"))


def test_full_queue_refuses_runs_until_one_ends(tiny: Dataset) -> None:
    queue = queue_of(workers=1, limits=lambda: Limits(queue=1))
    running = queue.submit(LONG_RUN, tiny, "ann")
    until(lambda: running.status is Status.RUNNING)
    waiting = queue.submit(SHORT, tiny, "bob")
    with pytest.raises(LimitError, match="1 runs are already waiting"):
        queue.submit(SHORT, tiny, "cid")
    assert queue.jobs("cid") == []
    queue.stop(running)
    ended(waiting)
    ended(queue.submit(SHORT, tiny, "cid"))


def test_run_ends_at_time_limit_and_is_saved(tiny: Dataset) -> None:
    saved: list[Run] = []
    queue = queue_of(append_to(saved), workers=1, limits=lambda: Limits(minutes=0))
    job = queue.submit(LONG_RUN, tiny, "ann")
    ended(job)
    assert job.status is Status.STOPPED
    assert job.error == "The run was stopped: this server allows 0 minutes of computing."
    assert [run.info.steps for run in saved] == [1]
