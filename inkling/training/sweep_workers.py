"""Who trains the trials of a sweep: processes on this machine, or a Dask cluster.

A worker gets a config and a handle on the data, and answers with the finished run as the bytes of
its file, the one form of a run that is checked wherever it arrives. Nothing here, nor anything
that it imports, knows Streamlit: it has to run on machines that have only the network.
"""

import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from data_loader import Dataset
from inkling.runs.checkpoint_file import fingerprint_of
from inkling.runs.run import RunIdentity
from inkling.runs.run_file import run_bytes
from inkling.training.queue import available_cores
from inkling.training.session import Finished, RunControls, TrainingRequest, train_run
from inkling.training.worker_process import ProcessExecutor, WorkerProcessDied
from nn import TrainConfig

SNAPSHOT_BYTES = 2 * 2**20
"""What the snapshots of one trial may take: a sweep has a hundred of them."""

_CONNECT_SECONDS = 5
_WORKER_SECONDS = 15  # in which a nanny puts a new worker in the place of a killed one

DataHandle = Dataset | Callable[[], Dataset]
"""The data set itself, or a function that has it where the trial is trained."""


class WorkersError(Exception):
    """There is nobody to train; the message says why, and what to do."""


@dataclass(frozen=True)
class Workers:
    """Who trains.

    Attributes
    ----------
    executor : Executor
        Carries out `run_trial`.
    data : callable
        Returns what `run_trial` takes as the data set, or what the executor turns into that. It
        raises WorkersError if the workers are gone.
    capacity : callable
        Returns how many trials they can train at a time, now.
    core : callable
        Returns a context manager, within which one trial may be trained.
    lost : tuple of exception classes
        What a trial's future raises if its worker ended before it did.
    """

    executor: Executor
    data: Callable[[], Any]
    capacity: Callable[[], int]
    core: Callable[[], AbstractContextManager[Any]] = nullcontext
    lost: tuple[type[BaseException], ...] = ()


def run_trial(
    config: TrainConfig, data: DataHandle, identity: RunIdentity, minutes: float = math.inf
) -> bytes:
    """Train a network from beginning to end; this is what a worker does.

    Parameters
    ----------
    config : TrainConfig
    data : Dataset or callable
        The data set, or what returns it.
    identity : RunIdentity
        Of the run.
    minutes : float
        How long it may compute; then it ends with what it has learned.

    Returns
    -------
    bytes
        The run, as `run_from_bytes` reads it.

    Raises
    ------
    ConfigError
        If the data set is too small for the config.
    """
    dataset = data() if callable(data) else data
    order = TrainingRequest(
        identity=identity,
        config=config,
        fingerprint=fingerprint_of(dataset, config),
        minutes=minutes,
        snapshot_bytes=SNAPSHOT_BYTES,
    )
    wishes = RunControls(learning_rate=config.learning_rate)
    ended = train_run(order, dataset, lambda: wishes, lambda news: None)
    assert isinstance(ended, Finished)
    assert ended.run is not None  # there is no wish to end or to pause
    return run_bytes(ended.run)


def sweep_workers(
    dataset: Dataset,
    core: Callable[[], AbstractContextManager[Any]],
    cores: int | None = None,
) -> AbstractContextManager[Workers]:
    """Return the cluster that ``DASK_SCHEDULER_ADDRESS`` names; else processes on this machine.

    Parameters
    ----------
    dataset : Dataset
        As the server has it; the workers need no copy of their own.
    core : callable
        Returns a context manager that holds one of this machine's cores.
    cores : int, optional
        Processes on this machine; as many as it has cores if left out.

    Returns
    -------
    context manager
        Gives `Workers`, or raises WorkersError; it waits for them, so not in a page.
    """
    address = os.environ.get("DASK_SCHEDULER_ADDRESS")
    if address:
        return cluster_workers(dataset, address)
    return local_workers(dataset, core, cores or available_cores())


@contextmanager
def local_workers(
    dataset: Dataset, core: Callable[[], AbstractContextManager[Any]], cores: int
) -> Iterator[Workers]:
    """Give processes on this machine, each with the data set in its memory; as `sweep_workers`."""
    with ProcessExecutor(initializer=_hold, initargs=(dataset,)) as executor:
        yield Workers(executor, lambda: _held, lambda: cores, core, lost=(WorkerProcessDied,))


_data: Dataset | None = None  # in a process of `local_workers`


def _hold(dataset: Dataset) -> None:
    global _data
    _data = dataset


def _held() -> Dataset:
    assert _data is not None
    return _data


@contextmanager
def cluster_workers(dataset: Dataset, address: str) -> Iterator[Workers]:
    """Give the workers of a Dask cluster, with the data set scattered to all of them.

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
        data = _Scattered(client, dataset, address)
        data.future()  # says at once if there are no workers
        # Not pure: Dask would take a second try for the first, and answer what that came to.
        executor = client.get_executor(pure=False)
        yield Workers(executor, data.future, data.workers, lost=(CancelledError, KilledWorker))


class _Scattered:
    """A data set in the memory of a cluster's workers, put there again if they all died."""

    def __init__(self, client: Any, dataset: Dataset, address: str) -> None:
        self._client = client
        self._dataset = dataset
        self._gone = (
            f"The Dask scheduler at {address} has no workers, or is gone. Start workers, as the "
            "README says, and begin anew."
        )
        self._strangers = (
            f"The Dask cluster at {address} cannot run this program. Start its scheduler and its "
            "workers in a folder with the same version of it, as the README says."
        )
        self._future: Any = None
        self._problem = ""
        self._lock = threading.Lock()

    def future(self) -> Any:
        """Return the future that Dask replaces by the data set; raises WorkersError."""
        with self._lock:
            if self._problem:  # the first who asked has waited long enough for all
                raise WorkersError(self._problem)
            if self._future is None or self._future.status != "finished":
                try:
                    self._future = self._scatter()
                except WorkersError as error:
                    self._problem = str(error)
                    raise
            return self._future

    def workers(self) -> int:
        """Return how many trials the cluster can train at a time: 0 if it does not answer."""
        try:
            return sum(self._client.nthreads().values())
        except Exception:  # a client that is closing raises whatever it stumbles over
            return 0

    def _scatter(self) -> Any:
        deadline = time.monotonic() + _WORKER_SECONDS
        while True:
            try:
                self._client.wait_for_workers(1, timeout=_WORKER_SECONDS)
            except Exception as error:  # a client that is closing raises whatever it stumbles over
                raise WorkersError(self._gone) from error
            try:
                future = self._client.scatter(
                    self._dataset, broadcast=True, timeout=_WORKER_SECONDS
                )
                self._client.submit(_ready, future, pure=False).result()
            except (OSError, CancelledError) as error:  # a worker died just now
                if time.monotonic() > deadline:
                    raise WorkersError(self._gone) from error
                time.sleep(0.1)
            except Exception as error:  # the many forms of an ImportError over there
                raise WorkersError(self._strangers) from error
            else:
                return future


def _ready(dataset: Dataset) -> None:
    """Show, by being called, that scheduler and workers can import this module."""
