"""Checkpoints of runs that have not ended, one file each.

Checkpoints are protected by an OS file lock held by the owning process. A checkpoint whose lock is
free was interrupted. (mtime-based liveness would be slow and break on clock changes.)
"""

import contextlib
import threading
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
from inkling.runs.file_lock import acquire_lock, is_locked
from inkling.runs.run import is_id
from inkling.runs.run_file import SUFFIX, RunError, run_path
from inkling.runs.stale_files import remove_stale_files
from nn.storage import ABANDONED, PART, write_atomically

INTERVAL, SHARE = 5.0, 0.005  # as in `Checkpoints`

_LOCK = ".lock"
_RETENTION_SECONDS = 30 * 24 * 3600  # after which a checkpoint is removed
_LOCK_SECONDS = 0.5  # to wait for the lock of a run


class Checkpoints:
    """The checkpoints in a folder, which other servers may use, too.

    Parameters
    ----------
    folder : Path
        Created when the first checkpoint is written.
    is_saved : callable
        Returns whether the run of an id has ended and is saved; its checkpoint is then removed.
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
        self._is_saved = is_saved
        self._held: dict[str, IO[bytes]] = {}  # open lock files of this server's runs
        self._cache: dict[str, tuple[tuple[int, int], CheckpointInfo | None]] = {}
        self._lock = threading.Lock()  # guards `_held`
        self._cache_lock = threading.Lock()  # guards `_cache`

    def write(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint, replacing the run's last one, and hold the run's lock from now on.

        Raises
        ------
        OSError
            If it cannot be written; the last checkpoint stays.
        RunError
            If another server holds the run.
        """
        run_id = checkpoint.info.identity.id
        data = checkpoint_bytes(checkpoint)
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock:
            if run_id not in self._held:
                self._acquire_lock(run_id)
        write_atomically(run_path(self.folder, run_id), data)

    def drop(self, run_id: str) -> None:
        """Remove the checkpoint of a run.

        Raises
        ------
        RunError
            If another server holds the run.
        OSError
            If it cannot be removed.
        """
        with self._lock:
            if run_id not in self._held:
                if not run_path(self.folder, run_id).exists():
                    return
                self._acquire_lock(run_id)
            try:
                # The lock file is removed last: without a checkpoint it protects nothing.
                run_path(self.folder, run_id).unlink(missing_ok=True)
            finally:
                self._release_lock(run_id)
            run_path(self.folder, run_id).with_suffix(_LOCK).unlink(missing_ok=True)

    def interrupted(self, visitor_id: str) -> list[CheckpointInfo]:
        """Return a visitor's interrupted runs, the newest first."""
        found = []
        with self._cache_lock:
            for path in self._files():
                run_id = path.stem
                if run_id in self._held or self._is_held_elsewhere(run_id):
                    continue
                if self._is_saved(run_id):  # the server died between `save` and `drop`
                    with contextlib.suppress(OSError, RunError):
                        self.drop(run_id)
                    continue
                info = self._read_info(path)
                if info is not None and info.identity.visitor_id == visitor_id:
                    found.append(info)
        return sorted(
            found, key=lambda info: (info.identity.created, info.identity.id), reverse=True
        )

    def acquire(self, run_id: str) -> Checkpoint:
        """Lock an interrupted run, and return its checkpoint.

        Raises
        ------
        RunError
            If it is active, here or on another server, is gone, or is damaged.
        OSError
            If the file cannot be locked.
        """
        path = run_path(self.folder, run_id)
        with self._lock:
            if run_id in self._held:
                raise RunError("This run has already been resumed.")
            if not path.exists():
                raise RunError("This run was discarded, or it has ended.")
            self._acquire_lock(run_id)
        try:
            if path.stat().st_size > MAX_BYTES:
                raise RunError("The checkpoint is too large.")
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
        """Release the lock of a run; its checkpoint stays."""
        with self._lock:
            if run_id in self._held:
                self._release_lock(run_id)

    def _acquire_lock(self, run_id: str) -> None:
        """Lock a run for as long as this process lives, or until `_release_lock`."""
        file = acquire_lock(run_path(self.folder, run_id).with_suffix(_LOCK), _LOCK_SECONDS)
        if file is None:
            raise RunError("Another server is continuing this run.")
        self._held[run_id] = file

    def _release_lock(self, run_id: str) -> None:
        self._held.pop(run_id).close()

    def _is_held_elsewhere(self, run_id: str) -> bool:
        return is_locked(run_path(self.folder, run_id).with_suffix(_LOCK))

    def _read_info(self, path: Path) -> CheckpointInfo | None:
        """Return the info of a file, cached until it changes; None if it is damaged or gone."""
        try:
            stat = path.stat()
        except OSError:
            return None
        stamp = (stat.st_mtime_ns, stat.st_size)
        cached = self._cache.get(path.stem)
        if cached is not None and cached[0] == stamp:
            return cached[1]
        info = None
        with contextlib.suppress(RunError):
            read = read_checkpoint_info(path)
            info = read if read.identity.id == path.stem else None
        self._cache[path.stem] = (stamp, info)
        return info

    def _files(self) -> list[Path]:
        """Return the files of checkpoints; remove stale files."""
        try:
            files = list(self.folder.iterdir())
        except OSError:
            return []
        found = {path.stem for path in files if path.suffix == SUFFIX}
        self._cache = {run_id: entry for run_id, entry in self._cache.items() if run_id in found}

        def remove(path: Path) -> None:
            if path.suffix == PART:
                path.unlink()
            elif path.stem in self._held or self._is_held_elsewhere(path.stem):
                return
            elif path.suffix == SUFFIX:
                self.drop(path.stem)
            elif path.stem not in found:
                path.unlink()

        retention = {PART: ABANDONED, _LOCK: ABANDONED, SUFFIX: _RETENTION_SECONDS}
        remove_stale_files(files, retention, remove)
        return [path for path in files if path.suffix == SUFFIX and is_id(path.stem)]
