"""Workers for the trials of a sweep: those of the queue, or a Dask cluster.

A worker gets a trial and a handle of the data set, and returns the finished run as the bytes of its
file, which are validated when read. This module must not import Streamlit, not even indirectly:
workers run on machines without it.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, wait
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from data_loader import Dataset
from inkling.runs.checkpoint_file import Checkpoint, fingerprint_of
from inkling.runs.run import RunIdentity
from inkling.training.background_job import BackgroundJob
from inkling.training.queue import JobQueue
from inkling.training.session import (
    Finished,
    Paused,
    RunControls,
    TrainingRequest,
    Worker,
    WorkerDied,
    train_run,
)
from nn import TrainConfig

SNAPSHOT_BYTES = 2 * 2**20
"""Maximum size of the snapshots of one trial; a sweep has up to a hundred trials."""

_CONNECT_SECONDS = 5
_WORKER_SECONDS = 15  # in which a Dask nanny replaces a killed worker

MAX_TRIES = 3
"""Maximum attempts for a trial whose worker dies."""

POLL_SECONDS = 1.0  # interval at which workers that joined or left are noticed

DataHandle = Dataset | Callable[[], Dataset]
"""The data set, or a function that returns it in the worker."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Trial:
    """A trial to be trained.

    Attributes
    ----------
    config : TrainConfig
    identity : RunIdentity
    minutes : float
        Maximum computing time.
    checkpoint : Checkpoint or None
        State to continue from; None at its beginning.
    """

    config: TrainConfig
    identity: RunIdentity
    minutes: float
    checkpoint: Checkpoint | None = None


TrainTrial = Callable[[Trial], Paused | Finished]
"""Function that trains a trial until it has ended, is stopped, or a visitor's run needs its core.

The result of a stopped trial is not done, and may hold no run.
"""


class WorkersError(Exception):
    """No worker is available; the message gives the reason and what to do."""


class TrialLostError(Exception):
    """All workers that a trial was given to died."""


class Workers(Protocol):
    """What trains the trials of a sweep."""

    def capacity(self) -> int:
        """Return how many trials can be trained at a time, now."""

    def start_lane(self, train_next: Callable[[TrainTrial], bool]) -> None:
        """Call a function once there is room for a trial, again as long as it returns True.

        Parameters
        ----------
        train_next : callable
            Gets a function that trains a trial, which raises TrialLostError, WorkersError and what
            `run_trial` raises. Called in another thread; never raises.
        """

    def stop(self) -> None:
        """Stop the trials that are being trained."""


class QueueWorkers:
    """Workers of the queue: each trial is a background job of a visitor.

    Parameters
    ----------
    queue : JobQueue
    dataset : Dataset
    visitor_id : str
    """

    def __init__(self, queue: JobQueue, dataset: Dataset, visitor_id: str) -> None:
        self._queue, self._dataset, self._visitor_id = queue, dataset, visitor_id
        self._lanes: list[_Lane] = []

    def capacity(self) -> int:
        """Return the number of the queue's cores."""
        return self._queue.cores

    def start_lane(self, train_next: Callable[[TrainTrial], bool]) -> None:
        """Queue the next trial, and after it another; raises LimitError if too many wait."""
        lane = _Lane(self._visitor_id, self._dataset, train_next)
        self._lanes.append(lane)
        self._queue.submit_background(lane)

    def stop(self) -> None:
        """Stop the trials after their current batch."""
        for lane in self._lanes:
            self._queue.stop(lane)


class _Lane(BackgroundJob):
    """Trials of a sweep, one after another; waits for a core again after each."""

    pausable = True

    def __init__(
        self, visitor_id: str, dataset: Dataset, train_next: Callable[[TrainTrial], bool]
    ) -> None:
        super().__init__("sweep", visitor_id)
        self._dataset, self._train_next = dataset, train_next

    def _compute(self, worker: Worker, minutes: float) -> bool:
        return self._train_next(partial(self._train, worker))

    def _train(self, worker: Worker, trial: Trial) -> Paused | Finished:
        self.channel.update(learning_rate=trial.config.learning_rate)
        request = _request(trial, self._dataset)
        for _ in range(MAX_TRIES):
            with suppress(WorkerDied):
                result: Paused | Finished = worker(
                    train_run, request, self._dataset, self.channel, lambda message: None
                )
                return result
        raise TrialLostError


@dataclass(frozen=True)
class ExecutorWorkers:
    """Workers of an executor, such as a Dask cluster.

    Attributes
    ----------
    executor : Executor
        Executes `run_trial`.
    data : callable
        Returns the `data` argument of `run_trial`, or a future of it. Raises WorkersError if the
        workers are gone.
    workers : callable
        Returns how many trials can be trained at a time, now.
    lost : tuple of exception classes
        Raised by a trial's future if its worker died.
    stopped : Event
        Whether to abandon the trials: an executor cannot stop a call that it has begun.
    """

    executor: Executor
    data: Callable[[], Any]
    workers: Callable[[], int]
    lost: tuple[type[BaseException], ...] = ()
    stopped: threading.Event = field(default_factory=threading.Event)

    def capacity(self) -> int:
        """Return how many trials can be trained at a time, now."""
        return self.workers()

    def start_lane(self, train_next: Callable[[TrainTrial], bool]) -> None:
        """Start a thread that trains one trial after another."""

        def train_all() -> None:
            while train_next(self._train):
                pass

        threading.Thread(target=train_all, name="sweep", daemon=True).start()

    def stop(self) -> None:
        """Abandon the trials: those that have begun may be trained to their end, for nothing."""
        self.stopped.set()

    def _train(self, trial: Trial) -> Finished:
        for _ in range(MAX_TRIES):
            data = self.data()
            future = self.executor.submit(run_trial, trial, data)
            # A future never ends if the scheduler died just before it sent the result.
            while wait([future], POLL_SECONDS).not_done and self.data() is data:
                if self.stopped.is_set():
                    future.cancel()
                    return Finished(None, done=False, stop_reason="")
            future.cancel()  # if it is not done, its data set is lost
            with suppress(*self.lost):
                return future.result()
        raise TrialLostError


