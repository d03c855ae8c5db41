"""Several runs over each other: runs in, Plotly figures out."""

import html
from collections.abc import Callable, Sequence

import plotly.graph_objects as go

from dashboard.charts import DIGITS, HEIGHT, thin
from dashboard.run import Run
from nn import TrainRecord

_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


def cost_comparison(runs: Sequence[Run]) -> go.Figure:
    """Draw the cost of up to six runs: on the images held back, or else on the training images."""
    figure = _curves(
        runs, lambda r: r.train_loss if r.validation_loss is None else r.validation_loss
    )
    figure.update_yaxes(title="Cost", rangemode="tozero")
    return figure


def accuracy_comparison(runs: Sequence[Run]) -> go.Figure:
    """Draw the share of right answers of up to six runs, in percent; images as for the cost."""

    def accuracy(record: TrainRecord) -> float:
        held_back = record.validation_accuracy
        return 100 * (record.train_accuracy if held_back is None else held_back)

    figure = _curves(runs, accuracy)
    figure.update_yaxes(title="Right answers, %", autorangeoptions={"include": 100, "clipmax": 100})
    return figure


def _curves(runs: Sequence[Run], value: Callable[[TrainRecord], float]) -> go.Figure:
    figure = go.Figure()
    for k, run in enumerate(runs):
        points = thin([(record.epoch, value(record)) for record in run.history])
        figure.add_scatter(
            x=[x for x, _ in points],
            y=[y for _, y in points],
            name=html.escape(run.info.name),  # Plotly reads some HTML
            mode="lines",
            line={"color": DIGITS[k], "width": 2.5, "dash": _DASHES[k]},
            hovertemplate="%{y:.4g}",
        )
    figure.update_layout(
        height=HEIGHT + 20 * len(runs),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": -0.25, "yanchor": "top", "x": 0},
        showlegend=True,
        hovermode="x unified",
    )
    figure.update_xaxes(title="Epoch", rangemode="tozero")
    return figure
