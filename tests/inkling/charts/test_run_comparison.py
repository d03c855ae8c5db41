"""Charts that compare runs have a distinguishable curve for each."""

import html
from collections.abc import Callable
from dataclasses import replace

import pytest

from data_loader import Dataset
from inkling.charts.run_comparison import accuracy_comparison_chart, cost_comparison_chart
from inkling.runs.run import Run
from nn import TrainConfig

CONFIG = TrainConfig(hidden_sizes=(8, 6), epochs=2, batch_size=50, validation_size=100)


@pytest.fixture(scope="module")
def run(tiny: Dataset, trained: Callable[..., Run]) -> Run:
    return trained(CONFIG, tiny)


@pytest.fixture(scope="module")
def other(tiny: Dataset, trained: Callable[..., Run]) -> Run:
    return trained(replace(CONFIG, seed=1, epochs=1, validation_size=0), tiny, name="<b>bold</b>")


def test_comparison_has_a_curve_for_each_run(run: Run, other: Run) -> None:
    cost, accuracy = cost_comparison_chart([run, other]), accuracy_comparison_chart([run, other])
    assert cost.data[0].y[-1] == run.history[-1].validation_loss
    assert cost.data[1].y[-1] == other.history[-1].train_loss  # none were held back
    assert accuracy.data[0].y[-1] == 100 * run.info.validation_accuracy  # type: ignore[operator]
    assert len({(trace.line.color, trace.line.dash) for trace in cost.data}) == 2


def test_six_runs_have_different_colours_and_dashes(run: Run) -> None:
    traces = cost_comparison_chart([run] * 6).data
    assert len({trace.line.color for trace in traces}) == 6
    assert len({trace.line.dash for trace in traces}) == 6


def test_runs_of_one_name_are_told_apart_by_their_date(run: Run, other: Run) -> None:
    later = replace(run, info=replace(run.info, created=run.info.created + 3_600))
    names = [trace.name for trace in cost_comparison_chart([run, other, later]).data]
    assert len(set(names)) == 3
    assert names[0].startswith(f"{run.info.name}, ")
    assert names[1] == html.escape(other.info.name)


def test_html_in_a_run_name_is_escaped(other: Run) -> None:
    assert "<b>" not in cost_comparison_chart([other]).data[0].name
