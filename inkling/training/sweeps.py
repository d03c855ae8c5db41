"""Many runs at once: the trials of a plan, trained by whoever there is.

Who that is is not known here: `trial_workers` gives an executor, be it processes on this machine
or a cluster. A page starts a sweep, looks now and then at what the sweep replaces, never changes,
and may stop it.
"""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import wait
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from typing import Any

from data_loader import DataError
from inkling.runs.run import Run, RunIdentity, RunInfo, new_id
from inkling.runs.run_file import RunError, run_from_bytes
from inkling.training.sweep_plan import SweepPlan
from inkling.training.sweep_workers import Workers, WorkersError, run_trial
from nn import ConfigError

log = logging.getLogger(__name__)

MAX_TRIES = 3
"""How often a trial begins whose worker dies under it."""

_GROUP = "sweep-"
POLL_SECONDS = 1.0  # seconds between two looks for workers that have joined, or are gone


@dataclass(frozen=True)
class SavedSweep:
    """A sweep of an earlier sitting, found again by the runs that it left; else as `Sweep`."""

    id: str
    plan: SweepPlan
    created: float
    results: Mapping[int, RunInfo]

    status = "done"
    error = ""
    running: frozenset[int] = frozenset()
    failures: Mapping[int, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many trials there were, of those that can still be told."""
        return self.plan.total

    @property
    def finished(self) -> int:
        """How many of them are kept."""
        return len(self.results)


def saved_sweeps(runs: Iterable[RunInfo]) -> list[SavedSweep]:
    """Return the sweeps that kept runs belong to, in the order in which the runs name them."""
    groups: dict[str, list[RunInfo]] = {}
    for info in runs:
        if info.group.startswith(_GROUP):
            groups.setdefault(info.group, []).append(info)
    found = []
    for group, members in groups.items():
        with suppress(ConfigError, ValueError):  # somebody else's group: no sweep of ours
            plan, results = SweepPlan.found_again(members)
            created = max(info.created for info in members)
            found.append(SavedSweep(group.removeprefix(_GROUP), plan, created, results))
    return found


class Sweep:
    """Has the trials of a plan trained, from the moment it is made.

    Parameters
    ----------
    plan : SweepPlan
    workers : context manager
        Gives `Workers`, as from `sweep_workers`; opened and closed in a thread of the sweep.
    keep : callable
        Puts each finished `Run` on the disk, in a thread of the sweep. An OSError that it raises
        is noted for the trial.
    visitor_id : str
        The visitor's id.
    minutes : float
        How long each trial may compute.

    Attributes
    ----------
    id : str
        32 hexadecimal digits.
    group : str
        What the trials' runs have as their group: ``"sweep-"`` and the id.
    total : int
        How many trials there are.
    running : frozenset of int
        The trials that are being trained.
    results : mapping of int to RunInfo
        What came of the trials that are finished.
    failures : mapping of int to str
        What went wrong with a trial: it has no result, or one that could not be kept.
    error : str
        Why nobody trains any more; empty otherwise.
    """

    def __init__(
        self,
        plan: SweepPlan,
        workers: AbstractContextManager[Workers],
        keep: Callable[[Run], None],
        visitor_id: str,
        minutes: float = math.inf,
    ) -> None:
        self._minutes = minutes
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
        self._keep = keep
        self._lanes = 0
        self._changed = threading.Condition()
        self._thread(self._drive, workers)

    @property
    def finished(self) -> int:
        """How many trials have ended, well or not."""
        with self._changed:
            return len(self.results.keys() | self.failures.keys())

    @property
    def status(self) -> str:
        """Where the sweep stands: "running", "done", "stopped" or "failed"."""
        with self._changed:
            if self._waiting or self.running:
                return "running"
            if self.finished == self.total:
                return "done"
            return "failed" if self.error else "stopped"

    def stop(self) -> None:
        """Let no further trial begin; those that have begun end, and are kept."""
        with self._changed:
            self._waiting.clear()
            self._changed.notify_all()

    def _fail(self, why: str) -> None:
        self.error = self.error or why
        self.stop()

    def _thread(self, target: Callable[..., None], *args: Any) -> None:
        threading.Thread(target=target, args=args, name="sweep", daemon=True).start()

    def _drive(self, opening: AbstractContextManager[Workers]) -> None:
        """Find workers, and open as many lanes as they have room for, until all is over."""
        try:
            with opening as workers:
                while self.status == "running":
                    room = min(workers.capacity(), self.total)
                    for _ in range(self._lanes, room):
                        self._thread(self._lane, workers)
                    self._lanes = max(self._lanes, room)
                    with self._changed:
                        self._changed.wait_for(lambda: self.status != "running", POLL_SECONDS)
        except WorkersError as error:
            self._fail(str(error))
        except Exception as error:
            log.exception("sweep %s failed", self.id)
            self._fail(f"The sweep broke off by a fault of the program ({type(error).__name__}).")

    def _lane(self, workers: Workers) -> None:
        """Have one trial after another trained, each when there is a core for it."""
        while self._waiting:
            with workers.core():
                trial = self._next()
                if trial is not None:
                    self._carry_out(trial, workers)

    def _next(self) -> int | None:
        """Take the next trial, which is running from now on; None if there is none."""
        with self._changed:
            if not self._waiting:
                return None
            trial = self._waiting.popleft()
            self.running |= {trial}
            return trial

    def _carry_out(self, trial: int, workers: Workers) -> None:
        """Have a trial trained and kept, and note what came of it; never raises."""
        info: RunInfo | None = None
        problem = ""
        try:
            run = run_from_bytes(self._train(trial, workers))
            info = run.info
            self._keep(run)
        except WorkersError as error:
            self._fail(str(error))
        except Exception as error:
            problem = _sentence(error) if info is None else _not_kept(error)
        with self._changed:
            if info is not None:
                self.results = {**self.results, trial: info}
            if problem:
                self.failures = {**self.failures, trial: problem}
            self.running -= {trial}
            self._changed.notify_all()

    def _train(self, trial: int, workers: Workers) -> bytes:
        """Have a trial trained, anew if its worker dies under it."""
        identity = RunIdentity(
            id=new_id(),
            name=self.plan.name(trial),
            visitor_id=self.visitor_id,
            created=self.created - trial / 1000,  # lists have the newest first
            group=self.group,
        )
        for _ in range(MAX_TRIES):
            data = workers.data()
            future = workers.executor.submit(
                run_trial, self.plan.trials[trial], data, identity, self._minutes
            )
            # Of a scheduler that died just when it had an answer, a future never hears.
            while wait([future], POLL_SECONDS).not_done and workers.data() is data:
                pass
            future.cancel()  # if it is not done, its data have gone
            try:
                return bytes(future.result())
            except workers.lost as error:
                log.warning("trial %d of sweep %s was lost: %r", trial, self.id, error)
        raise _WorkerLostError


class _WorkerLostError(Exception):
    """Every worker died that a trial was given to."""


def _sentence(error: Exception) -> str:
    """Say why a trial has no result."""
    if isinstance(error, ConfigError | DataError | RunError):
        return str(error)
    if isinstance(error, MemoryError):
        return "There was not enough memory for this trial. Try smaller layers or batches."
    if isinstance(error, _WorkerLostError):
        return f"The process that trained it died, {MAX_TRIES} times; perhaps for lack of memory."
    log.error("a trial failed", exc_info=error)
    return f"The trial broke off by a fault of the program ({type(error).__name__})."


def _not_kept(error: Exception) -> str:
    log.error("a run could not be kept", exc_info=error)
    why = error.strerror if isinstance(error, OSError) and error.strerror else error
    return f"The run could not be kept on the disk: {why}."
