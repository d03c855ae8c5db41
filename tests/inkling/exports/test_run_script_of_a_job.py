"""The script of a job's run reproduces its weights."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from data_loader import Dataset
from inkling.exports.run_script import run_script
from inkling.runs.run import Run
from inkling.training.job import Status
from inkling.training.queue import JobQueue
from nn import load_model, recipes
from tests.saving import append_to
from tests.waiting import until

ROOT = Path(__file__).parents[3]


def test_script_of_adjusted_and_stopped_run_reproduces_weights(
    small: Dataset, small_folder: Path, tmp_path: Path
) -> None:
    saved: list[Run] = []
    queue = JobQueue(append_to(saved), workers=1)
    config = replace(recipes["fast-97"], augmentation="elastic", epochs=1_000)
    job = queue.submit(config, small, "ann", paused=True)
    queue.step(job)
    until(lambda: job.status is Status.PAUSED)
    job.set_learning_rate(0.05)
    queue.resume(job)
    until(lambda: len(job.history) > 2)
    job.set_learning_rate(0.1)
    until(lambda: len(job.events) == 2)
    queue.stop(job)
    until(lambda: saved)

    (run,) = saved
    assert run.info.status == "stopped"
    assert [event.learning_rate for event in run.events] == [0.05, 0.1]
    script = tmp_path / "run.py"
    script.write_text(run_script(run.info.config, run.events, run.info.steps))
    subprocess.run(
        [sys.executable, str(script)],
        check=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "MNIST_DIR": str(small_folder)},
        capture_output=True,
    )
    again = load_model(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(again.theta, run.network.theta)
