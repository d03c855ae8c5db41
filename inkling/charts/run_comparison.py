"""Several runs over each other: runs in, Plotly figures out."""

import html
from collections.abc import Callable, Sequence
from typing import Any

import plotly.graph_objects as go

from inkling.charts.style import DIGIT_COLOURS, HEIGHT, line_figure, line_trace, thin
from inkling.runs.run import Run
from nn import TrainRecord

_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


def cost_comparison(runs: Sequence[Run]) -> go.Figure:
    """Draw the cost of up to six runs: on the images held back, or else on the training images."""
    return _curves(
        runs,
        lambda r: r.train_loss if r.validation_loss is None else r.validation_loss,
        {"title": "Cost", "rangemode": "tozero"},
    )


def accuracy_comparison(runs: Sequence[Run]) -> go.Figure:
    """Draw the share of right answers of up to six runs, in percent; images as for the cost."""

    def accuracy(record: TrainRecord) -> float:
        held_back = record.validation_accuracy
        return 100 * (record.train_accuracy if held_back is None else held_back)

    axis = {"title": "Right answers, %", "autorangeoptions": {"include": 100, "clipmax": 100}}
    return _curves(runs, accuracy, axis)


def _curves(
    runs: Sequence[Run], value: Callable[[TrainRecord], float], y_axis: dict[str, Any]
) -> go.Figure:
    traces = [
        line_trace(
            thin([(record.epoch, value(record)) for record in run.history]),
            name=html.escape(run.info.name),  # Plotly reads some HTML
            mode="lines",
            line={"color": DIGIT_COLOURS[k], "width": 2.5, "dash": _DASHES[k]},
            hovertemplate="%{y:.4g}",
        )
        for k, run in enumerate(runs)
    ]
    return line_figure(
        traces,
        {"title": "Epoch", "rangemode": "tozero"},
        y_axis,
        height=HEIGHT + 20 * len(runs),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": -0.25, "yanchor": "top", "x": 0},
    )
