"""Finished runs on disk, one file each, in a folder that several servers can share.

A file is written under a temporary name and renamed, so it is there whole or not at all. What
cannot be read is listed as damaged and stands in nobody's way.
"""

import errno
import math
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
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
    clean,
    read_info,
    run_bytes,
    run_from_bytes,
    run_path,
)
from nn.storage import ABANDONED, PART, write_whole

_DELETED = ".deleted"
_RETENTION_SECONDS = {  # seconds after which a file is cleared away, by how it ends
    _DELETED: 24 * 3600,  # a deleted run can be had back for so long
    PART: ABANDONED,
}


@dataclass(frozen=True)
class DamagedRun:
    """A file in the folder that cannot be read: its id, when it was written, what is wrong."""

    id: str
    created: float
    why: str


def runs_folder() -> Path:
    """Return the folder for runs: ``RUNS_DIR``, or else one among the user's data."""
    named = os.environ.get("RUNS_DIR")
    return Path(named).expanduser() if named else platformdirs.user_data_path("inkling") / "runs"


class RunStore:
    """The runs in a folder, which other servers may use, too.

    Parameters
    ----------
    folder : Path
        Made when the first run is saved.
    room : float
        Bytes of runs that a visitor may keep.
    """

    def __init__(self, folder: Path, room: float = math.inf) -> None:
        self.folder = folder
        self._room = room
        self._known: dict[str, tuple[tuple[int, int], RunInfo | DamagedRun]] = {}
        self._lock = threading.RLock()  # `describe` holds it while it saves

    def save(self, run: Run) -> None:
        """Keep a run.

        Raises
        ------
        OSError
            If it cannot be written, or its owner has no room left.
        """
        data = run_bytes(run)
        if self._used(run) + len(data) > self._room:
            raise OSError(
                errno.EDQUOT,
                f"your runs fill the {self._room / 2**20:,.0f} MiB that a visitor has here",
            )
        self._write(run.info.id, data)

    def _used(self, run: Run) -> int:
        """Return the bytes of the other runs of a run's owner."""
        if self._room == math.inf:
            return 0
        self.runs()
        return sum(
            size
            for (_, size), info in list(self._known.values())
            if isinstance(info, RunInfo)
            and info.visitor_id == run.info.visitor_id
            and info.id != run.info.id
        )

    def runs(self) -> list[RunInfo | DamagedRun]:
        """Return all runs in the folder, the newest first; damaged ones among them."""
        with self._lock:
            known = {}
            for file in self._files():
                run_id = file.name.removesuffix(SUFFIX)
                try:
                    stat = file.stat()
                except OSError:  # it has just been deleted
                    continue
                stamp = (stat.st_mtime_ns, stat.st_size)
                before = self._known.get(run_id)
                if before and before[0] == stamp:
                    known[run_id] = before
                elif (info := _look(Path(file), stat.st_mtime)) is not None:
                    known[run_id] = (stamp, info)
            self._known = known
            found = [info for _, info in known.values()]
        return sorted(found, key=lambda info: (info.created, info.id), reverse=True)

    def open(self, run_id: str) -> Run:
        """Read a run, whole.

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
        """Return what changes when a run's file does; raises RunError if there is no such run."""
        try:
            stat = run_path(self.folder, run_id).stat()
        except OSError as error:
            raise RunError(NO_RUN) from error
        return stat.st_mtime_ns, stat.st_size

    def read(self, run_id: str) -> bytes:
        """Return a run's file as it is; raises RunError as `open`."""
        try:
            path = run_path(self.folder, run_id)
            if path.stat().st_size > MAX_BYTES:
                raise RunError(f"The file is larger than any run here ({MAX_BYTES // 2**20} MiB).")
            return path.read_bytes()
        except OSError as error:
            raise RunError(f"This run cannot be read: {error.strerror}.") from error

    def describe(self, run_id: str, name: str, notes: str) -> None:
        """Give a run another name and other notes; raises RunError or OSError."""
        with self._lock:
            run = self.open(run_id)
            info = replace(run.info, name=clean(name, MAX_NAME) or run.info.name)
            info = replace(info, notes=clean(notes, MAX_NOTES, lines=True))
            self.save(replace(run, info=info))

    def upload(self, data: bytes, visitor_id: str) -> RunInfo:
        """Keep a run from a file, under a new id; raises RunError or OSError."""
        run = run_from_bytes(data)
        info = replace(run.info, id=new_id(), visitor_id=visitor_id, group="", created=time.time())
        self.save(replace(run, info=info))
        return info

    def delete(self, run_id: str) -> None:
        """Take a run out of the list; `restore` brings it back for a day. Raises RunError."""
        path = run_path(self.folder, run_id)
        try:
            os.replace(path, path.with_suffix(_DELETED))
            os.utime(path.with_suffix(_DELETED))
        except OSError as error:
            raise RunError(f"This run cannot be deleted: {error.strerror}.") from error

    def restore(self, run_id: str) -> None:
        """Bring a deleted run back; raises RunError if it is gone."""
        path = run_path(self.folder, run_id)
        try:
            os.replace(path.with_suffix(_DELETED), path)
        except OSError as error:
            raise RunError(f"This run cannot be brought back: {error.strerror}.") from error

    def _write(self, run_id: str, data: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(run_path(self.folder, run_id), data)

    def _files(self) -> list[os.DirEntry[str]]:
        """Return the files of runs; clear away what nobody will ask for any more."""
        try:
            with os.scandir(self.folder) as entries:
                files = list(entries)
        except OSError:
            return []
        now, runs = time.time(), []
        for file in files:
            stem, suffix = os.path.splitext(file.name)
            if suffix == SUFFIX and is_id(stem):
                runs.append(file)
            elif suffix in _RETENTION_SECONDS:
                with suppress(OSError):  # somebody else's, or gone
                    if now - file.stat().st_mtime > _RETENTION_SECONDS[suffix]:
                        os.unlink(file)
        return runs


def _look(path: Path, written: float) -> RunInfo | DamagedRun | None:
    """Return what can be said of a file; None if it has just been deleted."""
    run_id = path.name.removesuffix(SUFFIX)
    try:
        info = read_info(path)
        if info.id != run_id:
            raise RunError("The file has the name of another run.")
    except RunError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return None
        return DamagedRun(run_id, written, str(error))
    return info
