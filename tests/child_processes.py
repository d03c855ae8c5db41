"""The processes that carry out calls for this one."""

import psutil


def children() -> list[psutil.Process]:
    """Return those that are there."""
    return [
        child
        for child in psutil.Process().children()
        if "inkling.training.worker_process" in " ".join(child.cmdline())
    ]
