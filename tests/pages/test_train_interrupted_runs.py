"""Interrupted runs on the Train page in AppTest."""

import errno
import hashlib
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from inkling.runs.checkpoint_file import Checkpoint
from inkling.runs.checkpoints import Checkpoints
from inkling.runs.run import Run, RunIdentity, new_id
from inkling.runs.store import RunStore
from inkling.training.job import TrainingJob
from inkling.training.runner import JobRunner
from nn import TrainConfig
from tests.killed_server import run_until_killed
from tests.pages.driver import buttons, press, result, run_until, text, train
from tests.saving import append_to

COOKIE = "c" * 32
VISITOR = hashlib.sha256(COOKIE.encode()).hexdigest()[:32]
CONFIG = TrainConfig(hidden_sizes=(8,), epochs=2, batch_size=250)  # 20 batches an epoch


@pytest.fixture
def folder(app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of checkpoints; the visitor has the cookie `COOKIE`."""
    cookies = {"inkling_visitor": COOKIE}
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", cookies)
    return tmp_path / "runs" / "checkpoints"


def interrupted(folder: Path, dataset: Dataset, last: int = 30, **identity_fields: object) -> str:
    """Interrupt a run after batch `last`; return its id."""
    identity = RunIdentity(id=new_id(), name="*mine*", visitor_id=VISITOR, created=1e9)
    job = TrainingJob(CONFIG, dataset, replace(identity, **identity_fields))  # type: ignore[arg-type]
    run_until_killed(job, folder, last)
    return job.id


def test_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(
    app: AppTest, folder: Path, small: Dataset
) -> None:
    run_id = interrupted(folder, small)
    app.run()
    assert "**\\*mine\\*** was interrupted after epoch 1.5 of 2" in text(app)
    press(app, "Resume")
    run_until(app, lambda: result(app))
    assert "**Done** after" in result(app)
    assert "was interrupted" not in text(app)
    store = RunStore(folder.parent)
    saved: list[Run] = []
    identity = RunIdentity(id=new_id(), name="", visitor_id="", created=0.0)
    JobRunner(append_to(saved)).run(TrainingJob(CONFIG, small, identity))
    np.testing.assert_array_equal(store.open(run_id).network.theta, saved[0].network.theta)
    assert list(folder.iterdir()) == []


def test_drop_deletes_only_the_checkpoint_of_that_run(
    app: AppTest, folder: Path, small: Dataset
) -> None:
    first, second = (interrupted(folder, small, created=created) for created in (2.0, 1.0))
    app.run()
    app.button(key=f"drop_{first}").click().run()
    assert f"go_on_{first}" not in [b.key for b in app.button]
    assert [path.stem for path in folder.glob("*.safetensors")] == [second]


def test_interrupted_run_of_another_visitor_is_not_shown(
    app: AppTest, folder: Path, small: Dataset
) -> None:
    interrupted(folder, small, visitor_id="b" * 32)
    app.run()
    assert "was interrupted" not in text(app)
    assert "Resume" not in buttons(app)


def test_resume_is_disabled_while_another_run_is_active(
    app: AppTest, folder: Path, small: Dataset
) -> None:
    run_id = interrupted(folder, small, last=0)
    app.run()
    assert "was interrupted near the start" in text(app)
    app.slider(key="form_epochs").set_value(100).run()
    press(app, "Start")
    assert app.button(key=f"go_on_{run_id}").disabled
    press(app, "Stop")


def test_resume_without_its_data_set_shows_an_error_and_keeps_the_checkpoint(
    app: AppTest, folder: Path, small: Dataset, without_mnist: None
) -> None:
    interrupted(folder, small)
    app.run()
    press(app, "Resume")
    assert "learned from small, which is not available right now" in app.error[0].value
    assert len(list(folder.glob("*.safetensors"))) == 1


def test_damaged_checkpoint_shows_an_error_and_can_be_dropped(
    app: AppTest, folder: Path, small: Dataset
) -> None:
    run_id = interrupted(folder, small)
    path = folder / f"{run_id}.safetensors"
    path.write_bytes(path.read_bytes().replace(b"train_loss", b"train_lost"))
    app.run()
    press(app, "Resume")
    assert "damaged, so it cannot resume" in app.error[0].value
    app.button(key=f"drop_{run_id}").click().run()
    assert not path.exists()


def test_runs_beyond_two_are_in_an_expander(app: AppTest, folder: Path, small: Dataset) -> None:
    for created in range(4):
        interrupted(folder, small, created=float(created))
    app.run()
    assert app.expander[0].label == "2 more interrupted runs"
    assert buttons(app).count("Resume") == 4


def test_saved_runs_view_mentions_interrupted_runs(
    app: AppTest, folder: Path, small: Dataset
) -> None:
    interrupted(folder, small)
    app.run()
    app.button_group(key="train_view").set_value("Saved runs").run()
    assert any("One interrupted run" in caption.value for caption in app.caption)


def test_new_run_gets_another_name_than_an_interrupted_one(
    app: AppTest, folder: Path, small: Dataset
) -> None:
    interrupted(folder, small, name="fast-97")
    app.run()
    train(app)
    (info,) = RunStore(folder.parent).runs()
    assert getattr(info, "name", "") == "fast-97 #2"


def test_failed_checkpoint_write_shows_a_warning_and_the_run_continues(
    app: AppTest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(self: Checkpoints, checkpoint: Checkpoint) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Checkpoints, "write", write)
    app.run()
    app.slider(key="form_epochs").set_value(100).run()
    press(app, "Start")
    run_until(app, lambda: any("No space left on device" in box.value for box in app.warning))
    assert "Make room" in app.warning[0].value
    press(app, "Stop")
    run_until(app, lambda: result(app))
