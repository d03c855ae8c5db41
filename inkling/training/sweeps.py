"""Sweeps: many runs at once, the trials of a plan.

Any `Workers` train the trials (those of the queue, or Dask). A page starts a sweep, polls its
attributes, which are replaced, never changed, and may stop it.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field

from data_loader import DataError
from inkling.runs.checkpoint_file import Checkpoint
from inkling.runs.run import Run, RunIdentity, RunInfo, new_id
from inkling.runs.run_file import RunError, run_from_bytes
from inkling.server.limits import ONE_AT_A_TIME, LimitError, Limits
from inkling.training.job import Status
from inkling.training.session import Paused
from inkling.training.sweep_plan import SweepPlan
from inkling.training.sweep_workers import (
    MAX_TRIES,
    POLL_SECONDS,
    TrainTrial,
    Trial,
    TrialLostError,
    Workers,
    WorkersError,
)
from nn import ConfigError

log = logging.getLogger(__name__)

_GROUP = "sweep-"
_LATEST = 3  # sweeps of a visitor that stay in memory
_MAX_VISITORS = 200  # whose ended sweeps stay in memory
_NO_LIMITS = Limits()


@dataclass(frozen=True)
class SavedSweep:
    """A sweep of an earlier session, rebuilt from its saved runs; otherwise as `Sweep`."""

    id: str
    plan: SweepPlan
    created: float
    results: Mapping[int, RunInfo]

    status = Status.DONE
    error = ""
    running: frozenset[int] = frozenset()
    failures: Mapping[int, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Number of trials, as far as the saved runs show."""
        return self.plan.total

    @property
    def finished(self) -> int:
        """Number of saved trials."""
        return len(self.results)


def saved_sweeps(runs: Iterable[RunInfo]) -> list[SavedSweep]:
    """Return the sweeps that saved runs belong to, in the order of their first runs."""
    groups: dict[str, list[RunInfo]] = {}
    for info in runs:
        if info.group.startswith(_GROUP):
            groups.setdefault(info.group, []).append(info)
    found = []
    for group, members in groups.items():
        with suppress(ConfigError, ValueError):  # the group is no sweep
            plan, results = SweepPlan.from_runs(members)
            created = max(info.created for info in members)
            found.append(SavedSweep(group.removeprefix(_GROUP), plan, created, results))
    return found


