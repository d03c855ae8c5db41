"""Queue of all that computes beside the pages, shared by all visitors.

A page submits a config and gets a `TrainingJob` at once. Threads, one for each core, take the jobs
in order and have each computed by a worker. Neither uses the page: results are written to the job,
whose history is an immutable tuple that is replaced, and the page draws what it finds there. The
page's controls, a pause or another eta, are read before every batch.

There are two priorities. A `BackgroundJob` (a trial of a sweep, a race, a fine-tuning) starts only
when no visitor's run waits. A trial starts only when no other job waits, is paused when one comes,
and continues later. A paused job holds neither a thread nor a core. Resuming it queues it again,
before all others. A job that has ended and is saved is removed from the queue. One that could not
be saved stays until its visitor has left, and its result within limits of memory and time.
"""

import os
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from heapq import heapify, heapreplace
from statistics import median

from data_loader import Dataset
from inkling.runs.checkpoint_file import CheckpointInfo, fingerprint_of
from inkling.runs.checkpoints import Checkpoints
from inkling.runs.run import Run, RunIdentity, new_id
from inkling.runs.run_file import NO_RUN, RunError
from inkling.server.limits import ONE_AT_A_TIME, LimitError, Limits
from inkling.training.background_job import BackgroundJob
from inkling.training.job import Job, Status, TrainingJob
from inkling.training.runner import JobRunner
from inkling.training.session import Worker, run_in_thread
from inkling.training.waiting_line import WaitingLine
from nn import ConfigError, TrainConfig

HEARTBEAT_TIMEOUT = 600.0
"""Seconds after the last heartbeat of its visitor at which a job ends."""

UNSAVED_TIMEOUT = 240.0
"""Seconds after that heartbeat at which a result that could not be saved is dropped."""

_MAX_JOBS_PER_VISITOR = 20
_MAX_JOBS = 500
_RECENT = 10  # ended runs of which the median speed is taken
POLL_SECONDS = 30.0  # interval at which jobs of absent visitors are ended or removed
_LEFT = (
    "This run could not be saved. Its result was discarded four minutes after its page was closed."
)
_NO_ROOM = (
    "This run could not be saved. Its result was discarded, because newer runs that could "
    "not be saved needed the memory."
)


