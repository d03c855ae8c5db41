"""Sweeps, trained in threads and in worker processes."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from itertools import chain, repeat
from typing import Any

import numpy as np
import psutil
import pytest

from data_loader import DataError, Dataset
from inkling.runs.run import Run
from inkling.server.limits import LimitError, Limits
from inkling.training import sweep_workers as sweep_workers_module
from inkling.training import sweeps
from inkling.training.background_job import BackgroundJob
from inkling.training.process_worker import WorkerProcesses
from inkling.training.queue import JobQueue
from inkling.training.session import (
    ControlChannel,
    RunControls,
    Task,
    Worker,
    WorkerDied,
    run_in_thread,
)
from inkling.training.sweep_plan import SweepPlan
from inkling.training.sweep_workers import (
    MAX_TRIES,
    DataHandle,
    ExecutorWorkers,
    QueueWorkers,
    Workers,
    WorkersError,
    sweep_workers,
)
from inkling.training.sweeps import Sweep, Sweeps
from nn import TrainConfig, train
from tests.saving import append_to
from tests.waiting import until

BASE = TrainConfig(hidden_sizes=(8,), epochs=1, batch_size=50, validation_size=100)
GRID = SweepPlan(base=BASE, xs=((4,), (8,), (6, 5)), ys=(0.05, 0.2))
LONG = replace(BASE, epochs=1_000)
SEEDS = SweepPlan.over_seeds(BASE, 4)
VISITOR_ID = "0" * 32


def ended(sweep: Sweep) -> None:
    until(lambda: sweep.status != "running")


@contextmanager
def threads(data: DataHandle, count: int = 2) -> Iterator[Workers]:
    """Return workers that train in threads of this process."""
    with ThreadPoolExecutor(count) as pool:
        yield ExecutorWorkers(pool, lambda: data, lambda: count, lost=(WorkerDied,))


class Gate:
    """A data set that blocks trials until released; counts how many waited at once."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.open = threading.Semaphore(0)
        self.most = self._waiting = 0
        self._lock = threading.Lock()

    def __call__(self) -> Dataset:
        with self._lock:
            self._waiting += 1
            self.most = max(self.most, self._waiting)
        assert self.open.acquire(timeout=30)
        with self._lock:
            self._waiting -= 1
        return self.dataset


# Results.


def test_trial_result_equals_train(tiny: Dataset) -> None:
    saved: list[Run] = []
    sweep = Sweep(GRID, threads(tiny), append_to(saved), VISITOR_ID)
    ended(sweep)
    assert (sweep.status, sweep.error, sweep.failures) == ("done", "", {})
    assert sweep.finished == sweep.total == 6
    runs = {run.info.id: run for run in saved}
    assert len(runs) == 6
    for trial, config in enumerate(GRID.trials):
        run = runs[sweep.results[trial].id]
        records = list(train(config, tiny))
        assert run.info == sweep.results[trial]
        assert run.info.config == config
        assert run.info.validation_accuracy == records[-1].validation_accuracy
        assert [r.train_loss for r in run.history] == [r.train_loss for r in records]
        assert records[-1].network is not None
        np.testing.assert_array_equal(run.network.theta, records[-1].network.theta)
        assert [run.snapshots[0].step, run.snapshots[-1].step] == [0, records[-1].step]


def test_trial_ends_at_time_limit_and_is_saved(tiny: Dataset) -> None:
    saved: list[Run] = []
    sweep = Sweep(SEEDS, threads(tiny), append_to(saved), VISITOR_ID, Limits(minutes=0))
    ended(sweep)
    assert (sweep.status, sweep.failures) == ("done", {})
    assert {run.info.status for run in saved} == {"stopped"}
    assert {run.info.error for run in saved} == {
        "The run was stopped: this server allows 0 minutes of computing."
    }


def test_saved_run_has_its_sweep_id(tiny: Dataset) -> None:
    saved: list[Run] = []
    sweep = Sweep(SEEDS, threads(tiny), append_to(saved), VISITOR_ID)
    ended(sweep)
    assert {run.info.group for run in saved} == {f"sweep-{sweep.id}"} == {sweep.group}
    assert {run.info.visitor_id for run in saved} == {VISITOR_ID}
    assert {run.info.name for run in saved} == {"seed 0", "seed 1", "seed 2", "seed 3"}
    assert {run.info.data_name for run in saved} == {"tiny"}


