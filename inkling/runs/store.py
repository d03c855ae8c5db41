"""Finished runs on disk, one file each, in a folder that several servers can share.

A file is written under a temporary name and renamed, so it is complete or absent. Files
that cannot be read are listed as damaged. Saved, damaged and deleted files count towards the
quota of their visitor; deleted ones are removed where their bytes are needed.
"""

import errno
import math
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from inkling.runs.file_lock import acquire_lock
from inkling.runs.run import Run, RunInfo, is_id, new_id
from inkling.runs.run_file import (
    MAX_BYTES,
    MAX_NAME,
    MAX_NOTES,
    NO_RUN,
    SUFFIX,
    RunError,
    clean_text,
    read_info,
    read_owner,
    run_bytes,
    run_from_bytes,
    run_path,
    with_identity,
)
from inkling.runs.stale_files import remove_stale_files
from nn.storage import ABANDONED, PART, write_atomically

_DELETED = ".deleted"
_LOCK = "runs.lock"
_LOCK_SECONDS = 30.0  # to wait for other servers' writing
_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)  # of a file system without locks
_GONE = (
    "This run cannot be restored: it was deleted more than a day ago, or newer runs needed "
    "the space."
)
_RETENTION_SECONDS = {  # after which a file is removed, by its suffix
    _DELETED: 24 * 3600,  # a deleted run can be restored for so long
    PART: ABANDONED,
}


@dataclass(frozen=True)
class DamagedRun:
    """A file in the folder that cannot be read.

    Attributes
    ----------
    id : str
    visitor_id : str
        Its owner's; empty if that cannot be read.
    created : float
        Time of writing (Unix).
    error : str
    """

    id: str
    visitor_id: str
    created: float
    error: str


def runs_folder() -> Path:
    """Return the folder for runs: ``RUNS_DIR``, or else one among the user's data."""
    named = os.environ.get("RUNS_DIR")
    return Path(named).expanduser() if named else platformdirs.user_data_path("inkling") / "runs"


