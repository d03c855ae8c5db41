"""Runs are trained in processes apart, so that no page waits for the interpreter that they use."""

from dataclasses import dataclass
from typing import Any

from data_loader import Dataset
from inkling.runs.checkpoint_file import Digits
from inkling.runs.run_file import run_bytes, run_from_bytes
from inkling.training import worker_process
from inkling.training.session import (
    Ended,
    Order,
    Paused,
    Steering,
    Tell,
    Wishes,
    WorkerDied,
    train_run,
)
from inkling.training.worker_process import ProcessDied, ProcessPool


class TrainingProcesses:
    """A `Worker` that has each run trained in a process that trains no other at the time.

    As many processes are started as there are runs at a time. Each has the data set of its last run
    in its memory.
    """

    def __init__(self) -> None:
        self._pool = ProcessPool()

    def __call__(
        self, order: Order, dataset: Dataset, steering: Steering, tell: Tell
    ) -> Paused | Ended:
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
        except ProcessDied as error:
            raise WorkerDied from error
        if isinstance(outcome, _EndedThere):
            run = None if outcome.run is None else run_from_bytes(outcome.run)
            return Ended(run, outcome.done, outcome.why)
        return outcome

    def close(self) -> None:
        """End the processes: the idle ones at once, the others after the run in hand."""
        self._pool.close()


@dataclass(frozen=True)
class _Ready:
    """What a process says before it begins: whether it has the digits already."""

    wants_digits: bool


@dataclass(frozen=True)
class _EndedThere:
    """As `Ended`, with the run as the bytes of its file, the one form that is checked."""

    run: bytes | None
    done: bool
    why: str


_held: tuple[tuple[str, str], Dataset] | None = None  # in such a process: its last digits


def _train(order: Order) -> Paused | _EndedThere:
    """Train a run; this is what such a process does."""
    dataset = _digits(order.digits)
    wishes: Wishes = worker_process.told()

    def latest() -> Wishes:
        nonlocal wishes
        while (changed := worker_process.told(wait=False)) is not None:
            wishes = changed
        return wishes

    outcome = train_run(order, dataset, latest, worker_process.tell)
    if isinstance(outcome, Paused):
        return outcome
    run = None if outcome.run is None else run_bytes(outcome.run)
    return _EndedThere(run, outcome.done, outcome.why)


def _digits(wanted: Digits) -> Dataset:
    """Return what a run learns from, asked for if the last one learned from others; say ready."""
    global _held
    key = wanted.name, wanted.digest
    if _held is None or _held[0] != key:
        _held = None  # there is room for one
        worker_process.tell(_Ready(wants_digits=True))
        _held = key, worker_process.told()
    else:
        worker_process.tell(_Ready(wants_digits=False))
    return _held[1]
