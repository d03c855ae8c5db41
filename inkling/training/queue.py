"""Training runs in the background, one queue for all visitors.

A page submits a config and gets a `TrainingJob` at once. Worker threads take jobs in order, no
more at a time than there are cores, and have each trained by a `Worker`, here or in a process
apart. Neither touches the page: what comes of a run is put into its job, whose history is an
immutable tuple that is replaced, and the page draws what it finds there. What the page wants of a
run, a pause or another eta, it notes in the job; the worker looks there before every batch.

A paused run holds neither a thread nor a core: how it stands waits in the job, and going on means
queuing again, before all others. A run that ended is put on the disk and then forgotten here. Until
then a checkpoint of it is put there now and then, from which it can go on after the server died.
"""

import enum
import logging
import math
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import numpy as np

from data_loader import Dataset
from inkling.runs.checkpoint_file import Checkpoint, CheckpointInfo, fingerprint_of
from inkling.runs.checkpoints import Checkpoints
from inkling.runs.run import Event, Run, RunIdentity, new_id
from inkling.runs.run_file import NO_RUN, RunError
from inkling.server.limits import Limits
from inkling.training.session import (
    CheckpointReady,
    ControlChannel,
    Finished,
    Paused,
    Progress,
    RunControls,
    TrainingRequest,
    Worker,
    WorkerDied,
    train_here,
)
from nn import ConfigError, Network, TrainConfig, TrainRecord
from nn.training import new_network

log = logging.getLogger(__name__)

HEARTBEAT_TIMEOUT = 600.0
"""Seconds that a run goes on while no page of its visitor is open."""

_KEPT_PER_VISITOR = 20
_KEPT = 500
POLL_SECONDS = 30.0  # seconds between two looks for paused runs that were left alone


