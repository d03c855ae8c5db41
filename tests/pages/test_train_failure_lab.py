"""Failure lab in AppTest: prediction, run, explanation, mended run."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from inkling.lessons.failure_lab import EXPERIMENTS, FAILURES, GRADIENT_CHECK, RACE
from inkling.training.race import Race
from inkling.ui import services
from inkling.ui.train import failure_lab
from nn import TrainConfig

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


class Lab:
    """Driver of the failure lab in AppTest."""

    def __init__(self) -> None:
        self.app = AppTest.from_string(SCRIPT, default_timeout=30)
        self.run()

    def run(self) -> None:
        self.app.run()
        assert not self.app.exception

    def choose(self, key: str) -> None:
        self.app.button_group(key="failure_choice").set_value(key)
        self.run()

    def predict(self, option: int) -> None:
        self.app.radio[0].set_value(option)
        self.run()

    def press(self, label: str) -> None:
        self.button(label).click()
        self.run()

    def button(self, label: str) -> Any:
        return next(button for button in self.app.button if button.label == label)

    @property
    def buttons(self) -> list[str]:
        return [button.label for button in self.app.button]

    @property
    def text(self) -> str:
        """Text of all elements of the page."""
        elements = (*self.app.markdown, *self.app.info, *self.app.success, *self.app.caption)
        headings = self.app.subheader
        return "\n".join(element.value for element in (*elements, *headings))

    @property
    def charts(self) -> list[dict]:
        return [json.loads(chart.proto.spec) for chart in self.app.get("plotly_chart")]

    def until(self, condition: Callable[[], object]) -> None:
        for _ in range(300):
            self.run()
            if condition():
                return
            time.sleep(0.05)
        pytest.fail("it did not happen")

    def run_experiment(self, key: str, option: int) -> None:
        """Choose an experiment, predict an option, run it, and wait for the end."""
        self.choose(key)
        self.predict(option)
        self.press("Run it")
        self.until(lambda: "Another prediction" in self.buttons)


@pytest.fixture
def lab(app: AppTest) -> Lab:
    """Failure lab alone, on the small data set that replaces MNIST in `app`."""
    return Lab()


def test_run_is_disabled_without_a_prediction(lab: Lab) -> None:
    for key in EXPERIMENTS:
        lab.choose(key)
        assert lab.app.radio[0].value is None
        assert lab.button("Run it").disabled
        assert EXPERIMENTS[key].why not in lab.text
    lab.predict(1)
    assert not lab.button("Run it").disabled


def test_correct_prediction(lab: Lab) -> None:
    failure = FAILURES["zero-weights"]
    lab.run_experiment(failure.key, 0)
    assert f"**As you predicted:** {failure.options[0]}." in lab.text
    assert "0 of its 101,632 weights are other than 0" in lab.text
    assert "dead" in lab.app.warning[0].value
    assert failure.why in lab.text
    assert lab.app.radio[0].disabled
    assert lab.app.radio[0].value == 0
    assert len(lab.charts) == 2


def test_wrong_prediction_and_a_new_one(lab: Lab) -> None:
    failure = FAILURES["zero-weights"]
    lab.run_experiment(failure.key, 2)
    assert f"**What happened:** {failure.options[0]}." in lab.text
    assert f"**What you predicted:** {failure.options[2]}." in lab.text
    lab.press("Another prediction")
    assert lab.app.radio[0].value is None
    assert not lab.app.radio[0].disabled
    assert lab.button("Run it").disabled
    assert "What happened" not in lab.text


def test_mended_run_is_shown_beside_the_failing_one(lab: Lab) -> None:
    lab.run_experiment("deep-sigmoids", 0)
    assert len(lab.charts) == 3
    assert len(lab.charts[2]["data"]) == 1
    lab.press("Run it mended")
    lab.until(lambda: lab.app.success)
    assert "of the images held back right" in lab.app.success[0].value
    assert "Run it mended" not in lab.buttons
    assert len(lab.charts) == 5
    assert [trace["name"] for trace in lab.charts[2]["data"]] == ["As it failed", "Mended"]


def test_runs_are_saved_in_the_group_failure_lab(lab: Lab) -> None:
    lab.run_experiment("zero-weights", 0)
    saved = services.visible_runs().runs()
    assert [(info.name, info.group) for info in saved] == [("All weights zero", "failure-lab")]  # type: ignore[union-attr]


def test_result_is_still_shown_after_another_experiment(lab: Lab) -> None:
    lab.run_experiment("zero-weights", 0)
    lab.choose("high-eta")
    assert "Another prediction" not in lab.buttons
    lab.choose("zero-weights")
    assert "As you predicted" in lab.text


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> str:
    """Key of an experiment whose run has 1,000 epochs."""
    failure = FAILURES["zero-weights"]
    long = replace(failure, config=replace(failure.config, epochs=1_000))
    monkeypatch.setitem(FAILURES, failure.key, long)
    return failure.key


def test_stopped_run_has_no_outcome(lab: Lab, endless: str) -> None:
    lab.choose(endless)
    lab.predict(0)
    lab.press("Run it")
    lab.until(lambda: lab.charts and lab.charts[0]["data"][0].get("x"))
    assert lab.app.radio[0].disabled
    lab.press("Stop")
    lab.until(lambda: "Another prediction" in lab.buttons)
    assert "decides nothing" in lab.text
    assert "It reads " in lab.text


def test_second_experiment_waits_for_the_active_run(lab: Lab, endless: str) -> None:
    lab.choose(endless)
    lab.predict(0)
    lab.press("Run it")
    for key in ("high-eta", RACE.key):
        lab.choose(key)
        lab.predict(0)
        assert lab.button("Run it").disabled
        assert "“All weights zero” has not ended yet" in lab.text
    lab.choose(GRADIENT_CHECK.key)
    lab.predict(0)
    assert not lab.button("Run it").disabled
    lab.choose("high-eta")
    lab.press("Stop it")
    lab.until(lambda: not lab.button("Run it").disabled)


def test_gradient_check(lab: Lab) -> None:
    lab.choose(GRADIENT_CHECK.key)
    lab.predict(2)
    lab.press("Run it")
    assert "As you predicted" in lab.text
    assert "With the missing term put back they agree to" in lab.text
    assert "| Layer | Without the term | Brute force | With the term |" in lab.text
    assert GRADIENT_CHECK.why in lab.text
    lab.press("Another prediction")
    assert "Brute force" not in lab.text


def test_race_and_mended_race(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failure_lab, "Race", ShortRace)
    lab.run_experiment(RACE.key, 1)
    assert "images a second; 10,000 at once, from" in lab.text
    assert [metric.label for metric in lab.app.metric] == [
        "One at a time: images a second",
        "10,000 at once: images a second",
    ]
    assert len(lab.charts) == 2
    lab.press("Race mended")
    lab.until(lambda: "Another prediction" in lab.buttons)
    assert len(lab.app.metric) == 4
    assert len(lab.charts) == 4


def test_too_small_data_set_shows_an_error(lab: Lab) -> None:
    lab.run_experiment("hundred-images", 1)
    lab.press("Run it mended")  # 10,000 images, of 5,000
    assert "at most 5,000" in lab.app.error[0].value
    assert "Run it mended" in lab.buttons


@pytest.mark.usefixtures("without_mnist")
def test_without_mnist_experiments_run_on_the_built_in_digits(lab: Lab, small: Dataset) -> None:
    assert "drawn by Inkling" in lab.text
    lab.run_experiment("zero-weights", 0)
    assert "As you predicted" in lab.text
    (saved,) = services.visible_runs().runs()
    assert saved.config.data == "builtin"  # type: ignore[union-attr]
    lab.choose(GRADIENT_CHECK.key)
    lab.predict(2)
    lab.press("Run it")
    assert "As you predicted" in lab.text
