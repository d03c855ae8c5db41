"""Background task: computes in its own thread, on a core that no training job needs."""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager

log = logging.getLogger(__name__)


class BackgroundTask(ABC):
    """Task that waits for a core, computes, and ends by itself or by `stop`.

    Parameters
    ----------
    name : str
        Shown in its error.
    core : callable
        Returns a context manager that reserves a core: `JobQueue.reserve_idle_core`.

    Attributes
    ----------
    has_started, finished : bool
        Whether it has its core, and whether it has ended, by itself or by `stop`.
    error : str
        Why it failed; empty otherwise.
    thread : threading.Thread
        Started by `start`.
    """

    def __init__(self, name: str, core: Callable[[], AbstractContextManager[None]]) -> None:
        self.has_started = self.finished = False
        self.error = ""
        self.thread = threading.Thread(target=self.run, name=name, daemon=True)
        self._core = core
        self._stop = threading.Event()

    def start(self) -> None:
        """Start the thread."""
        self.thread.start()

    def stop(self) -> None:
        """End the task as soon as possible."""
        self._stop.set()

    def run(self) -> None:
        """Wait for a core, and compute; never raises."""
        try:
            with self._core():
                self.has_started = True
                self._run()
        except Exception as error:
            name = self.thread.name
            log.exception("a %s broke off", name)
            self.error = f"The {name} broke off by a fault of the program ({type(error).__name__})."
        finally:
            self.finished = True

    @abstractmethod
    def _run(self) -> None:
        """Compute until the end, or until `_stop` is set."""
