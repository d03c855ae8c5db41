"""Finished runs on disk, one file each, in a folder that several servers can share.

A file is written under a temporary name and renamed, so it is complete or absent. Files
that cannot be read are listed as damaged.
"""

import errno
import math
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import platformdirs

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
    run_bytes,
    run_from_bytes,
    run_path,
    with_identity,
)
from inkling.runs.stale_files import remove_stale_files
from nn.storage import ABANDONED, PART, write_atomically

_DELETED = ".deleted"
_RETENTION_SECONDS = {  # after which a file is removed, by its suffix
    _DELETED: 24 * 3600,  # a deleted run can be restored for so long
    PART: ABANDONED,
}


@dataclass(frozen=True)
class DamagedRun:
    """A file in the folder that cannot be read: its id, time of writing (Unix) and error."""

    id: str
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
        Maximum bytes of a visitor's runs.
    """

    def __init__(self, folder: Path, quota: float = math.inf) -> None:
        self.folder = folder
        self._quota = quota
        self._cache: dict[str, tuple[tuple[int, int], RunInfo | DamagedRun]] = {}
        self._lock = threading.Lock()  # guards `_cache`
        self._writing = threading.RLock()  # no run is written between a look and a write

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
        with self._writing:
            if self._used(run) + len(data) > self._quota:
                raise OSError(
                    errno.EDQUOT,
                    f"your runs fill the {self._quota / 2**20:,.0f} MiB that a visitor has here",
                )
            self._write(run.info.id, data)

    def _used(self, run: Run) -> int:
        """Return the bytes of the other runs of a run's visitor."""
        if self._quota == math.inf:
            return 0
        self.runs()
        return sum(
            size
            for (_, size), info in list(self._cache.values())
            if isinstance(info, RunInfo)
            and info.visitor_id == run.info.visitor_id
            and info.id != run.info.id
        )

    def runs(self) -> list[RunInfo | DamagedRun]:
        """Return all runs in the folder, the newest first; damaged ones among them."""
        with self._lock:
            cache = {}
            for file in self._files():
                run_id = file.name.removesuffix(SUFFIX)
                try:
                    stat = file.stat()
                except OSError:  # it has just been deleted
                    continue
                stamp = (stat.st_mtime_ns, stat.st_size)
                cached = self._cache.get(run_id)
                if cached and cached[0] == stamp:
                    cache[run_id] = cached
                elif (info := _read_entry(Path(file), stat.st_mtime)) is not None:
                    cache[run_id] = (stamp, info)
            self._cache = cache
            found = [info for _, info in cache.values()]
        return sorted(found, key=lambda info: (info.created, info.id), reverse=True)

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
        with self._writing:
            data, changes = self.read(run_id), {"notes": clean_text(notes, MAX_NOTES, lines=True)}
            if name := clean_text(name, MAX_NAME):
                changes["name"] = name
            self._save_bytes(with_identity(data, **changes))

    def upload(self, data: bytes, visitor_id: str) -> RunInfo:
        """Save an uploaded run under a new id; raises RunError or OSError."""
        identity = {"id": new_id(), "visitor_id": visitor_id, "group": "", "created": time.time()}
        return self._save_bytes(with_identity(data, **identity))

    def _save_bytes(self, data: bytes) -> RunInfo:
        """Validate the bytes of a run's file and write these bytes; raises RunError or OSError."""
        run = run_from_bytes(data)
        self.save(run, data)
        return run.info

    def delete(self, run_id: str) -> None:
        """Delete a run; `restore` undoes it for a day. Raises RunError."""
        path = run_path(self.folder, run_id)
        try:
            os.replace(path, path.with_suffix(_DELETED))
            os.utime(path.with_suffix(_DELETED))
        except OSError as error:
            raise RunError(f"This run cannot be deleted: {error.strerror}.") from error

    def deleted(self, run_id: str) -> RunInfo | DamagedRun:
        """Return the list entry of a deleted run; raises RunError if it is gone."""
        path = run_path(self.folder, run_id, suffix=_DELETED)
        entry = _read_entry(path, time.time())
        if entry is None:
            raise RunError(NO_RUN)
        return entry

    def restore(self, run_id: str) -> None:
        """Restore a deleted run; raises RunError if it is gone."""
        path = run_path(self.folder, run_id)
        try:
            os.replace(path.with_suffix(_DELETED), path)
        except OSError as error:
            raise RunError(f"This run cannot be brought back: {error.strerror}.") from error

    def _write(self, run_id: str, data: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(run_path(self.folder, run_id), data)

    def _files(self) -> list[os.DirEntry[str]]:
        """Return the files of runs; remove stale files."""
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
            if file.name.endswith(SUFFIX) and is_id(file.name.removesuffix(SUFFIX))
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
        return DamagedRun(run_id, written, str(error))
    return info
