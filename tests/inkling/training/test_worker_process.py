"""An executor that runs calls in worker processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from inkling.training.worker_process import ProcessExecutor, WorkerProcessDied
from tests.child_processes import children
from tests.waiting import until

ROOT = Path(__file__).parents[3]


@pytest.fixture
def executor() -> Iterator[ProcessExecutor]:
    with ProcessExecutor() as executor:
        yield executor


def has_exited(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_calls_run_in_a_reused_process(
    executor: ProcessExecutor,
) -> None:
    pid = executor.submit(os.getpid).result()
    assert pid != os.getpid()
    assert executor.submit(os.getpid).result() == pid


def test_concurrent_calls_have_separate_processes(executor: ProcessExecutor) -> None:
    slow = executor.submit(time.sleep, 60)
    until(slow.running)
    assert executor.submit(os.getpid).result() > 0
    assert not slow.done()
    until(lambda: len(children()) == 2)
    for child in children():
        child.kill()
    assert isinstance(slow.exception(), WorkerProcessDied)


def test_exception_of_call_is_raised_and_process_continues(executor: ProcessExecutor) -> None:
    pid = executor.submit(os.getpid).result()
    with pytest.raises(ValueError, match="invalid literal"):
        executor.submit(int, "seven").result()
    assert executor.submit(os.getpid).result() == pid


def test_unpicklable_call_is_refused(executor: ProcessExecutor) -> None:
    pid = executor.submit(os.getpid).result()
    with pytest.raises(TypeError, match="pickle"):
        executor.submit(len, threading.Lock()).result()
    assert executor.submit(os.getpid).result() == pid


def test_printed_output_is_not_mixed_with_result(executor: ProcessExecutor) -> None:
    assert executor.submit(print, "not an answer").result() is None
    assert executor.submit(int, "7").result() == 7


def test_initializer_runs_first_in_each_process(tmp_path: Path) -> None:
    with ProcessExecutor(os.chdir, (tmp_path,)) as executor:
        pauses = [executor.submit(time.sleep, 0.2) for _ in range(2)]
        places = [executor.submit(os.getcwd) for _ in pauses]
        assert {place.result() for place in places} == {str(tmp_path)}
        assert [pause.result() for pause in pauses] == [None, None]


def test_failing_initializer_fails_the_call_and_ends_process() -> None:
    with ProcessExecutor(int, ("seven",)) as executor:
        with pytest.raises(ValueError, match="invalid literal"):
            executor.submit(os.getpid).result()
        assert not children()


def test_killed_process_fails_only_its_call(executor: ProcessExecutor) -> None:
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


def test_dead_idle_process_is_replaced(executor: ProcessExecutor) -> None:
    pid = executor.submit(os.getpid).result()
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # dead with all its threads, not reaped
    assert executor.submit(os.getpid).result() != pid


def test_shutdown_ends_the_processes() -> None:
    with ProcessExecutor() as executor:
        pid = executor.submit(os.getpid).result()
    until(lambda: has_exited(pid))
    with pytest.raises(RuntimeError, match="shut down"):
        executor.submit(os.getpid)


def test_shutdown_waits_for_the_running_call() -> None:
    executor = ProcessExecutor()
    pid = executor.submit(os.getpid).result()
    last = executor.submit(time.sleep, 0.2)
    until(last.running)
    executor.shutdown()
    assert last.result() is None
    until(lambda: has_exited(pid))


PARENT = """
import os, sys, time
from inkling.training.worker_process import ProcessExecutor

executor = ProcessExecutor()
print(executor.submit(os.getpid).result(), flush=True)
executor.submit(time.sleep, 600)
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

from inkling.training.worker_process import ProcessExecutor

with Path({log!r}).open("a") as log:
    log.write(f"{{os.getpid()}}\\n")
with ProcessExecutor() as executor:
    executor.submit(os.getpid).result()
"""


def test_process_does_not_run_the_main_script(tmp_path: Path) -> None:
    """As a spawned process of `multiprocessing` would, because the page is ``__main__``."""
    log, page = tmp_path / "log", tmp_path / "page.py"
    page.write_text(PAGE.format(log=str(log)))
    assert not AppTest.from_file(page, default_timeout=30).run().exception
    assert log.read_text().split() == [str(os.getpid())]
