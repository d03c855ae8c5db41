"""Settings of glibc's allocator: return freed memory to the system.

Every thread that runs a page gets an arena of its own, and after the first freed large array glibc
keeps the next ones, too. With thirty visitors this amounted to a gigabyte of unused memory.
"""

import ctypes
import sys

# The names and numbers of glibc's malloc.h
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_LARGE = 2**20  # bytes from which memory is returned to the system as soon as it is freed


def return_free_memory() -> None:
    """Limit arenas to two and return blocks of 1 MiB or more; do nothing without glibc."""
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, 2)
        mallopt(_MMAP_THRESHOLD, _LARGE)
        mallopt(_TRIM_THRESHOLD, _LARGE)
