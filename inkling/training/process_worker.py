"""Tasks in worker processes, so that they do not hold the interpreter lock of the pages."""

import copyreg
import inspect
from dataclasses import dataclass
from typing import Any

from data_loader import Dataset
from inkling.runs.checkpoint_file import dataset_digest
from inkling.training import worker_process
from inkling.training.session import ControlChannel, RunControls, Task, WorkerDied
from inkling.training.worker_process import ProcessPool, WorkerProcessDied
from nn import Network


class WorkerProcesses:
    """`Worker` that executes each task in a worker process with no other task.

    As many processes are started as tasks are executed at a time. Each keeps the data set of its
    last task in memory.
    """

    def __init__(self) -> None:
        self._pool = ProcessPool()

    def __call__(
        self, task: Task, request: Any, dataset: Dataset, channel: ControlChannel, emit: Any
    ) -> Any:
        """Execute a task; as `run_in_thread`, and raises WorkerDied if its process ends."""
        try:
            with self._pool.process() as process:

                def on_message(message: Any) -> None:
                    if not isinstance(message, _Ready):
                        emit(message)
                        return
                    if message.needs_dataset:
                        process.send_to_worker(dataset)
                    channel.set_listener(process.send_to_worker)

                key = dataset.name, dataset_digest(dataset)
                try:
                    return process.call(_execute, task, request, key, on_message=on_message)
                finally:
                    channel.set_listener(None)
        except WorkerProcessDied as error:
            raise WorkerDied from error

    def close(self) -> None:
        """End the processes: the idle ones at once, the others after their current task."""
        self._pool.close()


@dataclass(frozen=True)
class _Ready:
    """First message of a worker process: whether it needs the data set."""

    needs_dataset: bool


_Key = tuple[str, str]  # name and digest of a data set
_cached: tuple[_Key, Dataset] | None = None  # in a worker process: last data set


def _execute(task: Task, request: Any, key: _Key) -> Any:
    """Execute a task in a worker process."""
    dataset = _request_dataset(key)
    controls: RunControls = worker_process.receive()

    def read_controls() -> RunControls:
        nonlocal controls
        while (received := worker_process.receive(wait=False)) is not None:
            controls = received
        return controls

    return task(request, dataset, read_controls, worker_process.emit)


def _request_dataset(key: _Key) -> Dataset:
    """Return the data set of a task: the cached one, or else one received from the parent."""
    global _cached
    if _cached is None or _cached[0] != key:
        _cached = None  # free the memory of the old data set first
        worker_process.emit(_Ready(needs_dataset=True))
        _cached = key, worker_process.receive()
    else:
        worker_process.emit(_Ready(needs_dataset=False))
    return _cached[1]


def _network_from(settings: dict[str, Any]) -> Network:
    return Network(**settings)


def _reduce_network(network: Network) -> tuple[Any, ...]:
    names = inspect.signature(Network).parameters
    return _network_from, ({name: getattr(network, name) for name in names},)


# The layers' arrays are views of theta, which pickling would turn into copies.
copyreg.pickle(Network, _reduce_network)
