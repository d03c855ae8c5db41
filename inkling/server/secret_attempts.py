"""Attempts at the teacher's secret, slowed down over all sessions together."""

import logging
import threading
import time
from collections.abc import Callable

from inkling.server.classroom import is_secret

log = logging.getLogger(__name__)

INTERVAL = 1.0  # seconds from one comparison to the next
LONGEST_WAIT = 30.0  # seconds; the teacher waits no longer, however many others guess


class SecretAttempts:
    """Attempts at the teacher's secret, of all sessions of a server.

    One secret is compared each second. Where more are given, they wait, but at most half a minute,
    so that guessing in many sessions keeps nobody out who knows the secret.

    Parameters
    ----------
    clock, sleep : callable
        As in `time`.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._next = clock()  # time of the next comparison
        self._wrong = 0

    def check(self, given: str, visitor_id: str) -> bool:
        """Wait, then return whether this is the teacher's secret; count and log a wrong one.

        The right secret waits, too: otherwise each answer that is late would be a wrong guess, and
        waiting for it unnecessary.
        """
        self._sleep(self._reserve())
        right = is_secret(given)
        with self._lock:
            if right:
                self._next -= INTERVAL
            else:
                self._wrong += 1
                log.warning(
                    "wrong teacher's secret from visitor %s, number %d since the server started",
                    visitor_id[:6],
                    self._wrong,
                )
        return right

    def _reserve(self) -> float:
        """Return the seconds until this attempt's comparison, and put off the next one's."""
        with self._lock:
            now = self._clock()
            wait = min(max(0.0, self._next - now), LONGEST_WAIT)
            self._next = now + wait + INTERVAL
        return wait
