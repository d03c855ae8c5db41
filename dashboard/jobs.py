"""Training runs in the background, one queue for all visitors.

A page submits a config and gets a `TrainingJob` at once. Worker threads take jobs in order, no
more at a time than there are cores, and drain the generator `nn.train`. Threads are enough,
because NumPy lets go of the interpreter while it computes. A worker never touches the page: it
replaces the job's history, an immutable tuple, and the page draws what it finds there.
"""

import enum
import logging
import os
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from data_loader import Dataset
from digits.augment import augmentation
from nn import ConfigError, Network, TrainConfig, TrainRecord, train
from nn.losses import LOSSES
from nn.training import Split, evaluate, split

log = logging.getLogger(__name__)

PATIENCE = 600.0
"""Seconds that a run goes on while no page of its visitor is open."""

_NETWORK_INTERVAL = 0.5  # seconds between two copies of the live network
_KEPT_PER_OWNER = 20
_KEPT = 500


class Status(enum.Enum):
    """Where a job stands; the value is the word for it on the screen."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class TrainingJob:
    """One training run: what was asked for, how it stands, and what came of it.

    Parameters
    ----------
    config : TrainConfig
    dataset : Dataset
    owner : str
        The visitor's id.
    name : str
        What the visitor's list of runs calls it.
    number : int
        Which of the visitor's runs it is.

    Attributes
    ----------
    id : str
    status : Status
    history : tuple of TrainRecord
        All records so far, without their networks. Replaced, never changed.
    network : Network or None
        A copy of the network, renewed at most twice a second; None before the first record.
    test_accuracy : float or None
        Of the final network, from 0 to 1; None until the job has ended.
    error : str
        Why it failed, or why it ended before its time; empty otherwise.
    """

    def __init__(
        self, config: TrainConfig, dataset: Dataset, owner: str, name: str, number: int = 1
    ) -> None:
        self.id = uuid.uuid4().hex
        self.config, self.dataset = config, dataset
        self.owner, self.name, self.number = owner, name, number
        self.status = Status.WAITING
        self.history: tuple[TrainRecord, ...] = ()
        self.network: Network | None = None
        self.test_accuracy: float | None = None
        self.error = ""
        self._stop = threading.Event()
        training, _ = split(dataset, config)
        self.training_size = len(training.labels)

    @property
    def active(self) -> bool:
        """Whether it is waiting or running."""
        return self.status in (Status.WAITING, Status.RUNNING)

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

    def stop(self, why: str = "") -> None:
        """Ask the run to end after the record it is at; its network is kept."""
        self.error = why
        self._stop.set()

    def run(self, abandoned: Callable[[], bool]) -> None:
        """Train to the end, or until stopped or abandoned; never raises."""
        self.status = Status.RUNNING
        try:
            self._train(abandoned)
        except MemoryError:
            self._fail("There was not enough memory for this run. Try smaller layers or batches.")
        except ConfigError as error:
            self._fail(str(error))
        except Exception as error:
            log.exception("training job %s failed", self.id)
            self._fail(f"The run broke off by a fault of the program ({type(error).__name__}).")

    def _train(self, abandoned: Callable[[], bool]) -> None:
        copied = float("-inf")
        network: Network | None = None
        for record in train(self.config, self.dataset, augmentation(self.config.augmentation)):
            network = record.network
            assert network is not None
            now = time.monotonic()
            if now - copied > _NETWORK_INTERVAL:
                self.network, copied = network.copy(), now
            self.history = (*self.history, replace(record, network=None))
            if abandoned():
                self.stop("The page had been closed for ten minutes, so the run ended.")
            if self._stop.is_set():
                break
        if network is not None:
            self.network = network
            self.test_accuracy = self._test_accuracy(network, self.dataset.test)
        complete = self.history and self.history[-1].test_accuracy is not None
        self.status = Status.DONE if complete and self.progress == 1 else Status.STOPPED

    def _test_accuracy(self, network: Network, test: Split) -> float | None:
        last = self.history[-1].test_accuracy
        if last is not None:
            return last
        return evaluate(network, test, LOSSES[self.config.loss]())[1]

    def _fail(self, sentence: str) -> None:
        self.error = sentence
        self.status = Status.FAILED


class JobQueue:
    """Runs jobs in the order they came, at most `workers` at a time.

    Parameters
    ----------
    workers : int, optional
        Trainings at once; the number of cores this process may use if left out.
    patience : float
        Seconds without a beat of its owner after which a run ends.
    clock : callable
        Returns seconds; the tests' own clock stands in for it.
    """

    def __init__(
        self,
        workers: int | None = None,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._workers = workers or available_cores()
        self._patience = patience
        self._clock = clock
        self._jobs: list[TrainingJob] = []
        self._waiting: deque[TrainingJob] = deque()
        self._beats: dict[str, float] = {}
        self._changed = threading.Condition()
        self._threads = 0

    def submit(
        self, config: TrainConfig, dataset: Dataset, owner: str, name: str = "run"
    ) -> TrainingJob:
        """Queue a run and return its job.

        Raises
        ------
        ConfigError
            If the data set is too small for the config.
        """
        with self._changed:
            number = 1 + max((job.number for job in self._jobs if job.owner == owner), default=0)
            job = TrainingJob(config, dataset, owner, name, number)
            self._beats[owner] = self._clock()
            self._jobs.append(job)
            self._waiting.append(job)
            self._forget()
            if self._threads < self._workers:
                self._threads += 1
                threading.Thread(target=self._work, name="training", daemon=True).start()
            self._changed.notify()
        return job

    def jobs(self, owner: str) -> list[TrainingJob]:
        """Return an owner's jobs, the newest first."""
        with self._changed:
            return [job for job in reversed(self._jobs) if job.owner == owner]

    def position(self, job: TrainingJob) -> int:
        """Return a waiting job's place in the queue, 1 being next; 0 if it is not waiting."""
        with self._changed:
            return self._waiting.index(job) + 1 if job in self._waiting else 0

    def stop(self, job: TrainingJob) -> None:
        """End a job: at its next record if it runs, at once if it waits."""
        with self._changed:
            job.stop()
            if job in self._waiting:
                self._waiting.remove(job)
                job.status = Status.STOPPED

    def beat(self, owner: str) -> None:
        """Note that a page of this owner is open."""
        with self._changed:
            self._beats[owner] = self._clock()

    def _abandoned(self, job: TrainingJob) -> bool:
        return self._clock() - self._beats.get(job.owner, float("-inf")) > self._patience

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                job = self._waiting.popleft()
                if self._abandoned(job):
                    job.stop("The page had been closed for ten minutes before its turn came.")
                    job.status = Status.STOPPED
                    continue
                job.status = Status.RUNNING
            job.run(lambda job=job: self._abandoned(job))  # type: ignore[misc]

    def _forget(self) -> None:
        """Drop the oldest ended jobs beyond what is kept, so that memory stays bounded."""
        for jobs, kept in (
            ([job for job in self._jobs if job.owner == self._jobs[-1].owner], _KEPT_PER_OWNER),
            (self._jobs, _KEPT),
        ):
            ended = [job for job in jobs if not job.active]
            for job in ended[: max(0, len(jobs) - kept)]:
                self._jobs.remove(job)
        owners = {job.owner for job in self._jobs}
        self._beats = {owner: at for owner, at in self._beats.items() if owner in owners}


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
