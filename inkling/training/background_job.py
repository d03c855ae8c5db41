"""Jobs of lower priority: they run while a core is idle that no visitor's run waits for."""

import logging
import math
import time
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from data_loader import Dataset
from inkling.training.job import Job, Status
from inkling.training.session import ControlChannel, RunControls, Task, Worker, WorkerDied

log = logging.getLogger(__name__)


class BackgroundJob(Job, ABC):
    """Job that the visitor cannot pause, and that is not saved.

    Parameters
    ----------
    name : str
        Shown in its error.
    visitor_id : str
    """

    pausable: ClassVar[bool] = False
    """Whether it gives its core back soon, and waits for one again, if its controls pause it.

    The queue pauses it when another job needs the core.
    """

    def __init__(self, name: str, visitor_id: str) -> None:
        super().__init__(name, visitor_id, ControlChannel(RunControls()))
        self._began = 0.0

    @property
    def finished(self) -> bool:
        """Whether it has ended, by itself, by `stop` or by an error."""
        return not self.active

    @property
    def progress(self) -> float:
        """Share that is done, from 0 to 1; 0 if that is not known."""
        return 0.0

    @property
    def seconds_left(self) -> float:
        """Estimated seconds until a running job gives its core back; 0 if that is not known."""
        if self.pausable or not self.progress:
            return 0.0
        return (time.monotonic() - self._began) * (1 / self.progress - 1)

    def run(self, worker: Worker, minutes: float = math.inf) -> None:
        """Compute with a worker, for at most these minutes; set the status; never raises."""
        self.status, self._began = Status.RUNNING, time.monotonic()
        status = Status.FAILED
        try:
            repeat = self._compute(worker, minutes)
            stopped = Status.STOPPED if self.channel.controls.stop else Status.DONE
            status = Status.WAITING if repeat else stopped
        except WorkerDied:
            self.error = (
                f"The {self.name} stopped unexpectedly, perhaps because memory ran out. Try again."
            )
        except Exception as error:
            log.exception("a %s broke off", self.name)
            self.error = (
                f"Something went wrong in the {self.name} ({type(error).__name__}). Try again."
            )
        self.status = status

    @abstractmethod
    def _compute(self, worker: Worker, minutes: float) -> bool:
        """Compute; return whether to wait for a core again."""


class Computation(BackgroundJob):
    """A task in a worker; a subclass keeps its messages and its result.

    Parameters
    ----------
    name, visitor_id : str
    task : Task
    request : Any
        First argument of the task.
    dataset : Dataset
    """

    def __init__(
        self, name: str, visitor_id: str, task: Task, request: Any, dataset: Dataset
    ) -> None:
        super().__init__(name, visitor_id)
        self._task, self._request, self.dataset = task, request, dataset

    def _compute(self, worker: Worker, minutes: float) -> bool:
        ends = time.monotonic() + 60 * minutes

        def emit(message: Any) -> None:
            self._keep_message(message)
            if time.monotonic() > ends and not self.channel.controls.stop:
                self.stop(
                    f"The {self.name} was stopped: this server allows {minutes:g} minutes "
                    "of computing."
                )

        self._keep_result(worker(self._task, self._request, self.dataset, self.channel, emit))
        return False

    @abstractmethod
    def _keep_message(self, message: Any) -> None:
        """Keep what the task emitted."""

    def _keep_result(self, result: Any) -> None:
        """Keep what the task returned; by default nothing."""
