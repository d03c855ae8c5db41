"""Charts of gradients, dead units and weights of each layer."""

from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from typing import Any

import numpy as np
import plotly.graph_objects as go

from inkling.analysis.hidden_layers import layer_names
from inkling.charts.style import (
    DASHES,
    DIGIT_COLOURS,
    MIN_GRADIENT,
    line_figure,
    line_trace,
    thin_out,
)
from nn import Network, TrainRecord

_BINS = 60


def gradient_chart(history: Sequence[TrainRecord], network: Network) -> go.Figure:
    """Return the curves of each layer's gradient norm against the epochs."""
    return _layer_curves(
        history,
        layer_names(network),
        lambda record, k: max(record.layer_gradient_norms[k], MIN_GRADIENT),
        {"title": "Length of the gradient", "type": "log", "exponentformat": "power"},
    )


def dead_chart(history: Sequence[TrainRecord], network: Network) -> go.Figure:
    """Return the curves of each hidden layer's dead or saturated units, %, against the epochs."""
    return _layer_curves(
        history,
        layer_names(network)[:-1],
        lambda record, k: 100 * record.layer_dead_shares[k],
        {"title": "Units, %", "range": [-2, 102]},
    )


def weight_chart(network: Network) -> go.Figure:
    """Return a histogram of the finite weights of each layer, as outlines."""
    traces = []
    layers = zip(layer_names(network), network.weighted_layers, strict=True)
    for (name, layer), style in zip(layers, _line_styles(), strict=False):
        weights = layer.W[np.isfinite(layer.W)].astype(np.float64)
        if weights.size == 0:
            continue
        counts, edges = np.histogram(weights, _BINS)
        traces.append(
            {
                "type": "scatter",
                "x": (edges[:-1] + edges[1:]) / 2,
                "y": 100 * counts / weights.size,
                "name": name,
                "mode": "lines",
                "line": {**style, "shape": "hvh"},
                "hovertemplate": "%{x:.3g}: %{y:.2g}%",
            }
        )
    return line_figure(traces, {"title": "Weight"}, {"title": "Weights, %", "rangemode": "tozero"})


def _layer_curves(
    history: Sequence[TrainRecord],
    names: Sequence[str],
    value: Callable[[TrainRecord, int], float],
    y_axis: dict[str, Any],
) -> go.Figure:
    traces = [
        line_trace(
            thin_out([(record.epoch, value(record, k)) for record in history]),
            name=name,
            line=style,
            marker={"size": 4},
            hovertemplate="%{y:.3g}",
        )
        for k, (name, style) in enumerate(zip(names, _line_styles(), strict=False))
    ]
    return line_figure(traces, {"title": "Epoch", "rangemode": "tozero"}, y_axis)


def _line_styles() -> Iterator[dict[str, Any]]:
    """Yield the line of each layer: no two have the same colour and dashes."""
    for colour, dash in zip(2 * DIGIT_COLOURS, cycle(DASHES), strict=False):
        yield {"color": colour, "width": 2, "dash": dash}
