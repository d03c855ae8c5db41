"""Charts of layers contain the records of a run and the weights of its network."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from data_loader import Dataset
from inkling.charts.layers import dead_chart, gradient_chart, weight_chart
from inkling.runs.run import Run
from nn import TrainConfig

CONFIG = TrainConfig(hidden_sizes=(8, 6), epochs=2, batch_size=50, validation_size=100)


@pytest.fixture(scope="module")
def run(tiny: Dataset, trained: Callable[..., Run]) -> Run:
    return trained(CONFIG, tiny)


def test_layer_charts_have_a_curve_for_each_layer(run: Run) -> None:
    gradient, dead = (chart(run.history, run.network) for chart in (gradient_chart, dead_chart))
    assert [trace.name for trace in gradient.data] == ["Layer 1", "Layer 2", "Layer 3"]
    assert [trace.name for trace in dead.data] == ["Layer 1", "Layer 2"]
    last = run.history[-1]
    assert [trace.y[-1] for trace in gradient.data] == list(last.layer_gradient_norms)
    assert [trace.y[-1] for trace in dead.data] == [100 * s for s in last.layer_dead_shares]


def test_convolutions_have_curves_and_a_histogram(
    tiny: Dataset, trained: Callable[..., Run]
) -> None:
    run = trained(replace(CONFIG, filters=(4,), hidden_sizes=(8,), epochs=1), tiny)
    names = ["Convolution 1", "Layer 2", "Layer 3"]
    gradient, dead = (chart(run.history, run.network) for chart in (gradient_chart, dead_chart))
    assert [trace.name for trace in gradient.data] == names
    assert [trace.name for trace in dead.data] == names[:2]
    assert [trace.name for trace in weight_chart(run.network).data] == names


def test_each_layer_of_a_deep_network_has_its_own_line(
    tiny: Dataset, trained: Callable[..., Run]
) -> None:
    run = trained(replace(CONFIG, filters=(2,) * 2, hidden_sizes=(4,) * 10, epochs=1), tiny)
    lines = {str(trace.line) for trace in gradient_chart(run.history, run.network).data}
    assert len(lines) == 13


def test_zero_gradient_is_positive_on_the_logarithmic_scale(run: Run) -> None:
    flat = [replace(record, layer_gradient_norms=(0.0, 0.0, 0.0)) for record in run.history]
    assert min(min(trace.y) for trace in gradient_chart(flat, run.network).data) > 0


def test_weight_histogram_of_each_layer_sums_to_100_percent(run: Run) -> None:
    traces = weight_chart(run.network).data
    assert len(traces) == 3
    assert [sum(trace.y) for trace in traces] == pytest.approx([100] * 3)


def test_weight_histogram_ignores_non_finite_weights(run: Run) -> None:
    network = run.network.copy()
    network.dense_layers[0].W[:] = np.nan
    network.dense_layers[1].W[0] = np.inf
    assert [trace.name for trace in weight_chart(network).data] == ["Layer 2", "Layer 3"]
