"""Cost of jobs compared with bare training, of saved runs, sweeps, and exports."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nn
from data_loader import Dataset, load_mnist
from inkling.exports.numpy_program import numpy_program
from inkling.exports.onnx_model import onnx_bytes
from inkling.runs.run import Run, new_id
from inkling.runs.run_file import run_bytes
from inkling.runs.store import RunStore
from inkling.training.job import Status
from inkling.training.process_worker import WorkerProcesses
from inkling.training.queue import JobQueue, available_cores
from inkling.training.sweep_plan import SweepPlan
from inkling.training.sweep_workers import sweep_workers
from inkling.training.sweeps import Sweep
from nn.training import train_validation_split

RECIPE = "fast-98"
PAIRS = 5
RUNS = 200
VISITOR_ID = "0" * 32
PLAN = SweepPlan(base=replace(nn.recipes["fast-97"], epochs=1))


def main() -> None:
    """Measure, and print five tables."""
    dataset = load_mnist()
    print(f"{os.cpu_count()} cores\n")
    run = jobs(dataset)
    saved_runs(run)
    sweep(dataset)
    start_beside_a_sweep(dataset)
    exports(run)


def jobs(dataset: Dataset) -> Run:
    """Print images a second of a job, snapshots and all, beside bare training; return a run."""
    config, alone, queued = nn.recipes[RECIPE], [], []
    found: list[Run] = []
    queue = JobQueue(lambda run, data: found.append(run), workers=1)
    images = config.epochs * len(train_validation_split(dataset, config)[0].labels)
    for _ in range(PAIRS):
        *_, last = nn.train(config, dataset)
        alone.append(images / last.seconds)
        job = queue.submit(config, dataset, VISITOR_ID)
        while job.active:
            time.sleep(0.05)
        queued.append(images / found[-1].info.seconds)
    ratio = statistics.median(b / a for a, b in zip(alone, queued, strict=True))
    bare, job_rate = statistics.median(alone), statistics.median(queued)
    print(f"{RECIPE}, images a second, medians of {PAIRS} pairs")
    print(f"bare {bare:,.0f}, as a job {job_rate:,.0f}: {ratio:.0%}\n")
    return found[-1]


def saved_runs(run: Run) -> None:
    """Print the time to save, list and open runs."""
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder))
        size = len(run_bytes(run))
        snapshots = len(run.snapshots)
        print(f"A run of {RECIPE}: {size / 2**20:.1f} MiB, {snapshots} snapshots; {RUNS} of them")
        saved = [copy(run) for _ in range(RUNS)]

        def save_all() -> None:
            for one in saved:
                store.save(one)

        print_ms("keep one", timed(save_all) / RUNS)
        print_ms("list all, anew", timed(store.runs))
        print_ms("list all, again", timed(store.runs))
        print_ms("open one", timed(lambda: store.open(saved[0].info.id)))
        print()


def print_ms(what: str, seconds: float) -> None:
    """Print a line in milliseconds."""
    print(f"  {what:16} {1000 * seconds:6.1f} ms")


def copy(run: Run) -> Run:
    """Return the same run under another id."""
    return replace(run, info=replace(run.info, id=new_id()))


def sweep(dataset: Dataset) -> None:
    """Print trials a minute on this machine, from the start of its processes."""
    queue = JobQueue(lambda run, data: None, worker=WorkerProcesses())
    started = time.perf_counter()
    workers = sweep_workers(dataset, queue, VISITOR_ID)
    trials = Sweep(PLAN, workers, lambda run, data: None, VISITOR_ID)
    first = 0.0
    while trials.status is Status.RUNNING:
        if trials.finished and not first:
            first = time.perf_counter() - started
        time.sleep(0.02)
    seconds = time.perf_counter() - started
    print(f"A sweep of {PLAN.total} trials, an epoch each, in {available_cores()} processes:")
    print(f"first result after {first:.1f} s, all after {seconds:.1f} s\n")


def start_beside_a_sweep(dataset: Dataset) -> None:
    """Print how long a run takes to its first record, on idle cores and beside long trials."""
    processes = WorkerProcesses()
    queue = JobQueue(lambda run, data: None, worker=processes)

    def seconds_to_first_record() -> float:
        started = time.perf_counter()
        job = queue.submit(nn.recipes["fast-97"], dataset, VISITOR_ID)
        while not job.history:
            time.sleep(0.002)
        seconds = time.perf_counter() - started
        while job.active:
            time.sleep(0.02)
        return seconds

    seconds_to_first_record()  # starts a process
    idle = [seconds_to_first_record() for _ in range(PAIRS)]
    workers = sweep_workers(dataset, queue, VISITOR_ID)
    plan = SweepPlan.over_seeds(replace(nn.recipes[RECIPE], epochs=1_000), queue.cores)
    trials = Sweep(plan, workers, lambda run, data: None, VISITOR_ID)
    beside = []
    for _ in range(PAIRS):
        while len(trials.running) < queue.cores:
            time.sleep(0.02)
        time.sleep(1)  # the trials have to be under way
        beside.append(seconds_to_first_record())
    stopped = timed(lambda: stop(trials))
    processes.close()
    print("From submission to the first record of fast-97, medians:")
    print(f"idle {statistics.median(idle):.2f} s, beside trials {statistics.median(beside):.2f} s")
    print(f"the sweep stopped after {stopped:.2f} s\n")


def stop(trials: Sweep) -> None:
    """Stop a sweep and wait until it has ended."""
    trials.stop()
    while trials.status is Status.RUNNING:
        time.sleep(0.002)


def exports(run: Run) -> None:
    """Print the time of each export."""
    onnx_bytes(run.network)  # loads the library
    for name, make in (
        ("ONNX", lambda: onnx_bytes(run.network)),
        ("NumPy file", lambda: numpy_program(run.network).encode()),
    ):
        print(f"{name:11} {len(make()) / 1000:6.0f} kB, {1000 * timed(make):5.1f} ms")


def timed(call: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
