"""Executors for the trials of a sweep: processes on this machine, or a Dask cluster.

A worker gets a config and a handle of the data set, and returns the finished run as the bytes of
its file, which are validated when read. This module must not import Streamlit, not even indirectly:
workers run on machines without it.
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
"""Maximum size of the snapshots of one trial; a sweep has up to a hundred trials."""

_CONNECT_SECONDS = 5
_WORKER_SECONDS = 15  # in which a Dask nanny replaces a killed worker

DataHandle = Dataset | Callable[[], Dataset]
"""The data set, or a function that returns it in the worker."""


class WorkersError(Exception):
    """No worker is available; the message gives the reason and what to do."""


@dataclass(frozen=True)
class Workers:
    """An executor and the data set in its workers.

    Attributes
    ----------
    executor : Executor
        Executes `run_trial`.
    data : callable
        Returns the `data` argument of `run_trial`, or a future of it. Raises WorkersError if the
        workers are gone.
    capacity : callable
        Returns how many trials can be trained at a time, now.
    core : callable
        Returns a context manager that reserves a core for one trial.
    lost : tuple of exception classes
        Raised by a trial's future if its worker died.
    """

    executor: Executor
    data: Callable[[], Any]
    capacity: Callable[[], int]
    core: Callable[[], AbstractContextManager[Any]] = nullcontext
    lost: tuple[type[BaseException], ...] = ()


def run_trial(
    config: TrainConfig, data: DataHandle, identity: RunIdentity, minutes: float = math.inf
) -> bytes:
    """Train a network from beginning to end, in a worker.

    Parameters
    ----------
    config : TrainConfig
    data : Dataset or callable
        The data set, or a function that returns it.
    identity : RunIdentity
    minutes : float
        Maximum computing time.

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
    request = TrainingRequest(
        identity=identity,
        config=config,
        fingerprint=fingerprint_of(dataset, config),
        minutes=minutes,
        snapshot_bytes=SNAPSHOT_BYTES,
    )
    controls = RunControls(learning_rate=config.learning_rate)
    result = train_run(request, dataset, lambda: controls, lambda message: None)
    assert isinstance(result, Finished)
    assert result.run is not None  # the controls neither stop nor pause it
    return run_bytes(result.run)


def sweep_workers(
    dataset: Dataset,
    core: Callable[[], AbstractContextManager[Any]],
    cores: int | None = None,
) -> AbstractContextManager[Workers]:
    """Return the workers of ``DASK_SCHEDULER_ADDRESS``, or else processes on this machine.

    Parameters
    ----------
    dataset : Dataset
        As the server has it; the workers need no copy of their own.
    core : callable
        Returns a context manager that reserves one of this machine's cores.
    cores : int, optional
        Processes on this machine; as many as it has cores if left out.

    Returns
    -------
    context manager
        Yields `Workers`, or raises WorkersError. It blocks, so not to be entered in a page.
    """
    address = os.environ.get("DASK_SCHEDULER_ADDRESS")
    if address:
        return cluster_workers(dataset, address)
    return local_workers(dataset, core, cores or available_cores())


@contextmanager
def local_workers(
    dataset: Dataset, core: Callable[[], AbstractContextManager[Any]], cores: int
) -> Iterator[Workers]:
    """Yield processes on this machine, each with the data set in memory; as `sweep_workers`."""
    with ProcessExecutor(initializer=_set_dataset, initargs=(dataset,)) as executor:
        yield Workers(
            executor, lambda: _get_dataset, lambda: cores, core, lost=(WorkerProcessDied,)
        )


_data: Dataset | None = None  # in a process of `local_workers`


def _set_dataset(dataset: Dataset) -> None:
    global _data
    _data = dataset


def _get_dataset() -> Dataset:
    assert _data is not None
    return _data


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
        yield Workers(executor, data.future, data.workers, lost=(CancelledError, KilledWorker))


class _ScatteredDataset:
    """Data set in the memory of a cluster's workers, scattered again if they all died."""

    def __init__(self, client: Any, dataset: Dataset, address: str) -> None:
        self._client = client
        self._dataset = dataset
        self._no_workers_error = (
            f"The Dask scheduler at {address} has no workers, or is gone. Start workers, as the "
            "README says, and begin anew."
        )
        self._incompatible_error = (
            f"The Dask cluster at {address} cannot run this program. Start its scheduler and its "
            "workers in a folder with the same version of it, as the README says."
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
