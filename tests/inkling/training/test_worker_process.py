"""Calls in worker processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from inkling.training.worker_process import ProcessPool, WorkerProcessDied
from tests.child_processes import children
from tests.waiting import until

ROOT = Path(__file__).parents[3]


class Calls:
    """Calls by threads, each in an idle process of a pool."""

    def __init__(self) -> None:
        self.pool = ProcessPool()
        self._threads = ThreadPoolExecutor()

    def submit(self, fn: Callable[..., Any], *args: Any) -> "Future[Any]":
        def call() -> Any:
            with self.pool.process() as process:
                return process.call(fn, *args)

        return self._threads.submit(call)


@pytest.fixture
def executor() -> Iterator[Calls]:
    calls = Calls()
    yield calls
    calls.pool.close()


def has_exited(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_calls_run_in_a_reused_process(
    executor: Calls,
) -> None:
    pid = executor.submit(os.getpid).result()
    assert pid != os.getpid()
    assert executor.submit(os.getpid).result() == pid


def test_concurrent_calls_have_separate_processes(executor: Calls) -> None:
    slow = executor.submit(time.sleep, 60)
    until(slow.running)
    assert executor.submit(os.getpid).result() > 0
    assert not slow.done()
    until(lambda: len(children()) == 2)
    for child in children():
        child.kill()
    assert isinstance(slow.exception(), WorkerProcessDied)


def test_exception_of_call_is_raised_and_process_continues(executor: Calls) -> None:
    pid = executor.submit(os.getpid).result()
    with pytest.raises(ValueError, match="invalid literal"):
        executor.submit(int, "seven").result()
    assert executor.submit(os.getpid).result() == pid


def test_unpicklable_call_is_refused(executor: Calls) -> None:
    pid = executor.submit(os.getpid).result()
    with pytest.raises(TypeError, match="pickle"):
        executor.submit(len, threading.Lock()).result()
    assert executor.submit(os.getpid).result() == pid


def test_printed_output_is_not_mixed_with_result(executor: Calls) -> None:
    assert executor.submit(print, "not an answer").result() is None
    assert executor.submit(int, "7").result() == 7


def test_killed_process_fails_only_its_call(executor: Calls) -> None:
    pid = executor.submit(os.getpid).result()
    lost: Future[None] = executor.submit(time.sleep, 60)
    until(lost.running)
    other = executor.submit(os.getpid)
    assert other.result() != pid
    other = executor.submit(time.sleep, 0.5)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(WorkerProcessDied, match="code -9"):
        lost.result()
    assert other.result() is None


def test_dead_idle_process_is_replaced(executor: Calls) -> None:
    pid = executor.submit(os.getpid).result()
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # dead with all its threads, not reaped
    assert executor.submit(os.getpid).result() != pid


def test_close_ends_the_processes(executor: Calls) -> None:
    pid = executor.submit(os.getpid).result()
    executor.pool.close()
    until(lambda: has_exited(pid))


def test_close_waits_for_the_running_call(executor: Calls) -> None:
    pid = executor.submit(os.getpid).result()
    last = executor.submit(time.sleep, 0.2)
    until(lambda: last.running() and not executor.pool._idle)
    executor.pool.close()
    assert last.result() is None
    until(lambda: has_exited(pid))


PARENT = """
import os, sys, threading, time
from inkling.training.worker_process import WorkerProcess

process = WorkerProcess()
print(process.call(os.getpid), flush=True)
threading.Thread(target=process.call, args=(time.sleep, 600), daemon=True).start()
sys.stdin.read()
"""


@pytest.mark.parametrize("killed", [True, False])
def test_process_ends_with_its_parent_during_a_call(killed: bool) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdin is not None
        pid = int(parent.stdout.readline())
        if killed:
            parent.kill()
        else:
            parent.stdin.close()  # the script reaches its end
    until(lambda: has_exited(pid))


PAGE = """
import os
from pathlib import Path

from inkling.training.worker_process import WorkerProcess

with Path({log!r}).open("a") as log:
    log.write(f"{{os.getpid()}}\\n")
process = WorkerProcess()
process.call(os.getpid)
process.end()
"""


def test_process_does_not_run_the_main_script(tmp_path: Path) -> None:
    """As a spawned process of `multiprocessing` would, because the page is ``__main__``."""
    log, page = tmp_path / "log", tmp_path / "page.py"
    page.write_text(PAGE.format(log=str(log)))
    assert not AppTest.from_file(page, default_timeout=30).run().exception
    assert log.read_text().split() == [str(os.getpid())]
