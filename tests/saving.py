"""The `save` of queues and sweeps in tests."""

from collections.abc import Callable

from inkling.runs.run import Run


def append_to(runs: list[Run]) -> Callable[[Run, bytes], None]:
    """Return a `save` that appends each run to a list."""

    def save(run: Run, data: bytes) -> None:
        runs.append(run)

    return save