class RunStore:
    """The runs in a folder, which other servers may use, too.

    Parameters
    ----------
    folder : Path
        Created when the first run is saved.
    quota : float
        Maximum bytes of a visitor's runs, damaged and deleted ones among them.
    """

    def __init__(self, folder: Path, quota: float = math.inf) -> None:
        self.folder = folder
        self._quota = quota
        self._cache: dict[str, tuple[tuple[int, int], RunInfo | DamagedRun]] = {}
        self._cache_lock = threading.Lock()
        self._write_lock = threading.Lock()

    def save(self, run: Run, data: bytes | None = None) -> None:
        """Write a run to the folder.

        Parameters
        ----------
        run : Run
        data : bytes, optional
            The file that `run` was read from, which is written as it is.

        Raises
        ------
        OSError
            If it cannot be written, or exceeds the visitor's quota.
        """
        data = data or run_bytes(run)
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._exclusive():
            self._write(run, data)

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Hold the lock for changes of the folder, which other threads and servers wait for.

        In a folder where files cannot be locked, only this server's threads wait. Raises OSError.
        """
        with self._write_lock, ExitStack() as held:
            try:
                file = acquire_lock(self.folder / _LOCK, _LOCK_SECONDS)
            except OSError as error:
                if error.errno not in _NO_LOCKS:
                    raise
            else:
                if file is None:
                    raise OSError(
                        errno.EAGAIN, ("another server is writing runs at the moment; try again")
                    )
                held.enter_context(file)
            yield

    def _write(self, run: Run, data: bytes) -> None:
        """Write a run within its visitor's quota; the lock is held. Raises OSError."""
        path = run_path(self.folder, run.info.id)
        self._make_room(run.info.visitor_id, len(data), path)
        write_atomically(path, data)

    def _make_room(self, visitor_id: str, size: int, path: Path) -> None:
        """Remove a visitor's deleted runs, the oldest first, until there is room for a file.

        Parameters
        ----------
        visitor_id : str
        size : int
            Bytes of the file.
        path : Path
            Of the file, which is not counted as it is now.

        Raises
        ------
        OSError
            If the runs that are not deleted leave no room; then nothing is removed.
        """
        if self._quota == math.inf:
            return
        saved, deleted = size, []
        for name, ((changed, bytes_), entry) in self._entries().items():
            if entry.visitor_id != visitor_id or name == path.name:
                continue
            if name.endswith(_DELETED):
                deleted.append((changed, bytes_, name))
            else:
                saved += bytes_
        if saved > self._quota:
            raise OSError(
                errno.EDQUOT,
                f"your runs fill the {self._quota / 2**20:,.0f} MiB that each visitor has",
            )
        excess = saved + sum(bytes_ for _, bytes_, _ in deleted) - self._quota
        for _, bytes_, name in sorted(deleted):
            if excess <= 0:
                break
            (self.folder / name).unlink(missing_ok=True)
            excess -= bytes_

    def runs(self) -> list[RunInfo | DamagedRun]:
        """Return all runs in the folder, the newest first; damaged ones among them."""
        found = [entry for name, (_, entry) in self._entries().items() if name.endswith(SUFFIX)]
        return sorted(found, key=lambda info: (info.created, info.id), reverse=True)

    def _entries(self) -> dict[str, tuple[tuple[int, int], RunInfo | DamagedRun]]:
        """Return stamp and list entry of each saved, damaged or deleted file, by its name."""
        with self._cache_lock:
            cache = {}
            for file in self._files():
                try:
                    stat = file.stat()
                except OSError:  # it has just been deleted
                    continue
                stamp = (stat.st_mtime_ns, stat.st_size)
                cached = self._cache.get(file.name)
                if cached and cached[0] == stamp:
                    cache[file.name] = cached
                elif (entry := _read_entry(Path(file), stat.st_mtime)) is not None:
                    cache[file.name] = (stamp, entry)
            self._cache = cache
            return cache

    def open(self, run_id: str) -> Run:
        """Read a run, with its arrays.

        Raises
        ------
        RunError
            If there is no such run, or it is damaged.
        """
        return run_from_bytes(self.read(run_id))

    def is_saved(self, run_id: str) -> bool:
        """Whether there is a run of this id, damaged or not."""
        return run_path(self.folder, run_id).is_file()

    def stamp(self, run_id: str) -> tuple[int, int]:
        """Return modification time and size of a run's file; raises RunError if there is none."""
        try:
            stat = run_path(self.folder, run_id).stat()
        except OSError as error:
            raise RunError(NO_RUN) from error
        return stat.st_mtime_ns, stat.st_size

    def read(self, run_id: str) -> bytes:
        """Return the bytes of a run's file; raises RunError as `open`."""
        try:
            path = run_path(self.folder, run_id)
            if path.stat().st_size > MAX_BYTES:
                raise RunError(f"The file is larger than any run here ({MAX_BYTES // 2**20} MiB).")
            return path.read_bytes()
        except OSError as error:
            raise RunError(f"This run cannot be read: {error.strerror}.") from error

    def describe(self, run_id: str, name: str, notes: str) -> None:
        """Set the name and the notes of a run; raises RunError or OSError."""
        changes = {"notes": clean_text(notes, MAX_NOTES, lines=True)}
        if name := clean_text(name, MAX_NAME):
            changes["name"] = name
        with self._exclusive():
            data = with_identity(self.read(run_id), **changes)
            self._write(run_from_bytes(data), data)

    def upload(self, data: bytes, visitor_id: str) -> RunInfo:
        """Save an uploaded run under a new id; raises RunError or OSError."""
        identity = {"id": new_id(), "visitor_id": visitor_id, "group": "", "created": time.time()}
        data = with_identity(data, **identity)
        run = run_from_bytes(data)
        self.save(run, data)
        return run.info

    def delete(self, run_id: str) -> None:
        """Delete a run; `restore` undoes it for a day, or until its room is needed.

        Raises RunError.
        """
        path = run_path(self.folder, run_id)
        try:
            with self._exclusive():
                os.replace(path, path.with_suffix(_DELETED))
                os.utime(path.with_suffix(_DELETED))
        except OSError as error:
            raise RunError(f"This run cannot be deleted: {error.strerror}.") from error

    def deleted(self, run_id: str) -> RunInfo | DamagedRun:
        """Return the list entry of a deleted run; raises RunError if it is gone."""
        path = run_path(self.folder, run_id, suffix=_DELETED)
        entry = _read_entry(path, time.time())
        if entry is None:
            raise RunError(_GONE)
        return entry

    def restore(self, run_id: str) -> None:
        """Restore a deleted run.

        Raises
        ------
        RunError
            If it is gone.
        OSError
            If it cannot be restored, or exceeds the visitor's quota.
        """
        path = run_path(self.folder, run_id, suffix=_DELETED)
        visitor_id = self.deleted(run_id).visitor_id
        with self._exclusive():
            try:
                self._make_room(visitor_id, path.stat().st_size, path)
                os.replace(path, path.with_suffix(SUFFIX))
            except FileNotFoundError as error:
                raise RunError(_GONE) from error

    def _files(self) -> list[os.DirEntry[str]]:
        """Return the files of saved and deleted runs; remove stale files."""
        try:
            with os.scandir(self.folder) as entries:
                files = list(entries)
        except OSError:
            return []
        others = (Path(file) for file in files if not file.name.endswith(SUFFIX))
        remove_stale_files(others, _RETENTION_SECONDS)
        return [
            file
            for file in files
            if file.name.endswith((SUFFIX, _DELETED)) and is_id(Path(file).stem)
        ]


def _read_entry(path: Path, written: float) -> RunInfo | DamagedRun | None:
    """Return the list entry of a file; None if it has just been deleted."""
    run_id = path.stem
    try:
        info = read_info(path)
        if info.id != run_id:
            raise RunError("The file has the name of another run.")
    except RunError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return None
        return DamagedRun(run_id, read_owner(path), written, str(error))
    return info
