"""Waiting for a condition that another thread or process brings about."""

import time
from collections.abc import Callable

import pytest


def until(condition: Callable[[], object]) -> None:
    """Return once a condition is true; fail the test after a minute."""
    for _ in range(6_000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("the condition did not become true within a minute")