class Sweep:
    """Trains the trials of a plan, from its construction on.

    Parameters
    ----------
    plan : SweepPlan
    workers : context manager
        Yields `Workers`, as from `sweep_workers`; opened and closed in a thread of the sweep.
    save : callable
        Writes each finished `Run` to the disk, with the bytes of the file that it was read from, in
        a thread of the sweep. An OSError is reported as a failure of the trial.
    visitor_id : str
    limits : Limits
        Of each trial.

    Raises
    ------
    LimitError
        If the limits do not allow a trial.

    Attributes
    ----------
    id : str
        32 hexadecimal digits.
    group : str
        Group of the trials' runs: ``"sweep-"`` and the id.
    total : int
        Number of trials.
    running : frozenset of int
        The trials that are being trained.
    results : mapping of int to RunInfo
        Results of the finished trials.
    failures : mapping of int to str
        Errors of the trials that have no result, or whose result could not be saved.
    error : str
        Why the sweep failed; empty otherwise.
    """

    def __init__(
        self,
        plan: SweepPlan,
        workers: AbstractContextManager[Workers],
        save: Callable[[Run, bytes], None],
        visitor_id: str,
        limits: Limits = _NO_LIMITS,
    ) -> None:
        for config in plan.trials:
            limits.check(config)
        self._minutes = limits.minutes
        self.id = new_id()
        self.plan = plan
        self.visitor_id = visitor_id
        self.created = time.time()
        self.group = _GROUP + self.id
        self.total = plan.total
        self.error = ""
        self.running: frozenset[int] = frozenset()
        self.results: Mapping[int, RunInfo] = {}
        self.failures: Mapping[int, str] = {}
        self._waiting = deque(range(self.total))
        self._checkpoints: dict[int, Checkpoint] = {}  # of waiting trials that were paused
        self._workers: Workers | None = None
        self._stopped = False
        self._save = save
        self._lane_count = 0
        self._changed = threading.Condition()
        threading.Thread(
            target=self._open_lanes, args=(workers,), name="sweep", daemon=True
        ).start()

    @property
    def finished(self) -> int:
        """Number of trials that have a result or an error."""
        with self._changed:
            return len(self.results.keys() | self.failures.keys())

    @property
    def status(self) -> Status:
        """RUNNING, also while its trials wait; then DONE, STOPPED or FAILED."""
        with self._changed:
            if self._waiting or self.running:
                return Status.RUNNING
            if self.finished == self.total:
                return Status.DONE
            return Status.FAILED if self.error else Status.STOPPED

    def stop(self) -> None:
        """Start no further trials and stop the running ones, without results; others stay."""
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            self._checkpoints.clear()
            self._changed.notify_all()
        if self._workers is not None:
            self._workers.stop()

    def _fail(self, reason: str) -> None:
        self.error = self.error or reason
        self.stop()

    def _open_lanes(self, opening: AbstractContextManager[Workers]) -> None:
        """Start a lane for each trial that the workers can train at a time, until the end."""
        try:
            with opening as workers:
                self._workers = workers
                while self.status is Status.RUNNING:
                    room = min(workers.capacity(), self.total)
                    for _ in range(self._lane_count, room):
                        workers.start_lane(self._train_next)
                    self._lane_count = max(self._lane_count, room)
                    with self._changed:
                        self._changed.wait_for(
                            lambda: self.status is not Status.RUNNING, POLL_SECONDS
                        )
        except (WorkersError, ConfigError) as error:
            self._fail(str(error))
        except Exception as error:
            log.exception("sweep %s failed", self.id)
            self._fail(f"Something went wrong, and the sweep stopped ({type(error).__name__}).")

    def _train_next(self, train: TrainTrial) -> bool:
        """Train the next trial, if there is one; return whether others wait; never raises."""
        trial = self._next()
        if trial is not None:
            self._run_trial(trial, train)
        return bool(self._waiting)

    def _next(self) -> int | None:
        """Return the next trial, marked as running; None if there is none."""
        with self._changed:
            if not self._waiting:
                return None
            trial = self._waiting.popleft()
            self.running |= {trial}
            return trial

    def _run_trial(self, trial: int, train: TrainTrial) -> None:
        """Train and save a trial; record its result or error; never raises."""
        info: RunInfo | None = None
        checkpoint: Checkpoint | None = None
        error_text = ""
        try:
            result = train(
                Trial(
                    config=self.plan.trials[trial],
                    identity=self._identity(trial),
                    minutes=self._minutes,
                    checkpoint=self._checkpoints.pop(trial, None),
                )
            )
            if isinstance(result, Paused):
                checkpoint = result.checkpoint
            elif result.run is not None and (result.done or not self._stopped):
                run = run_from_bytes(result.run)
                info = run.info
                self._save(run, result.run)
        except WorkersError as error:
            self._fail(str(error))
        except Exception as error:
            error_text = _failure_sentence(error) if info is None else _save_failure_sentence(error)
        with self._changed:
            if info is not None:
                self.results = {**self.results, trial: info}
            if error_text:
                self.failures = {**self.failures, trial: error_text}
            self.running -= {trial}
            if checkpoint is not None and not self._stopped:
                self._checkpoints[trial] = checkpoint
                self._waiting.appendleft(trial)
            self._changed.notify_all()

    def _identity(self, trial: int) -> RunIdentity:
        return RunIdentity(
            id=new_id(),
            name=self.plan.name(trial),
            visitor_id=self.visitor_id,
            created=self.created - trial / 1000,  # lists have the newest first
            group=self.group,
        )


class Sweeps:
    """The latest sweeps of all visitors since the server started, one active at a time for each."""

    def __init__(self) -> None:
        self._sweeps: dict[str, list[Sweep]] = {}
        self._lock = threading.Lock()

    def of(self, visitor_id: str) -> list[Sweep]:
        """Return a visitor's latest sweeps, the newest first."""
        return list(self._sweeps.get(visitor_id, []))

    def start(self, visitor_id: str, new_sweep: Callable[[], Sweep]) -> Sweep:
        """Start a sweep and return it; drop all but the latest few, whose runs stay saved.

        Parameters
        ----------
        visitor_id : str
        new_sweep : callable
            Returns the sweep.

        Raises
        ------
        LimitError
            If the visitor has a sweep that has not ended, or `new_sweep` raises it.
        """
        with self._lock:
            others = self.of(visitor_id)
            if any(sweep.status is Status.RUNNING for sweep in others):
                raise LimitError(ONE_AT_A_TIME)
            sweep = new_sweep()
            self._sweeps.pop(visitor_id, None)  # the latest is the last
            self._sweeps[visitor_id] = [sweep, *others][:_LATEST]
            oldest = list(self._sweeps)[: max(0, len(self._sweeps) - _MAX_VISITORS)]
            for other in oldest:
                if not any(sweep.status is Status.RUNNING for sweep in self._sweeps[other]):
                    del self._sweeps[other]
        return sweep


def _failure_sentence(error: Exception) -> str:
    """Return the sentence on why a trial has no result."""
    if isinstance(error, ConfigError | DataError | RunError):
        return str(error)
    if isinstance(error, MemoryError):
        return "There was not enough memory for this run. Try smaller layers or batches."
    if isinstance(error, TrialLostError):
        return (
            f"The process that trained this run stopped unexpectedly {MAX_TRIES} times, "
            "perhaps because memory ran out."
        )
    log.error("a trial failed", exc_info=error)
    return f"Something went wrong, and the run stopped ({type(error).__name__})."


def _save_failure_sentence(error: Exception) -> str:
    log.error("a run could not be kept", exc_info=error)
    why = error.strerror if isinstance(error, OSError) and error.strerror else error
    return f"The run could not be saved: {why}."
