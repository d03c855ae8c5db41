"""Charts of a training run: cost and accuracy against the epochs."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd  # noqa: F401 - or Plotly may find it half imported by another thread
import plotly.graph_objects as go

from inkling.charts.style import HIGHLIGHT, NEUTRAL, line_figure, line_trace, thin
from nn import TrainRecord

_DASHES = {"Training": "dot", "Validation": "solid", "Test": "dash"}
_Curve = tuple[str, str, Callable[[TrainRecord], float | None]]


def cost_chart(history: Sequence[TrainRecord], epochs: float) -> go.Figure:
    """Draw the cost on training and validation images against the epochs.

    Parameters
    ----------
    history : sequence of TrainRecord
    epochs : float
        The whole run's, so that the axis stands still while the curves grow.
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
    """Draw the share of right answers, in percent, against the epochs; arguments as `cost_chart`.

    The test images appear only where a historical run reports them all along.
    """
    tested = [record for record in history if record.test_accuracy is not None]
    curves: list[_Curve] = [
        ("Training", NEUTRAL, lambda record: _in_percent(record.train_accuracy)),
        ("Validation", HIGHLIGHT, lambda record: _in_percent(record.validation_accuracy)),
    ]
    if len(tested) > 1:
        curves.append(("Test", HIGHLIGHT, lambda record: _in_percent(record.test_accuracy)))
    axis = {
        "title": "Right answers, %",
        "range": None if history else [0, 100],
        "autorangeoptions": {"include": 100, "clipmax": 100},
    }
    return _curves(history, epochs, curves, axis)


def _curves(
    history: Sequence[TrainRecord], epochs: float, curves: list[_Curve], y_axis: dict[str, Any]
) -> go.Figure:
    traces = []
    for name, colour, value in curves:
        points = thin([(r.epoch, y) for r in history if (y := value(r)) is not None])
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
    # What need not be measured need not be drawn twice: a chart that grows is drawn often.
    axis = {"automargin": False, "ticklabeloverflow": "allow", "nticks": 6}
    return line_figure(
        traces,
        {"title": "Epoch", "range": [0, epochs], "rangemode": "nonnegative", **axis},
        y_axis | axis,
        margin={"l": 56, "r": 16, "t": 32, "b": 48},
        dragmode="zoom",
    )


def _in_percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