def has_begun(sweep: Sweep, trial: int) -> bool:
    return sweep.running == {trial}


def has_ended(sweep: Sweep, trial: int) -> bool:
    return trial in sweep.results


def test_progress_counts_ended_trials(tiny: Dataset) -> None:
    gate = Gate(tiny)
    sweep = Sweep(SEEDS, threads(gate, count=1), lambda run, data: None, VISITOR_ID)
    for count in range(4):
        until(partial(has_begun, sweep, count))  # in order, one at a time
        assert (sweep.status, sweep.finished, len(sweep.results)) == ("running", count, count)
        seen = sweep.results
        gate.open.release()
        until(partial(has_ended, sweep, count))
        assert len(seen) == count  # what a page has read stays as it was
    ended(sweep)
    assert (sweep.status, sweep.finished) == ("done", 4)


@pytest.mark.usefixtures("short_timeout")
def test_stop_abandons_trials_of_an_executor_and_keeps_finished_ones(tiny: Dataset) -> None:
    gate, saved = Gate(tiny), list[Run]()
    sweep = Sweep(SEEDS, threads(gate), append_to(saved), VISITOR_ID)
    gate.open.release()
    until(lambda: sweep.finished == 1 and len(sweep.running) == 2)
    sweep.stop()
    ended(sweep)
    assert (sweep.status, sweep.finished, sweep.failures) == ("stopped", 1, {})
    gate.open.release(2)
    assert [run.info for run in saved] == list(sweep.results.values())


def test_stop_after_the_last_trial_has_ended_has_no_effect(tiny: Dataset) -> None:
    sweep = Sweep(SweepPlan.over_seeds(BASE, 2), threads(tiny), lambda run, data: None, VISITOR_ID)
    ended(sweep)
    sweep.stop()
    assert (sweep.status, sweep.finished) == ("done", 2)


def test_trial_that_has_ended_when_the_sweep_is_stopped_is_saved(tiny: Dataset) -> None:
    saved: list[Run] = []
    started = threading.Event()

    def worker(
        task: Task, request: Any, dataset: Dataset, channel: ControlChannel, emit: Any
    ) -> Any:
        result = run_in_thread(task, request, dataset, channel, emit)
        assert started.wait(30)
        sweep.stop()
        return result

    queue = JobQueue(lambda run, data: None, workers=1, worker=worker)
    sweep = in_queue(queue, tiny, SEEDS, saved)
    started.set()
    ended(sweep)
    assert (sweep.status, set(sweep.results), len(saved)) == ("stopped", {0}, 1)


def test_trials_beyond_the_limits_are_refused(tiny: Dataset) -> None:
    for limits in (Limits(epochs=1, units=5), Limits(epochs=1)):
        plan = SweepPlan(base=BASE, xs=((4,), (6,)), y="epochs", ys=(1, 2))
        with pytest.raises(LimitError):
            Sweep(plan, threads(tiny), lambda run, data: None, VISITOR_ID, limits)


