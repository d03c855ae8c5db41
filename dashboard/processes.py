"""An executor whose calls are carried out in Python processes of their own.

`concurrent.futures.ProcessPoolExecutor` has three habits that a server cannot live with. Each of
its spawned processes first runs the main script of its parent, which under Streamlit is a page.
When one process dies, all calls in hand are lost, and nobody knows which of them was to blame. And
a server that is told to end first waits for calls that may take an hour.

``python -m dashboard.processes`` is such a process. It reads calls from its standard input, writes
what comes of them to its standard output, and ends when its parent does, however that ends.
"""

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parent.parent


class ProcessDied(Exception):
    """The process that carried out a call ended before the call did."""


class ProcessExecutor(Executor):
    """Carries out each call in a process that has no other call in hand.

    As many processes are started as there are calls at a time, each when it is needed first. They
    are kept for later calls until `shutdown`. Functions and arguments are pickled, so a function
    must be importable from the project's folder. A call whose process dies raises `ProcessDied`;
    the others do not notice.

    Parameters
    ----------
    initializer : callable, optional
        The first call of each process.
    initargs : tuple
        Its arguments.
    """

    def __init__(
        self, initializer: Callable[..., object] | None = None, initargs: tuple[Any, ...] = ()
    ) -> None:
        self._initializer = initializer
        self._initargs = initargs
        self._idle: list[_Process] = []
        self._closed = False
        self._lock = threading.Lock()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have ``fn(*args, **kwargs)`` carried out; as `Executor.submit`."""
        if self._closed:
            raise RuntimeError("the executor has been shut down")
        future: Future[Any] = Future()
        # A daemon, unlike a pool's threads, lets the server end while a call goes on.
        threading.Thread(
            target=self._carry_out, args=(future, fn, args, kwargs), name="process", daemon=True
        ).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes: the idle ones at once, the others after the call in hand."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()

    def _carry_out(
        self,
        future: Future[Any],
        fn: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            process = self._take()
            try:
                result = process.call(fn, args, kwargs)
            finally:
                self._put_back(process)
        except Exception as error:
            future.set_exception(error)
        else:
            future.set_result(result)

    def _take(self) -> "_Process":
        with self._lock:
            while self._idle:
                process = self._idle.pop()
                if process.alive:
                    return process
                process.end()
        process = _Process()
        try:
            if self._initializer is not None:
                process.call(self._initializer, self._initargs, {})
        except Exception:
            process.end()
            raise
        return process

    def _put_back(self, process: "_Process") -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(process)
                return
        process.end()


class _Process:
    """One process, and the pipes to it."""

    def __init__(self) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "dashboard.processes"],
            cwd=_ROOT,  # from where the project's modules can be imported
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def call(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return what the function returns there, or raise what it raises."""
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        call = pickle.dumps((fn, args, kwargs), pickle.HIGHEST_PROTOCOL)
        try:
            self._popen.stdin.write(call)
            self._popen.stdin.flush()
            returned, result = pickle.load(self._popen.stdout)
        except Exception as error:  # whatever a broken pipe or half an answer leads to
            self.end()
            raise ProcessDied(f"the process ended, with code {self._popen.returncode}") from error
        if returned:
            return result
        raise result

    def end(self) -> None:
        """End the process, which has nothing to lose, and wait until it is gone."""
        self._popen.kill()
        for pipe in (self._popen.stdin, self._popen.stdout):
            assert pipe is not None
            with suppress(OSError):  # it is broken, and closed all the same
                pipe.close()
        self._popen.wait()


def main() -> None:
    """Carry out calls from standard input, one after another, until its other end is closed."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what is printed is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C ends the parent, and that ends this
    calls: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(calls,), daemon=True).start()
    while True:
        fn, args, kwargs = calls.get()
        try:
            answer = True, fn(*args, **kwargs)
        except Exception as error:
            answer = False, error
        pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()


def _read(calls: "queue.SimpleQueue[Any]") -> None:
    """Pass on calls; end the process, whatever it is doing, as soon as nobody waits for it."""
    try:
        while True:
            calls.put(pickle.load(sys.stdin.buffer))
    except EOFError:
        pass
    except Exception:
        traceback.print_exc()
    os._exit(1)


if __name__ == "__main__":
    main()
