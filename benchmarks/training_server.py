"""A training server without pages, for `benchmarks.faults` to kill.

``python -m benchmarks.training_server FOLDER NUMBER`` resumes the interrupted runs in the folder,
then trains NUMBER new ones, one after the other. It prints events: ``ready``, ``goes-on ID``
(resumed), ``begins ID``, ``kept ID`` (saved). It writes checkpoints far more often than the app
does, so that it is often killed while writing one.
"""

import sys
import time
from dataclasses import replace
from pathlib import Path

from data_loader import DataError, Dataset, load_builtin, load_mnist
from inkling.runs.checkpoints import Checkpoints
from inkling.runs.store import RunStore
from inkling.training.job import TrainingJob
from inkling.training.process_worker import WorkerProcesses
from inkling.training.queue import JobQueue
from nn import TrainConfig

VISITOR_ID = "0" * 32
INTERVAL, SHARE = 0.1, 0.5
_BASE = TrainConfig(training_size=10_000, epochs=8, batch_size=50)
CONFIGS = (
    _BASE,
    replace(_BASE, optimizer="adam", learning_rate=0.002, hidden_sizes=(64, 32)),
    replace(_BASE, augmentation="affine-elastic", training_size=2_500),
    replace(_BASE, sampling="with-replacement", dtype="float64", hidden_sizes=(64,)),
)
RECORDS_BEFORE_ETA = 5  # records after which eta is changed
ETA = 0.01


def digits() -> Dataset:
    """Return MNIST, or if it is missing the built-in digits."""
    try:
        return load_mnist()
    except DataError:
        return load_builtin()


def main() -> None:
    """Resume interrupted runs, then train new ones."""
    folder, number = Path(sys.argv[1]), int(sys.argv[2])
    store, dataset = RunStore(folder), digits()
    checkpoints = Checkpoints(folder / "checkpoints", store.is_saved, INTERVAL, SHARE)
    queue = JobQueue(store.save, workers=1, checkpoints=checkpoints, worker=WorkerProcesses())
    print("ready", flush=True)
    for info in checkpoints.interrupted(VISITOR_ID):
        print("goes-on", info.identity.id, flush=True)
        _watch(queue.resume_interrupted(info.identity.id, dataset))
    for _ in range(number):
        config = CONFIGS[len(store.runs()) % len(CONFIGS)]
        job = queue.submit(config, dataset, VISITOR_ID)
        print("begins", job.id, flush=True)
        _watch(job)


def _watch(job: TrainingJob) -> None:
    """Wait until a run has ended, and change its eta during the run."""
    while job.active:
        if len(job.history) >= RECORDS_BEFORE_ETA and job.learning_rate == job.config.learning_rate:
            job.set_learning_rate(ETA)
        time.sleep(0.001)
    if not job.saved:
        raise SystemExit(f"{job.id}: {job.error}")
    print("kept", job.id, flush=True)


if __name__ == "__main__":
    main()
