"""The failure lab, run by Streamlit's own test harness: predict, run, see why, mend."""

import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from inkling.lessons.failures import FAILURES, GRADIENT_CHECK, LESSONS, RACE
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
    """A race that is over at once."""

    def __init__(
        self,
        config: TrainConfig,
        dataset: Dataset,
        core: Callable[[], AbstractContextManager[None]],
    ) -> None:
        super().__init__(config, dataset, core, seconds=0.2)


class Lab:
    """The lab in a test, and what a visitor does in it."""

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
    def told(self) -> str:
        """All that is said on the page."""
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

    def try_out(self, key: str, option: int) -> None:
        """Predict, run, and wait for the end."""
        self.choose(key)
        self.predict(option)
        self.press("Run it")
        self.until(lambda: "Another prediction" in self.buttons)


@pytest.fixture
def lab(app: AppTest) -> Lab:
    """The lab alone, on the small data set that stands in for MNIST in `app`."""
    return Lab()


def test_nothing_runs_before_there_is_a_prediction(lab: Lab) -> None:
    for key in LESSONS:
        lab.choose(key)
        assert lab.app.radio[0].value is None
        assert lab.button("Run it").disabled
        assert LESSONS[key].why[0] not in lab.told
    lab.predict(1)
    assert not lab.button("Run it").disabled


def test_a_prediction_that_comes_true(lab: Lab) -> None:
    failure = FAILURES["zero-weights"]
    lab.try_out(failure.key, 0)
    assert f"**As you predicted:** {failure.options[0]}." in lab.told
    assert "0 of its 101,632 weights are other than 0" in lab.told
    assert "dead" in lab.app.warning[0].value
    for paragraph in failure.why:
        assert paragraph in lab.told
    assert lab.app.radio[0].disabled
    assert lab.app.radio[0].value == 0
    assert len(lab.charts) == 2


def test_one_that_does_not_and_another_one(lab: Lab) -> None:
    failure = FAILURES["zero-weights"]
    lab.try_out(failure.key, 2)
    assert f"**What happened:** {failure.options[0]}." in lab.told
    assert f"**What you predicted:** {failure.options[2]}." in lab.told
    lab.press("Another prediction")
    assert lab.app.radio[0].value is None
    assert not lab.app.radio[0].disabled
    assert lab.button("Run it").disabled
    assert "What happened" not in lab.told


def test_mended_it_learns_and_both_can_be_seen(lab: Lab) -> None:
    lab.try_out("deep-sigmoids", 0)
    assert len(lab.charts) == 3
    assert len(lab.charts[2]["data"]) == 1
    lab.press("Run it mended")
    lab.until(lambda: lab.app.success)
    assert "of the images held back right" in lab.app.success[0].value
    assert "Run it mended" not in lab.buttons
    assert len(lab.charts) == 5
    assert [trace["name"] for trace in lab.charts[2]["data"]] == ["As it failed", "Mended"]


def test_runs_are_kept_as_parts_of_the_lab(lab: Lab) -> None:
    lab.try_out("zero-weights", 0)
    kept = services.visible_runs().runs()
    assert [(info.name, info.group) for info in kept] == [("All weights zero", "failure-lab")]  # type: ignore[union-attr]


def test_what_was_tried_is_still_there_after_a_look_at_another(lab: Lab) -> None:
    lab.try_out("zero-weights", 0)
    lab.choose("high-eta")
    assert "Another prediction" not in lab.buttons
    lab.choose("zero-weights")
    assert "As you predicted" in lab.told


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> str:
    """Let an experiment go on until it is stopped; return its key."""
    failure = FAILURES["zero-weights"]
    long = replace(failure, config=replace(failure.config, epochs=1_000))
    monkeypatch.setitem(FAILURES, failure.key, long)
    return failure.key


def test_a_stopped_run_decides_nothing(lab: Lab, endless: str) -> None:
    lab.choose(endless)
    lab.predict(0)
    lab.press("Run it")
    lab.until(lambda: lab.charts and lab.charts[0]["data"][0].get("x"))
    assert lab.app.radio[0].disabled
    lab.press("Stop")
    lab.until(lambda: "Another prediction" in lab.buttons)
    assert "decides nothing" in lab.told
    assert "It reads " in lab.told


def test_there_is_one_run_at_a_time(lab: Lab, endless: str) -> None:
    lab.choose(endless)
    lab.predict(0)
    lab.press("Run it")
    for key in ("high-eta", RACE.key):
        lab.choose(key)
        lab.predict(0)
        assert lab.button("Run it").disabled
        assert "“All weights zero” has not ended yet" in lab.told
    lab.choose(GRADIENT_CHECK.key)
    lab.predict(0)
    assert not lab.button("Run it").disabled
    lab.choose("high-eta")
    lab.press("Stop it")
    lab.until(lambda: not lab.button("Run it").disabled)


def test_the_gradient_check(lab: Lab) -> None:
    lab.choose(GRADIENT_CHECK.key)
    lab.predict(2)
    lab.press("Run it")
    assert "As you predicted" in lab.told
    assert "With the missing term put back they agree to" in lab.told
    assert "| Layer | Without the term | Brute force | With the term |" in lab.told
    assert GRADIENT_CHECK.why[0] in lab.told
    lab.press("Another prediction")
    assert "Brute force" not in lab.told


def test_the_race_and_the_mended_race(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failure_lab, "Race", ShortRace)
    lab.try_out(RACE.key, 1)
    assert "images a second; 10,000 at once, from" in lab.told
    assert [metric.label for metric in lab.app.metric] == [
        "One at a time: images a second",
        "10,000 at once: images a second",
    ]
    assert len(lab.charts) == 2
    lab.press("Race mended")
    lab.until(lambda: "Another prediction" in lab.buttons)
    assert len(lab.app.metric) == 4
    assert len(lab.charts) == 4


def test_what_the_data_set_is_too_small_for_is_said(lab: Lab) -> None:
    lab.try_out("hundred-images", 1)
    lab.press("Run it mended")  # 10,000 images, of 2,000
    assert "at most 2,000" in lab.app.error[0].value
    assert "Run it mended" in lab.buttons


@pytest.mark.usefixtures("without_mnist")
def test_without_mnist_it_runs_on_the_built_in_digits(lab: Lab, small: Dataset) -> None:
    assert "drawn by Inkling" in lab.told
    lab.try_out("zero-weights", 0)
    assert "As you predicted" in lab.told
    (kept,) = services.visible_runs().runs()
    assert kept.config.data == "builtin"  # type: ignore[union-attr]
    lab.choose(GRADIENT_CHECK.key)
    lab.predict(2)
    lab.press("Run it")
    assert "As you predicted" in lab.told
