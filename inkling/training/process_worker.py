"""Runs are trained in processes apart, so that no page waits for the interpreter that they use."""

from dataclasses import dataclass
from typing import Any

from data_loader import Dataset
from inkling.runs.checkpoint_file import DatasetFingerprint
from inkling.runs.run_file import run_bytes, run_from_bytes
from inkling.training import worker_process
from inkling.training.session import (
    ControlChannel,
    Emit,
    Finished,
    Paused,
    RunControls,
    TrainingRequest,
    WorkerDied,
    train_run,
)
from inkling.training.worker_process import ProcessPool, WorkerProcessDied


class TrainingProcesses:
    """A `Worker` that has each run trained in a process that trains no other at the time.

    As many processes are started as there are runs at a time. Each has the data set of its last run
    in its memory.
    """

    def __init__(self) -> None:
        self._pool = ProcessPool()

    def __call__(
        self, order: TrainingRequest, dataset: Dataset, steering: ControlChannel, tell: Emit
    ) -> Paused | Finished:
        """Train a run; as `train_here`, and raises WorkerDied if its process ends."""
        try:
            with self._pool.process() as process:

                def hear(news: Any) -> None:
                    if not isinstance(news, _Ready):
                        tell(news)
                        return
                    if news.wants_digits:
                        process.say(dataset)
                    steering.listen(process.say)

                try:
                    outcome = process.call(_train, order, hear=hear)
                finally:
                    steering.listen(None)
        except WorkerProcessDied as error:
            raise WorkerDied from error
        if isinstance(outcome, _FinishedInWorker):
            run = None if outcome.run is None else run_from_bytes(outcome.run)
            return Finished(run, outcome.done, outcome.why)
        return outcome

    def close(self) -> None:
        """End the processes: the idle ones at once, the others after the run in hand."""
        self._pool.close()


@dataclass(frozen=True)
class _Ready:
    """What a process says before it begins: whether it has the digits already."""

    wants_digits: bool


@dataclass(frozen=True)
class _FinishedInWorker:
    """As `Finished`, with the run as the bytes of its file, the one form that is checked."""

    run: bytes | None
    done: bool
    why: str


_held: tuple[tuple[str, str], Dataset] | None = None  # in such a process: its last digits


def _train(order: TrainingRequest) -> Paused | _FinishedInWorker:
    """Train a run; this is what such a process does."""
    dataset = _digits(order.digits)
    wishes: RunControls = worker_process.receive()

    def latest() -> RunControls:
        nonlocal wishes
        while (changed := worker_process.receive(wait=False)) is not None:
            wishes = changed
        return wishes

    outcome = train_run(order, dataset, latest, worker_process.emit)
    if isinstance(outcome, Paused):
        return outcome
    run = None if outcome.run is None else run_bytes(outcome.run)
    return _FinishedInWorker(run, outcome.done, outcome.why)


def _digits(wanted: DatasetFingerprint) -> Dataset:
    """Return what a run learns from, asked for if the last one learned from others; say ready."""
    global _held
    key = wanted.name, wanted.digest
    if _held is None or _held[0] != key:
        _held = None  # there is room for one
        worker_process.emit(_Ready(wants_digits=True))
        _held = key, worker_process.receive()
    else:
        worker_process.emit(_Ready(wants_digits=False))
    return _held[1]
