"""Runs one training job with a worker, and saves its checkpoints and its result."""

import errno
import logging
import math
from collections.abc import Callable
from contextlib import suppress

from inkling.runs.checkpoint_file import Checkpoint, CheckpointInfo
from inkling.runs.checkpoints import Checkpoints
from inkling.runs.run import Run
from inkling.runs.run_file import RunError, run_bytes, run_from_bytes
from inkling.training.job import Status, TrainingJob
from inkling.training.session import (
    CheckpointReady,
    Finished,
    Paused,
    Progress,
    TrainingRequest,
    Worker,
    WorkerDied,
    run_in_thread,
    train_run,
)
from nn import ConfigError
from nn.training import new_network

log = logging.getLogger(__name__)


class JobRunner:
    """Trains jobs, one in each thread that calls `run`.

    Parameters
    ----------
    save : callable
        Writes a finished `Run` to the disk, with the bytes of the file that it was read from; may
        raise an OSError.
    checkpoints : Checkpoints, optional
        Where checkpoints are written; no checkpoints if left out.
    worker : Worker
    minutes : float
        Maximum computing time of a run.
    """

    def __init__(
        self,
        save: Callable[[Run, bytes], None],
        checkpoints: Checkpoints | None = None,
        worker: Worker = run_in_thread,
        minutes: float = math.inf,
    ) -> None:
        self._save = save
        self._checkpoints = checkpoints
        self._worker = worker
        self._minutes = minutes

    def run(self, job: TrainingJob, is_abandoned: Callable[[], bool] = lambda: False) -> None:
        """Train a job until it ends or is paused; errors become the job's `error`.

        Parameters
        ----------
        job : TrainingJob
        is_abandoned : callable
            Called after every record; if it returns True, the run ends.
        """
        job.status = Status.RUNNING
        try:
            self._train(job, is_abandoned)
        except MemoryError:
            _fail(job, "There was not enough memory for this run. Try smaller layers or batches.")
        except ConfigError as error:
            _fail(job, str(error))
        except WorkerDied:
            _fail(
                job,
                (
                    "The process that trained this run stopped unexpectedly, perhaps because "
                    "memory ran out."
                ),
            )
            if self._checkpoints is not None:
                self._checkpoints.release(job.id)
                if not job.checkpoint_error:
                    job.error += " You can resume the run from its last checkpoint."
            return
        except Exception as error:
            log.exception("training job %s failed", job.id)
            _fail(job, f"Something went wrong, and the run stopped ({type(error).__name__}).")

        # A run that could not be saved keeps its checkpoint, to continue from after a restart,
        # unless its visitor's runs fill their share of the disk: checkpoints would fill the rest.
        if not job.active and (job.saved or job.run is None or job.over_quota):
            self.drop_checkpoint(job)

    def save_again(self, job: TrainingJob) -> None:
        """Try again to save a result that could not be saved; `job.saved` is whether it worked."""
        run = job.run
        if run is None:  # it was dropped meanwhile
            return
        self._save_result(job, run, run_bytes(run))
        if job.saved:
            job.error = run.info.error
            self.drop_checkpoint(job)

    def release(self, job: TrainingJob) -> None:
        """Release the checkpoint of a job whose result is dropped: the run can be resumed."""
        if self._checkpoints is not None:
            self._checkpoints.release(job.id)

    def keep_request(self, job: TrainingJob) -> None:
        """Write what is needed to start a job's run later, if the server ends before it starts."""
        info = CheckpointInfo(
            identity=job.identity, config=job.config, fingerprint=job.fingerprint, step_count=0
        )
        self._write_checkpoint(job, Checkpoint.before_start(info))

    def drop_checkpoint(self, job: TrainingJob) -> None:
        """Remove the checkpoint of a job; errors of the disk are ignored."""
        if self._checkpoints is not None:
            with suppress(OSError, RunError):
                self._checkpoints.drop(job.id)

    def _train(self, job: TrainingJob, is_abandoned: Callable[[], bool]) -> None:
        def on_message(message: Progress | CheckpointReady) -> None:
            if isinstance(message, CheckpointReady):
                self._write_checkpoint(job, message.checkpoint)
                return
            job.events, job.history = message.events, (*job.history, message.record)
            if message.theta is not None:
                job.network = new_network(job.config, theta=message.theta)
            if is_abandoned():
                job.stop("The run was stopped: its page had been closed for ten minutes.")

        request = TrainingRequest(
            identity=job.identity,
            config=job.config,
            fingerprint=job.fingerprint,
            checkpoint=job.checkpoint,
            minutes=self._minutes,
            interval=math.inf if self._checkpoints is None else self._checkpoints.interval,
            share=1.0 if self._checkpoints is None else self._checkpoints.share,
        )
        result = self._worker(train_run, request, job.dataset, job.channel, on_message)
        if isinstance(result, Paused):
            job.checkpoint, job.events = result.checkpoint, result.checkpoint.events
            self._write_checkpoint(job, result.checkpoint)
            job.status = Status.PAUSED
        else:
            self._finish(job, result)

    def _write_checkpoint(self, job: TrainingJob, checkpoint: Checkpoint) -> None:
        if self._checkpoints is None:
            return
        try:
            self._checkpoints.write(checkpoint)
        except (OSError, MemoryError) as error:
            why = (error.strerror or error) if isinstance(error, OSError) else "too little memory"
            job.checkpoint_error = (
                f"The run's progress could not be saved: {why}. Training continues, but if "
                "the server stops now, everything since the last save is lost. Make room "
                "on the disk, or set RUNS_DIR to another folder."
            )
        else:
            job.checkpoint_error = ""

    def _finish(self, job: TrainingJob, result: Finished) -> None:
        """Save the result, then set the job's status."""
        job.error, job.checkpoint = result.stop_reason, None
        if result.run is not None:
            run = job.run = run_from_bytes(result.run)
            job.network, job.events = run.network, run.events
            self._save_result(job, run, result.run)
        job.status = Status.DONE if result.done else Status.STOPPED

    def _save_result(self, job: TrainingJob, run: Run, data: bytes) -> None:
        try:
            self._save(run, data)
        except OSError as error:
            job.unsaved_bytes, job.over_quota = len(data), error.errno == errno.EDQUOT
            job.error = (
                f"This run could not be saved: {error.strerror or error}. It stays here "
                "while you have a page of Inkling open and there is memory for it. Delete "
                "old runs or make room on the disk, then save the run again under Train, "
                "or download it there."
            )
        else:
            job.saved, job.unsaved_bytes = True, 0


def _fail(job: TrainingJob, sentence: str) -> None:
    job.error = sentence
    job.status = Status.FAILED
