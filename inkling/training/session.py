"""Training of one run: the request, the controls, the messages, and the training loop.

A worker, which is a separate process, or a thread in tests, executes tasks. `train_run` is the task
that gets a `TrainingRequest` and trains from the beginning or from a checkpoint until the run has
ended or is paused. It reads the `RunControls` before every batch, and emits progress and
checkpoints. A task does not use pages, the queue or the disk.
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
from inkling.runs.run import Event, RunIdentity, finished_run
from inkling.runs.run_file import run_bytes
from inkling.runs.snapshots import MAX_BYTES, Snapshots
from nn import TrainConfig, Trainer, TrainRecord
from nn.training import Recorder

_THETA_INTERVAL = 0.5  # least seconds between two copies of the weights in `Progress`


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingRequest:
    """Request to train a run.

    Attributes
    ----------
    identity : RunIdentity
    config : TrainConfig
    fingerprint : DatasetFingerprint
        Of the data set that the worker has to use.
    checkpoint : Checkpoint or None
        State to continue from; None at the beginning of a run.
    minutes : float
        Maximum computing time.
    interval, share : float
        Least seconds between two checkpoints, and the maximum share of the time spent on them.
    snapshot_bytes : int
        Maximum size of all snapshots together.
    """

    identity: RunIdentity
    config: TrainConfig
    fingerprint: DatasetFingerprint
    checkpoint: Checkpoint | None = None
    minutes: float = math.inf
    interval: float = math.inf
    share: float = 1.0
    snapshot_bytes: int = MAX_BYTES


@dataclass(frozen=True, kw_only=True)
class RunControls:
    """Controls of a run, valid from its next batch on.

    Attributes
    ----------
    learning_rate : float
        Eta before the schedule; of training runs only, as a pause and a single step are.
    stop, pause : bool
        Whether to end or to pause before the next batch.
    single_step : bool
        Whether to pause after the next batch.
    stop_reason : str
        Reason for `stop` that the page shows; empty if the visitor stopped the run.
    """

    learning_rate: float = 0.0
    stop: bool = False
    pause: bool = False
    single_step: bool = False
    stop_reason: str = ""


class ControlChannel:
    """Current controls of one run, which any thread may update.

    Parameters
    ----------
    controls : RunControls
        Initial controls.
    """

    def __init__(self, controls: RunControls) -> None:
        self.controls = controls
        self._listener: Callable[[RunControls], None] | None = None
        self._lock = threading.Lock()

    def update(self, **changes: Any) -> None:
        """Update the controls; arguments as `RunControls`."""
        with self._lock:
            self.controls = replace(self.controls, **changes)
            self._notify()

    def set_listener(self, listener: Callable[[RunControls], None] | None) -> None:
        """Set the one listener, called with the controls now and after every update."""
        with self._lock:
            self._listener = listener
            self._notify()

    def _notify(self) -> None:
        if self._listener is not None:
            self._listener(self.controls)


class Progress(NamedTuple):
    """Message with a new record, without its network, and all changes of eta so far.

    `theta` is a copy of the weights, or None if the last copy is less than half a second old.
    """

    record: TrainRecord
    events: tuple[Event, ...]
    theta: np.ndarray | None


class CheckpointReady(NamedTuple):
    """Message with the state of the run, to continue from if the worker dies."""

    checkpoint: Checkpoint


class Paused(NamedTuple):
    """Result of a paused run: the state to continue from."""

    checkpoint: Checkpoint


class Finished(NamedTuple):
    """Result of a finished run: the bytes of its file, None if no batch was processed.

    `done` is whether all epochs were trained; if not, `stop_reason` is the reason, if there is one.
    """

    run: bytes | None
    done: bool
    stop_reason: str


class WorkerDied(Exception):
    """The worker ended during a task; what it has not emitted is lost."""


Emit = Callable[[Progress | CheckpointReady], None]

Task = Callable[[Any, Dataset, Callable[[], RunControls], Callable[[Any], None]], Any]
"""Function that computes in a worker; arguments as `train_run`, the request of any type."""

Worker = Callable[[Task, Any, Dataset, ControlChannel, Callable[[Any], None]], Any]
"""Function that executes a task and returns its result; arguments as `run_in_thread`."""


def run_in_thread(
    task: Task, request: Any, dataset: Dataset, channel: ControlChannel, emit: Callable[[Any], None]
) -> Any:
    """Execute a task in the calling thread.

    Parameters
    ----------
    task : Task
        Importable from the project's folder.
    request : Any
    dataset : Dataset
    channel : ControlChannel
    emit : callable
        Receives the messages of the task.
    """
    return task(request, dataset, lambda: channel.controls, emit)


def train_run(
    request: TrainingRequest,
    dataset: Dataset,
    read_controls: Callable[[], RunControls],
    emit: Emit,
) -> Paused | Finished:
    """Train a run.

    Parameters
    ----------
    request : TrainingRequest
    dataset : Dataset
    read_controls : callable
        Called before every batch.
    emit : callable
        Receives the messages of the run.

    Raises
    ------
    ConfigError
        If the data set is too small for the config.
    """
    session = TrainingSession(request, dataset, emit)
    while True:
        controls = read_controls()
        if session.recorder.finished or controls.stop:
            return session.finish(controls.stop_reason)
        if controls.pause:
            return Paused(session.checkpoint(controls))
        session.emit_checkpoint_if_due(controls)
        session.step(controls)
        if session.recorder.finished:
            continue
        if session.recorder.seconds > 60 * request.minutes:
            return session.finish(
                f"The run was stopped: this server allows {request.minutes:g} minutes of computing."
            )
        if controls.single_step:
            return Paused(session.checkpoint(controls))


class TrainingSession:
    """State of a run during training: trainer, history, events and snapshots."""

    def __init__(self, request: TrainingRequest, dataset: Dataset, emit: Emit) -> None:
        self._request, self._emit = request, emit
        self._data_name = dataset.name
        trainer = Trainer(request.config, dataset, augmentation(request.config.augmentation))
        self.recorder = Recorder(trainer)
        self._history: tuple[TrainRecord, ...] = ()
        self._events: tuple[Event, ...] = ()
        self._snapshots = Snapshots(len(trainer.network.theta), request.snapshot_bytes)
        self._theta_due = self._checkpoint_due = float("-inf")
        if request.checkpoint is not None:
            self._restore(request.checkpoint)
        self._snapshots.offer(0, trainer.network.theta)

    def _restore(self, checkpoint: Checkpoint) -> None:
        assert checkpoint.state is not None
        self.recorder.restore(checkpoint.state)
        self._history, self._events = checkpoint.history, checkpoint.events
        self._snapshots = Snapshots(
            len(self.recorder.trainer.network.theta),
            self._request.snapshot_bytes,
            taken=checkpoint.snapshots,
            distance=checkpoint.distance,
        )
        self._checkpoint_due = time.monotonic() + self._request.interval

    def step(self, controls: RunControls) -> None:
        """Train on one batch; emit a record if one is due, and always for a single step."""
        trainer = self.recorder.trainer
        if trainer.learning_rate != controls.learning_rate:
            trainer.learning_rate = controls.learning_rate
            self._events = (*self._events, Event(trainer.step_count, controls.learning_rate))
        record = self.recorder.step()
        if controls.single_step:
            record = record or self.recorder.record()
        self._snapshots.offer(trainer.step_count, trainer.network.theta)
        if record is not None:
            self._emit_record(record, with_theta=controls.single_step)

    def _emit_record(self, record: TrainRecord, with_theta: bool = False) -> None:
        record, theta = replace(record, network=None), None
        if with_theta or time.monotonic() > self._theta_due:
            theta = self.recorder.trainer.network.theta.copy()
            self._theta_due = time.monotonic() + _THETA_INTERVAL
        self._history = (*self._history, record)
        self._emit(Progress(record, self._events, theta))

    def emit_checkpoint_if_due(self, controls: RunControls) -> None:
        """Emit a checkpoint if the interval and the share of the time allow one."""
        began = time.monotonic()
        if began < self._checkpoint_due or math.isinf(self._request.interval):
            return
        self._emit(CheckpointReady(self.checkpoint(controls)))
        now = time.monotonic()
        pause = max(self._request.interval, (now - began) / self._request.share)
        self._checkpoint_due = now + pause

    def checkpoint(self, controls: RunControls) -> Checkpoint:
        """Return the state of the run between two batches."""
        trainer = self.recorder.trainer
        return Checkpoint(
            info=CheckpointInfo(
                identity=self._request.identity,
                config=self._request.config,
                fingerprint=self._request.fingerprint,
                step_count=trainer.step_count,
            ),
            learning_rate=controls.learning_rate,
            events=self._events,
            history=self._history,
            snapshots=self._snapshots.taken,
            distance=self._snapshots.distance,
            state=self.recorder.state(),
        )

    def finish(self, stop_reason: str) -> Finished:
        """Return the result of the run, with a last record and a last snapshot."""
        trainer = self.recorder.trainer
        if trainer.step_count == 0:
            return Finished(None, done=False, stop_reason=stop_reason)
        if not self._history or self._history[-1].step < trainer.step_count:
            self._emit_record(self.recorder.record())
        self._snapshots.offer(trainer.step_count, trainer.network.theta, last=True)
        run = finished_run(
            self._request.identity,
            trainer,
            self._history,
            self._events,
            self._snapshots.taken,
            self._data_name,
            stop_reason,
        )
        return Finished(run_bytes(run), done=trainer.finished, stop_reason=stop_reason)
