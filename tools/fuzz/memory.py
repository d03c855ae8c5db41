"""Peak memory of this process (resident set, Linux)."""

from contextlib import suppress
from pathlib import Path


def _status_mib(field: str) -> int:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith(field))


def reset_peak() -> int | None:
    """Reset the peak to the current memory; return that in MiB, None if it cannot be measured."""
    with suppress(OSError, StopIteration):
        Path("/proc/self/clear_refs").write_text("5")
        return _status_mib("VmRSS")
    return None


def peak() -> int:
    """Return the highest memory since `reset_peak`, in MiB."""
    return _status_mib("VmHWM")
