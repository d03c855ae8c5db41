"""Attempts at the teacher's secret: a common, bounded wait."""

import pytest

from inkling.server.secret_attempts import INTERVAL, LONGEST_WAIT, SecretAttempts

SECRET = "a long enough secret"


class Clock:
    """A clock that moves only when it is set, and the waits that were asked for."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.waits: list[float] = []

    def attempts(self) -> SecretAttempts:
        return SecretAttempts(lambda: self.now, self.waits.append)


@pytest.fixture(autouse=True)
def in_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKLING_CLASS", "1")
    monkeypatch.setenv("INKLING_TEACHER_SECRET", SECRET)


def test_first_attempt_does_not_wait() -> None:
    clock = Clock()
    attempts = clock.attempts()
    assert not attempts.check("wrong", "a" * 32)
    clock.now += INTERVAL
    assert attempts.check(SECRET, "b" * 32)
    assert clock.waits == [0, 0]


def test_attempts_at_the_same_time_wait_for_each_other() -> None:
    clock = Clock()
    attempts = clock.attempts()
    for visitor in "abcd":
        attempts.check("wrong", visitor * 32)
    assert clock.waits == [0, INTERVAL, 2 * INTERVAL, 3 * INTERVAL]


def test_no_wait_is_longer_than_the_longest() -> None:
    clock = Clock()
    attempts = clock.attempts()
    for _ in range(1_000):
        attempts.check("wrong", "a" * 32)
    assert attempts.check(SECRET, "b" * 32)
    assert max(clock.waits) == clock.waits[-1] == LONGEST_WAIT
    clock.now += LONGEST_WAIT + INTERVAL
    assert attempts.check(SECRET, "b" * 32)
    assert clock.waits[-1] == 0


def test_right_secret_does_not_delay_the_next() -> None:
    clock = Clock()
    attempts = clock.attempts()
    for _ in range(3):
        assert attempts.check(SECRET, "a" * 32)
    assert clock.waits == [0, 0, 0]
