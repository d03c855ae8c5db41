"""Charts that compare the curves of several runs."""

import html
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import plotly.graph_objects as go

from inkling.charts.number_format import local_time
from inkling.charts.style import DASHES, DIGIT_COLOURS, HEIGHT, line_figure, line_trace, thin_out
from inkling.runs.run import Run
from nn import TrainRecord

_LEGEND_BELOW = {"orientation": "h", "y": -0.25, "yanchor": "top", "x": 0}


def distinct_names(runs: Sequence[Run]) -> list[str]:
    """Return the names of runs, with the date where several have the same."""
    count = Counter(run.info.name for run in runs)
    return [
        run.info.name
        if count[run.info.name] == 1
        else f"{run.info.name}, {local_time(run.info.created)}"
        for run in runs
    ]


def cost_comparison_chart(runs: Sequence[Run]) -> go.Figure:
    """Return the cost curves of up to six runs: on validation images, else on training images."""
    return _run_curves(
        runs,
        lambda r: r.train_loss if r.validation_loss is None else r.validation_loss,
        {"title": "Cost", "rangemode": "tozero"},
    )


def accuracy_comparison_chart(runs: Sequence[Run]) -> go.Figure:
    """Return the accuracy curves of up to six runs, in percent; images as for the cost."""

    def accuracy(record: TrainRecord) -> float:
        validation = record.validation_accuracy
        return 100 * (record.train_accuracy if validation is None else validation)

    y_axis = {"title": "Accuracy, %", "autorangeoptions": {"include": 100, "clipmax": 100}}
    return _run_curves(runs, accuracy, y_axis)


def _run_curves(
    runs: Sequence[Run], value: Callable[[TrainRecord], float], y_axis: dict[str, Any]
) -> go.Figure:
    traces = [
        line_trace(
            thin_out([(record.epoch, value(record)) for record in run.history]),
            name=html.escape(name),  # Plotly reads some HTML
            mode="lines",
            line={"color": DIGIT_COLOURS[k], "width": 2.5, "dash": DASHES[k]},
            hovertemplate="%{y:.4g}",
        )
        for k, (run, name) in enumerate(zip(runs, distinct_names(runs), strict=True))
    ]
    return line_figure(
        traces,
        {"title": "Epoch", "rangemode": "tozero"},
        y_axis,
        height=HEIGHT + 20 * len(runs),
        legend=_LEGEND_BELOW,
    )
