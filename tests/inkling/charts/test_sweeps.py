"""The accuracy map of a sweep and the spread of runs with several seeds."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from data_loader import Dataset
from inkling.charts.sweeps import accuracy_map, spread_chart
from inkling.runs.run import Run
from nn import TrainConfig

CONFIG = TrainConfig(hidden_sizes=(8, 6), epochs=2, batch_size=50, validation_size=100)


@pytest.fixture(scope="module")
def run(tiny: Dataset, trained: Callable[..., Run]) -> Run:
    return trained(CONFIG, tiny)


def with_info(run: Run, **changes: object) -> Run:
    return replace(run, info=replace(run.info, **changes))  # type: ignore[arg-type]


def test_accuracy_map_has_a_cell_for_each_trial_empty_if_unfinished(run: Run) -> None:
    infos = [with_info(run, validation_accuracy=share).info for share in (0.5, 0.9, 0.95)]
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
def test_accuracy_map_has_a_finite_colour_range(run: Run, share: float | None) -> None:
    info = with_info(run, validation_accuracy=share).info
    for results in ({}, {0: info}):
        figure = accuracy_map(["a"], ["x"], results, ("Across", "Down"))
        assert np.isfinite([figure.data[1].zmin, figure.data[1].zmax]).all()


def test_spread_chart_shows_each_seed_the_mean_and_the_range(
    tiny: Dataset, trained: Callable[..., Run]
) -> None:
    runs = [trained(replace(CONFIG, seed=seed), tiny) for seed in range(3)]
    band, *each, mean = spread_chart(runs, 2).data
    last = [100 * run.history[-1].validation_accuracy for run in runs]  # type: ignore[operator]
    assert len(each) == 3
    assert mean.y[-1] == pytest.approx(np.mean(last))
    assert mean.customdata[-1].tolist() == pytest.approx([min(last), max(last)])
    assert max(band.y) == max(max(curve.y) for curve in each)


def test_spread_chart_ends_with_the_shortest_run(run: Run) -> None:
    short = replace(run, history=run.history[:3])
    _, first, second, mean = spread_chart([run, short], 2).data
    assert len(first.y) == len(second.y) == len(mean.y) == 3


def test_spread_chart_of_no_runs_is_empty() -> None:
    assert len(spread_chart([], 2).data) == 0
