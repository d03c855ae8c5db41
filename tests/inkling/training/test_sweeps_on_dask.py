"""Sweeps on a local Dask cluster, started by the README's commands."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data_loader import Dataset
from inkling.runs.run import Run
from inkling.training import sweep_workers as sweep_workers_module
from inkling.training.queue import JobQueue
from inkling.training.sweep_workers import Workers, WorkersError, cluster_workers, sweep_workers
from inkling.training.sweeps import Sweep, SweepPlan
from nn import TrainConfig, train
from tests.saving import append_to
from tests.waiting import until

ROOT = Path(__file__).parents[3]
BASE = TrainConfig(hidden_sizes=(8,), epochs=1, batch_size=50, validation_size=100)
LONG = replace(BASE, epochs=80)
VISITOR_ID = "0" * 32


def answers(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


class Cluster:
    """A scheduler and its workers, each the leader of a group of processes."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            host, port = free.getsockname()
        self.address = f"tcp://{host}:{port}"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("scheduler", "--host", host, "--port", str(port))
        until(lambda: answers(host, port))

    def add_worker(self) -> subprocess.Popen[bytes]:
        return self._start("worker", self.address, "--nworkers", "1", "--nthreads", "1")

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard"]
        process = subprocess.Popen(
            command, cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL
        )
        self.processes.append(process)
        return process

    @staticmethod
    def kill(process: subprocess.Popen[bytes]) -> None:
        """Kill a process and those that it started: a nanny and its worker."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                self.kill(process)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    cluster = Cluster()
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", cluster.address)
    try:
        yield cluster
    finally:
        cluster.end()


def workers_of(dataset: Dataset) -> AbstractContextManager[Workers]:
    return sweep_workers(dataset, JobQueue(lambda run, data: None), VISITOR_ID)


def ended(sweep: Sweep) -> None:
    until(lambda: sweep.status != "running")


def test_trials_of_killed_worker_are_retried(cluster: Cluster, tiny: Dataset) -> None:
    first, _ = cluster.add_worker(), cluster.add_worker()
    saved: list[Run] = []
    plan = SweepPlan.over_seeds(LONG, 6)
    with workers_of(tiny) as workers:
        until(lambda: workers.capacity() == 2)
        sweep = Sweep(plan, nullcontext(workers), append_to(saved), VISITOR_ID)
        until(lambda: sweep.finished >= 2 and len(sweep.running) == 2)
        cluster.kill(first)
        ended(sweep)
        assert workers.capacity() == 1
    assert (sweep.status, sweep.failures) == ("done", {})
    assert sorted(run.info.config.seed for run in saved) == list(range(6))
    records = list(train(LONG, tiny))
    assert records[-1].network is not None
    run = next(run for run in saved if run.info.config == LONG)
    np.testing.assert_array_equal(run.network.theta, records[-1].network.theta)


def test_new_workers_continue_after_all_workers_died(cluster: Cluster, tiny: Dataset) -> None:
    only = cluster.add_worker()
    saved: list[Run] = []
    sweep = Sweep(
        SweepPlan.over_seeds(LONG, 3),
        workers_of(tiny),
        append_to(saved),
        VISITOR_ID,
    )
    until(lambda: sweep.finished == 1 and sweep.running)
    cluster.kill(only)
    cluster.add_worker()
    ended(sweep)
    assert (sweep.status, sweep.failures) == ("done", {})
    assert sorted(run.info.config.seed for run in saved) == [0, 1, 2]


def test_sweep_keeps_finished_trials_when_scheduler_dies(
    cluster: Cluster, tiny: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep_workers_module, "_CONNECT_SECONDS", 2)
    monkeypatch.setattr(sweep_workers_module, "_WORKER_SECONDS", 10)
    cluster.add_worker()
    saved: list[Run] = []
    sweep = Sweep(
        SweepPlan.over_seeds(LONG, 3),
        workers_of(tiny),
        append_to(saved),
        VISITOR_ID,
    )
    until(lambda: sweep.finished == 1 and sweep.running)
    cluster.kill(cluster.scheduler)
    ended(sweep)
    assert sweep.status == "failed"
    assert f"{cluster.address} has no workers, or is gone" in sweep.error
    assert (sweep.finished, len(saved), sweep.failures) == (1, 1, {})


def test_stop_cancels_pending_trials_and_abandons_the_running_one(
    cluster: Cluster, tiny: Dataset
) -> None:
    cluster.add_worker()
    sweep = Sweep(
        SweepPlan.over_seeds(replace(BASE, epochs=1_000), 8),  # longer than stopping takes
        workers_of(tiny),
        lambda run, data: None,
        VISITOR_ID,
    )
    until(lambda: sweep.running)
    sweep.stop()
    ended(sweep)
    assert (sweep.status, dict(sweep.results), sweep.failures) == ("stopped", {}, {})


def test_cluster_without_workers_is_reported(
    cluster: Cluster, tiny: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep_workers_module, "_WORKER_SECONDS", 0.5)
    sweep = Sweep(
        SweepPlan.over_seeds(BASE, 2),
        workers_of(tiny),
        lambda run, data: None,
        VISITOR_ID,
    )
    ended(sweep)
    assert sweep.status == "failed"
    assert f"{cluster.address} has no workers" in sweep.error


def test_unreachable_scheduler_is_reported(tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_workers_module, "_CONNECT_SECONDS", 0.5)
    with (
        pytest.raises(WorkersError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9,"),
        cluster_workers(tiny, "tcp://127.0.0.1:9"),
    ):
        pass


def test_missing_dask_is_reported(tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "tcp://127.0.0.1:9")
    with (
        pytest.raises(WorkersError, match=r"requirements-cluster\.txt"),
        workers_of(tiny),
    ):
        pass
