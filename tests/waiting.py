"""Waiting for what another thread or process does."""

import time
from collections.abc import Callable

import pytest


def until(condition: Callable[[], object]) -> None:
    """Return once something is so; give up after a minute."""
    for _ in range(6_000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("it did not happen")
