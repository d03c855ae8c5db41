"""Charts of a training run: cost and accuracy against the epochs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from inkling.charts.style import HEIGHT, HIGHLIGHT, NEUTRAL, line_figure, line_trace, thin_out
from nn import TrainRecord

GUESSING = 10
"""Percent that a guess among ten digits gets right."""

_DASHES = {"Training": "dot", "Validation": "solid", "Test": "dash"}
_MARGIN = {"l": 48, "r": 72, "t": 24, "b": 44}  # on the right for the labels of the curves
_LABEL_HEIGHT = 32  # pixels: two lines
_Curve = tuple[str, str, Callable[[TrainRecord], float | None]]


def cost_chart(
    history: Sequence[TrainRecord], epochs: float, marks: Mapping[float, str] | None = None
) -> go.Figure:
    """Return the curves of the cost on training and validation images.

    Parameters
    ----------
    history : sequence of TrainRecord
    epochs : float
        Of the whole run, so that the axis does not change while the curves grow.
    marks : mapping of float to str, optional
        What happened, by epoch.
    """
    curves: list[_Curve] = [
        ("Training", NEUTRAL, lambda record: record.train_loss),
        ("Validation", HIGHLIGHT, lambda record: record.validation_loss),
    ]
    return _curves(history, epochs, curves, "Cost", None, "{:.3g}", marks)


def accuracy_chart(
    history: Sequence[TrainRecord], epochs: float, marks: Mapping[float, str] | None = None
) -> go.Figure:
    """Return the curves of the share of right answers, in percent; parameters as `cost_chart`.

    Test images have a curve only in historical runs, which report them after each epoch. A line
    shows the accuracy of a guess.
    """
    tested = [record for record in history if record.test_accuracy is not None]
    curves: list[_Curve] = [
        ("Training", NEUTRAL, lambda record: _in_percent(record.train_accuracy)),
        ("Validation", HIGHLIGHT, lambda record: _in_percent(record.validation_accuracy)),
    ]
    if len(tested) > 1:
        curves.append(("Test", HIGHLIGHT, lambda record: _in_percent(record.test_accuracy)))
    return _curves(history, epochs, curves, "Accuracy, %", 100, "{:.1f}%", marks, GUESSING)


def _curves(
    history: Sequence[TrainRecord],
    epochs: float,
    curves: Sequence[_Curve],
    title: str,
    highest: float | None,
    number: str,
    marks: Mapping[float, str] | None,
    guessing: float | None = None,
) -> go.Figure:
    """Return a chart of curves from 0 to `highest`, or to the largest value if it is None.

    The format `number` is that of the last values; a line with a label is drawn at `guessing`.
    """
    points = {
        name: thin_out([(r.epoch, y) for r in history if (y := value(r)) is not None])
        for name, _, value in curves
    }
    if highest is None:
        finite = [y for curve in points.values() for _, y in curve if y == y and abs(y) < 1e9]
        highest = 1.05 * max(finite) if finite and max(finite) > 0 else 2.5
    traces = [
        line_trace(
            points[name],
            name=name,
            line={"color": colour, "width": 2.5, "dash": _DASHES[name]},
            marker={"size": 5},
            cliponaxis=False,
            hovertemplate="%{y:.4g}",
        )
        for name, colour, _ in curves
    ]
    below = 0 if guessing is None else guessing / 100  # of the chart: room for the label
    annotations = _labels(points, highest, number, below) + _mark_labels(marks or {})
    lines = [_line("x", x, "dot", below) for x in marks or {}]
    if guessing is not None:
        annotations.append(_guessing_label(guessing))
        lines.append(_line("y", guessing, "dash"))
    # Without measuring labels, a chart that is redrawn often is not laid out twice.
    axis = {"automargin": False, "ticklabeloverflow": "allow", "nticks": 6}
    return line_figure(
        traces,
        {"title": "Epoch", "range": [0, epochs], **axis},
        {"title": title, "range": [0, highest], **axis},
        legend=None,
        margin=_MARGIN,
        annotations=annotations,
        shapes=lines,
    )


def _line(axis: str, value: float, dash: str, start: float = 0) -> dict[str, Any]:
    """Return a line across the chart, from a share of it on, at a value of an axis."""
    other = "y" if axis == "x" else "x"
    return {
        "type": "line",
        f"{axis}0": value,
        f"{axis}1": value,
        f"{other}ref": f"{other} domain",
        f"{other}0": start,
        f"{other}1": 1,
        "line": {"color": NEUTRAL, "width": 1, "dash": dash},
        "layer": "below",
    }


def _labels(
    points: Mapping[str, list[tuple[float, float]]], highest: float, number: str, below: float
) -> list[dict[str, Any]]:
    """Return name and last value of each curve, right of its end; none lies on another.

    None lies in the share `below` of the chart, at its bottom.
    """
    plot = HEIGHT - _MARGIN["t"] - _MARGIN["b"]
    lowest = below * plot + _LABEL_HEIGHT / 2
    ends = sorted(
        [
            (min(max(curve[-1][1] / highest, 0), 1) * plot, name)
            for name, curve in points.items()
            if curve
        ]
    )
    heights: list[float] = []
    for end, _ in ends:
        heights.append(max(end, heights[-1] + _LABEL_HEIGHT if heights else lowest))
    for k in reversed(range(len(heights))):  # down again, where the highest is above the chart
        above = heights[k + 1] - _LABEL_HEIGHT if k + 1 < len(heights) else plot
        heights[k] = min(heights[k], above)
    return [
        {
            "text": f"{name}<br>{number.format(points[name][-1][1])}",
            "align": "left",
            "x": points[name][-1][0],
            "xanchor": "left",
            "xshift": 6,
            "y": end / plot * highest,
            "yshift": height - end,
            "showarrow": False,
        }
        for (end, name), height in zip(ends, heights, strict=True)
    ]


def _mark_labels(marks: Mapping[float, str]) -> list[dict[str, Any]]:
    """Return what happened, at half the height, where the curves seldom are."""
    return [
        {
            "text": text,
            "showarrow": False,
            "x": x,
            "xanchor": "right",
            "xshift": -2,
            "yref": "y domain",
            "y": 0.5,
        }
        for x, text in marks.items()
    ]


def _guessing_label(accuracy: float) -> dict[str, Any]:
    """Return the label of the line, below it: a network that learned nothing is on it or above."""
    return {
        "text": f"guessing: {accuracy}%",
        "showarrow": False,
        "y": 0,
        "yanchor": "bottom",
        "xref": "x domain",
        "x": 1,
        "xanchor": "right",
    }


def _in_percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
