"""Runs that are interrupted as by the end of their server's process."""

from collections.abc import Callable
from pathlib import Path

import pytest

from inkling.runs.checkpoint_file import Checkpoint
from inkling.runs.checkpoints import Checkpoints
from inkling.training.job import TrainingJob
from inkling.training.runner import JobRunner


class ServerKilled(BaseException):
    """Stands for SIGKILL of the server: no handler of Exception catches it."""


class KilledAfterWrite(Checkpoints):
    """Checkpoints after every batch that raise `ServerKilled` after batch `last`."""

    def __init__(self, folder: Path, last: int) -> None:
        super().__init__(folder, interval=0, share=1e9)
        self.last = last

    def write(self, checkpoint: Checkpoint) -> None:
        super().write(checkpoint)
        if checkpoint.info.step_count == self.last:
            self.release(checkpoint.info.identity.id)  # as the operating system does
            raise ServerKilled


def run_until_killed(
    job: TrainingJob, folder: Path, last: int, abandoned: Callable[[], bool] = lambda: False
) -> None:
    """Run a job, whose checkpoint of batch `last` is the last that its server writes."""
    with pytest.raises(ServerKilled):
        JobRunner(lambda run, data: None, KilledAfterWrite(folder, last)).run(job, abandoned)
