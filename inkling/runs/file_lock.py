"""Locks of the operating system on files, which hold between threads, processes and machines."""

import sys
import time
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_POLL_SECONDS = 0.01  # between two attempts to get a lock


def acquire_lock(path: Path, seconds: float) -> IO[bytes] | None:
    """Open a file, created if there is none, and lock it until it is closed.

    Parameters
    ----------
    path : Path
    seconds : float
        To wait while another thread or process has the lock.

    Returns
    -------
    file or None
        None if another has it still.

    Raises
    ------
    OSError
        If the file cannot be opened, or files cannot be locked in this folder.
    """
    file = path.open("ab")
    until = time.monotonic() + seconds
    try:
        while not _lock(file):
            if time.monotonic() >= until:
                file.close()
                return None
            time.sleep(_POLL_SECONDS)
    except BaseException:
        file.close()
        raise
    return file


def is_locked(path: Path) -> bool:
    """Whether another has locked a file, which is not created; True if it cannot be known."""
    try:
        with path.open("rb") as file:
            return not _lock(file, shared=True)
    except FileNotFoundError:
        return False
    except OSError:  # files cannot be locked in this folder
        return True


def _lock(file: IO[bytes], shared: bool = False) -> bool:
    """Try to lock a file until it is closed; return whether it is locked.

    Parameters
    ----------
    file : file
        Open; its content is not read or changed.
    shared : bool
        Whether the lock is shared. Windows has no shared locks.

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
