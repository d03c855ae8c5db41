"""Turns of the threads that answer visitors: one at a time, the most urgent first.

Python runs one thread at a time. Where thirty threads share it, each takes thirty times as long,
and all answers come late; one after the other, most come early.
"""

import threading
import time
from bisect import insort
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import NamedTuple

PATIENCE = 15.0  # seconds


class _Place(NamedTuple):
    """In the queue: when the turn is due, a number for those due at once, and what tells of it."""

    due: float
    number: int
    came: threading.Event


class Turns:
    """Turns of threads, one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: list[_Place] = []  # ordered
        self._numbers = count()
        self._is_taken = False
        self._holder: int | None = None  # the thread whose turn it is

    @property
    def waiting(self) -> int:
        """Number of threads that wait for a turn."""
        return len(self._queue)

    @contextmanager
    def turn(self, slack: float = 0.0, patience: float = PATIENCE) -> Iterator[bool]:
        """Wait for a turn, and take it; give whether it came.

        The thread that has the turn may take it again.

        Parameters
        ----------
        slack : float
            Seconds in which threads that come later may go first.
        patience : float
            Seconds after which the thread goes on without its turn.
        """
        if self._holder == threading.get_ident():
            yield True
            return
        has_turn = self._take(time.monotonic() + slack, patience)
        if has_turn:
            self._holder = threading.get_ident()
        try:
            yield has_turn
        finally:
            if has_turn:
                self._holder = None
                self._hand_on()

    def _take(self, due: float, patience: float) -> bool:
        """Wait for a turn that is due then; return whether it came before the patience ended."""
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return True
            place = _Place(due, next(self._numbers), threading.Event())
            insort(self._queue, place)
        if place.came.wait(patience):
            return True
        with self._lock:
            if place.came.is_set():
                return True
            self._queue.remove(place)
            return False

    def _hand_on(self) -> None:
        """End a turn; the first thread in the queue has the next."""
        with self._lock:
            if self._queue:
                self._queue.pop(0).came.set()
            else:
                self._is_taken = False
