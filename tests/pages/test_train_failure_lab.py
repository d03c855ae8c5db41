"""Failure lab in AppTest: prediction, run, explanation, mended run."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from inkling.lessons.failure_lab import EXPERIMENTS, FAILURES, GRADIENT_CHECK, RACE
from inkling.training.race import Race
from inkling.ui import services
from inkling.ui.train import failure_lab
from nn import TrainConfig
from tests.pages.driver import button, buttons, charts, press, run_until, text

SCRIPT = """
import streamlit as st
from inkling.ui.train import failure_lab
from inkling.ui.widgets import data_choice

with st.container():
    data_choice.ensure_dataset()
failure_lab.show()
"""


class ShortRace(Race):
    """Race of 0.2 seconds."""

    def __init__(self, config: TrainConfig, dataset: Dataset, visitor_id: str) -> None:
        super().__init__(config, dataset, visitor_id, seconds=0.2)


def choose(lab: AppTest, key: str) -> None:
    lab.button_group(key="failure_choice").set_value(key).run()


def predict(lab: AppTest, option: int) -> None:
    lab.radio[0].set_value(option).run()


def run_experiment(lab: AppTest, key: str, option: int) -> None:
    """Choose an experiment, predict an option, run it, and wait for the end."""
    choose(lab, key)
    predict(lab, option)
    press(lab, "Run")
    run_until(lab, lambda: "Try again" in buttons(lab))


@pytest.fixture
def lab(app: AppTest) -> AppTest:
    """Failure lab alone, on the small data set that replaces MNIST in `app`."""
    return AppTest.from_string(SCRIPT, default_timeout=30).run()


def test_run_is_disabled_without_a_prediction(lab: AppTest) -> None:
    for key in EXPERIMENTS:
        choose(lab, key)
        assert lab.radio[0].value is None
        assert button(lab, "Run").disabled
        assert EXPERIMENTS[key].why not in text(lab)
    predict(lab, 1)
    assert not button(lab, "Run").disabled


def test_correct_prediction(lab: AppTest) -> None:
    failure = FAILURES["zero-weights"]
    run_experiment(lab, failure.key, 0)
    assert f"**As you predicted:** {failure.options[0]}." in text(lab)
    assert "0 of its 101,632 weights are other than 0" in text(lab)
    assert "dead" in lab.warning[0].value
    assert failure.why in text(lab)
    assert lab.radio[0].disabled
    assert lab.radio[0].value == 0
    assert len(charts(lab)) == 2


def test_wrong_prediction_and_a_new_one(lab: AppTest) -> None:
    failure = FAILURES["zero-weights"]
    run_experiment(lab, failure.key, 2)
    assert f"**What happened:** {failure.options[0]}." in text(lab)
    assert f"**What you predicted:** {failure.options[2]}." in text(lab)
    press(lab, "Try again")
    assert lab.radio[0].value is None
    assert not lab.radio[0].disabled
    assert button(lab, "Run").disabled
    assert "What happened" not in text(lab)


def test_mended_run_is_shown_beside_the_failing_one(lab: AppTest) -> None:
    run_experiment(lab, "deep-sigmoids", 0)
    assert len(charts(lab)) == 3
    assert len(charts(lab)[2]["data"]) == 1
    press(lab, "Run with the fix")
    run_until(lab, lambda: lab.success)
    lab.run()  # the charts above the sentence may have been drawn before the run ended
    assert "Validation accuracy: " in lab.success[0].value
    assert "Run with the fix" not in buttons(lab)
    assert len(charts(lab)) == 5
    assert [trace["name"] for trace in charts(lab)[2]["data"]] == ["As it failed", "With the fix"]


def test_runs_are_saved_in_the_group_failure_lab(lab: AppTest) -> None:
    run_experiment(lab, "zero-weights", 0)
    saved = services.visible_runs().runs()
    assert [(info.name, info.group) for info in saved] == [("All weights zero", "failure-lab")]  # type: ignore[union-attr]


def test_result_is_still_shown_after_another_experiment(lab: AppTest) -> None:
    run_experiment(lab, "zero-weights", 0)
    choose(lab, "high-eta")
    assert "Try again" not in buttons(lab)
    choose(lab, "zero-weights")
    assert "As you predicted" in text(lab)


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> str:
    """Key of an experiment whose run has 1,000 epochs."""
    failure = FAILURES["zero-weights"]
    long = replace(failure, config=replace(failure.config, epochs=1_000))
    monkeypatch.setitem(FAILURES, failure.key, long)
    return failure.key


def test_stopped_run_has_no_outcome(lab: AppTest, endless: str) -> None:
    choose(lab, endless)
    predict(lab, 0)
    press(lab, "Run")
    run_until(lab, lambda: charts(lab) and charts(lab)[0]["data"][0].get("x"))
    assert lab.radio[0].disabled
    press(lab, "Stop")
    run_until(lab, lambda: "Try again" in buttons(lab))
    assert "does not settle the question" in text(lab)
    assert "accuracy: " in text(lab)


def test_second_experiment_waits_for_the_active_run(lab: AppTest, endless: str) -> None:
    choose(lab, endless)
    predict(lab, 0)
    press(lab, "Run")
    for key in ("high-eta", RACE.key):
        choose(lab, key)
        predict(lab, 0)
        assert button(lab, "Run").disabled
        assert "“All weights zero” is still running" in text(lab)
    choose(lab, GRADIENT_CHECK.key)
    predict(lab, 0)
    assert not button(lab, "Run").disabled
    choose(lab, "high-eta")
    press(lab, "Stop")
    run_until(lab, lambda: not button(lab, "Run").disabled)


def test_gradient_check(lab: AppTest) -> None:
    choose(lab, GRADIENT_CHECK.key)
    predict(lab, 2)
    press(lab, "Run")
    assert "As you predicted" in text(lab)
    assert "With the missing term they agree to" in text(lab)
    assert "| Layer | Published | Brute force | Complete |" in text(lab)
    assert GRADIENT_CHECK.why in text(lab)
    press(lab, "Try again")
    assert "Brute force" not in text(lab)


def test_race_and_mended_race(lab: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failure_lab, "Race", ShortRace)
    run_experiment(lab, RACE.key, 1)
    assert "images a second; 10,000 at once, from" in text(lab)
    assert [metric.label for metric in lab.metric] == [
        "One at a time: images a second",
        "10,000 at once: images a second",
    ]
    assert len(charts(lab)) == 2
    press(lab, "Race with the fix")
    run_until(lab, lambda: "Try again" in buttons(lab))
    assert len(lab.metric) == 4
    assert len(charts(lab)) == 4


def test_too_small_data_set_shows_an_error(lab: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    failure = FAILURES["hundred-images"]
    short = replace(failure, config=replace(failure.config, epochs=1))
    monkeypatch.setitem(FAILURES, failure.key, short)
    run_experiment(lab, "hundred-images", 1)
    press(lab, "Run with the fix")  # 10,000 images, of 5,000
    assert "at most 5,000" in lab.error[0].value
    assert "Run with the fix" in buttons(lab)


@pytest.mark.usefixtures("without_mnist")
def test_without_mnist_experiments_run_on_the_built_in_digits(lab: AppTest, small: Dataset) -> None:
    assert "uses the built-in digits" in text(lab)
    run_experiment(lab, "zero-weights", 0)
    assert "As you predicted" in text(lab)
    (saved,) = services.visible_runs().runs()
    assert saved.config.data == "builtin"  # type: ignore[union-attr]
    choose(lab, GRADIENT_CHECK.key)
    predict(lab, 2)
    press(lab, "Run")
    assert "As you predicted" in text(lab)
