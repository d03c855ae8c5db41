"""Files and links made by version 0.1 (commit d6ed6cd) still open."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from inkling.analysis.verdicts import Verdict, Verdicts
from inkling.data.user_drawings import from_bytes as drawings_from_bytes
from inkling.exports.config_link import config_from_query
from inkling.lessons.story.chapters import CHAPTERS
from inkling.lessons.story.progress import OptionCounts, Progress
from inkling.runs.checkpoints import Checkpoints
from inkling.runs.run import Run
from inkling.runs.run_file import run_from_bytes
from inkling.training.queue import JobQueue, Status
from nn import TrainConfig, load_model
from nn.metrics import accuracy
from tests.pages.conftest import app, mnist_place
from tests.saving import append_to
from tests.waiting import until

__all__ = ["app", "mnist_place"]

FILES = Path(__file__).parent / "fixtures" / "version-0.1"
CONFIG = TrainConfig(hidden_sizes=(2,), epochs=2, batch_size=50, validation_size=100)


@pytest.fixture
def run() -> Run:
    return run_from_bytes((FILES / "run.safetensors").read_bytes())


def test_a_run_opens_with_its_weights_history_and_snapshots(run: Run, tiny: Dataset) -> None:
    assert run.info.config == CONFIG
    assert (run.info.name, run.info.visitor_id) == ("mine", "a" * 32)
    assert [(event.step, event.learning_rate) for event in run.events] == [(8, 0.03)]
    assert run.history[-1].epoch == 2
    assert run.snapshots[-1].step == 20
    np.testing.assert_allclose(run.snapshots[-1].theta, run.network.theta, atol=0.01)
    P = run.network.predict_proba(tiny.test.images)
    assert accuracy(P, tiny.test.labels) == pytest.approx(run.info.test_accuracy, abs=0.02)


def test_a_model_opens_and_predicts_as_its_run(run: Run, tiny: Dataset) -> None:
    P = load_model(FILES / "model.safetensors").predict_proba(tiny.test.images)
    np.testing.assert_array_equal(P, run.network.predict_proba(tiny.test.images))


def test_an_interrupted_run_resumes_and_ends_with_the_same_weights(
    run: Run, tiny: Dataset, tmp_path: Path
) -> None:
    checkpoints = Checkpoints(tmp_path)
    run_id = "389b7f8e9b0c4edd998e9dcb9c0daf2d"
    shutil.copy(FILES / "checkpoint.safetensors", tmp_path / f"{run_id}.safetensors")
    [info] = checkpoints.interrupted("a" * 32)
    assert (info.config, info.step_count) == (CONFIG, 13)
    saved: list[Run] = []
    job = JobQueue(append_to(saved), workers=1, checkpoints=checkpoints).resume_interrupted(
        run_id, tiny
    )
    until(lambda: not job.active)
    assert job.status is Status.DONE, job.error
    # BLAS kernels round differently: the file was written on another machine.
    np.testing.assert_allclose(saved[0].network.theta, run.network.theta, rtol=1e-3, atol=1e-4)


def test_progress_opens() -> None:
    options = {
        key: OptionCounts(len(chapter.question.options), len(chapter.prediction.options))
        for key, chapter in CHAPTERS.items()
    }
    progress = Progress.from_bytes((FILES / "progress.json").read_bytes(), options)
    assert (progress.chapter, progress.ran) == ("eta", {"missing-term"})
    assert progress.answers == {"missing-term": 1}
    assert [len(ids) for ids in progress.runs.values()] == [1]


def test_verdicts_open() -> None:
    verdicts = Verdicts.read((FILES / "verdicts.json").read_bytes())
    assert verdicts.of("MNIST") == {8: Verdict.AMBIGUOUS}


def test_taught_drawings_open(tiny: Dataset) -> None:
    drawings = drawings_from_bytes((FILES / "drawings.idx").read_bytes())
    np.testing.assert_array_equal(drawings.images, tiny.test.images[3:5])
    assert drawings.labels.tolist() == [3, 9]


def test_a_train_link_gives_the_same_config() -> None:
    query = {"recipe": "fast-97", "hidden_sizes": "2", "validation_size": "100", "batch_size": "50"}
    assert config_from_query(query) == CONFIG


@pytest.mark.parametrize(
    ("page", "query", "shown"),
    [
        ("explore", {"split": "test", "index": "8"}, "test image 8"),
        ("mistakes", {"index": "8"}, "Label 8, answer"),
        ("learn", {"chapter": "index-8"}, CHAPTERS["index-8"].title),
    ],
)
def test_a_link_opens_its_page(app: AppTest, page: str, query: dict[str, str], shown: str) -> None:
    app.run()
    app.switch_page(f"pages/{page}.py")
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    texts = [element.value for element in (*app.markdown, *app.caption, *app.header)]
    texts += [element.value for element in (*app.header, *app.subheader, *app.title)]
    assert [text for text in texts if shown in text], texts
