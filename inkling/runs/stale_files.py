"""Removal of old files from folders that several servers share."""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from inkling.runs.run_file import RunError


def remove_stale_files(
    paths: Iterable[Path],
    retention: Mapping[str, float],
    remove: Callable[[Path], None] = Path.unlink,
) -> None:
    """Remove the files that are older than the retention of their suffix.

    Parameters
    ----------
    paths : iterable of Path
    retention : mapping of str to float
        Seconds after the last change, by suffix; files of other suffixes stay.
    remove : callable
        Removes a file. An OSError or RunError is ignored: another server has the file, or was
        faster.
    """
    now = time.time()
    for path in paths:
        if path.suffix in retention:
            with suppress(OSError, RunError):
                if now - path.stat().st_mtime > retention[path.suffix]:
                    remove(path)
