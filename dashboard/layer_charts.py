"""Charts of what goes on in each layer: arrays in, Plotly figures out."""

from collections.abc import Callable, Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import DIGITS, HEIGHT, LEGEND_ABOVE, thin
from nn import Network, TrainRecord

_BINS = 60
_SMALLEST = 1e-12  # a gradient of 0 has no place on a logarithmic scale


def gradient_chart(history: Sequence[TrainRecord]) -> go.Figure:
    """Draw the length of each layer's gradient against the epochs."""
    layers = len(history[-1].layer_gradient_norms)
    figure = _lines(
        history, layers, lambda record, k: max(record.layer_gradient_norms[k], _SMALLEST)
    )
    figure.update_yaxes(title="Length of the gradient", type="log", exponentformat="power")
    return figure


def dead_chart(history: Sequence[TrainRecord]) -> go.Figure:
    """Draw each hidden layer's share of dead or saturated units, in percent, against the epochs."""
    layers = len(history[-1].layer_dead_shares)
    figure = _lines(history, layers, lambda record, k: 100 * record.layer_dead_shares[k])
    figure.update_yaxes(title="Units, %", range=[-2, 102])
    return figure


def weight_chart(network: Network) -> go.Figure:
    """Draw how the weights of each layer are spread; those that are no numbers are left out."""
    figure = go.Figure()
    for k, layer in enumerate(network.layers):
        weights = layer.W[np.isfinite(layer.W)].astype(np.float64)
        if weights.size == 0:
            continue
        share, edges = np.histogram(weights, _BINS)
        figure.add_scatter(
            x=(edges[:-1] + edges[1:]) / 2,
            y=100 * share / weights.size,
            name=_name(k),
            mode="lines",
            line={"color": DIGITS[k], "width": 2, "shape": "hvh"},
            hovertemplate="%{x:.3g}: %{y:.2g}%",
        )
    _lay_out(figure)
    figure.update_xaxes(title="Weight")
    figure.update_yaxes(title="Weights, %", rangemode="tozero")
    return figure


def _lines(
    history: Sequence[TrainRecord], layers: int, value: Callable[[TrainRecord, int], float]
) -> go.Figure:
    figure = go.Figure()
    for k in range(layers):
        points = thin([(record.epoch, value(record, k)) for record in history])
        figure.add_scatter(
            x=[x for x, _ in points],
            y=[y for _, y in points],
            name=_name(k),
            mode="lines+markers" if len(points) < 40 else "lines",
            line={"color": DIGITS[k], "width": 2},
            marker={"size": 4},
            hovertemplate="%{y:.3g}",
        )
    _lay_out(figure)
    figure.update_xaxes(title="Epoch", rangemode="tozero")
    return figure


def _name(k: int) -> str:
    return f"Layer {k + 1}"


def _lay_out(figure: go.Figure) -> None:
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 32, "b": 8},
        legend=LEGEND_ABOVE,
        showlegend=True,
        hovermode="x unified",
    )
