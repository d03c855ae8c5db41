"""The Inside page as a whole, run by Streamlit's own test harness."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from inkling.runs.run import Run
from inkling.runs.store import RunStore
from nn import TrainConfig
from tests.pages.driver import open_page

VIEWS = ("One digit", "What decides", "The units", "Break it")
LEARNED = "This network learned from them"


def captions(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.caption)


def inside(app: AppTest, view: str = VIEWS[0]) -> AppTest:
    open_page(app, "inside")
    return app.button_group(key="inside_view").set_value(view).run()


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_drawn_for_the_pretrained_network(app: AppTest, view: str) -> None:
    inside(app, view)
    assert app.title[0].value == "Inside"
    assert LEARNED not in captions(app)


def test_network_that_trained_on_validation_images_is_marked(
    app: AppTest, small: Dataset, trained: Callable[..., Run], tmp_path: Path
) -> None:
    config = TrainConfig(hidden_sizes=(8,), epochs=1, validation_size=0)
    run = trained(config, small, steps=3)
    store = RunStore(tmp_path / "runs")
    store.save(run)
    honest = trained(replace(config, validation_size=5_000), small, steps=3, name="honest")
    store.save(honest)
    inside(app, "Break it")
    app.selectbox(key="model").set_value(run.info.id).run()
    assert LEARNED in captions(app)
    app.selectbox(key="model").set_value(honest.info.id).run()
    assert LEARNED not in captions(app)


def test_built_in_network_is_marked_on_built_in_digits(app: AppTest) -> None:
    inside(app, "Break it")
    app.button_group(key="data").set_value("Built-in digits").run()
    assert LEARNED in captions(app)


def test_picked_image_has_links_to_the_other_pages_that_show_it(app: AppTest) -> None:
    inside(app)

    def linked() -> dict[str, str]:
        return {link.proto.page: link.proto.query_string for link in app.get("page_link")}

    assert linked() == {
        "explore": "data=small&split=test&index=0",
        "mistakes": "data=small&split=test&index=0",
    }
    app.button_group(key="digit_split").set_value("train").run()
    assert linked() == {"explore": "data=small&split=train&index=0"}


@pytest.mark.usefixtures("without_mnist")
def test_without_mnist_the_built_in_digits_are_used(app: AppTest) -> None:
    for view in VIEWS:
        inside(app, view)
