"""Coroutines in tests: Playwright leaves an event loop running in the thread of all tests."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def run(coroutine: Coroutine[Any, Any, object]) -> None:
    """Run a coroutine to its end in a thread of its own, which has no loop yet."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, coroutine).result()
