"""Order of waiting jobs: first come, first served, but every visitor's first before any second.

Each job gets the number of a round. A visitor's first job since the line was last empty goes to
round 0, or to the next round if another of theirs is running; a later one to the round after the
visitor's last, or to the current round if that is later (as in start-time fair queueing: Goyal, Vin
and Cheng 1996). Rounds are served one after another.
"""

from bisect import bisect_right
from collections.abc import Iterator
from operator import itemgetter
from typing import Generic, TypeVar

from inkling.training.job import Job

J = TypeVar("J", bound=Job)
_FRONT = -1  # round of resumed jobs


class WaitingLine(Generic[J]):
    """Waiting jobs in the order in which they start; not safe for threads."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, J]] = []
        self._current = 0
        self._last: dict[str, int] = {}  # each visitor's last round

    def __iter__(self) -> Iterator[J]:
        return (job for _, job in self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, job: J, running: bool = False) -> None:
        """Add a job to the end of its round.

        Parameters
        ----------
        job : Job
        running : bool
            Whether the visitor has a running job, which then counts as their first.
        """
        last = self._last.get(job.visitor_id, self._current if running else None)
        number = 0 if last is None else max(self._current, last + 1)
        self._last[job.visitor_id] = number
        self._entries.insert(bisect_right(self._entries, number, key=itemgetter(0)), (number, job))

    def add_first(self, job: J) -> None:
        """Add a job before all others."""
        self._entries.insert(0, (_FRONT, job))

    def remove(self, job: Job) -> bool:
        """Remove a job; return whether it was there."""
        for entry in self._entries:
            if entry[1] is job:
                self._entries.remove(entry)
                self._take_back(job.visitor_id, entry[0])
                return True
        return False

    def pop(self) -> J | None:
        """Remove and return the next job; None, and all rounds are forgotten, if there is none."""
        if not self._entries:
            self._current = 0
            self._last.clear()
            return None
        number, job = self._entries.pop(0)
        self._current = max(self._current, number)
        return job

    def _take_back(self, visitor_id: str, number: int) -> None:
        """Give a visitor the round back that a removed job had."""
        if number == self._last.get(visitor_id):
            del self._last[visitor_id]
            if number:
                self._last[visitor_id] = number - 1
