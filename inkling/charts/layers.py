"""Charts of what goes on in each layer: arrays in, Plotly figures out."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from inkling.charts.style import DIGIT_COLOURS, line_figure, line_trace, thin
from nn import Network, TrainRecord

_BINS = 60
_SMALLEST = 1e-12  # a gradient of 0 has no place on a logarithmic scale


def gradient_chart(history: Sequence[TrainRecord]) -> go.Figure:
    """Draw the length of each layer's gradient against the epochs."""
    return _lines(
        history,
        len(history[-1].layer_gradient_norms),
        lambda record, k: max(record.layer_gradient_norms[k], _SMALLEST),
        {"title": "Length of the gradient", "type": "log", "exponentformat": "power"},
    )


def dead_chart(history: Sequence[TrainRecord]) -> go.Figure:
    """Draw each hidden layer's share of dead or saturated units, in percent, against the epochs."""
    return _lines(
        history,
        len(history[-1].layer_dead_shares),
        lambda record, k: 100 * record.layer_dead_shares[k],
        {"title": "Units, %", "range": [-2, 102]},
    )


def weight_chart(network: Network) -> go.Figure:
    """Draw how the weights of each layer are spread; those that are no numbers are left out."""
    traces = []
    for k, layer in enumerate(network.layers):
        weights = layer.W[np.isfinite(layer.W)].astype(np.float64)
        if weights.size == 0:
            continue
        share, edges = np.histogram(weights, _BINS)
        traces.append(
            {
                "type": "scatter",
                "x": (edges[:-1] + edges[1:]) / 2,
                "y": 100 * share / weights.size,
                "name": _name(k),
                "mode": "lines",
                "line": {"color": DIGIT_COLOURS[k], "width": 2, "shape": "hvh"},
                "hovertemplate": "%{x:.3g}: %{y:.2g}%",
            }
        )
    return line_figure(traces, {"title": "Weight"}, {"title": "Weights, %", "rangemode": "tozero"})


def _lines(
    history: Sequence[TrainRecord],
    layers: int,
    value: Callable[[TrainRecord, int], float],
    y_axis: dict[str, Any],
) -> go.Figure:
    traces = [
        line_trace(
            thin([(record.epoch, value(record, k)) for record in history]),
            name=_name(k),
            line={"color": DIGIT_COLOURS[k], "width": 2},
            marker={"size": 4},
            hovertemplate="%{y:.3g}",
        )
        for k in range(layers)
    ]
    return line_figure(traces, {"title": "Epoch", "rangemode": "tozero"}, y_axis)


def _name(k: int) -> str:
    return f"Layer {k + 1}"
