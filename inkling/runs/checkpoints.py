"""Runs that have not ended, on disk: what is left of them when a server dies.

While a server has a run it holds a lock on the run's lock file. The system lets go of the lock when
the process ends, however it ends, so a checkpoint whose lock is free was interrupted: no server
takes a run that goes on elsewhere for one that was, and no two take up the same. A sign of life in
the file's time would tell the same only after a while, and not at all after a clock was set.
"""

import contextlib
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from inkling.runs.checkpoint_file import (
    MAX_BYTES,
    Checkpoint,
    CheckpointInfo,
    checkpoint_bytes,
    checkpoint_from_bytes,
    read_checkpoint_info,
)
from inkling.runs.run import is_id
from inkling.runs.run_file import SUFFIX, RunError, run_path
from nn.storage import ABANDONED, PART, write_whole

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

INTERVAL, SHARE = 5.0, 0.005  # as in `Checkpoints`

_LOCK = ".lock"
_RETENTION_SECONDS = 30 * 24 * 3600  # seconds after which nobody will go on with a run
_TRIES, _PAUSE = 50, 0.01  # to get a lock that another server holds just to look


class Checkpoints:
    """The checkpoints in a folder, which other servers may use, too.

    Parameters
    ----------
    folder : Path
        Made when the first checkpoint is written.
    is_saved : callable
        Says of a run's id whether that run has ended and is kept, so that a checkpoint that
        outlived it goes.
    interval, share : float
        Seconds of training between two checkpoints of a run, and the share of its time, above 0,
        that may go into them: they come less often where writing is slow.
    """

    def __init__(
        self,
        folder: Path,
        is_saved: Callable[[str], bool] = lambda run_id: False,
        interval: float = INTERVAL,
        share: float = SHARE,
    ) -> None:
        self.folder = folder
        self.interval = interval
        self.share = share
        self._is_kept = is_saved
        self._held: dict[str, IO[bytes]] = {}  # the lock files of this server's runs
        self._known: dict[str, tuple[tuple[int, int], CheckpointInfo | None]] = {}
        self._lock = threading.Lock()  # around what changes whose a run is
        self._looking = threading.Lock()  # around what is known of the files

    def write(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint in place of the run's one before; from now on the run is held.

        Raises
        ------
        OSError
            If it cannot be written; the one before is still there then.
        RunError
            If another server has the run.
        """
        run_id = checkpoint.info.identity.id
        data = checkpoint_bytes(checkpoint)
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock:
            if run_id not in self._held:
                self._hold(run_id)
        write_whole(run_path(self.folder, run_id), data)

    def drop(self, run_id: str) -> None:
        """Drop the checkpoint of a run that has ended, or that nobody will go on with.

        Raises
        ------
        RunError
            If another server has the run.
        OSError
            If it cannot be removed.
        """
        with self._lock:
            if run_id not in self._held:
                if not run_path(self.folder, run_id).exists():
                    return
                self._hold(run_id)
            try:
                # The lock goes last: what has a free lock and no checkpoint is nobody's.
                run_path(self.folder, run_id).unlink(missing_ok=True)
            finally:
                self._let_go(run_id)
            run_path(self.folder, run_id).with_suffix(_LOCK).unlink(missing_ok=True)

    def interrupted(self, visitor_id: str) -> list[CheckpointInfo]:
        """Return an owner's runs that no server has any more, the newest first."""
        found = []
        with self._looking:
            for path in self._files():
                run_id = path.stem
                if run_id in self._held or self._is_held_elsewhere(run_id):
                    continue
                if self._is_kept(run_id):  # the server died between keeping it and dropping this
                    with contextlib.suppress(OSError, RunError):
                        self.drop(run_id)
                    continue
                info = self._look(path)
                if info is not None and info.identity.visitor_id == visitor_id:
                    found.append(info)
        return sorted(
            found, key=lambda info: (info.identity.created, info.identity.id), reverse=True
        )

    def acquire(self, run_id: str) -> Checkpoint:
        """Take an interrupted run over from the server that had it.

        Raises
        ------
        RunError
            If it goes on already, here or on another server, is gone, or is damaged.
        OSError
            If the folder does not let it be held.
        """
        path = run_path(self.folder, run_id)
        with self._lock:
            if run_id in self._held:
                raise RunError("This run goes on already.")
            if not path.exists():
                raise RunError("This run is not there any more: it was dropped, or has ended.")
            self._hold(run_id)
        try:
            if path.stat().st_size > MAX_BYTES:
                raise RunError("The checkpoint is larger than any of ours.")
            checkpoint = checkpoint_from_bytes(path.read_bytes())
            if checkpoint.info.identity.id != run_id:
                raise RunError("The checkpoint has the name of another run.")
        except OSError as error:  # dropped by another server just now, or not readable
            self.release(run_id)
            raise RunError(f"The checkpoint cannot be read: {error.strerror}.") from error
        except RunError:
            self.release(run_id)
            raise
        return checkpoint

    def release(self, run_id: str) -> None:
        """Let go of a run that was taken over, its checkpoint as it was."""
        with self._lock:
            if run_id in self._held:
                self._let_go(run_id)

    def _hold(self, run_id: str) -> None:
        """Lock a run for as long as this process lives, or until `_let_go`."""
        file = run_path(self.folder, run_id).with_suffix(_LOCK).open("ab")
        try:
            for _ in range(_TRIES):
                if _lock(file):
                    self._held[run_id] = file
                    return
                time.sleep(_PAUSE)
            raise RunError("Another server goes on with this run.")
        finally:
            if run_id not in self._held:
                file.close()

    def _let_go(self, run_id: str) -> None:
        self._held.pop(run_id).close()

    def _is_held_elsewhere(self, run_id: str) -> bool:
        try:
            with run_path(self.folder, run_id).with_suffix(_LOCK).open("rb") as file:
                return not _lock(file, shared=True)
        except FileNotFoundError:
            return False
        except OSError:  # no lock can be had here, so nobody knows
            return True

    def _look(self, path: Path) -> CheckpointInfo | None:
        """Return what a file says of its run, read once; None if it is damaged or gone."""
        try:
            stat = path.stat()
        except OSError:
            return None
        stamp = (stat.st_mtime_ns, stat.st_size)
        before = self._known.get(path.stem)
        if before is not None and before[0] == stamp:
            return before[1]
        info = None
        with contextlib.suppress(RunError):
            read = read_checkpoint_info(path)
            info = read if read.identity.id == path.stem else None
        self._known[path.stem] = (stamp, info)
        return info

    def _files(self) -> list[Path]:
        """Return the files of checkpoints; clear away what nobody will ask for any more."""
        try:
            files = list(self.folder.iterdir())
        except OSError:
            return []
        now = time.time()
        whole = {path.stem for path in files if path.suffix == SUFFIX}
        self._known = {run_id: known for run_id, known in self._known.items() if run_id in whole}
        patience = {PART: ABANDONED, _LOCK: ABANDONED, SUFFIX: _RETENTION_SECONDS}
        for path in files:
            with contextlib.suppress(OSError, RunError):  # somebody else's, or gone
                if now - path.stat().st_mtime <= patience.get(path.suffix, float("inf")):
                    continue
                if path.suffix == PART:
                    path.unlink()
                elif path.stem in self._held or self._is_held_elsewhere(path.stem):
                    continue
                elif path.suffix == SUFFIX:
                    self.drop(path.stem)
                elif path.stem not in whole:
                    path.unlink()
        return [path for path in files if path.suffix == SUFFIX and is_id(path.stem)]


def _lock(file: IO[bytes], shared: bool = False) -> bool:
    """Try to lock a file until it is closed; say whether that came about.

    Parameters
    ----------
    file : file
        Open; nothing in it is read or changed.
    shared : bool
        Whether others may look at the same time. Windows knows no such lock.

    Raises
    ------
    OSError
        If files cannot be locked in this folder.
    """
    try:
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
