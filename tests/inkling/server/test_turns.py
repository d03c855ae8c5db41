"""Turns of threads: one at a time, the most urgent first."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from inkling.server.turns import Turns


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def take(turns: Turns, name: str, order: list[str], slack: float = 0.0) -> None:
    with turns.turn(slack) as has_turn:
        assert has_turn
        order.append(name)


def wait_for(turns: Turns, waiting: int) -> None:
    """Wait until so many threads wait for a turn."""
    for _ in range(5_000):
        if turns.waiting == waiting:
            return
        time.sleep(0.001)
    raise AssertionError(f"{turns.waiting} threads wait, not {waiting}")


def test_the_most_urgent_comes_first(pool: ThreadPoolExecutor) -> None:
    turns, order = Turns(), list[str]()
    asked: list[Future[None]] = []
    with turns.turn():
        for name, slack in (("page", 60.0), ("live", 30.0), ("first", 0.0), ("second", 0.0)):
            asked.append(pool.submit(take, turns, name, order, slack))
            wait_for(turns, len(asked))
    for future in asked:
        future.result(timeout=60)
    assert order == ["first", "second", "live", "page"]


def test_only_one_thread_has_the_turn(pool: ThreadPoolExecutor) -> None:
    turns = Turns()
    inside, most = 0, 0
    lock = threading.Lock()

    def work() -> None:
        nonlocal inside, most
        with turns.turn() as has_turn:
            assert has_turn
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.001)
            with lock:
                inside -= 1

    for future in [pool.submit(work) for _ in range(40)]:
        future.result(timeout=60)
    assert most == 1


def test_the_holder_may_take_it_again() -> None:
    turns = Turns()
    with turns.turn(), turns.turn() as has_turn:
        assert has_turn
    with turns.turn() as has_turn:  # the inner end has not taken it from the outer one
        assert has_turn


def test_who_has_no_patience_goes_on_without_it(pool: ThreadPoolExecutor) -> None:
    turns = Turns()

    def hurry() -> bool:
        with turns.turn(patience=0.001) as has_turn:
            return has_turn

    with turns.turn():
        assert not pool.submit(hurry).result(timeout=60)
        assert turns.waiting == 0
    assert pool.submit(hurry).result(timeout=60)


def test_an_error_ends_the_turn(pool: ThreadPoolExecutor) -> None:
    turns, order = Turns(), list[str]()
    with pytest.raises(ZeroDivisionError), turns.turn():
        1 / 0  # noqa: B018
    pool.submit(take, turns, "next", order).result(timeout=60)
    assert order == ["next"]
