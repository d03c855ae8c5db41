"""Charts of layers, of several runs and of sweeps: what is drawn is what happened."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from data_loader import Dataset
from inkling.charts.layers import dead_chart, gradient_chart, weight_chart
from inkling.charts.run_comparison import accuracy_comparison_chart, cost_comparison_chart
from inkling.charts.sweeps import accuracy_map, spread_chart
from inkling.runs.run import Run
from nn import TrainConfig

CONFIG = TrainConfig(hidden_sizes=(8, 6), epochs=2, batch_size=50, validation_size=100)


@pytest.fixture(scope="module")
def run(tiny: Dataset, trained: Callable[..., Run]) -> Run:
    return trained(CONFIG, tiny)


@pytest.fixture(scope="module")
def other(tiny: Dataset, trained: Callable[..., Run]) -> Run:
    return trained(replace(CONFIG, seed=1, epochs=1, validation_size=0), tiny, name="<b>bold</b>")


def named(run: Run, **changes: object) -> Run:
    return replace(run, info=replace(run.info, **changes))  # type: ignore[arg-type]


def test_each_layer_has_its_gradient_and_its_dead_units(run: Run) -> None:
    gradient, dead = gradient_chart(run.history), dead_chart(run.history)
    assert [trace.name for trace in gradient.data] == ["Layer 1", "Layer 2", "Layer 3"]
    assert [trace.name for trace in dead.data] == ["Layer 1", "Layer 2"]
    last = run.history[-1]
    assert [trace.y[-1] for trace in gradient.data] == list(last.layer_gradient_norms)
    assert [trace.y[-1] for trace in dead.data] == [100 * s for s in last.layer_dead_shares]


def test_a_gradient_of_zero_can_be_drawn_on_a_logarithmic_scale(run: Run) -> None:
    flat = [replace(record, layer_gradient_norms=(0.0, 0.0, 0.0)) for record in run.history]
    assert min(min(trace.y) for trace in gradient_chart(flat).data) > 0


def test_the_weights_of_each_layer_make_up_a_hundred_percent(run: Run) -> None:
    traces = weight_chart(run.network).data
    assert len(traces) == 3
    assert [sum(trace.y) for trace in traces] == pytest.approx([100] * 3)


def test_weights_that_are_no_numbers_are_left_out(run: Run) -> None:
    network = run.network.copy()
    network.layers[0].W[:] = np.nan
    network.layers[1].W[0] = np.inf
    assert [trace.name for trace in weight_chart(network).data] == ["Layer 2", "Layer 3"]


def test_compared_runs_are_drawn_over_each_other(run: Run, other: Run) -> None:
    cost, accuracy = cost_comparison_chart([run, other]), accuracy_comparison_chart([run, other])
    assert cost.data[0].y[-1] == run.history[-1].validation_loss
    assert cost.data[1].y[-1] == other.history[-1].train_loss  # none were held back
    assert accuracy.data[0].y[-1] == 100 * run.info.validation_accuracy  # type: ignore[operator]
    assert len({(trace.line.color, trace.line.dash) for trace in cost.data}) == 2


def test_six_runs_can_be_told_apart(run: Run) -> None:
    traces = cost_comparison_chart([run] * 6).data
    assert len({trace.line.color for trace in traces}) == 6
    assert len({trace.line.dash for trace in traces}) == 6


def test_a_name_is_no_html(other: Run) -> None:
    assert "<b>" not in cost_comparison_chart([other]).data[0].name


def test_a_map_shows_each_trial_in_its_cell_and_leaves_those_to_come_empty(run: Run) -> None:
    infos = [named(run, validation_accuracy=share).info for share in (0.5, 0.9, 0.95)]
    results = {0: infos[0], 2: infos[1], 5: infos[2]}
    figure = accuracy_map(["a", "b", "c"], ["x", "y"], results, ("Across", "Down"))
    cells = figure.data[-1]
    assert list(cells.text) == ["50.0", "", "90.0", "", "", "95.0"]
    assert list(cells.customdata) == list(range(6))
    assert list(zip(cells.x, cells.y, strict=True))[5] == (2, 1)
    shades = np.array(figure.data[1].z)
    assert shades.shape == (2, 3)
    assert math.isnan(shades[0, 1])
    assert shades[1, 2] < shades[0, 2] < shades[0, 0]  # fewer errors, more colour


@pytest.mark.parametrize("share", [1.0, 0.0, None])
def test_a_map_of_extremes_can_be_drawn(run: Run, share: float | None) -> None:
    info = named(run, validation_accuracy=share).info
    for results in ({}, {0: info}):
        figure = accuracy_map(["a"], ["x"], results, ("Across", "Down"))
        assert np.isfinite([figure.data[1].zmin, figure.data[1].zmax]).all()


def test_seeds_are_drawn_with_their_mean_and_their_range(
    tiny: Dataset, trained: Callable[..., Run]
) -> None:
    runs = [trained(replace(CONFIG, seed=seed), tiny) for seed in range(3)]
    band, *each, mean = spread_chart(runs, 2).data
    last = [100 * run.history[-1].validation_accuracy for run in runs]  # type: ignore[operator]
    assert len(each) == 3
    assert mean.y[-1] == pytest.approx(np.mean(last))
    assert mean.customdata[-1].tolist() == pytest.approx([min(last), max(last)])
    assert max(band.y) == max(max(curve.y) for curve in each)


def test_a_run_that_ended_early_shortens_the_curves(run: Run) -> None:
    short = replace(run, history=run.history[:3])
    _, first, second, mean = spread_chart([run, short], 2).data
    assert len(first.y) == len(second.y) == len(mean.y) == 3


def test_no_runs_make_an_empty_chart() -> None:
    assert len(spread_chart([], 2).data) == 0
