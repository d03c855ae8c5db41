"""Queue of training jobs, shared by all visitors.

A page submits a config and gets a `TrainingJob` at once. Threads take the jobs in order, at most
one a core, and run each with a `JobRunner`. Neither uses the page: results are written to the job,
whose history is an immutable tuple that is replaced, and the page draws what it finds there. The
page's controls, a pause or another eta, are read before every batch.

A paused job holds neither a thread nor a core. Resuming it queues it again, before all others.
A job that has ended and is saved is removed from the queue.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from data_loader import Dataset
from inkling.runs.checkpoint_file import CheckpointInfo, fingerprint_of
from inkling.runs.checkpoints import Checkpoints
from inkling.runs.run import Run, RunIdentity, new_id
from inkling.runs.run_file import NO_RUN, RunError
from inkling.server.limits import Limits
from inkling.training.job import Status, TrainingJob
from inkling.training.runner import JobRunner
from inkling.training.session import Worker, train_in_thread
from nn import ConfigError, TrainConfig

HEARTBEAT_TIMEOUT = 600.0
"""Seconds after the last heartbeat of its visitor at which a job ends."""

_MAX_JOBS_PER_VISITOR = 20
_MAX_JOBS = 500
POLL_SECONDS = 30.0  # interval at which abandoned paused jobs are ended


class JobQueue:
    """Runs jobs in the order they were submitted, at most `workers` at a time.

    Parameters
    ----------
    save : callable
        Writes a finished `Run` to the disk. If it raises an OSError, the job stays in the queue.
    workers : int, optional
        Maximum number of running jobs; the number of cores of this process if left out.
    heartbeat_timeout : float
        Seconds without a heartbeat of its visitor after which a job ends.
    clock : callable
        Returns seconds; replaced in tests.
    checkpoints : Checkpoints, optional
        Where checkpoints are written; no checkpoints if left out.
    limits : Limits, optional
        Limits of a run, of its computing time, and of the queue's length.
    worker : Worker
        Trains a run.
    """

    def __init__(
        self,
        save: Callable[[Run], None],
        workers: int | None = None,
        heartbeat_timeout: float = HEARTBEAT_TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
        checkpoints: Checkpoints | None = None,
        limits: Limits | None = None,
        worker: Worker = train_in_thread,
    ) -> None:
        self._limits = limits or Limits()
        self._runner = JobRunner(save, checkpoints, worker, self._limits.minutes)
        self._cores = workers or available_cores()
        self._heartbeat_timeout = heartbeat_timeout
        self._clock = clock
        self._checkpoints = checkpoints
        self._jobs: list[TrainingJob] = []
        self._waiting: deque[TrainingJob] = deque()
        self._heartbeats: dict[str, float] = {}
        self._changed = threading.Condition()
        self._threads = 0
        self._busy_cores = 0

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
        identity = RunIdentity(
            id=new_id(), name=name, visitor_id=visitor_id, created=time.time(), group=group
        )
        job = TrainingJob(config, dataset, identity, paused)
        self._add(job)
        return job

    def resume_interrupted(self, run_id: str, dataset: Dataset) -> TrainingJob:
        """Queue an interrupted run, to continue from its checkpoint; return its job.

        Raises
        ------
        RunError
            If it is active, gone or damaged, or was trained on another data set; its checkpoint
            stays.
        OSError
            If the checkpoint cannot be locked.
        """
        if self._checkpoints is None:
            raise RunError(NO_RUN)
        checkpoint = self._checkpoints.acquire(run_id)
        try:
            _check_dataset(checkpoint.info, dataset)
        except RunError:
            self._checkpoints.release(run_id)
            raise
        job = TrainingJob.from_checkpoint(checkpoint, dataset)
        self._add(job)
        return job

    def _add(self, job: TrainingJob) -> None:
        with self._changed:
            if not job.has_started:  # an interrupted job has waited in the queue before
                self._limits.check_queue(len(self._waiting))
            self._heartbeats[job.visitor_id] = self._clock()
            # An interrupted run replaces its failed job.
            self._jobs = [*(other for other in self._jobs if other.id != job.id), job]
            self._drop_oldest_ended()
            if self._threads < self._cores:
                self._threads += 1
                threading.Thread(target=self._run_jobs, name="training", daemon=True).start()
            if job.status is Status.WAITING:
                self._waiting.append(job)
                self._changed.notify_all()

    def jobs(self, visitor_id: str) -> list[TrainingJob]:
        """Return a visitor's jobs that are active or could not be saved, the newest first."""
        return [job for job in self.all_jobs() if job.visitor_id == visitor_id]

    def all_jobs(self) -> list[TrainingJob]:
        """Return all jobs that are active or could not be saved, the newest first."""
        with self._changed:
            return self._jobs[::-1]

    def position(self, job: TrainingJob) -> int:
        """Return a waiting job's place in the queue, 1 being next; 0 if it is not waiting."""
        with self._changed:
            return self._waiting.index(job) + 1 if job in self._waiting else 0

    def pause(self, job: TrainingJob) -> None:
        """Pause a job: a running one after its current batch, a waiting one at once."""
        with self._changed:
            job.channel.update(pause=True)
            if job in self._waiting:
                self._waiting.remove(job)
                job.status = Status.PAUSED

    def resume(self, job: TrainingJob) -> None:
        """Queue a paused job; one that has started goes before all that wait."""
        self._requeue(job, single_step=False)

    def step(self, job: TrainingJob) -> None:
        """Train a paused job on one batch."""
        self._requeue(job, single_step=True)

    def stop(self, job: TrainingJob, reason: str = "") -> None:
        """End a job, after its current batch if it is running."""
        with self._changed:
            job.stop(reason)
            if job in self._waiting and not job.has_started:
                self._waiting.remove(job)
                job.status = Status.STOPPED
        self._requeue(job, single_step=False)  # a paused job ends in a worker

    def heartbeat(self, visitor_id: str) -> None:
        """Record that a page of this visitor is open."""
        with self._changed:
            self._heartbeats[visitor_id] = self._clock()

    @contextmanager
    def reserve_idle_core(self) -> Iterator[None]:
        """Reserve a core for a background task, once no training job waits for one."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting and self._busy_cores < self._cores)
            self._busy_cores += 1
        try:
            yield
        finally:
            self._free_core()

    def _requeue(self, job: TrainingJob, single_step: bool) -> None:
        with self._changed:
            if job.status is not Status.PAUSED:
                return
            job.channel.update(pause=False, single_step=single_step)
            job.status = Status.WAITING
            if job.has_started:
                self._waiting.appendleft(job)
            else:
                self._waiting.append(job)
            self._changed.notify_all()

    def _is_abandoned(self, job: TrainingJob) -> bool:
        last = self._heartbeats.get(job.visitor_id, float("-inf"))
        return self._clock() - last > self._heartbeat_timeout

    def _run_jobs(self) -> None:
        while True:
            job = self._next_job()
            self._runner.run(job, lambda job=job: self._is_abandoned(job))  # type: ignore[misc]
            self._free_core()
            with self._changed:
                if job.saved and job in self._jobs:
                    self._jobs.remove(job)
            if job.channel.controls.stop:  # it may have been stopped just when it was paused
                self._requeue(job, single_step=False)
            del job  # its snapshots would stay in memory until the next job comes

    def _next_job(self) -> TrainingJob:
        """Wait for a job and a core; return the job, with status RUNNING."""
        with self._changed:
            while True:
                if self._waiting and self._busy_cores < self._cores:
                    job = self._waiting.popleft()
                    if job.has_started or not self._is_abandoned(job):
                        job.status = Status.RUNNING
                        self._busy_cores += 1
                        return job
                    job.stop("The page had been closed for ten minutes before its turn came.")
                    job.status = Status.STOPPED
                else:
                    self._changed.wait(POLL_SECONDS)
                    self._stop_abandoned()

    def _stop_abandoned(self) -> None:
        """Stop paused jobs whose visitor has sent no heartbeat in time."""
        for job in self._jobs:
            if job.status is Status.PAUSED and self._is_abandoned(job):
                job.stop("The page had been closed for ten minutes, so the run ended.")
                self._requeue(job, single_step=False)

    def _free_core(self) -> None:
        with self._changed:
            self._busy_cores -= 1
            self._changed.notify_all()

    def _drop_oldest_ended(self) -> None:
        """Remove the oldest ended jobs above the maximum numbers, so that memory is bounded."""
        newest = self._jobs[-1].visitor_id
        of_visitor = [job for job in self._jobs if job.visitor_id == newest]
        for jobs, most in ((of_visitor, _MAX_JOBS_PER_VISITOR), (self._jobs, _MAX_JOBS)):
            ended = [job for job in jobs if not job.active]
            for job in ended[: max(0, len(jobs) - most)]:
                self._jobs.remove(job)
        visitor_ids = {job.visitor_id for job in self._jobs}
        self._heartbeats = {
            visitor_id: at
            for visitor_id, at in self._heartbeats.items()
            if visitor_id in visitor_ids
        }


def _check_dataset(info: CheckpointInfo, dataset: Dataset) -> None:
    """Raise RunError if an interrupted run was trained on another data set."""
    wanted, found = info.fingerprint, None
    with suppress(ConfigError):
        found = fingerprint_of(dataset, info.config)
    if found is None or wanted != replace(found, name=wanted.name):
        fewer = found is None or found.training_size < wanted.training_size
        kind = "too few" if fewer else "not the same"
        raise RunError(
            f"This run learned from {wanted.training_size:,} images of {wanted.name}. Those that "
            f"are here now, of {dataset.name}, are {kind}, so it cannot go on with them. Nothing "
            "of it is lost: start Inkling with the digits that it began with, and go on then."
        )


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
