"""Small files of visitors, in a folder each: progress in the story, drawings, verdicts.

They persist across reloads and restarts of the server.
"""

import re
from pathlib import Path

from inkling.runs.run import is_id
from inkling.runs.stale_files import remove_stale_files
from nn.storage import ABANDONED, PART, write_atomically

MAX_BYTES = 4 * 2**20  # bytes a file
_NAME = re.compile(r"[a-z]+(-[a-z]+)*\.[a-z]+")


class VisitorFiles:
    """The files of all visitors; several servers may share the folder.

    Parameters
    ----------
    folder : Path
        Created when the first file is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, visitor_id: str, name: str) -> bytes | None:
        """Return a visitor's file; None where there is none, or it cannot be read.

        The caller has to validate it: other programs can write to the folder.

        Raises
        ------
        ValueError
            If `visitor_id` is no visitor's id, or the name is not like ``"progress.json"``.
        """
        path = self._path(visitor_id, name)
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError:
            return None
        return data if len(data) <= MAX_BYTES else None

    def write(self, visitor_id: str, name: str, data: bytes) -> None:
        """Write a file, replacing the one of this name.

        Raises
        ------
        OSError
            If it cannot be written; an earlier file of this name stays.
        ValueError
            If `visitor_id` is no visitor's id, the name is not like ``"progress.json"``, or the
            file is larger than 4 MiB.
        """
        path = self._path(visitor_id, name)
        if len(data) > MAX_BYTES:
            raise ValueError(f"what a visitor leaves is at most {MAX_BYTES:,} bytes a file")
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_stale_files(path.parent.glob(f"*{PART}"), {PART: ABANDONED})
        write_atomically(path, data)

    def remove(self, visitor_id: str, name: str) -> None:
        """Remove a file, if there is one.

        Raises
        ------
        OSError
            If it cannot be removed.
        ValueError
            If `visitor_id` is no visitor's id, or the name is not like ``"progress.json"``.
        """
        self._path(visitor_id, name).unlink(missing_ok=True)

    def _path(self, visitor_id: str, name: str) -> Path:
        if not is_id(visitor_id):
            raise ValueError("a visitor's id has 32 hexadecimal digits")
        if not _NAME.fullmatch(name):
            raise ValueError("a file's name has small letters and hyphens, and an ending")
        return self.folder / visitor_id / name
