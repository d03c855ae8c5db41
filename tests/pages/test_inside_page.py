"""The Inside page as a whole, run by Streamlit's own test harness."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from inkling.analysis.shift_tolerance import MOST, probabilities_by_shift
from inkling.runs.run import Run
from inkling.runs.store import RunStore
from inkling.ui.markdown import escape_markdown
from nn import TrainConfig, load_pretrained
from tests.pages.driver import charts, open_page, press, text

VIEWS = (
    *("One digit", "What decides", "The units", "Break it"),
    *("Feature maps", "A filter by hand", "Move it"),
)
LEARNED = "learned from some or all of them"


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


@pytest.fixture
def convolutional(small: Dataset, trained: Callable[..., Run], tmp_path: Path) -> Run:
    """A kept run with convolutions."""
    config = TrainConfig(filters=(4, 5), hidden_sizes=(6,), epochs=1)
    run = trained(config, small, steps=3, name="with filters")
    RunStore(tmp_path / "runs").save(run)
    return run


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_drawn_for_a_convolutional_network(
    app: AppTest, convolutional: Run, view: str
) -> None:
    inside(app, view)
    app.selectbox(key="model").set_value(convolutional.info.id).run()
    assert app.title[0].value == "Inside"
    assert not app.error


def test_moved_digit_is_read_by_two_networks(
    app: AppTest, small: Dataset, convolutional: Run
) -> None:
    inside(app, "Move it")
    app.selectbox(key="model").set_value(convolutional.info.id).run()
    assert app.selectbox(key=f"inside_compared_{convolutional.info.id}").value == "pretrained-dense"
    networks = (convolutional.network, load_pretrained("dense"))
    app.slider(key="inside_moved_down").set_value(-3)
    app.slider(key="inside_moved_right").set_value(2).run()
    image = small.test.images[0]
    label = int(small.test.labels[0])
    for network in networks:
        P = probabilities_by_shift(network, image)
        answer = int(P[-3 + MOST, 2 + MOST].argmax())
        assert f"It answers **{answer}**" in text(app)
        right = int((P.argmax(axis=2) == label).sum())
        assert f"At {right} of 81 places its answer is correct." in text(app)
    table = app.table[0].value
    assert f"{networks[0].architecture.multiplications:,}" in table.to_string()
    chart = charts(app)[0]
    names = [convolutional.info.name, "Built-in dense network"]
    assert [trace["name"] for trace in chart["data"]] == names
    assert all(f"**{escape_markdown(name)}**" in text(app) for name in names)
    assert all(network.architecture.description in table.to_string() for network in networks)


def test_second_network_is_of_the_other_kind_and_the_nearest_in_size(
    app: AppTest, small: Dataset, trained: Callable[..., Run], convolutional: Run, tmp_path: Path
) -> None:
    store = RunStore(tmp_path / "runs")
    small_one, large_one, more_filters = (
        trained(config, small, steps=1, name=name)
        for name, config in {
            "small": TrainConfig(hidden_sizes=(3,)),
            "large": TrainConfig(hidden_sizes=(9,)),
            "more filters": replace(convolutional.info.config, filters=(4, 6)),
        }.items()
    )
    for run in (small_one, large_one, more_filters):
        store.save(run)
    inside(app, "Move it")
    app.selectbox(key="model").set_value(convolutional.info.id).run()
    compared = app.selectbox(key=f"inside_compared_{convolutional.info.id}")
    assert compared.value == small_one.info.id
    assert "Both have convolutions" not in captions(app)
    compared.set_value(more_filters.info.id).run()
    assert "Both have convolutions" in captions(app)


def test_runs_of_a_sweep_are_not_listed_as_second_network(
    app: AppTest, small: Dataset, trained: Callable[..., Run], tmp_path: Path
) -> None:
    store = RunStore(tmp_path / "runs")
    for name, group in (("single", ""), ("part of a sweep", "sweep-1")):
        store.save(trained(TrainConfig(hidden_sizes=(3,)), small, steps=1, name=name, group=group))
    inside(app, "Move it")
    options = app.selectbox(key="inside_compared_pretrained").options
    assert any("single" in option for option in options)
    assert not any("part of a sweep" in option for option in options)


def test_both_networks_that_ship_are_compared(app: AppTest) -> None:
    inside(app, "Move it")
    for name in ("Built-in network", "Built-in dense network"):
        assert f"**{escape_markdown(name)}**" in text(app)


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


def test_address_names_the_step_only_while_it_is_shown(app: AppTest) -> None:
    app.run()
    app.switch_page("pages/inside.py")
    app.query_params["step"] = "loss"
    app.run()
    assert app.selectbox(key="inside_digit_step").value == "loss"
    app.button_group(key="inside_view").set_value("Break it").run()
    assert "step" not in app.query_params
    app.button_group(key="inside_view").set_value("One digit").run()
    assert app.selectbox(key="inside_digit_step").value == "loss"
    assert "step" in app.query_params


@pytest.mark.parametrize("view", ["Feature maps", "A filter by hand"])
def test_dense_network_offers_the_built_in_network_where_filters_are_needed(
    app: AppTest, view: str
) -> None:
    inside(app, view)
    app.selectbox(key="model").set_value("pretrained-dense").run()
    assert "no filters" in app.info[0].value
    press(app, "Ask the built-in network")
    assert not app.info


@pytest.mark.usefixtures("without_mnist")
def test_without_mnist_the_built_in_digits_are_used(app: AppTest) -> None:
    for view in VIEWS:
        inside(app, view)
