"""Limits of the server in AppTest."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from inkling.lessons.failure_lab import RACE
from inkling.runs.run import RunInfo
from inkling.training.race import Race
from inkling.ui import services, session_keys
from inkling.ui.train import failure_lab
from nn import TrainConfig, recipes
from tests.pages.driver import button, press, run_until, text


def start_and_wait(app: AppTest, label: str) -> RunInfo:
    """Press a button that starts a run; return the run when it is saved."""
    press(app, label)
    run_until(app, lambda: services.run_store().runs())
    info = services.run_store().runs()[0]
    assert isinstance(info, RunInfo)
    return info


def test_recipe_is_offered_cut_down_to_the_limits(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKLING_MAX_EPOCHS", "3")
    monkeypatch.setenv("INKLING_MAX_UNITS", "64")
    app.run()
    app.selectbox(key="recipe").set_value("fast-98").run()
    assert not app.error
    assert (
        "This server allows at most 64 units a layer, not 256, and at most 3 epochs, not 5. "
        "The settings have been reduced to that."
    ) in text(app)
    assert "Changed from" not in text(app)
    epochs, first, second = (
        app.slider(key=f"form_{field}") for field in ("epochs", "first", "second")
    )
    assert (epochs.value, epochs.max) == (3, 3)
    assert (first.value, first.max, second.max) == (64, 64, 64)
    info = start_and_wait(app, "Start")
    assert (info.config.epochs, info.config.hidden_sizes) == (3, (64,))
    assert info.name == "fast-98 with 64 units and 3 epochs"


def test_every_recipe_can_be_started_within_the_smallest_limits(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKLING_MAX_EPOCHS", "1")
    monkeypatch.setenv("INKLING_MAX_UNITS", "1")
    monkeypatch.setenv("INKLING_MAX_FILTERS", "1")
    app.run()
    for name in recipes:
        app.selectbox(key="recipe").set_value(name).run()
        assert "Epochs: 1, the only value that this server allows." in text(app)
        assert not app.error or name.startswith("experiment-a"), name  # more images than `small`


def test_convolutions_are_offered_within_the_limit(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKLING_MAX_FILTERS", "8")
    app.run()
    app.button_group(key="form_convolutions").set_value(2).run()
    sliders = [app.slider(key=f"form_filters_{k}") for k in (1, 2)]
    assert [(slider.value, slider.max) for slider in sliders] == [(8, 8), (8, 8)]
    app.query_params["filters"] = "4-16"
    app.run()
    assert "This server allows at most 8 filters a convolution, not 16." in text(app)
    assert [app.slider(key=f"form_filters_{k}").value for k in (1, 2)] == [4, 8]
    app.button_group(key=session_keys.TRAIN_VIEW).set_value("Many runs").run()
    app.selectbox(key="sweep_axis_x").set_value("filters").run()
    assert app.multiselect(key="sweep_axis_x_filters").options == ["none", "4", "8", "4-8"]
    assert not app.error


def test_settings_within_the_limits_are_not_commented(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKLING_MAX_EPOCHS", "2")
    app.run()
    assert "This server allows" not in text(app)


def test_link_is_cut_down_to_the_limits(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKLING_MAX_EPOCHS", "3")
    app.run()
    app.query_params["recipe"] = "fast-97"
    app.query_params["epochs"] = "50"
    app.query_params["hidden_sizes"] = "16"
    app.run()
    assert "This server allows at most 3 epochs, not 50." in text(app)
    assert "Changed from fast-97: 16 units" in text(app)
    info = start_and_wait(app, "Start")
    assert (info.config.epochs, info.name) == (3, "fast-97 with 16 units and 3 epochs")


def test_sweep_offers_values_within_the_limits(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKLING_MAX_UNITS", "64")
    app.run()
    app.button_group(key=session_keys.TRAIN_VIEW).set_value("Many runs").run()
    values = app.multiselect(key="sweep_axis_x_hidden_sizes")
    assert values.options == ["none", "4", "8", "16", "32", "64", "16-16", "64-64"]
    assert button(app, "Start all 12")
    assert not app.error


def test_sweep_has_a_value_where_the_usual_ones_exceed_the_limit(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKLING_MAX_UNITS", "8")
    app.run()
    app.button_group(key=session_keys.TRAIN_VIEW).set_value("Many runs").run()
    assert not app.error
    assert button(app, "Start all 4")


def test_failure_lab_trains_within_the_limits(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKLING_MAX_EPOCHS", "1")
    app.run()
    app.button_group(key=session_keys.TRAIN_VIEW).set_value("Failure lab").run()
    app.button_group(key="failure_choice").set_value("high-eta").run()
    assert "This server allows at most 1 epoch, not 2." in text(app)
    app.radio[0].set_value(0).run()
    assert start_and_wait(app, "Run").config.epochs == 1


def test_race_is_within_the_limits(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    configs: list[TrainConfig] = []

    class RecordedRace(Race):
        def __init__(self, config: TrainConfig, dataset: Dataset, visitor_id: str) -> None:
            super().__init__(config, dataset, visitor_id, seconds=0.1)
            configs.append(config)

    monkeypatch.setattr(failure_lab, "Race", RecordedRace)
    monkeypatch.setenv("INKLING_MAX_UNITS", "8")
    app.run()
    app.button_group(key=session_keys.TRAIN_VIEW).set_value("Failure lab").run()
    app.button_group(key="failure_choice").set_value(RACE.key).run()
    assert "This server allows at most 8 units a layer, not 16." in text(app)
    app.radio[0].set_value(0).run()
    press(app, "Run")
    assert configs == [replace(recipes["experiment-a-16-16"], hidden_sizes=(8, 8))]


def test_chapter_trains_within_the_limits(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKLING_MAX_UNITS", "32")
    app.run()
    app.switch_page("pages/learn.py")
    app.query_params["chapter"] = "well-made"
    app.run()
    assert "This server allows at most 32 units a layer, not 128." in text(app)
    app.toggle(key="story_code").set_value(True).run()
    assert "hidden_sizes=(32,)" in app.code[0].value
    app.radio(key="story_prediction_well-made").set_value(2).run()
    assert start_and_wait(app, "Run").config.hidden_sizes == (32,)


def test_full_queue_shows_an_error(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    app.run()
    queue = services.queue()
    monkeypatch.setattr(queue, "_runs", [object()] * 200)
    press(app, "Start")
    assert any("200 runs are already waiting" in error.value for error in app.error)


def test_invalid_environment_variable_shows_an_error_instead_of_the_page(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKLING_MAX_QUEUE", "many")
    app.run()
    (error,) = app.error
    assert "INKLING" in error.value
    assert "a whole number from 1 to 1,000,000" in error.value
