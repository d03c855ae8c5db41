"""How a run is trained by whoever has a core for it: a thread of the server, or a process apart.

A worker gets a `TrainingRequest` and trains, from the beginning or from a checkpoint, until the
run has ended or is to pause. Before every batch it reads the `RunControls`; on the way it emits
progress and checkpoints. It knows nothing of pages, queues or disks.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from data_loader import Dataset
from digits.augment import augmentation
from inkling.runs.checkpoint_file import Checkpoint, CheckpointInfo, DatasetFingerprint
from inkling.runs.run import Event, Run, RunIdentity, finished_run
from inkling.runs.snapshots import MAX_BYTES, Snapshots
from nn import TrainConfig, Trainer, TrainRecord
from nn.training import Recorder

_WEIGHTS_INTERVAL = 0.5  # seconds between two looks at the weights


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingRequest:
    """A run that is to be trained.

    Attributes
    ----------
    label : RunIdentity
    config : TrainConfig
    digits : DatasetFingerprint
        What it learns from, so that the right data set is taken.
    checkpoint : Checkpoint or None
        What it goes on from; None at its beginning.
    minutes : float
        How long it may compute.
    interval, share : float
        Seconds between two checkpoints, and the share of the time that may go into them.
    snapshot_bytes : int
        What all its snapshots together may take.
    """

    label: RunIdentity
    config: TrainConfig
    digits: DatasetFingerprint
    checkpoint: Checkpoint | None = None
    minutes: float = math.inf
    interval: float = math.inf
    share: float = 1.0
    snapshot_bytes: int = MAX_BYTES


@dataclass(frozen=True, kw_only=True)
class RunControls:
    """What is wanted of a run, from its next batch on.

    Attributes
    ----------
    learning_rate : float
        Eta before the schedule.
    stop, pause : bool
        Whether it is to end, or to halt.
    single : bool
        Whether it is to halt after that batch.
    why : str
        Why it is to end; empty where the visitor wants it.
    """

    learning_rate: float
    stop: bool = False
    pause: bool = False
    single: bool = False
    why: str = ""


class ControlChannel:
    """The wishes for one run, which any thread may change.

    Parameters
    ----------
    wishes : RunControls
        At first.
    """

    def __init__(self, wishes: RunControls) -> None:
        self.wishes = wishes
        self._listener: Callable[[RunControls], None] | None = None
        self._lock = threading.Lock()

    def change(self, **wishes: Any) -> None:
        """Wish for something else; arguments as `RunControls`."""
        with self._lock:
            self.wishes = replace(self.wishes, **wishes)
            self._tell()

    def listen(self, listener: Callable[[RunControls], None] | None) -> None:
        """Tell a listener the wishes, now and whenever they change, until there is another."""
        with self._lock:
            self._listener = listener
            self._tell()

    def _tell(self) -> None:
        if self._listener is not None:
            self._listener(self.wishes)


class Progress(NamedTuple):
    """A new record, without its network, and all changes of eta so far.

    `theta` are copies of the weights, or None if they were told a moment ago.
    """

    record: TrainRecord
    events: tuple[Event, ...]
    theta: np.ndarray | None


class CheckpointReady(NamedTuple):
    """How the run stands, so that it can go on if the worker dies."""

    checkpoint: Checkpoint


class Paused(NamedTuple):
    """The run was halted, and goes on from here."""

    checkpoint: Checkpoint


class Finished(NamedTuple):
    """The run has ended; None came of it if it had learned nothing.

    `done` says whether all epochs are behind it; if not, `why` may say why.
    """

    run: Run | None
    done: bool
    why: str


class WorkerDied(Exception):
    """Whoever trained the run is gone, and what it learned since its last checkpoint is, too."""


Emit = Callable[[Progress | CheckpointReady], None]

Worker = Callable[[TrainingRequest, Dataset, ControlChannel, Emit], Paused | Finished]
"""Trains a run until it has ended or is paused; as `train_here`."""


def train_here(
    order: TrainingRequest, dataset: Dataset, steering: ControlChannel, tell: Emit
) -> Paused | Finished:
    """Train a run in this thread.

    Parameters
    ----------
    order : TrainingRequest
    dataset : Dataset
    steering : ControlChannel
    tell : callable
        Is told what comes of the run on its way.

    Raises
    ------
    ConfigError
        If the data set is too small for the config.
    """
    return train_run(order, dataset, lambda: steering.wishes, tell)


def train_run(
    order: TrainingRequest, dataset: Dataset, wishes: Callable[[], RunControls], tell: Emit
) -> Paused | Finished:
    """Train a run; `wishes` is asked before every batch. The rest as `train_here`."""
    course = TrainingSession(order, dataset, tell)
    while True:
        wish = wishes()
        if course.recorder.finished or wish.stop:
            return course.end(wish.why)
        if wish.pause:
            return Paused(course.checkpoint(wish))
        course.save_if_due(wish)
        course.step(wish)
        if course.recorder.seconds > 60 * order.minutes and not course.recorder.finished:
            return course.end(f"A run may compute for {order.minutes:g} minutes here, so it ended.")
        if wish.single and not course.recorder.finished:
            return Paused(course.checkpoint(wish))


class TrainingSession:
    """A run while it is trained."""

    def __init__(self, order: TrainingRequest, dataset: Dataset, tell: Emit) -> None:
        self._order, self._tell = order, tell
        self._data_name = dataset.name
        trainer = Trainer(order.config, dataset, augmentation(order.config.augmentation))
        self.recorder = Recorder(trainer)
        self._history: tuple[TrainRecord, ...] = ()
        self._events: tuple[Event, ...] = ()
        self._snapshots = Snapshots(len(trainer.network.theta), order.snapshot_bytes)
        self._theta_due = self._due = float("-inf")
        if order.checkpoint is not None:
            self._go_on_from(order.checkpoint)
        self._snapshots.offer(0, trainer.network.theta)

    def _go_on_from(self, checkpoint: Checkpoint) -> None:
        self.recorder.restore(checkpoint.state)
        self._history, self._events = checkpoint.history, checkpoint.events
        self._snapshots = Snapshots(
            len(self.recorder.trainer.network.theta),
            self._order.snapshot_bytes,
            taken=checkpoint.snapshots,
            distance=checkpoint.distance,
        )
        self._due = time.monotonic() + self._order.interval

    def step(self, wish: RunControls) -> None:
        """Learn from one batch; tell of it, if it is time for a record or the only batch."""
        trainer = self.recorder.trainer
        if trainer.learning_rate != wish.learning_rate:
            trainer.learning_rate = wish.learning_rate
            self._events = (*self._events, Event(trainer.step_count, wish.learning_rate))
        record = self.recorder.step()
        if wish.single:
            record = record or self.recorder.record()
        self._snapshots.offer(trainer.step_count, trainer.network.theta)
        if record is not None:
            self._note(record, show=wish.single)

    def _note(self, record: TrainRecord, show: bool = False) -> None:
        record, theta = replace(record, network=None), None
        if show or time.monotonic() > self._theta_due:
            theta = self.recorder.trainer.network.theta.copy()
            self._theta_due = time.monotonic() + _WEIGHTS_INTERVAL
        self._history = (*self._history, record)
        self._tell(Progress(record, self._events, theta))

    def save_if_due(self, wish: RunControls) -> None:
        """Tell how the run stands, now and then."""
        began = time.monotonic()
        if began < self._due or math.isinf(self._order.interval):
            return
        self._tell(CheckpointReady(self.checkpoint(wish)))
        now = time.monotonic()
        self._due = now + max(self._order.interval, (now - began) / self._order.share)

    def checkpoint(self, wish: RunControls) -> Checkpoint:
        """Return how the run stands, after any batch."""
        trainer = self.recorder.trainer
        return Checkpoint(
            info=CheckpointInfo(
                label=self._order.label,
                config=self._order.config,
                digits=self._order.digits,
                step_count=trainer.step_count,
            ),
            learning_rate=wish.learning_rate,
            events=self._events,
            history=self._history,
            snapshots=self._snapshots.taken,
            distance=self._snapshots.distance,
            state=self.recorder.state(),
        )

    def end(self, why: str) -> Finished:
        """Return what came of the run."""
        trainer = self.recorder.trainer
        if trainer.step_count == 0:
            return Finished(None, done=False, why=why)
        if not self._history or self._history[-1].step < trainer.step_count:
            self._note(self.recorder.record())
        self._snapshots.offer(trainer.step_count, trainer.network.theta, last=True)
        run = finished_run(
            self._order.label,
            trainer,
            self._history,
            self._events,
            self._snapshots.taken,
            self._data_name,
            why,
        )
        return Finished(run, done=trainer.finished, why=why)
