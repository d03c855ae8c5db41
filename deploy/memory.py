"""What the C library does with memory that is given back to it.

Every thread that runs a page gets an arena of its own, and a large array that was freed once makes
glibc keep the next ones, too. In a lesson of thirty that came to a gigabyte that nobody used.
"""

import ctypes
import sys

# The names and numbers of glibc's malloc.h
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_LARGE = 2**20  # bytes: from here on memory goes back to the system as soon as it is freed


def give_back_what_is_free() -> None:
    """Keep few arenas and no large pieces; where the C library is another one, do nothing."""
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, 2)
        mallopt(_MMAP_THRESHOLD, _LARGE)
        mallopt(_TRIM_THRESHOLD, _LARGE)