def run_trial(trial: Trial, data: DataHandle) -> Finished:
    """Train a trial from beginning to end, in a worker of an executor.

    Parameters
    ----------
    trial : Trial
    data : Dataset or callable
        The data set, or a function that returns it.

    Raises
    ------
    ConfigError
        If the data set is too small for the config.
    """
    dataset = data() if callable(data) else data
    controls = RunControls(learning_rate=trial.config.learning_rate)
    result = train_run(_request(trial, dataset), dataset, lambda: controls, lambda message: None)
    assert isinstance(result, Finished)  # the controls do not pause it
    return result


def _request(trial: Trial, dataset: Dataset) -> TrainingRequest:
    return TrainingRequest(
        identity=trial.identity,
        config=trial.config,
        fingerprint=fingerprint_of(dataset, trial.config),
        checkpoint=trial.checkpoint,
        minutes=trial.minutes,
        snapshot_bytes=SNAPSHOT_BYTES,
    )


def sweep_workers(
    dataset: Dataset, queue: JobQueue, visitor_id: str
) -> AbstractContextManager[Workers]:
    """Return the workers of ``DASK_SCHEDULER_ADDRESS``, or else those of the queue.

    Parameters
    ----------
    dataset : Dataset
        As the server has it; the workers need no copy of their own.
    queue : JobQueue
    visitor_id : str
        Whose sweep it is.

    Returns
    -------
    context manager
        Yields `Workers`, or raises WorkersError. It blocks, so not to be entered in a page.
    """
    address = os.environ.get("DASK_SCHEDULER_ADDRESS")
    if address:
        return cluster_workers(dataset, address)
    return nullcontext(QueueWorkers(queue, dataset, visitor_id))


@contextmanager
def cluster_workers(dataset: Dataset, address: str) -> Iterator[Workers]:
    """Yield the workers of a Dask cluster, with the data set scattered to all of them.

    Parameters
    ----------
    dataset : Dataset
    address : str
        The scheduler's: ``"tcp://host:8786"``.

    Raises
    ------
    WorkersError
        If Dask is not installed here, no scheduler answers, or it has no workers.
    """
    try:
        from distributed import Client, KilledWorker
    except ImportError as error:
        raise WorkersError(
            "DASK_SCHEDULER_ADDRESS is set, but Dask is not installed here. Install "
            "requirements-cluster.txt, or leave the variable unset to use this machine."
        ) from error
    try:
        client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise WorkersError(
            f"No Dask scheduler answers at {address}, which DASK_SCHEDULER_ADDRESS names. Is it "
            "running, with the same version of Dask, and does the network let this machine reach "
            "it?"
        ) from error
    with client:
        data = _ScatteredDataset(client, dataset, address)
        data.future()  # raises at once if there are no workers
        # Not pure: Dask would return the result of the first try for a second one.
        executor = client.get_executor(pure=False)
        yield ExecutorWorkers(
            executor, data.future, data.workers, lost=(CancelledError, KilledWorker)
        )


class _ScatteredDataset:
    """Data set in the memory of a cluster's workers, scattered again if they all died."""

    def __init__(self, client: Any, dataset: Dataset, address: str) -> None:
        self._client = client
        self._dataset = dataset
        self._no_workers_error = (
            f"The Dask scheduler at {address} has no workers, or is gone. Start workers, as "
            "docs/classroom.md says, then start the sweep again."
        )
        self._incompatible_error = (
            f"The Dask cluster at {address} cannot run this program. Start its scheduler and its "
            "workers in a folder with the same version of it, as docs/classroom.md says."
        )
        self._future: Any = None
        self._error = ""
        self._lock = threading.Lock()

    def future(self) -> Any:
        """Return a Dask future of the data set; raises WorkersError."""
        with self._lock:
            if self._error:  # do not wait again in every thread
                raise WorkersError(self._error)
            if self._future is None or self._future.status != "finished":
                try:
                    self._future = self._scatter()
                except WorkersError as error:
                    self._error = str(error)
                    raise
            return self._future

    def workers(self) -> int:
        """Return how many trials the cluster can train at a time: 0 if it does not answer."""
        try:
            return sum(self._client.nthreads().values())
        except Exception:  # a closing client may raise anything
            return 0

    def _scatter(self) -> Any:
        deadline = time.monotonic() + _WORKER_SECONDS
        while True:
            try:
                self._client.wait_for_workers(1, timeout=_WORKER_SECONDS)
            except Exception as error:  # a closing client may raise anything
                raise WorkersError(self._no_workers_error) from error
            try:
                future = self._client.scatter(
                    self._dataset, broadcast=True, timeout=_WORKER_SECONDS
                )
                self._client.submit(_check_importable, future, pure=False).result()
            except (OSError, CancelledError) as error:  # a worker may have died during the scatter
                if time.monotonic() > deadline:
                    raise WorkersError(self._no_workers_error) from error
                time.sleep(0.1)
            except Exception as error:  # an ImportError in a worker takes many forms
                raise WorkersError(self._incompatible_error) from error
            else:
                return future


def _check_importable(dataset: Dataset) -> None:
    """Fail if scheduler or workers cannot import this module, which unpickling this does."""