class JobQueue:
    """Runs jobs in the order of `WaitingLine`, at most `workers` at a time.

    Parameters
    ----------
    save : callable
        Writes a finished `Run` to the disk, with the bytes of the file that it was read from. If it
        raises an OSError, the job stays in the queue.
    workers : int, optional
        Maximum number of running jobs; the number of cores of this process if left out.
    heartbeat_timeout : float
        Seconds without a heartbeat of its visitor after which a job ends.
    clock : callable
        Returns seconds; replaced in tests.
    checkpoints : Checkpoints, optional
        Where checkpoints are written; no checkpoints if left out.
    limits : callable
        Returns the present `Limits` of a run, of its computing time, and of the queue's length.
    worker : Worker
        Computes the jobs.

    Attributes
    ----------
    cores : int
        Maximum number of running jobs.
    """

    def __init__(
        self,
        save: Callable[[Run, bytes], None],
        workers: int | None = None,
        heartbeat_timeout: float = HEARTBEAT_TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
        checkpoints: Checkpoints | None = None,
        limits: Callable[[], Limits] = Limits,
        worker: Worker = run_in_thread,
    ) -> None:
        self._limits = limits
        self._runner = JobRunner(save, checkpoints, worker, limits().minutes)
        self._worker = worker
        self.cores = workers or available_cores()
        self._heartbeat_timeout = heartbeat_timeout
        self._clock = clock
        self._checkpoints = checkpoints
        self._jobs: list[TrainingJob] = []
        self._runs = WaitingLine[TrainingJob]()
        self._background = WaitingLine[BackgroundJob]()  # those that cannot be paused
        self._pausable = WaitingLine[BackgroundJob]()
        self._background_running: list[BackgroundJob] = []
        self._heartbeats: dict[str, float] = {}
        self._changed = threading.Condition()
        self._recent_speeds = deque[float](maxlen=_RECENT)
        self._threads = 0

    def submit(
        self,
        config: TrainConfig,
        dataset: Dataset,
        visitor_id: str,
        name: str = "run",
        group: str = "",
        paused: bool = False,
        alone: bool = False,
    ) -> TrainingJob:
        """Queue a run and return its job; a paused one waits for `resume` or `step`.

        Parameters
        ----------
        alone : bool
            Whether to refuse it if the visitor has another run of the group that has not ended.

        Raises
        ------
        ConfigError
            If the data set is too small for the config, or the limits do not allow it.
        """
        self._limits().check(config)
        identity = RunIdentity(
            id=new_id(), name=name, visitor_id=visitor_id, created=time.time(), group=group
        )
        job = TrainingJob(config, dataset, identity, paused)
        self._runner.keep_request(job)
        try:
            self._add(job, alone)
        except LimitError:
            self._runner.drop_checkpoint(job)
            raise
        return job

    def submit_background(self, job: BackgroundJob, alone: bool = False) -> None:
        """Queue a job that starts when a core is idle and no visitor's run waits.

        Parameters
        ----------
        job : BackgroundJob
        alone : bool
            Whether to refuse it if the visitor has another of this name that has not ended.

        Raises
        ------
        LimitError
            If it is refused, or too many are waiting.
        """
        with self._changed:
            self._limits().check_queue(len(self._background) + len(self._pausable))
            others = (*self._background, *self._pausable, *self._background_running)
            if alone and any(
                (other.visitor_id, other.name) == (job.visitor_id, job.name) for other in others
            ):
                raise LimitError(ONE_AT_A_TIME)
            self._line(job).add(job)
            self._start_thread()
            self._changed.notify()
            self._preempt_background()

    def resume_interrupted(self, run_id: str, dataset: Dataset) -> TrainingJob:
        """Queue an interrupted run, to continue from its checkpoint; return its job.

        Raises
        ------
        RunError
            If it is active, gone or damaged, or was trained on another data set; its checkpoint
            stays.
        LimitError
            If the visitor has another run that has not ended; its checkpoint stays.
        OSError
            If the checkpoint cannot be locked.
        """
        if self._checkpoints is None:
            raise RunError(NO_RUN)
        checkpoint = self._checkpoints.acquire(run_id)
        try:
            _check_dataset(checkpoint.info, dataset)
            job = TrainingJob.from_checkpoint(checkpoint, dataset)
            self._add(job, alone=True)
        except (RunError, ConfigError):
            self._checkpoints.release(run_id)
            raise
        return job

    def _add(self, job: TrainingJob, alone: bool) -> None:
        with self._changed:
            groups = [
                other.identity.group
                for other in self._jobs
                if other.active and other.visitor_id == job.visitor_id
            ]
            if (alone and job.identity.group in groups) or len(groups) >= _MAX_JOBS_PER_VISITOR:
                raise LimitError(ONE_AT_A_TIME)
            if not job.has_started:  # an interrupted job has waited in the queue before
                self._limits().check_queue(len(self._runs))
            self._heartbeats[job.visitor_id] = self._clock()
            # An interrupted run replaces its failed job.
            self._jobs = [*(other for other in self._jobs if other.id != job.id), job]
            self._drop_ended()
            self._start_thread()
            if job.status is Status.WAITING:
                self._runs.add(job, self._is_running(job.visitor_id))
                self._changed.notify()
                self._preempt_background()

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
            return next((k for k, other in enumerate(self._runs, 1) if other is job), 0)

    def seconds_until_start(self, job: TrainingJob) -> float | None:
        """Return the estimated seconds until a waiting job starts; None if no speed is known.

        Running jobs end after their `seconds_left`; the runs that wait before this one take as long
        as their multiplications do at the median speed of recent runs.
        """
        with self._changed:
            running = [other for other in self._jobs if other.status is Status.RUNNING]
            background = list(self._background_running)
            before = list(self._runs)
        speeds = [other.multiplications_per_second for other in running if other.history]
        speeds += self._recent_speeds
        if not speeds:
            return None
        speed = median(speeds)
        free = [0.0] * (self.cores - len(running) - len(background))
        free += [other.seconds_left for other in background]
        for other in running:
            left = other.seconds_left
            free.append(other.multiplications_left / speed if left is None else left)
        heapify(free)
        for other in before:
            if other is job:
                break
            heapreplace(free, free[0] + other.multiplications_left / speed)
        return free[0]

    def pause(self, job: TrainingJob) -> None:
        """Pause a job: a running one after its current batch, a waiting one at once."""
        with self._changed:
            job.channel.update(pause=True)
            if self._runs.remove(job):
                job.status = Status.PAUSED

    def resume(self, job: TrainingJob) -> None:
        """Queue a paused job; one that has started goes before all that wait."""
        self._requeue(job, single_step=False)

    def step(self, job: TrainingJob) -> None:
        """Train a paused job on one batch."""
        self._requeue(job, single_step=True)

    def stop(self, job: Job, reason: str = "") -> None:
        """End a job, after its current batch if it is running."""
        with self._changed:
            job.stop(reason)
            lines = self._runs, self._background, self._pausable
            if not job.has_started and any(line.remove(job) for line in lines):
                job.status = Status.STOPPED
                if isinstance(job, TrainingJob):
                    self._runner.drop_checkpoint(job)
        self._requeue(job, single_step=False)  # a paused job ends in a worker

    def save_again(self, job: TrainingJob) -> None:
        """Try again to save the result of a job; its `error` says why that fails."""
        self._runner.save_again(job)
        with self._changed:
            if job.saved and job in self._jobs:
                self._jobs.remove(job)

    def heartbeat(self, visitor_id: str) -> None:
        """Record that a page of this visitor is open."""
        with self._changed:
            self._heartbeats[visitor_id] = self._clock()

    def _requeue(self, job: Job, single_step: bool) -> None:
        with self._changed:
            if job.status is not Status.PAUSED:
                return
            assert isinstance(job, TrainingJob)
            job.channel.update(pause=False, single_step=single_step)
            job.status = Status.WAITING
            if job.has_started:
                self._runs.add_first(job)
            else:
                self._runs.add(job, self._is_running(job.visitor_id))
            self._changed.notify()
            self._preempt_background()

    def _preempt_background(self) -> None:
        """Pause as many background jobs as are needed for the other jobs that wait."""
        running = sum(job.status is Status.RUNNING for job in self._jobs)
        idle = self.cores - running - len(self._background_running)
        needed = max(0, len(self._runs) + len(self._background) - idle)
        pausable = [job for job in reversed(self._background_running) if job.pausable]
        for job in pausable[:needed]:
            job.channel.update(pause=True)

    def _requeue_background(self, job: BackgroundJob) -> None:
        """Queue a background job again; one that was paused goes first, so that few are paused."""
        paused = job.channel.controls.pause
        job.channel.update(pause=False)
        if paused:
            self._line(job).add_first(job)
        else:
            self._line(job).add(job)

    def _line(self, job: BackgroundJob) -> WaitingLine[BackgroundJob]:
        return self._pausable if job.pausable else self._background

    def _is_running(self, visitor_id: str) -> bool:
        return any(
            job.status is Status.RUNNING and job.visitor_id == visitor_id for job in self._jobs
        )

    def _is_abandoned(self, job: TrainingJob) -> bool:
        return self._seconds_absent(job) > self._heartbeat_timeout

    def _seconds_absent(self, job: TrainingJob) -> float:
        """Return the time since the last heartbeat of a job's visitor."""
        return self._clock() - self._heartbeats.get(job.visitor_id, float("-inf"))

    def _start_thread(self) -> None:
        if self._threads < self.cores:
            self._threads += 1
            threading.Thread(target=self._run_jobs, name="training", daemon=True).start()

    def _run_jobs(self) -> None:
        while True:
            job = self._next_job()
            if isinstance(job, TrainingJob):
                self._runner.run(job, lambda job=job: self._is_abandoned(job))  # type: ignore[misc]
                with self._changed:
                    if job.history:
                        self._recent_speeds.append(job.multiplications_per_second)
                    if job.saved and job in self._jobs:
                        self._jobs.remove(job)
                    self._drop_ended()
                if job.channel.controls.stop:  # it may have been stopped just when it was paused
                    self._requeue(job, single_step=False)
            else:
                job.run(self._worker, self._limits().minutes)
                with self._changed:
                    self._background_running.remove(job)
                    if job.active:
                        self._requeue_background(job)
            del job  # its snapshots would stay in memory until the next job comes

    def _next_job(self) -> TrainingJob | BackgroundJob:
        """Wait for a job and return it, with status RUNNING; visitors' runs go first."""
        with self._changed:
            while True:
                job = self._next_run() or self._background.pop() or self._pausable.pop()
                if job is not None:
                    job.status = Status.RUNNING
                    if isinstance(job, BackgroundJob):
                        self._background_running.append(job)
                    return job
                self._changed.wait(POLL_SECONDS)
                self._stop_abandoned()
                self._drop_ended()

    def _next_run(self) -> TrainingJob | None:
        """Return the next run; those that have not started and are abandoned are stopped."""
        while (job := self._runs.pop()) is not None:
            if job.has_started or not self._is_abandoned(job):
                return job
            job.stop(
                "The run did not start: its page was closed for ten minutes before its turn came."
            )
            job.status = Status.STOPPED
            self._runner.drop_checkpoint(job)
        return None

    def _stop_abandoned(self) -> None:
        """Stop paused jobs whose visitor has sent no heartbeat in time."""
        for job in self._jobs:
            if job.status is Status.PAUSED and self._is_abandoned(job):
                job.stop("The run was stopped: its page had been closed for ten minutes.")
                self._requeue(job, single_step=False)

    def _drop_ended(self) -> None:
        """Remove ended jobs of absent visitors, and the oldest above the limits.

        An unsaved result is dropped when its visitor has left, or above the limit of memory. Its
        job stays for a while, so that its visitor is told.
        """
        counts = Counter(job.visitor_id for job in self._jobs if job.active)
        unsaved_bytes = 0
        for job in [job for job in reversed(self._jobs) if not job.active]:
            counts[job.visitor_id] += 1
            unsaved_bytes += job.unsaved_bytes
            if (
                self._is_abandoned(job)
                or counts[job.visitor_id] > _MAX_JOBS_PER_VISITOR
                or counts.total() > _MAX_JOBS
            ):
                self._jobs.remove(job)
                self._runner.release(job)
            elif job.unsaved_bytes:
                if self._seconds_absent(job) > UNSAVED_TIMEOUT:
                    job.drop_result(_LEFT)
                elif unsaved_bytes > self._limits().unsaved_mib * 2**20:
                    job.drop_result(_NO_ROOM)
                else:
                    continue
                self._runner.release(job)
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
        kind = "too few" if fewer else "different"
        raise RunError(
            f"This run learned from {wanted.training_size:,} images of {wanted.name}. The "
            f"images available now, of {dataset.name}, are {kind}, so the run cannot resume "
            "with them. Nothing is lost: start Inkling with the digits this run started "
            "with, then resume it."
        )


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