def test_visitor_has_one_active_sweep_at_a_time(tiny: Dataset) -> None:
    gate, all_sweeps = Gate(tiny), Sweeps()
    started, refusals = list[Sweep](), list[str]()

    def new_sweep() -> Sweep:
        return Sweep(SEEDS, threads(gate), lambda run, data: None, VISITOR_ID)

    def start() -> None:
        try:
            started.append(all_sweeps.start(VISITOR_ID, new_sweep))
        except LimitError as error:
            refusals.append(str(error))

    tabs = [threading.Thread(target=start) for _ in range(8)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert (all_sweeps.of(VISITOR_ID), len(refusals)) == (started, 7)
    assert len(started) == 1
    assert "one thing at a time" in refusals[0]
    gate.open.release(100)
    ended(started[0])
    for _ in range(4):
        start()
        ended(started[-1])
    assert all_sweeps.of(VISITOR_ID) == started[:-4:-1]


def test_failing_trial_does_not_affect_others(tiny: Dataset) -> None:
    plan = SweepPlan(base=BASE, x="training_size", xs=(100, 100_000, 200), y=None)
    sweep = Sweep(plan, threads(tiny), lambda run, data: None, VISITOR_ID)
    ended(sweep)
    assert (sweep.status, sweep.finished) == ("done", 3)
    assert sweep.results.keys() == {0, 2}
    assert "at most 500 images" in sweep.failures[1]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (MemoryError(), "not enough memory"),
        (DataError("The folder is gone."), "The folder is gone."),
        (RuntimeError("secret detail"), "Something went wrong, and the run stopped (RuntimeError)"),
        (
            OSError(28, "No space left on device"),
            "the run stopped (OSError)",
        ),
        (WorkerDied("code -9"), f"stopped unexpectedly {MAX_TRIES} times"),
    ],
)
def test_exception_becomes_error_message(fault: Exception, message: str) -> None:
    def broken() -> Dataset:
        raise fault

    sweep = Sweep(
        SweepPlan.over_seeds(BASE, 2), threads(broken), lambda run, data: None, VISITOR_ID
    )
    ended(sweep)
    assert sweep.status == "done"
    assert sweep.failures.keys() == {0, 1}
    assert all(
        message in failure and "secret" not in failure for failure in sweep.failures.values()
    )


def test_full_disk_is_reported_and_the_result_stays(tiny: Dataset) -> None:
    saved: list[Run] = []

    def save(run: Run, data: bytes) -> None:
        if run.info.config.seed == 1:
            raise OSError(28, "No space left on device")
        saved.append(run)

    sweep = Sweep(SEEDS, threads(tiny), save, VISITOR_ID)
    ended(sweep)
    assert (sweep.status, sweep.finished, len(saved)) == ("done", 4, 3)
    assert sweep.results.keys() == {0, 1, 2, 3}
    assert sweep.failures.keys() == {1}
    assert "could not be saved: No space left on device." in sweep.failures[1]


def test_trial_of_dead_worker_is_retried(tiny: Dataset) -> None:
    deaths = iter([True] * (MAX_TRIES - 1))

    def data() -> Dataset:
        if next(deaths, False):
            raise WorkerDied("code -9")
        return tiny

    saved: list[Run] = []
    sweep = Sweep(SEEDS, threads(data, count=1), append_to(saved), VISITOR_ID)
    ended(sweep)
    assert (sweep.status, len(saved), sweep.failures) == ("done", 4, {})


def test_sweep_without_workers_fails_with_reason() -> None:
    @contextmanager
    def no_workers() -> Iterator[Workers]:
        raise WorkersError("Nobody is there.")
        yield

    sweep = Sweep(SEEDS, no_workers(), lambda run, data: None, VISITOR_ID)
    ended(sweep)
    assert (sweep.status, sweep.error, sweep.finished) == ("failed", "Nobody is there.", 0)


def test_finished_trials_stay_when_all_workers_leave(tiny: Dataset) -> None:
    answers = iter([tiny, tiny])

    def data() -> Dataset:
        found = next(answers, None)
        if found is None:
            raise WorkersError("They went home.")
        return found

    @contextmanager
    def leaving() -> Iterator[Workers]:
        with ThreadPoolExecutor() as pool:
            yield ExecutorWorkers(pool, data, lambda: 1)

    sweep = Sweep(SEEDS, leaving(), lambda run, data: None, VISITOR_ID)
    ended(sweep)
    assert (sweep.status, sweep.error) == ("failed", "They went home.")
    assert (set(sweep.results), set(sweep.failures), sweep.finished) == ({0, 1}, set(), 2)


