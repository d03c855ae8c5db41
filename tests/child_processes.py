"""The processes that carry out calls for this one."""

import psutil


def children() -> list[psutil.Process]:
    """Return those that are there."""
    return [
        child
        for child in psutil.Process().children()
        if "dashboard.processes" in " ".join(child.cmdline())
    ]
