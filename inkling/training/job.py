"""Jobs of the queue: their status, and the training job with its request and its result."""

import enum
from dataclasses import replace

from data_loader import Dataset
from inkling.runs.checkpoint_file import Checkpoint, fingerprint_of
from inkling.runs.run import Event, Run, RunIdentity
from inkling.training.session import ControlChannel, RunControls
from nn import Network, TrainConfig, TrainRecord
from nn.training import new_network


class Status(enum.StrEnum):
    """State of a job or a sweep; the value is the word for it on the screen."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class Job:
    """What every job of the queue has.

    Parameters
    ----------
    name, visitor_id : str
    channel : ControlChannel
        Controls that the page sets and the worker reads.

    Attributes
    ----------
    status : Status
    error : str
        Why it failed or ended early; empty otherwise.
    """

    def __init__(self, name: str, visitor_id: str, channel: ControlChannel) -> None:
        self.name, self.visitor_id, self.channel = name, visitor_id, channel
        self.status = Status.WAITING
        self.error = ""

    @property
    def active(self) -> bool:
        """Whether it is waiting, running or paused."""
        return self.status in (Status.WAITING, Status.RUNNING, Status.PAUSED)

    @property
    def has_started(self) -> bool:
        """Whether it has or had a core."""
        return self.status is not Status.WAITING

    def stop(self, reason: str = "") -> None:
        """End a running job after its current batch; its result so far is saved."""
        self.error = reason
        self.channel.update(stop=True, stop_reason=reason)


class TrainingJob(Job):
    """One training run: its request, its state, and its result.

    Parameters
    ----------
    config : TrainConfig
    dataset : Dataset
    identity : RunIdentity
    paused : bool
        Whether it is paused at first.

    Raises
    ------
    ConfigError
        If the data set is too small for the config.

    Attributes
    ----------
    id : str
        Of the identity, as its name and visitor.
    fingerprint : DatasetFingerprint
        Of the data set.
    history : tuple of TrainRecord
        All records so far, without their networks. Replaced, never changed.
    events : tuple of Event
        Changes of eta by hand. Replaced, never changed.
    network : Network or None
        Copy of the network, renewed at most twice a second; None before the first record.
    checkpoint : Checkpoint or None
        State to continue from, if the job is paused or was interrupted.
    run : Run or None
        Result, once the job has ended; None if no batch was processed.
    saved : bool
        Whether `run` is on the disk.
    unsaved_bytes : int
        Size of a result that could not be saved; 0 otherwise.
    over_quota : bool
        Whether that is because the visitor's runs fill their share of the disk.
    error : str
        Why it failed, ended early or could not be saved; empty otherwise.
    checkpoint_error : str
        Why the last checkpoint could not be written; empty otherwise.
    """

    def __init__(
        self, config: TrainConfig, dataset: Dataset, identity: RunIdentity, paused: bool = False
    ) -> None:
        controls = RunControls(learning_rate=config.learning_rate)
        super().__init__(identity.name, identity.visitor_id, ControlChannel(controls))
        self.identity, self.id = identity, identity.id
        self.config, self.dataset = config, dataset
        self.fingerprint = fingerprint_of(dataset, config)
        if paused:
            self.status = Status.PAUSED
        self.history: tuple[TrainRecord, ...] = ()
        self.events: tuple[Event, ...] = ()
        self.network: Network | None = None
        self.checkpoint: Checkpoint | None = None
        self.run: Run | None = None
        self.saved = self.over_quota = False
        self.unsaved_bytes = 0
        self.checkpoint_error = ""

    def drop_result(self, reason: str) -> None:
        """Drop a result that could not be saved, with all that takes memory."""
        self.run = self.network = None
        self.history, self.unsaved_bytes = (), 0
        self.error, self.status = reason, Status.FAILED

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint, dataset: Dataset) -> "TrainingJob":
        """Return a waiting job that continues an interrupted run."""
        job = cls(checkpoint.info.config, dataset, checkpoint.info.identity)
        if checkpoint.state is None:
            return job
        job.checkpoint = checkpoint
        job.history, job.events = checkpoint.history, checkpoint.events
        job.channel.update(learning_rate=checkpoint.learning_rate)
        job.network = new_network(job.config, theta=checkpoint.state["trainer"]["theta"])
        return job

    @property
    def has_started(self) -> bool:
        """Whether it has a checkpoint to continue from."""
        return self.checkpoint is not None

    @property
    def training_size(self) -> int:
        """Number of training images, without the validation images."""
        return self.fingerprint.training_size

    @property
    def progress(self) -> float:
        """Share of the epochs that is done, from 0 to 1."""
        return self.history[-1].epoch / self.config.epochs if self.history else 0.0

    @property
    def images_per_second(self) -> float:
        """Training images a second since the run began, evaluation included; 0 at first."""
        if not self.history:
            return 0.0
        return self.history[-1].epoch * self.training_size / self.history[-1].seconds

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds to the end, from the speed so far; None at first."""
        if not self.history:
            return None
        return self.history[-1].seconds * (1 / self.progress - 1)

    @property
    def multiplications_per_second(self) -> float:
        """Multiplications by a weight a second, of forward passes; 0 at first."""
        return self.images_per_second * self.config.architecture.multiplications

    @property
    def multiplications_left(self) -> float:
        """Multiplications by a weight still to be made, of forward passes: a measure of work."""
        images = (1 - self.progress) * self.config.epochs * self.training_size
        return images * self.config.architecture.multiplications

    @property
    def learning_rate(self) -> float:
        """Eta before the schedule, as it was set last."""
        return self.channel.controls.learning_rate

    def set_learning_rate(self, value: float) -> None:
        """Change eta, before the schedule, from the next batch on.

        Raises
        ------
        ConfigError
            If it is out of range.
        """
        value = replace(self.config, learning_rate=value).learning_rate
        self.channel.update(learning_rate=value)
