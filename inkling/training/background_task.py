"""Work other than a visitor's run: in a thread of its own, on a core that no run needs."""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager

log = logging.getLogger(__name__)


class BackgroundTask(ABC):
    """Something that waits for a core, computes, and ends by itself or when it is asked to.

    Parameters
    ----------
    name : str
        What it is called where it breaks off.
    core : callable
        Returns a context manager that holds a core: `JobQueue.reserve_idle_core`.

    Attributes
    ----------
    has_started, finished : bool
        Whether it has its core, and whether it has ended, by itself or by `stop`.
    error : str
        Why it broke off; empty otherwise.
    thread : threading.Thread
        What `start` starts.
    """

    def __init__(self, name: str, core: Callable[[], AbstractContextManager[None]]) -> None:
        self.has_started = self.finished = False
        self.error = ""
        self.thread = threading.Thread(target=self.run, name=name, daemon=True)
        self._core = core
        self._stop = threading.Event()

    def start(self) -> None:
        """Do it in a thread of its own."""
        self.thread.start()

    def stop(self) -> None:
        """Ask it to end as soon as it can."""
        self._stop.set()

    def run(self) -> None:
        """Wait for a core, and do it; never raises."""
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
