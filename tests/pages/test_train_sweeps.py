"""Sweeps in AppTest; threads replace the worker processes."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from inkling.runs.run import RunInfo
from inkling.runs.settings import SETTINGS
from inkling.runs.store import RunStore
from inkling.training.queue import JobQueue
from inkling.training.sweep_workers import ExecutorWorkers, TrainTrial, Workers
from inkling.ui.train import sweeps
from tests.pages.driver import button, charts, open_app, open_page, press, run_until

TRIALS = [
    "4 units, learning rate 0.5",
    "8 units, learning rate 0.5",
    "4 units, learning rate 0.6",
    "8 units, learning rate 0.6",
]


class Gate:
    """Blocks trials before they begin while `open` is not set."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()

    def wait(self) -> None:
        assert self.open.wait(30)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    gate = Gate()

    class GatedWorkers(ExecutorWorkers):
        def start_lane(self, train_next: Callable[[TrainTrial], bool]) -> None:
            def train_gated(train: TrainTrial) -> bool:
                gate.wait()
                return train_next(train)

            super().start_lane(train_gated)

    @contextmanager
    def workers(dataset: Dataset, queue: JobQueue, visitor_id: str) -> Iterator[Workers]:
        with ThreadPoolExecutor(1) as executor:
            yield GatedWorkers(executor, lambda: dataset, lambda: 1)

    monkeypatch.setattr(sweeps, "sweep_workers", workers)
    return gate


def open_view(app: AppTest) -> AppTest:
    app.run()
    app.slider(key="form_epochs").set_value(1)
    return app.button_group(key="train_view").set_value("Many runs").run()


def two_by_two(app: AppTest) -> None:
    app.multiselect(key="sweep_axis_x_hidden_sizes").set_value([1, 2])
    etas = SETTINGS["learning_rate"].choices
    chosen = [etas.index(eta) for eta in (0.5, 0.6)]
    app.multiselect(key="sweep_axis_y_learning_rate").set_value(chosen).run()


@pytest.mark.usefixtures("gate")
def test_heatmap_shows_accuracies_and_trial_opens_its_run(app: AppTest, tmp_path: Path) -> None:
    open_view(app)
    two_by_two(app)
    press(app, "Start all 4")
    run_until(app, lambda: app.success)
    assert "Best of 4 on the validation images" in app.success[0].value
    *_, cells = charts(app)[0]["data"]
    found = RunStore(tmp_path / "runs").runs()
    saved = {info.name: info for info in found if isinstance(info, RunInfo)}
    right = [saved[name].validation_accuracy or 0.0 for name in TRIALS]
    assert cells["text"] == [f"{100 * share:.1f}" for share in right]
    box = next(box for box in app.selectbox if box.label == "A run")
    assert [option.split(":")[0] for option in box.options] == TRIALS
    box.select_index(3).run()
    press(app, "Open run")
    assert app.session_state["shown_run"] == saved[TRIALS[3]].id
    assert f"{saved[TRIALS[3]].test_accuracy:.2%}" in [metric.value for metric in app.metric]


@pytest.mark.usefixtures("gate")
def test_sweep_over_convolutions(app: AppTest, tmp_path: Path) -> None:
    open_view(app)
    app.selectbox(key="sweep_axis_x").set_value("kernel_size")
    app.selectbox(key="sweep_axis_y").set_value("shrink").run()
    assert app.error[0].value == (
        r"Filter size\: changes nothing with the other settings as they are"
    )
    assert button(app, "Start all").disabled
    app.button_group(key="form_convolutions").set_value(1).run()
    assert not app.error
    app.slider(key="form_filters_1").set_value(4)
    app.multiselect(key="sweep_axis_x_kernel_size").set_value([1, 3]).run()
    press(app, "Start all 4")
    run_until(app, lambda: app.success)
    found = RunStore(tmp_path / "runs").runs()
    assert {str(info.config.architecture) for info in found if isinstance(info, RunInfo)} == {
        *("784-4C3S2-128-10", "784-4C5S2-128-10"),
        *("784-4C3-P2-128-10", "784-4C5-P2-128-10"),
    }


@pytest.mark.usefixtures("gate")
def test_seed_sweep_shows_curves_with_their_spread(app: AppTest) -> None:
    open_view(app)
    app.button_group(key="sweep_kind").set_value("Other seeds").run()
    app.slider(key="sweep_seeds").set_value(3).run()
    press(app, "Start all 3")
    run_until(app, lambda: app.success)
    assert "in 3 runs that differ only in their random numbers" in app.success[0].value
    names = [trace["name"] for trace in charts(app)[0]["data"]]
    assert names == ["Lowest to highest", *["Each run"] * 3, "Mean"]


def test_stop_cancels_waiting_trials_and_progress_counts_finished_ones(
    app: AppTest, gate: Gate
) -> None:
    gate.open.clear()
    open_view(app)
    two_by_two(app)
    press(app, "Start all 4")
    assert app.get("progress")[0].proto.text.startswith("0 of 4 runs")
    assert button(app, "Start all 4").disabled
    press(app, "Stop")
    gate.open.set()
    run_until(app, lambda: app.info)
    assert app.info[0].value == "Stopped after 0 of 4 runs."


def test_config_without_validation_images_shows_an_error(app: AppTest, gate: Gate) -> None:
    app.run()
    app.selectbox(key="recipe").set_value("experiment-a-128").run()
    app.button_group(key="train_view").set_value("Many runs").run()
    assert "validation" in app.error[0].value
    assert button(app, "Start all").disabled


def test_empty_axis_shows_an_error(app: AppTest, gate: Gate) -> None:
    open_view(app)
    app.multiselect(key="sweep_axis_x_hidden_sizes").set_value([]).run()
    assert "at least one value" in app.error[0].value


def test_trials_do_not_become_the_chosen_model(app: AppTest, gate: Gate) -> None:
    open_view(app)
    two_by_two(app)
    press(app, "Start all 4")
    run_until(app, lambda: app.success)
    open_page(app, "draw")
    assert app.session_state["newest_model"] == "pretrained"


@pytest.mark.usefixtures("gate")
def test_sweep_is_shown_after_a_server_restart(app: AppTest) -> None:
    open_view(app)
    two_by_two(app)
    press(app, "Start all 4")
    run_until(app, lambda: app.success)
    st.cache_resource.clear()
    after = open_view(open_app())
    assert "press **Start all**" in after.info[0].value
    box = after.selectbox(key="shown_sweep")
    assert len(box.options) == 1
    assert box.options[0].startswith("Hidden size and Learning rate · 4 runs · ")
    box.select_index(0).run()
    assert after.success[0].value == app.success[0].value
    assert charts(after)[0]["data"][-1]["text"] == charts(app)[0]["data"][-1]["text"]


def test_settings_that_differ_are_not_asked_for_twice(app: AppTest) -> None:
    open_view(app)
    sliders = {slider.key for slider in (*app.slider, *app.select_slider)}
    assert "form_epochs" in sliders
    assert not sliders & {"form_first", "form_second", "form_learning_rate"}
    app.button_group(key="sweep_kind").set_value("Other seeds").run()
    assert app.select_slider(key="form_learning_rate").value == 0.15
