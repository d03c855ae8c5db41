"""Worker processes that execute function calls, and a pool of them.

`concurrent.futures.ProcessPoolExecutor` is not used, for three reasons. Each of its spawned
processes first runs the main script of its parent, which under Streamlit is a page. When one
process dies, all pending calls are lost, without a hint which of them was the cause. And the
shutdown of a server waits for running calls, which may take an hour.

``python -m inkling.training.worker_process`` runs a worker process. It reads calls from its
standard input, writes results to its standard output, and ends when its parent does, however that
ends. During a call both sides can exchange messages: the called function by `emit` and `receive`,
its caller by `WorkerProcess.send_to_worker` and the argument `on_message` of `WorkerProcess.call`.
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
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_NICE = 19  # lowest priority: pages come first if both need a core
_CALL, _MESSAGE = "call", "message"  # sent to the worker
_RETURNED, _RAISED, _EMITTED = "returned", "raised", "emitted"  # received from the worker


class WorkerProcessDied(Exception):
    """The worker process ended before its call did."""


class WorkerProcess:
    """A worker process and its pipes; executes one call at a time."""

    def __init__(self) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "inkling.training.worker_process"],
            cwd=_ROOT,  # so that the project's modules can be imported
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._writing = threading.Lock()

    @property
    def alive(self) -> bool:
        """Whether the process is running."""
        return self._popen.poll() is None

    def call(
        self, fn: Callable[..., Any], *args: Any, on_message: Callable[[Any], None] | None = None
    ) -> Any:
        """Call a function in the process; return its result, or raise its exception.

        Parameters
        ----------
        fn : callable
            Importable from the project's folder.
        args
            Its arguments, which are pickled.
        on_message : callable, optional
            Called with each message that the function emits. If it raises, the process is ended.

        Raises
        ------
        WorkerProcessDied
            If the process ends before the call does.
        """
        self._write((_CALL, (fn, args)))
        while True:
            kind, content = self._read()
            if kind != _EMITTED:
                break
            try:
                if on_message is not None:
                    on_message(content)
            except BaseException:
                self.end()
                raise
        if kind == _RAISED:
            raise content
        return content

    def send_to_worker(self, content: Any) -> None:
        """Send a message to the function being called; no error if the process has ended."""
        with suppress(WorkerProcessDied):  # `call` raises it
            self._write((_MESSAGE, content))

    def end(self) -> None:
        """Kill the process, and wait until it is gone."""
        self._popen.kill()
        for pipe in (self._popen.stdin, self._popen.stdout):
            assert pipe is not None
            with suppress(OSError):  # a broken pipe is closed nevertheless
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
        except Exception as error:  # unpickling a truncated message may raise anything
            raise self._died() from error
        return kind, content

    def _died(self) -> WorkerProcessDied:
        self.end()
        return WorkerProcessDied(f"the process ended, with code {self._popen.returncode}")


class ProcessPool:
    """Pool of worker processes, which are started on demand and reused."""

    def __init__(self) -> None:
        self._idle: list[WorkerProcess] = []
        self._closed = False
        self._lock = threading.Lock()

    @contextmanager
    def process(self) -> Iterator[WorkerProcess]:
        """Yield an idle process, the one that was used last."""
        process = self._acquire()
        try:
            yield process
        finally:
            self._release(process)

    def close(self) -> None:
        """End the processes: the idle ones at once, the others after their current call."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()

    def _acquire(self) -> WorkerProcess:
        with self._lock:
            while self._idle:
                process = self._idle.pop()
                if process.alive:
                    return process
                process.end()
        return WorkerProcess()

    def _release(self, process: WorkerProcess) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(process)
                return
        process.end()


_output: Any = None  # in a worker process: pipe to the parent
_messages: queue.SimpleQueue[Any]  # in a worker process: from the caller of the current function


def emit(content: Any) -> None:
    """Send a message from the function that runs in this worker process to its caller."""
    _write_to_parent(_EMITTED, content)


def receive(wait: bool = True) -> Any:
    """Return the next message of the caller, None if there is none.

    Parameters
    ----------
    wait : bool
        Whether to wait for a message.
    """
    return _messages.get() if wait or not _messages.empty() else None


def main() -> None:
    """Execute calls from standard input, one after another, until its other end is closed."""
    # Called functions import this module by its name, so its globals must not be in __main__.
    from inkling.training import worker_process

    worker_process.serve_calls()


def serve_calls() -> None:
    """Run the loop of a worker process."""
    global _output, _messages
    _output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # `print` must not write to the pipe
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C ends the parent, which ends this process
    if hasattr(os, "nice"):
        os.nice(_NICE)
    calls: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_read_from_parent, args=(calls,), daemon=True).start()
    while True:
        (fn, args), _messages = calls.get()
        try:
            kind, content = _RETURNED, fn(*args)
        except Exception as error:
            kind, content = _RAISED, error
        _write_to_parent(kind, content)


def _write_to_parent(kind: str, content: Any) -> None:
    """Write a message to the parent; if the pipe is broken, end the process."""
    try:
        pickle.dump((kind, content), _output, pickle.HIGHEST_PROTOCOL)
        _output.flush()
    except BrokenPipeError:
        os._exit(1)


def _read_from_parent(calls: "queue.SimpleQueue[Any]") -> None:
    """Read calls and messages; end the process as soon as the parent closes the pipe."""
    messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
    try:
        while True:
            kind, content = pickle.load(sys.stdin.buffer)
            if kind == _CALL:
                messages = queue.SimpleQueue()
                calls.put((content, messages))
            else:
                messages.put(content)
    except (EOFError, pickle.UnpicklingError):  # the parent may have died during a write
        pass
    except Exception:
        traceback.print_exc()
    os._exit(1)


if __name__ == "__main__":
    main()
