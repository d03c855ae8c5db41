"""A finished run: its config, history and result."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from inkling.runs.snapshots import Snapshot
from nn import Network, TrainConfig, Trainer, TrainRecord
from nn.training import evaluate, new_network


@dataclass(frozen=True)
class Event:
    """Change of eta by hand during a run, after step `step`."""

    step: int
    learning_rate: float


@dataclass(frozen=True, kw_only=True)
class RunInfo:
    """Information about a run, without its arrays.

    Attributes
    ----------
    id : str
        32 hexadecimal digits.
    name, notes : str
    visitor_id : str
        The visitor's id.
    created : float
        Unix time at which the run was requested.
    group : str
        The sweep or experiment that it is part of; empty for a single run.
    config : TrainConfig
    data_name : str
        Name of the data set that it was tested on.
    status : {"done", "stopped"}
    error : str
        Why it ended early; empty otherwise.
    steps : int
        Number of batches.
    epochs, seconds : float
        Passes over the training images, and the time they took.
    validation_accuracy, test_accuracy : float or None
        At its end, from 0 to 1.
    test_images : int
    finite : bool
        Whether all weights are finite.
    """

    id: str
    name: str
    notes: str = ""
    visitor_id: str = ""
    created: float
    group: str = ""
    config: TrainConfig
    data_name: str
    status: str
    error: str = ""
    steps: int
    epochs: float
    seconds: float
    validation_accuracy: float | None
    test_accuracy: float | None
    test_images: int
    finite: bool


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run, with its arrays.

    Attributes
    ----------
    info : RunInfo
    events : tuple of Event
    history : tuple of TrainRecord
        Without networks.
    network : Network
        At the end.
    snapshots : tuple of Snapshot
        Of its weights along the way, the last one at the end.
    """

    info: RunInfo
    events: tuple[Event, ...]
    history: tuple[TrainRecord, ...]
    network: Network
    snapshots: tuple[Snapshot, ...]

    def network_at(self, snapshot: Snapshot) -> Network:
        """Return the network as it was at a snapshot."""
        theta = snapshot.theta.astype(self.network.dtype)
        return new_network(self.info.config, theta=theta)


def new_id() -> str:
    """Return an id that no other run has."""
    return uuid.uuid4().hex


def is_id(text: str) -> bool:
    """Whether a text could be an id, of a run or of a visitor: 32 hexadecimal digits."""
    return re.fullmatch("[0-9a-f]{32}", text) is not None


@dataclass(frozen=True, kw_only=True)
class RunIdentity:
    """Id, name and owner of a run; fields as in `RunInfo`."""

    id: str
    name: str
    visitor_id: str
    created: float
    group: str = ""


def finished_run(
    identity: RunIdentity,
    trainer: Trainer,
    history: Sequence[TrainRecord],
    events: Sequence[Event],
    snapshots: Sequence[Snapshot],
    data_name: str,
    error: str = "",
) -> Run:
    """Return the result of a run that has ended; if it was stopped, evaluate it on the test images.

    Parameters
    ----------
    identity : RunIdentity
    trainer : Trainer
        At the end.
    history : sequence of TrainRecord
        Not empty; the last one is of the last step.
    events, snapshots
        As in `Run`.
    data_name : str
        Name of the data set that it was tested on.
    error : str
        Why it ended early.
    """
    last = history[-1]
    test_accuracy = last.test_accuracy
    if test_accuracy is None:
        _, test_accuracy = evaluate(trainer.network, trainer.test, trainer.loss)
    info = RunInfo(
        **vars(identity),
        config=trainer.config,
        data_name=data_name,
        status="done" if trainer.finished else "stopped",
        error=error,
        steps=trainer.step_count,
        epochs=last.epoch,
        seconds=last.seconds,
        validation_accuracy=last.validation_accuracy,
        test_accuracy=test_accuracy,
        test_images=len(trainer.test.labels),
        finite=bool(np.isfinite(trainer.network.theta).all()),
    )
    records = tuple(replace(record, network=None) for record in history)
    return Run(info, tuple(events), records, trainer.network.copy(), tuple(snapshots))
