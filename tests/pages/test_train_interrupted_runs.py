"""Runs that a server did not live to end, on the Train page, by Streamlit's own test harness."""

import errno
import hashlib
import os
from collections.abc import Callable
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

RunUntil = Callable[[Callable[[], object]], None]
COOKIE = "c" * 32
VISITOR = hashlib.sha256(COOKIE.encode()).hexdigest()[:32]
CONFIG = TrainConfig(hidden_sizes=(8,), epochs=2, batch_size=250)  # 20 batches an epoch


class Killed(BaseException):
    """The end of a server, as its runs see it."""


class Dying(Checkpoints):
    """Checkpoints of a server that dies after thirty batches."""

    last = 30

    def write(self, checkpoint: Checkpoint) -> None:
        super().write(checkpoint)
        if checkpoint.info.step_count == self.last:
            self.release(checkpoint.info.identity.id)  # as the system does
            raise Killed


@pytest.fixture
def folder(app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of checkpoints, of a visitor who has a cookie."""
    cookies = {"inkling_visitor": COOKIE}
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", cookies)
    return tmp_path / "runs" / "checkpoints"


def interrupted(folder: Path, dataset: Dataset, last: int = 30, **about: object) -> str:
    """Let a server die in mid-run; return the run's id."""
    identity = RunIdentity(id=new_id(), name="*mine*", visitor_id=VISITOR, created=1e9)
    job = TrainingJob(CONFIG, dataset, replace(identity, **about))  # type: ignore[arg-type]
    checkpoints = Dying(folder, interval=0, share=1e9)
    checkpoints.last = last
    with pytest.raises(Killed):
        JobRunner(lambda run: None, checkpoints).run(job)
    return job.id


def text(app: AppTest) -> str:
    return "\n".join(markdown.value for markdown in app.markdown)


def button(app: AppTest, label: str):  # type: ignore[no-untyped-def]
    return next(b for b in app.button if b.label == label)


def labels(app: AppTest) -> list[str]:
    return [b.label for b in app.button]


def test_an_interrupted_run_goes_on_to_the_weights_of_one_in_one_piece(
    app: AppTest, folder: Path, small: Dataset, run_until: RunUntil
) -> None:
    run_id = interrupted(folder, small)
    app.run()
    assert not app.exception
    assert "**\\*mine\\*** was interrupted after epoch 1.5 of 2" in text(app)
    button(app, "Go on").click().run()
    run_until(lambda: app.success)
    assert "Done: it reads" in app.success[0].value
    assert "was interrupted" not in text(app)
    store = RunStore(folder.parent)
    whole: list[Run] = []
    identity = RunIdentity(id=new_id(), name="", visitor_id="", created=0.0)
    JobRunner(whole.append).run(TrainingJob(CONFIG, small, identity))
    np.testing.assert_array_equal(store.open(run_id).network.theta, whole[0].network.theta)
    assert list(folder.iterdir()) == []


def test_a_dropped_run_is_gone_and_the_others_stay(
    app: AppTest, folder: Path, small: Dataset
) -> None:
    first, second = (interrupted(folder, small, created=created) for created in (2.0, 1.0))
    app.run()
    app.button(key=f"drop_{first}").click().run()
    assert not app.exception
    assert f"go_on_{first}" not in [b.key for b in app.button]
    assert [path.stem for path in folder.glob("*.safetensors")] == [second]


def test_only_the_visitor_whose_run_it_was_sees_it(
    app: AppTest, folder: Path, small: Dataset
) -> None:
    interrupted(folder, small, visitor_id="b" * 32)
    app.run()
    assert "was interrupted" not in text(app)
    assert "Go on" not in labels(app)


def test_one_run_at_a_time_goes_on(app: AppTest, folder: Path, small: Dataset) -> None:
    run_id = interrupted(folder, small, last=0)
    app.run()
    assert "was interrupted in its beginning" in text(app)
    app.slider(key="form_epochs").set_value(100).run()
    button(app, "Start").click().run()
    assert app.button(key=f"go_on_{run_id}").disabled
    button(app, "Stop").click().run()


def test_without_its_digits_a_run_waits_for_them(
    app: AppTest, folder: Path, small: Dataset, without_mnist: None
) -> None:
    interrupted(folder, small)
    app.run()
    button(app, "Go on").click().run()
    assert not app.exception
    assert "learned from small, which cannot be had at the moment" in app.error[0].value
    assert len(list(folder.glob("*.safetensors"))) == 1


def test_a_damaged_checkpoint_says_so_and_can_be_dropped(
    app: AppTest, folder: Path, small: Dataset
) -> None:
    run_id = interrupted(folder, small)
    path = folder / f"{run_id}.safetensors"
    path.write_bytes(path.read_bytes().replace(b"train_loss", b"train_lost"))
    app.run()
    button(app, "Go on").click().run()
    assert not app.exception
    assert "damaged, so it cannot go on" in app.error[0].value
    app.button(key=f"drop_{run_id}").click().run()
    assert not path.exists()


def test_a_long_list_is_folded(app: AppTest, folder: Path, small: Dataset) -> None:
    for created in range(4):
        interrupted(folder, small, created=float(created))
    app.run()
    assert app.expander[0].label == "2 more interrupted runs"
    assert labels(app).count("Go on") == 4


def test_kept_runs_say_that_there_are_interrupted_ones(
    app: AppTest, folder: Path, small: Dataset
) -> None:
    interrupted(folder, small)
    app.run()
    app.button_group(key="train_view").set_value("Kept runs").run()
    assert not app.exception
    assert any("One run that something interrupted" in caption.value for caption in app.caption)


def test_a_new_run_does_not_take_the_name_of_an_interrupted_one(
    app: AppTest, folder: Path, small: Dataset, run_until: RunUntil
) -> None:
    interrupted(folder, small, name="fast-97")
    app.run()
    button(app, "Start").click().run()
    run_until(lambda: app.success)
    (info,) = RunStore(folder.parent).runs()
    assert getattr(info, "name", "") == "fast-97 #2"


def test_a_run_whose_checkpoints_cannot_be_written_says_so_and_goes_on(
    app: AppTest, folder: Path, run_until: RunUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(self: Checkpoints, checkpoint: Checkpoint) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Checkpoints, "write", write)
    app.run()
    app.slider(key="form_epochs").set_value(100).run()
    button(app, "Start").click().run()
    run_until(lambda: any("No space left on device" in box.value for box in app.warning))
    assert "Make room" in app.warning[0].value
    button(app, "Stop").click().run()
    # In a blue box where it had learned nothing yet.
    run_until(lambda: any("it reads" in box.value for box in (*app.success, *app.info)))