class Status(enum.Enum):
    """Where a job stands; the value is the word for it on the screen."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class TrainingJob:
    """One training run: what was asked for, how it stands, and what came of it.

    Parameters
    ----------
    config : TrainConfig
    dataset : Dataset
    label : RunIdentity
        What it is called, and whose it is.
    paused : bool
        Whether it waits to be told to begin.
    checkpoint : Checkpoint, optional
        What it goes on from, in a run that was interrupted.
    minutes : float
        How long it may compute; then it ends, and what it learned is kept.

    Raises
    ------
    ConfigError
        If the data set is too small for the config.

    Attributes
    ----------
    id, name, visitor_id : str
        The label's.
    status : Status
    history : tuple of TrainRecord
        All records so far, without their networks. Replaced, never changed.
    events : tuple of Event
        What eta was set to by hand, and when. Replaced, never changed.
    network : Network or None
        A copy of the network, renewed at most twice a second; None before the first record.
    steering : ControlChannel
        What the page wants of it.
    run : Run or None
        What came of it, once it has ended and learned anything.
    kept : bool
        Whether that is on the disk.
    error : str
        Why it failed, why it ended before its time, or why it could not be kept; empty otherwise.
    checkpoint_error : str
        Why it could not go on if the server died; empty if it could.
    """

    def __init__(
        self,
        config: TrainConfig,
        dataset: Dataset,
        label: RunIdentity,
        paused: bool = False,
        checkpoint: Checkpoint | None = None,
        minutes: float = math.inf,
    ) -> None:
        self.label = label
        self.id, self.name, self.visitor_id = label.id, label.name, label.visitor_id
        self.config, self.dataset = config, dataset
        self.status = Status.PAUSED if paused else Status.WAITING
        self.history: tuple[TrainRecord, ...] = ()
        self.events: tuple[Event, ...] = ()
        self.network: Network | None = None
        self.run: Run | None = None
        self.kept = False
        self.error = ""
        self.steering = ControlChannel(RunControls(learning_rate=config.learning_rate))
        self.checkpoint_error = ""
        self._minutes = minutes
        self._digits = fingerprint_of(dataset, config)
        self.training_size = self._digits.training_size
        self._checkpoint = checkpoint
        if checkpoint is not None:
            self.history, self.events = checkpoint.history, checkpoint.events
            self.steering.change(learning_rate=checkpoint.learning_rate)
            self.network = self._network_of(checkpoint.state["trainer"]["theta"])

    @property
    def active(self) -> bool:
        """Whether it waits, runs or is paused."""
        return self.status in (Status.WAITING, Status.RUNNING, Status.PAUSED)

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
        """How long it will still take at its speed so far; None at first."""
        if not self.history:
            return None
        return self.history[-1].seconds * (1 / self.progress - 1)

    @property
    def learning_rate(self) -> float:
        """Eta before the schedule, as it was set last."""
        return self.steering.wishes.learning_rate

    @property
    def has_started(self) -> bool:
        """Whether it has learned anything already."""
        return self._checkpoint is not None

    def stop(self, why: str = "") -> None:
        """Ask the run to end after the batch it is at; what it learned is kept."""
        self.error = why
        self.steering.change(stop=True, why=why)

    def set_learning_rate(self, value: float) -> None:
        """Change eta, before the schedule, from the next batch on.

        Raises
        ------
        ConfigError
            If it is out of range.
        """
        value = replace(self.config, learning_rate=value).learning_rate
        self.steering.change(learning_rate=value)

    def train(
        self,
        abandoned: Callable[[], bool],
        keep: Callable[[Run], None],
        checkpoints: Checkpoints | None = None,
        worker: Worker = train_here,
    ) -> None:
        """Have it trained to the end, or until paused, stopped or abandoned; never raises."""
        self.status = Status.RUNNING
        try:
            self._train(abandoned, keep, checkpoints, worker)
        except MemoryError:
            self._fail("There was not enough memory for this run. Try smaller layers or batches.")
        except ConfigError as error:
            self._fail(str(error))
        except WorkerDied:
            self._fail("The process that trained this run ended, as when memory runs out.")
            if checkpoints is not None:
                checkpoints.release(self.id)
                if not self.checkpoint_error:
                    self.error += " It can go on from its last checkpoint."
            return
        except Exception as error:
            log.exception("training job %s failed", self.id)
            self._fail(f"The run broke off by a fault of the program ({type(error).__name__}).")

        # A run that could not be kept goes on from its checkpoint, should the server die.
        if checkpoints is not None and not self.active and (self.kept or self.run is None):
            with suppress(OSError, RunError):
                checkpoints.drop(self.id)

    def _train(
        self,
        abandoned: Callable[[], bool],
        keep: Callable[[Run], None],
        checkpoints: Checkpoints | None,
        worker: Worker,
    ) -> None:
        def hear(news: Progress | CheckpointReady) -> None:
            if isinstance(news, CheckpointReady):
                self._save(news.checkpoint, checkpoints)
                return
            self.events, self.history = news.events, (*self.history, news.record)
            if news.theta is not None:
                self.network = self._network_of(news.theta)
            if abandoned():
                self.stop("The page had been closed for ten minutes, so the run ended.")

        order = TrainingRequest(
            label=self.label,
            config=self.config,
            digits=self._digits,
            checkpoint=self._checkpoint,
            minutes=self._minutes,
            interval=math.inf if checkpoints is None else checkpoints.interval,
            share=1.0 if checkpoints is None else checkpoints.share,
        )
        outcome = worker(order, self.dataset, self.steering, hear)
        if isinstance(outcome, Paused):
            self._checkpoint, self.events = outcome.checkpoint, outcome.checkpoint.events
            self._save(outcome.checkpoint, checkpoints)
            self.status = Status.PAUSED
        else:
            self._end(outcome, keep)

    def _network_of(self, theta: np.ndarray) -> Network:
        return new_network(self.config, theta=theta)

    def _save(self, checkpoint: Checkpoint, checkpoints: Checkpoints | None) -> None:
        """Write down how the run stands, so that it can go on after the server died."""
        if checkpoints is None:
            return
        try:
            checkpoints.write(checkpoint)
        except (OSError, MemoryError) as error:
            why = (error.strerror or error) if isinstance(error, OSError) else "too little memory"
            self.checkpoint_error = (
                f"How this run stands could not be put on the disk: {why}. It goes on, but should "
                "the server end now, what it learned since would be lost. Make room, or set "
                "RUNS_DIR to another folder."
            )
        else:
            self.checkpoint_error = ""

    def _end(self, outcome: Finished, keep: Callable[[Run], None]) -> None:
        """Have what came of the run kept before the job says that it ended."""
        self.error, self._checkpoint = outcome.why, None
        if outcome.run is not None:
            self.network, self.run = outcome.run.network, outcome.run
            self.events = outcome.run.events
            try:
                keep(outcome.run)
            except OSError as error:
                self.error = (
                    f"This run could not be kept on the disk: {error.strerror or error}. It is "
                    "here until the app ends. Make room, or set RUNS_DIR to another folder."
                )
            else:
                self.kept = True
        self.status = Status.DONE if outcome.done else Status.STOPPED

    def _fail(self, sentence: str) -> None:
        self.error = sentence
        self.status = Status.FAILED


def _check_digits(info: CheckpointInfo, dataset: Dataset) -> None:
    """Refuse digits that are not those that an interrupted run learned from."""
    wanted, found = info.digits, None
    with suppress(ConfigError):
        found = fingerprint_of(dataset, info.config)
    if found is None or wanted != replace(found, name=wanted.name):
        kind = "too few" if found is None else "not the same"
        raise RunError(
            f"This run learned from {wanted.training_size:,} images of {wanted.name}. Those that "
            f"are here now, of {dataset.name}, are {kind}, so it cannot go on with them. Nothing "
            "of it is lost: start Inkling with the digits that it began with, and go on then."
        )


class JobQueue:
    """Runs jobs in the order they came, at most `workers` at a time.

    Parameters
    ----------
    keep : callable
        Puts a `Run` on the disk. Where it raises an OSError, the job stays here and says so.
    workers : int, optional
        Trainings at once; the number of cores this process may use if left out.
    patience : float
        Seconds without a beat of its owner after which a run ends.
    clock : callable
        Returns seconds; the tests' own clock stands in for it.
    worker : Worker
        Who trains.
    checkpoints : Checkpoints, optional
        Where runs that go on are written down; nowhere if left out.
    limits : Limits, optional
        What a run may be, how long it may compute, and how many may wait.
    """

    def __init__(
        self,
        keep: Callable[[Run], None],
        workers: int | None = None,
        patience: float = HEARTBEAT_TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
        checkpoints: Checkpoints | None = None,
        limits: Limits | None = None,
        worker: Worker = train_here,
    ) -> None:
        self._worker = worker
        self._limits = limits or Limits()
        self._cores = workers or available_cores()
        self._patience = patience
        self._clock = clock
        self._keep = keep
        self._checkpoints = checkpoints
        self._jobs: list[TrainingJob] = []
        self._waiting: deque[TrainingJob] = deque()
        self._beats: dict[str, float] = {}
        self._changed = threading.Condition()
        self._threads = 0
        self._busy = 0

    def submit(
        self,
        config: TrainConfig,
        dataset: Dataset,
        visitor_id: str,
        name: str = "run",
        group: str = "",
        paused: bool = False,
    ) -> TrainingJob:
        """Queue a run and return its job; a paused one waits for `resume` or `step`.

        Raises
        ------
        ConfigError
            If the data set is too small for the config, or the limits do not allow it.
        """
        self._limits.check(config)
        label = RunIdentity(
            id=new_id(), name=name, visitor_id=visitor_id, created=time.time(), group=group
        )
        job = TrainingJob(config, dataset, label, paused, minutes=self._limits.minutes)
        self._add(job)
        return job

    def resume_interrupted(self, run_id: str, dataset: Dataset) -> TrainingJob:
        """Queue a run that was interrupted, to go on from its checkpoint; return its job.

        Raises
        ------
        RunError
            If it goes on already, is gone or damaged, or learned from other digits; its checkpoint
            stays.
        OSError
            If the folder of the checkpoints does not let it be held.
        """
        if self._checkpoints is None:
            raise RunError(NO_RUN)
        checkpoint = self._checkpoints.take(run_id)
        info = checkpoint.info
        try:
            _check_digits(info, dataset)
        except RunError:
            self._checkpoints.release(run_id)
            raise
        job = TrainingJob(
            info.config,
            dataset,
            info.label,
            checkpoint=checkpoint,
            minutes=self._limits.minutes,
        )
        self._add(job)
        return job

    def _add(self, job: TrainingJob) -> None:
        with self._changed:
            if not job.has_started:  # one that was interrupted has had its turn to wait
                self._limits.check_queue(len(self._waiting))
            self._beats[job.visitor_id] = self._clock()
            # One that failed may go on as another job.
            self._jobs = [*(other for other in self._jobs if other.id != job.id), job]
            self._forget()
            if self._threads < self._cores:
                self._threads += 1
                threading.Thread(target=self._work, name="training", daemon=True).start()
            if job.status is Status.WAITING:
                self._waiting.append(job)
                self._changed.notify_all()

    def jobs(self, visitor_id: str) -> list[TrainingJob]:
        """Return an owner's jobs that run, or could not be kept, the newest first."""
        with self._changed:
            return [job for job in reversed(self._jobs) if job.visitor_id == visitor_id]

    def every(self) -> list[TrainingJob]:
        """Return all owners' jobs that run, or could not be kept, the newest first."""
        with self._changed:
            return self._jobs[::-1]

    def position(self, job: TrainingJob) -> int:
        """Return a waiting job's place in the queue, 1 being next; 0 if it is not waiting."""
        with self._changed:
            return self._waiting.index(job) + 1 if job in self._waiting else 0

    def pause(self, job: TrainingJob) -> None:
        """Halt a job after the batch it is at; if it waits, until it is told to go on."""
        with self._changed:
            job.steering.change(pause=True)
            if job in self._waiting:
                self._waiting.remove(job)
                job.status = Status.PAUSED

    def resume(self, job: TrainingJob) -> None:
        """Let a paused job go on; one that has begun goes before all that wait."""
        self._go_on(job, single=False)

    def step(self, job: TrainingJob) -> None:
        """Let a paused job learn from one batch."""
        self._go_on(job, single=True)

    def stop(self, job: TrainingJob, why: str = "") -> None:
        """End a job, after the batch it is at if it runs."""
        with self._changed:
            job.stop(why)
            if job in self._waiting and not job.has_started:
                self._waiting.remove(job)
                job.status = Status.STOPPED
        self._go_on(job, single=False)  # a paused one has to be brought to its end

    def heartbeat(self, visitor_id: str) -> None:
        """Note that a page of this owner is open."""
        with self._changed:
            self._beats[visitor_id] = self._clock()

    @contextmanager
    def reserve_idle_core(self) -> Iterator[None]:
        """Hold a core for work that is not a visitor's training, which always goes first."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting and self._busy < self._cores)
            self._busy += 1
        try:
            yield
        finally:
            self._free_core()

    def _go_on(self, job: TrainingJob, single: bool) -> None:
        with self._changed:
            if job.status is not Status.PAUSED:
                return
            job.steering.change(pause=False, single=single)
            job.status = Status.WAITING
            if job.has_started:
                self._waiting.appendleft(job)
            else:
                self._waiting.append(job)
            self._changed.notify_all()

    def _is_abandoned(self, job: TrainingJob) -> bool:
        return self._clock() - self._beats.get(job.visitor_id, float("-inf")) > self._patience

    def _work(self) -> None:
        while True:
            job = self._next()
            job.train(
                lambda job=job: self._is_abandoned(job),  # type: ignore[misc]
                self._keep,
                self._checkpoints,
                self._worker,
            )
            self._free_core()
            with self._changed:
                if job.kept and job in self._jobs:
                    self._jobs.remove(job)
            if job.steering.wishes.stop:  # it may have been stopped just when it came to its pause
                self._go_on(job, single=False)
            del job  # its trainer and snapshots would stay until the next one comes

    def _next(self) -> TrainingJob:
        """Wait for a job and a core; return the job, running."""
        with self._changed:
            while True:
                if self._waiting and self._busy < self._cores:
                    job = self._waiting.popleft()
                    if job.has_started or not self._is_abandoned(job):
                        job.status = Status.RUNNING
                        self._busy += 1
                        return job
                    job.stop("The page had been closed for ten minutes before its turn came.")
                    job.status = Status.STOPPED
                else:
                    self._changed.wait(POLL_SECONDS)
                    self._end_abandoned()

    def _end_abandoned(self) -> None:
        """End paused runs whose visitor is gone."""
        for job in self._jobs:
            if job.status is Status.PAUSED and self._is_abandoned(job):
                job.stop("The page had been closed for ten minutes, so the run ended.")
                self._go_on(job, single=False)

    def _free_core(self) -> None:
        with self._changed:
            self._busy -= 1
            self._changed.notify_all()

    def _forget(self) -> None:
        """Drop the oldest ended jobs beyond what is kept, so that memory stays bounded."""
        for jobs, kept in (
            (
                [job for job in self._jobs if job.visitor_id == self._jobs[-1].visitor_id],
                _KEPT_PER_VISITOR,
            ),
            (self._jobs, _KEPT),
        ):
            ended = [job for job in jobs if not job.active]
            for job in ended[: max(0, len(jobs) - kept)]:
                self._jobs.remove(job)
        visitor_ids = {job.visitor_id for job in self._jobs}
        self._beats = {
            visitor_id: at for visitor_id, at in self._beats.items() if visitor_id in visitor_ids
        }


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
