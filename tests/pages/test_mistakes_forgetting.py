"""How it learned of the Mistakes page in Streamlit's test harness."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset, Split
from inkling.analysis import forgetting
from inkling.data.image_ref import ImageRef
from inkling.runs.run import Run
from inkling.runs.store import RunStore
from nn import TrainConfig
from nn.training import train_validation_split
from tests.pages.driver import open_page, text

LOOKED_AT = "You are looking at test images"


def keep(run: Run, tmp_path: Path) -> Run:
    RunStore(tmp_path / "runs").save(run)
    return run


@pytest.fixture
def run(small: Dataset, trained: Callable[..., Run], tmp_path: Path) -> Run:
    """A kept run that is still wrong now and then."""
    config = TrainConfig(hidden_sizes=(5,), batch_size=50, epochs=2, learning_rate=0.05)
    return keep(trained(config, small, steps=30, name="my *run*"), tmp_path)


def opened(app: AppTest, run: Run | None = None) -> AppTest:
    open_page(app, "mistakes", "How it learned")
    if run is not None:
        app.selectbox(key="model").set_value(run.info.id).run()
    return app


def counts(app: AppTest) -> list[int]:
    """Return how many images are said to have been kept, learned anew, forgotten, never learned."""
    table = app.table[0].value
    return [int(count.replace(",", "")) for count in table["Images"]]


def fates(run: Run, images: Split) -> list[int]:
    story = forgetting.learning_history(run, images)
    return np.bincount(forgetting.classify_forgetting(story.right), minlength=4).tolist()


def test_class_counts_of_the_validation_images(app: AppTest, run: Run, small: Dataset) -> None:
    opened(app, run)
    images = train_validation_split(small, run.info.config)[1]
    last = Split(images.images[-5_000:], images.labels[-5_000:])
    assert sum(counts(app)) == 5_000
    assert counts(app) == fates(run, last)
    assert "5,000 validation images" in text(app)
    assert "At least 90% accuracy" in text(app)
    assert LOOKED_AT not in text(app)
    assert len(app.get("plotly_chart")) == 3


def test_test_images_show_the_notice(app: AppTest, run: Run, small: Dataset) -> None:
    opened(app, run)
    app.button_group(key="biography_images").set_value("Test images").run()
    assert counts(app) == fates(run, small.test)
    assert LOOKED_AT in text(app)


def test_most_forgotten_image_is_open_and_another_kind_can_be_chosen(
    app: AppTest, run: Run, small: Dataset
) -> None:
    opened(app, run)
    images = train_validation_split(small, run.info.config)[1]
    last = Split(images.images[-5_000:], images.labels[-5_000:])
    story = forgetting.learning_history(run, last)
    forgetful = forgetting.rank_by_forgetting(story, np.arange(5_000))
    index = 10_000 - 5_000 + int(story.indices[forgetful[0]])
    assert f"Validation image, number {index:,} of the training images" in text(app)
    assert f"labelled **{story.labels[forgetful[0]]}**" in text(app)
    wrong = np.flatnonzero(forgetting.classify_forgetting(story.right) == forgetting.FORGOTTEN)
    app.button_group(key="biography_kind").set_value("Wrong at the end").run()
    assert f"{len(wrong):,} images. The number on each" in text(app)
    last_one = int(forgetting.rank_by_forgetting(story, wrong)[min(5, len(wrong) - 1)])
    ref = ImageRef("mnist", "train", 5_000 + int(story.indices[last_one]))
    app.session_state[f"biography_opened_{run.info.id}_mnist_train"] = ref
    app.run()
    assert f"number {5_000 + int(story.indices[last_one]):,} of" in text(app)


def test_run_without_validation_images_uses_test_images(
    app: AppTest, small: Dataset, trained: Callable[..., Run], tmp_path: Path
) -> None:
    config = TrainConfig(hidden_sizes=(5,), validation_size=0, epochs=1)
    run = keep(trained(config, small, steps=12), tmp_path)
    opened(app, run)
    assert "has no validation images" in text(app)
    assert LOOKED_AT in text(app)
    assert sum(counts(app)) == 500


def test_without_a_run_a_link_leads_to_training(app: AppTest) -> None:
    opened(app)
    assert "has no snapshots" in text(app)
    assert "there are none yet" in text(app)
    assert "choose one" not in text(app)
    assert not app.get("plotly_chart")


def test_offered_run_opens_by_click(app: AppTest, run: Run) -> None:
    opened(app)
    assert "has no snapshots" in text(app)
    offer = app.button(key=f"biography_of_{run.info.id}")
    assert offer.label == "my \\*run\\* · 5 hidden units"
    offer.click().run()
    assert app.selectbox(key="model").value == run.info.id
    assert sum(counts(app)) == 5_000


def test_run_of_one_step_has_no_history(
    app: AppTest, small: Dataset, trained: Callable[..., Run], tmp_path: Path
) -> None:
    run = keep(trained(TrainConfig(hidden_sizes=(5,)), small, steps=1), tmp_path)
    opened(app, run)
    assert "has no snapshots" in text(app)