class UnresponsiveExecutor(Executor):
    """An executor whose first future never completes; the other calls are executed."""

    def __init__(self) -> None:
        self.calls: list[Future[Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.calls.append(Future())
        if len(self.calls) > 1:
            self.calls[-1].set_result(fn(*args, **kwargs))
        return self.calls[-1]


@pytest.fixture
def short_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sweeps, sweep_workers_module):
        monkeypatch.setattr(module, "POLL_SECONDS", 0.01)


@pytest.mark.usefixtures("short_timeout")
def test_unresponsive_trial_ends_when_workers_leave() -> None:
    given = iter([lambda: None])

    def data() -> DataHandle:
        for handle in given:
            return handle  # type: ignore[return-value]
        raise WorkersError("They went home.")

    workers = ExecutorWorkers(UnresponsiveExecutor(), data, lambda: 1)
    sweep = Sweep(SEEDS, nullcontext(workers), lambda run, data: None, VISITOR_ID)
    ended(sweep)
    assert (sweep.status, sweep.error, sweep.finished) == ("failed", "They went home.", 0)


@pytest.mark.usefixtures("short_timeout")
def test_trial_with_lost_data_is_retried(tiny: Dataset) -> None:
    handles = chain([lambda: tiny], repeat(tiny))
    workers = ExecutorWorkers(
        UnresponsiveExecutor(), lambda: next(handles), lambda: 1, lost=(CancelledError,)
    )
    sweep = Sweep(SEEDS, nullcontext(workers), lambda run, data: None, VISITOR_ID)
    ended(sweep)
    assert (sweep.status, len(sweep.results), sweep.failures) == ("done", 4, {})


def test_joining_workers_get_trials(tiny: Dataset) -> None:
    capacity = 1
    gate = Gate(tiny)

    @contextmanager
    def growing() -> Iterator[Workers]:
        with ThreadPoolExecutor() as pool:
            yield ExecutorWorkers(pool, lambda: gate, lambda: capacity)

    sweep = Sweep(SEEDS, growing(), lambda run, data: None, VISITOR_ID)
    until(lambda: sweep.running == {0})
    capacity = 3
    until(lambda: sweep.running == {0, 1, 2})
    gate.open.release(4)
    ended(sweep)
    assert sweep.status == "done"


# The queue's cores.


def in_queue(
    queue: JobQueue, dataset: Dataset, plan: SweepPlan = SEEDS, saved: list[Run] | None = None
) -> Sweep:
    """Start a sweep whose trials are background jobs."""
    workers = nullcontext(QueueWorkers(queue, dataset, VISITOR_ID))
    runs: list[Run] = [] if saved is None else saved
    return Sweep(plan, workers, append_to(runs), VISITOR_ID)


class GatedWorker:
    """Worker that waits before each task."""

    def __init__(self, tiny: Dataset) -> None:
        self.gate = Gate(tiny)

    def __call__(
        self, task: Task, request: Any, dataset: Dataset, channel: ControlChannel, emit: Any
    ) -> Any:
        return run_in_thread(task, request, self.gate(), channel, emit)


def test_no_more_trials_run_than_the_queue_has_cores(tiny: Dataset) -> None:
    worker = GatedWorker(tiny)
    gate = worker.gate
    sweep = in_queue(JobQueue(lambda run, data: None, workers=2, worker=worker), tiny)
    until(lambda: gate.most == 2)
    gate.open.release(4)
    ended(sweep)
    assert (sweep.status, sweep.finished) == ("done", 4)
    assert gate.most == 2


def test_visitors_run_goes_before_the_next_trial(tiny: Dataset) -> None:
    worker = GatedWorker(tiny)
    queue = JobQueue(lambda run, data: None, workers=1, worker=worker)
    sweep = in_queue(queue, tiny)
    until(lambda: sweep.running == {0})
    job = queue.submit(BASE, tiny, "ann")
    worker.gate.open.release(2)
    until(lambda: not job.active)
    until(lambda: sweep.running == {0})
    worker.gate.open.release(4)
    ended(sweep)
    assert (sweep.status, sweep.finished) == ("done", 4)


def test_trials_pause_for_visitors_runs_and_give_the_same_results(tiny: Dataset) -> None:
    saved: list[Run] = []
    config = replace(BASE, epochs=50)
    queue = JobQueue(lambda run, data: None, workers=2)
    sweep = in_queue(queue, tiny, SweepPlan.over_seeds(config, 2), saved)
    for _ in range(5):
        until(lambda: sweep.running)
        jobs = [queue.submit(BASE, tiny, name) for name in ("ann", "bob")]
        until(lambda jobs=jobs: not any(job.active for job in jobs))  # type: ignore[misc]
    ended(sweep)
    assert (sweep.status, len(saved), sweep.failures) == ("done", 2, {})
    for run in saved:
        records = list(train(run.info.config, tiny))
        assert [r.train_loss for r in run.history] == [r.train_loss for r in records]
        assert records[-1].network is not None
        np.testing.assert_array_equal(run.network.theta, records[-1].network.theta)


def test_ended_sweeps_of_few_visitors_stay_in_memory(
    tiny: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeps, "_MAX_VISITORS", 2)
    gate, all_sweeps = Gate(tiny), Sweeps()

    def start(visitor_id: str, data: DataHandle) -> Sweep:
        return all_sweeps.start(
            visitor_id, lambda: Sweep(SEEDS, threads(data), lambda run, data: None, visitor_id)
        )

    running = start("ann", gate)
    for visitor_id in ("bob", "cid", "bob", "dan"):
        ended(start(visitor_id, tiny))
    kept = [name for name in ("ann", "bob", "cid", "dan") if all_sweeps.of(name)]
    assert kept == ["ann", "bob", "dan"]
    gate.open.release(100)
    ended(running)


def test_paused_trial_continues_before_other_trials(tiny: Dataset) -> None:
    queue = JobQueue(lambda run, data: None, workers=1)
    plan = SweepPlan.over_seeds(LONG, 2)
    first = in_queue(queue, tiny, plan)
    until(lambda: first.running == {0})
    second = Sweep(
        plan, nullcontext(QueueWorkers(queue, tiny, "bob")), lambda run, data: None, "bob"
    )
    for _ in range(3):
        job = queue.submit(BASE, tiny, "cid")
        until(lambda job=job: not job.active)  # type: ignore[misc]
        until(lambda: first.running == {0})
    assert second.running == frozenset()
    for sweep in (first, second):
        sweep.stop()
        ended(sweep)


class Waiting(BackgroundJob):
    """A background job that cannot be paused."""

    def _compute(self, worker: Worker, minutes: float) -> bool:
        return False


@pytest.mark.parametrize("visitor_id", ["ann", VISITOR_ID])
def test_trial_pauses_for_a_background_job_that_cannot_be_paused(
    tiny: Dataset, visitor_id: str
) -> None:
    queue = JobQueue(lambda run, data: None, workers=1)
    started = [in_queue(queue, tiny, SweepPlan.over_seeds(LONG, 2)) for _ in range(2)]
    until(lambda: started[0].running or started[1].running)
    for _ in range(3):
        job = Waiting("race", visitor_id)
        queue.submit_background(job)
        until(lambda job=job: job.finished)  # type: ignore[misc]
    assert [sweep.finished for sweep in started] == [0, 0]
    for sweep in started:
        sweep.stop()
        ended(sweep)


def test_stopped_sweep_ends_its_running_trials_without_results(tiny: Dataset) -> None:
    saved: list[Run] = []
    queue = JobQueue(lambda run, data: None, workers=2)
    plan = SweepPlan(base=LONG, x="epochs", xs=(1, 999, 1_000), y=None)
    sweep = in_queue(queue, tiny, plan, saved)
    until(lambda: sweep.running == {1, 2})
    sweep.stop()
    ended(sweep)
    assert (sweep.status, set(sweep.results), sweep.failures) == ("stopped", {0}, {})
    assert [run.info.epochs for run in saved] == [1]
    job = queue.submit(BASE, tiny, "ann")
    until(lambda: not job.active)


def test_paused_trials_of_a_stopped_sweep_do_not_continue(tiny: Dataset) -> None:
    queue = JobQueue(lambda run, data: None, workers=1)
    sweep = in_queue(queue, tiny, SweepPlan.over_seeds(LONG, 2))
    until(lambda: sweep.running == {0})
    job = queue.submit(LONG, tiny, "ann")
    until(lambda: job.history)
    assert sweep.running == frozenset()
    sweep.stop()
    assert sweep.status == "stopped"
    queue.stop(job)
    until(lambda: not job.active)
    assert sweep.results == {}


def test_core_is_released_however_a_trial_ends(tiny: Dataset) -> None:
    queue = JobQueue(save=lambda run, data: None, workers=1)
    plan = SweepPlan(base=BASE, x="training_size", xs=(100_000, 200_000, 100), y=None)
    sweep = in_queue(queue, tiny, plan)
    ended(sweep)
    assert sweep.failures.keys() == {0, 1}
    job = queue.submit(BASE, tiny, VISITOR_ID)
    until(lambda: not job.active)


def test_sweep_waiting_for_a_core_can_be_stopped(tiny: Dataset) -> None:
    worker = GatedWorker(tiny)
    queue = JobQueue(save=lambda run, data: None, workers=1, worker=worker)
    job = queue.submit(BASE, tiny, "ann")
    until(lambda: worker.gate.most == 1)
    sweep = in_queue(queue, tiny)
    sweep.stop()
    ended(sweep)
    assert (sweep.status, sweep.finished) == ("stopped", 0)
    worker.gate.open.release()
    until(lambda: not job.active)


def test_trial_of_dead_worker_in_queue_is_retried(tiny: Dataset) -> None:
    deaths = iter([True] * (MAX_TRIES - 1) + [False] + [True] * MAX_TRIES)

    def worker(
        task: Task, request: Any, dataset: Dataset, channel: ControlChannel, emit: Any
    ) -> Any:
        if next(deaths, False):
            raise WorkerDied
        return run_in_thread(task, request, dataset, channel, emit)

    sweep = in_queue(JobQueue(lambda run, data: None, workers=1, worker=worker), tiny)
    ended(sweep)
    assert (sweep.status, set(sweep.results)) == ("done", {0, 2, 3})
    assert f"stopped unexpectedly {MAX_TRIES} times" in sweep.failures[1]


# Processes on this machine.


@pytest.fixture
def processes() -> Iterator[WorkerProcesses]:
    processes = WorkerProcesses()
    yield processes
    processes.close()


def test_worker_processes_give_bit_identical_results(
    tiny: Dataset, processes: WorkerProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    saved: list[Run] = []
    plan = SweepPlan(base=BASE, xs=((8,), (12,)), y="augmentation", ys=(None, "elastic"))
    here: list[Run] = []
    queue = JobQueue(lambda run, data: None, workers=2, worker=processes)
    for workers, runs in (
        (sweep_workers(tiny, queue, VISITOR_ID), saved),
        (threads(tiny), here),
    ):
        sweep = Sweep(plan, workers, append_to(runs), VISITOR_ID)
        ended(sweep)
        assert (sweep.status, sweep.failures) == ("done", {})
    expected = {run.info.name: run.network.theta for run in here}
    assert len(expected) == len(saved) == 4
    for run in saved:
        np.testing.assert_array_equal(run.network.theta, expected[run.info.name])


def process_id(request: object, dataset: Dataset, read_controls: object, emit: object) -> int:
    """Task that returns the id of its process."""
    return os.getpid()


def call(processes: WorkerProcesses, task: Task, tiny: Dataset) -> Any:
    return processes(task, None, tiny, ControlChannel(RunControls()), lambda message: None)


def test_modules_of_a_dask_worker_include_no_page(tiny: Dataset) -> None:
    code = "import sys, inkling.training.sweep_workers; print(*sys.modules)"
    known = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    ).stdout.split()
    assert "inkling.training.sweep_workers" in known
    assert not set(known) & {"streamlit", "plotly", "distributed"}


def test_trials_of_killed_worker_are_retried(tiny: Dataset, processes: WorkerProcesses) -> None:
    """The first process is killed in the middle of a trial that lasts for some seconds."""
    saved: list[Run] = []
    pid = call(processes, process_id, tiny)
    idle = seconds_of_work(pid)
    plan = SweepPlan.over_seeds(replace(BASE, epochs=100), 2)
    queue = JobQueue(lambda run, data: None, workers=1, worker=processes)
    sweep = in_queue(queue, tiny, plan, saved)
    until(lambda: seconds_of_work(pid) > idle + 0.1)
    os.kill(pid, signal.SIGKILL)
    ended(sweep)
    assert call(processes, process_id, tiny) != pid
    assert (sweep.status, sweep.failures) == ("done", {})
    assert sorted(run.info.config.seed for run in saved) == [0, 1]
    assert {run.info.epochs for run in saved} == {100}


def seconds_of_work(pid: int) -> float:
    return float(psutil.Process(pid).cpu_times().user)
