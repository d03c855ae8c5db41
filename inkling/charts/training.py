"""Charts of a training run: cost and accuracy against the epochs."""

from collections.abc import Callable, Sequence
from typing import Any

import plotly.graph_objects as go

from inkling.charts.style import HIGHLIGHT, NEUTRAL, line_figure, line_trace, thin_out
from nn import TrainRecord

_DASHES = {"Training": "dot", "Validation": "solid", "Test": "dash"}
_Curve = tuple[str, str, Callable[[TrainRecord], float | None]]


def cost_chart(history: Sequence[TrainRecord], epochs: float) -> go.Figure:
    """Return the curves of the cost on training and validation images.

    Parameters
    ----------
    history : sequence of TrainRecord
    epochs : float
        Of the whole run, so that the axis does not change while the curves grow.
    """
    return _curves(
        history,
        epochs,
        [
            ("Training", NEUTRAL, lambda record: record.train_loss),
            ("Validation", HIGHLIGHT, lambda record: record.validation_loss),
        ],
        {"title": "Cost", "range": None if history else [0, 2.5], "rangemode": "tozero"},
    )


def accuracy_chart(history: Sequence[TrainRecord], epochs: float) -> go.Figure:
    """Return the curves of the share of right answers, in percent; parameters as `cost_chart`.

    Test images have a curve only in historical runs, which report them after each epoch.
    """
    tested = [record for record in history if record.test_accuracy is not None]
    curves: list[_Curve] = [
        ("Training", NEUTRAL, lambda record: _in_percent(record.train_accuracy)),
        ("Validation", HIGHLIGHT, lambda record: _in_percent(record.validation_accuracy)),
    ]
    if len(tested) > 1:
        curves.append(("Test", HIGHLIGHT, lambda record: _in_percent(record.test_accuracy)))
    y_axis = {
        "title": "Right answers, %",
        "range": None if history else [0, 100],
        "autorangeoptions": {"include": 100, "clipmax": 100},
    }
    return _curves(history, epochs, curves, y_axis)


def _curves(
    history: Sequence[TrainRecord], epochs: float, curves: list[_Curve], y_axis: dict[str, Any]
) -> go.Figure:
    traces = []
    for name, colour, value in curves:
        points = thin_out([(r.epoch, y) for r in history if (y := value(r)) is not None])
        traces.append(
            line_trace(
                points,
                name=name,
                line={"color": colour, "width": 2.5, "dash": _DASHES[name]},
                marker={"size": 5},
                cliponaxis=False,
                hovertemplate="%{y:.4g}",
            )
        )
    # Without measuring labels, a chart that is redrawn often is not laid out twice.
    axis = {"automargin": False, "ticklabeloverflow": "allow", "nticks": 6}
    return line_figure(
        traces,
        {"title": "Epoch", "range": [0, epochs], "rangemode": "nonnegative", **axis},
        y_axis | axis,
        margin={"l": 56, "r": 16, "b": 48},
    )


def _in_percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
