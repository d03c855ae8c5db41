"""Worker processes of this process."""

import psutil


def children() -> list[psutil.Process]:
    """Return the worker processes of this process that exist."""
    return [
        child
        for child in psutil.Process().children()
        if "inkling.training.worker_process" in " ".join(child.cmdline())
    ]
