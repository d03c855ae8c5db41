"""Training in worker processes, so that runs do not hold the interpreter lock of the pages."""

from dataclasses import dataclass
from typing import Any

from data_loader import Dataset
from inkling.runs.checkpoint_file import DatasetFingerprint
from inkling.runs.run_file import run_bytes, run_from_bytes
from inkling.training import worker_process
from inkling.training.session import (
    ControlChannel,
    Emit,
    Finished,
    Paused,
    RunControls,
    TrainingRequest,
    WorkerDied,
    train_run,
)
from inkling.training.worker_process import ProcessPool, WorkerProcessDied


class TrainingProcesses:
    """`Worker` that trains each run in a worker process with no other run.

    As many processes are started as runs are trained at a time. Each keeps the data set of its last
    run in memory.
    """

    def __init__(self) -> None:
        self._pool = ProcessPool()

    def __call__(
        self, request: TrainingRequest, dataset: Dataset, channel: ControlChannel, emit: Emit
    ) -> Paused | Finished:
        """Train a run; as `train_in_thread`, and raises WorkerDied if its process ends."""
        try:
            with self._pool.process() as process:

                def on_message(message: Any) -> None:
                    if not isinstance(message, _Ready):
                        emit(message)
                        return
                    if message.needs_dataset:
                        process.send_to_worker(dataset)
                    channel.set_listener(process.send_to_worker)

                try:
                    result = process.call(_train, request, on_message=on_message)
                finally:
                    channel.set_listener(None)
        except WorkerProcessDied as error:
            raise WorkerDied from error
        if isinstance(result, _FinishedInWorker):
            run = None if result.run is None else run_from_bytes(result.run)
            return Finished(run, result.done, result.stop_reason)
        return result

    def close(self) -> None:
        """End the processes: the idle ones at once, the others after their current run."""
        self._pool.close()


@dataclass(frozen=True)
class _Ready:
    """First message of a worker process: whether it needs the data set."""

    needs_dataset: bool


@dataclass(frozen=True)
class _FinishedInWorker:
    """`Finished`, with the run as the bytes of its file, which are validated when read."""

    run: bytes | None
    done: bool
    stop_reason: str


_cached: tuple[tuple[str, str], Dataset] | None = None  # in a worker process: last data set


def _train(request: TrainingRequest) -> Paused | _FinishedInWorker:
    """Train a run in a worker process."""
    dataset = _request_dataset(request.fingerprint)
    controls: RunControls = worker_process.receive()

    def read_controls() -> RunControls:
        nonlocal controls
        while (received := worker_process.receive(wait=False)) is not None:
            controls = received
        return controls

    result = train_run(request, dataset, read_controls, worker_process.emit)
    if isinstance(result, Paused):
        return result
    run = None if result.run is None else run_bytes(result.run)
    return _FinishedInWorker(run, result.done, result.stop_reason)


def _request_dataset(fingerprint: DatasetFingerprint) -> Dataset:
    """Return the data set of a run: the cached one, or else one received from the parent."""
    global _cached
    key = fingerprint.name, fingerprint.digest
    if _cached is None or _cached[0] != key:
        _cached = None  # free the memory of the old data set first
        worker_process.emit(_Ready(needs_dataset=True))
        _cached = key, worker_process.receive()
    else:
        worker_process.emit(_Ready(needs_dataset=False))
    return _cached[1]
