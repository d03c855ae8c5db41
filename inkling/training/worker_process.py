"""Python processes apart from this one, which carry out calls; and an executor of them.

`concurrent.futures.ProcessPoolExecutor` has three habits that a server cannot live with. Each of
its spawned processes first runs the main script of its parent, which under Streamlit is a page.
When one process dies, all calls in hand are lost, and nobody knows which of them was to blame. And
a server that is told to end first waits for calls that may take an hour.

``python -m inkling.training.worker_process`` is such a process. It reads calls from its standard
input, writes results to its standard output, and ends when its parent does, however that ends.
While a call goes on, both sides may say something: the function there by `emit` and `receive`, its
caller by `WorkerProcess.say` and the `hear` of `WorkerProcess.call`.
"""

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_NICE = 19  # so that pages are answered first where both want a core
_CALL, _SAID = "call", "said"  # what goes there
_RETURNED, _RAISED, _TOLD = "returned", "raised", "told"  # and what comes back


class WorkerProcessDied(Exception):
    """The process that carried out a call ended before the call did."""


class WorkerProcess:
    """A process, and the pipes to it; it carries out one call at a time."""

    def __init__(self) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "inkling.training.worker_process"],
            cwd=_ROOT,  # from where the project's modules can be imported
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._writing = threading.Lock()

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._popen.poll() is None

    def call(
        self, fn: Callable[..., Any], *args: Any, hear: Callable[[Any], None] | None = None
    ) -> Any:
        """Return what a function returns there, or raise what it raises.

        Parameters
        ----------
        fn : callable
            Importable from the project's folder.
        args
            Its arguments, which are pickled.
        hear : callable, optional
            Is given what the function tells meanwhile. If it raises, the process ends.

        Raises
        ------
        WorkerProcessDied
            If the process ends before the call does.
        """
        self._write((_CALL, (fn, args)))
        while True:
            kind, content = self._read()
            if kind != _TOLD:
                break
            try:
                if hear is not None:
                    hear(content)
            except BaseException:
                self.end()
                raise
        if kind == _RAISED:
            raise content
        return content

    def say(self, content: Any) -> None:
        """Let the function that is being called have something; it may be gone already."""
        with suppress(WorkerProcessDied):  # the call itself will say so
            self._write((_SAID, content))

    def end(self) -> None:
        """End the process, which has nothing to lose, and wait until it is gone."""
        self._popen.kill()
        for pipe in (self._popen.stdin, self._popen.stdout):
            assert pipe is not None
            with suppress(OSError):  # it is broken, and closed all the same
                pipe.close()
        self._popen.wait()

    def _write(self, message: tuple[str, Any]) -> None:
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        assert self._popen.stdin is not None
        try:
            with self._writing:
                self._popen.stdin.write(data)
                self._popen.stdin.flush()
        except (OSError, ValueError) as error:  # the pipe is broken, or closed
            raise self._died() from error

    def _read(self) -> tuple[str, Any]:
        assert self._popen.stdout is not None
        try:
            kind, content = pickle.load(self._popen.stdout)
        except Exception as error:  # whatever half an answer leads to
            raise self._died() from error
        return kind, content

    def _died(self) -> WorkerProcessDied:
        self.end()
        return WorkerProcessDied(f"the process ended, with code {self._popen.returncode}")


class ProcessPool:
    """Processes that are kept for later calls; each is started when it is needed first.

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
        self._idle: list[WorkerProcess] = []
        self._closed = False
        self._lock = threading.Lock()

    @contextmanager
    def process(self) -> Iterator[WorkerProcess]:
        """Give a process that has no call in hand; the one that worked last is taken first."""
        process = self._take()
        try:
            yield process
        finally:
            self._put_back(process)

    def close(self) -> None:
        """End the processes: the idle ones at once, the others after the call in hand."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()

    def _take(self) -> WorkerProcess:
        with self._lock:
            while self._idle:
                process = self._idle.pop()
                if process.alive:
                    return process
                process.end()
        process = WorkerProcess()
        try:
            if self._initializer is not None:
                process.call(self._initializer, *self._initargs)
        except Exception:
            process.end()
            raise
        return process

    def _put_back(self, process: WorkerProcess) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(process)
                return
        process.end()


class ProcessExecutor(Executor):
    """Carries out each call in a process that has no other call in hand.

    Functions and arguments are pickled, so a function must be importable from the project's folder.
    A call whose process dies raises `WorkerProcessDied`; the others do not notice.

    Parameters
    ----------
    initializer, initargs
        As for `ProcessPool`.
    """

    def __init__(
        self, initializer: Callable[..., object] | None = None, initargs: tuple[Any, ...] = ()
    ) -> None:
        self._pool = ProcessPool(initializer, initargs)
        self._closed = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have ``fn(*args, **kwargs)`` carried out; as `Executor.submit`."""
        if self._closed:
            raise RuntimeError("the executor has been shut down")
        future: Future[Any] = Future()
        # A daemon, unlike a pool's threads, lets the server end while a call goes on.
        threading.Thread(
            target=self._carry_out,
            args=(future, partial(fn, *args, **kwargs)),
            name="process",
            daemon=True,
        ).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes: the idle ones at once, the others after the call in hand."""
        self._closed = True
        self._pool.close()

    def _carry_out(self, future: Future[Any], fn: Callable[[], Any]) -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            with self._pool.process() as process:
                result = process.call(fn)
        except Exception as error:
            future.set_exception(error)
        else:
            future.set_result(result)


_answers: Any = None  # to the parent, in such a process
_said: queue.SimpleQueue[Any]


def emit(content: Any) -> None:
    """Let the caller of the function that goes on in this process hear something."""
    _answer(_TOLD, content)


def receive(wait: bool = True) -> Any:
    """Return the next thing that the caller has said, None where that is nothing yet.

    Parameters
    ----------
    wait : bool
        Whether to wait for it.
    """
    return _said.get() if wait or not _said.empty() else None


def main() -> None:
    """Carry out calls from standard input, one after another, until its other end is closed."""
    # The function is looked up in the module, so what it uses must be there, not in __main__.
    from inkling.training import worker_process

    worker_process.serve_calls()


def serve_calls() -> None:
    """Be such a process."""
    global _answers, _said
    _answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what is printed is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C ends the parent, and that ends this
    if hasattr(os, "nice"):
        os.nice(_NICE)
    calls: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_read_all, args=(calls,), daemon=True).start()
    while True:
        (fn, args), _said = calls.get()
        try:
            kind, content = _RETURNED, fn(*args)
        except Exception as error:
            kind, content = _RAISED, error
        _answer(kind, content)


def _answer(kind: str, content: Any) -> None:
    """Send something to the parent; if it is gone, end the process."""
    try:
        pickle.dump((kind, content), _answers, pickle.HIGHEST_PROTOCOL)
        _answers.flush()
    except BrokenPipeError:
        os._exit(1)


def _read_all(calls: "queue.SimpleQueue[Any]") -> None:
    """Pass on what comes; end the process, whatever it is doing, as soon as nobody waits for it."""
    said: queue.SimpleQueue[Any] = queue.SimpleQueue()
    try:
        while True:
            kind, content = pickle.load(sys.stdin.buffer)
            if kind == _CALL:
                said = queue.SimpleQueue()
                calls.put((content, said))
            else:
                said.put(content)
    except (EOFError, pickle.UnpicklingError):  # it may have died in the middle of a word
        pass
    except Exception:
        traceback.print_exc()
    os._exit(1)


if __name__ == "__main__":
    main()
