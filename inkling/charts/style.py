"""Arrays in, Plotly figures out. The one palette of the app is here too.

A colour means one thing on every page: blue is what to look at, grey stands back, red is a mistake,
and each digit has a colour of its own. Those of the digits begin with Okabe and Ito's set, which
people with any kind of colour vision can tell apart, on white and on black. No colour speaks alone:
curves differ in their dashes, digits have legends, and right or wrong is a sign or a word, too.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd  # noqa: F401 - or Plotly may find it half imported by another thread
import plotly.graph_objects as go

from nn import TrainRecord

CHOSEN = "#3a8fd6"
QUIET = "#8a95a1"
INK = ("#1c2430", "#e6eaf0")  # on a light page, and on a dark one
MISTAKE = "rgba(214, 69, 69, {})"  # red, and how much of it
DIGITS = (
    *("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9"),
    *("#d55e00", "#8c6bb1", "#b8a500", "#7f7f7f", "#a0522d"),
)
"""One colour a digit, 0 to 9; with ten of them, a legend or a label always says which."""

YES, NO = CHOSEN, DIGITS[1]
"""Of weights: blue where ink excites a unit, orange where it holds it back."""

LEGEND_ABOVE = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}

HEIGHT = 300
MATRIX_HEIGHT = 420
_DASHES = {"Training": "dot", "Validation": "solid", "Test": "dash"}
_POINTS = 400  # a curve that is drawn; more are not seen, but have to be sent

CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"]}
"""For `st.plotly_chart(config=...)`."""


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
            ("Training", QUIET, lambda record: record.train_loss),
            ("Validation", CHOSEN, lambda record: record.validation_loss),
        ],
        {"title": "Cost", "range": None if history else [0, 2.5], "rangemode": "tozero"},
    )


def accuracy_chart(history: Sequence[TrainRecord], epochs: float) -> go.Figure:
    """Draw the share of right answers, in percent, against the epochs; arguments as `cost_chart`.

    The test images appear only where a historical run reports them all along.
    """
    tested = [record for record in history if record.test_accuracy is not None]
    curves: list[_Curve] = [
        ("Training", QUIET, lambda record: _in_percent(record.train_accuracy)),
        ("Validation", CHOSEN, lambda record: _in_percent(record.validation_accuracy)),
    ]
    if len(tested) > 1:
        curves.append(("Test", CHOSEN, lambda record: _in_percent(record.test_accuracy)))
    axis = {
        "title": "Right answers, %",
        "range": None if history else [0, 100],
        "autorangeoptions": {"include": 100, "clipmax": 100},
    }
    return _curves(history, epochs, curves, axis)


def count_chart(counts: np.ndarray) -> go.Figure:
    """Draw how many images there are of each digit, (10,) whole numbers."""
    figure = go.Figure(
        go.Bar(
            x=[str(digit) for digit in range(10)],
            y=counts,
            marker_color=DIGITS,
            hovertemplate="%{x}: %{y:,} images<extra></extra>",
        )
    )
    figure.update_layout(
        height=240, margin={"l": 0, "r": 0, "t": 8, "b": 0}, dragmode=False, showlegend=False
    )
    figure.update_xaxes(title="Digit", type="category", fixedrange=True)
    figure.update_yaxes(title="Images", fixedrange=True)
    return figure


def map_chart(coordinates: np.ndarray, labels: np.ndarray, shares: np.ndarray) -> go.Figure:
    """Draw images as points along two principal components, a colour a digit.

    Parameters
    ----------
    coordinates : ndarray, (n, 2)
        Point k is image k; its number is the point's customdata.
    labels : ndarray, (n,)
    shares : ndarray, (2,)
        Of the variance, along each axis; from 0 to 1.
    """
    figure = go.Figure()
    for digit in range(10):
        members = np.flatnonzero(labels == digit)
        figure.add_scatter(
            x=coordinates[members, 0].round(2),
            y=coordinates[members, 1].round(2),
            customdata=members,
            mode="markers",
            name=str(digit),
            marker={"color": DIGITS[digit], "size": 6, "opacity": 0.8},
            hovertemplate=f"{digit}, index %{{customdata}}<extra></extra>",
        )
    figure.update_layout(
        height=420,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        legend=LEGEND_ABOVE,
        clickmode="event+select",
        dragmode="pan",
    )
    figure.update_xaxes(title=f"First component, {shares[0]:.0%} of the variance", zeroline=False)
    figure.update_yaxes(title=f"Second component, {shares[1]:.0%}", zeroline=False)
    return figure


def confusion_chart(
    counts: np.ndarray, true: int | None = None, answer: int | None = None, dark: bool = False
) -> go.Figure:
    """Draw a confusion matrix whose cells can be clicked: x is the answer, y the true digit.

    Colour is for mistakes only, by the square root of their number: beside the right answers on
    the diagonal, a hundred times as many, they would all look alike.

    Parameters
    ----------
    counts : ndarray, (10, 10) int
        Row: the label. Column: the answer.
    true, answer : int, optional
        The row, the column or the cell to frame.
    dark : bool
        Whether the page is.
    """
    diagonal = np.eye(len(counts), dtype=bool)
    mistakes = np.where(diagonal, 0, counts)
    rows, columns = np.indices(counts.shape)
    figure = go.Figure()
    figure.add_heatmap(
        z=np.sqrt(mistakes),
        # Never quite opaque, so that the numbers can be read on a light page and on a dark one
        colorscale=[
            [0, MISTAKE.format(0)],
            [1e-9, MISTAKE.format(0.12)],
            [1, MISTAKE.format(0.6)],
        ],
        zmin=0,
        zmax=max(1.0, float(np.sqrt(mistakes.max()))),
        showscale=False,
        xgap=1,
        ygap=1,
        hoverinfo="skip",
    )
    # Plotly tells of clicks on points, not of clicks on a heatmap.
    figure.add_scatter(
        x=columns.ravel(),
        y=rows.ravel(),
        text=[str(count) if count else "" for count in counts.ravel()],
        customdata=counts.ravel(),
        mode="markers+text",
        textfont={"size": np.where(diagonal, 10, 13).ravel(), "color": INK[dark]},
        marker={"symbol": "square", "size": 26, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate="True digit %{y}, network says %{x}: %{customdata:,}<extra></extra>",
    )
    if true is not None or answer is not None:
        left, right = (-0.5, 9.5) if answer is None else (answer - 0.5, answer + 0.5)
        top, bottom = (-0.5, 9.5) if true is None else (true - 0.5, true + 0.5)
        line = {"color": CHOSEN, "width": 3}
        figure.add_shape(type="rect", x0=left, x1=right, y0=top, y1=bottom, line=line)
    figure.update_layout(
        height=MATRIX_HEIGHT,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=False,
        hovermode="closest",
        hoverdistance=-1,
        dragmode=False,
    )
    axis = {"dtick": 1, "showgrid": False, "zeroline": False, "ticks": "", "fixedrange": True}
    figure.update_xaxes(title="Network says", range=[-0.5, 9.5], **axis)
    figure.update_yaxes(title="True digit", range=[9.5, -0.5], **axis)
    return figure


def percent(share: float) -> str:
    """Return a probability in whole percent; never 100% of what is less."""
    return "over 99%" if 0.995 <= share < 1 else f"{share:.0%}"


def thin(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return at most as many of the points as a curve needs, the first and last among them."""
    if len(points) <= _POINTS:
        return points
    return [points[k] for k in np.linspace(0, len(points) - 1, _POINTS).round().astype(int)]


_Curve = tuple[str, str, Callable[[TrainRecord], float | None]]


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


def line_trace(points: list[tuple[float, float]], **looks: Any) -> dict[str, Any]:
    """Return a curve through points, with marks on them where they are few."""
    return {
        "type": "scatter",
        "x": [x for x, _ in points],
        "y": [y for _, y in points],
        "mode": "lines+markers" if len(points) < 40 else "lines",
        **looks,
    }


def line_figure(
    traces: list[dict[str, Any]], x_axis: dict[str, Any], y_axis: dict[str, Any], **layout: Any
) -> go.Figure:
    """Return a figure of curves, made at once: each change of one costs as much as making it."""
    usual = {
        "height": HEIGHT,
        "margin": {"l": 8, "r": 8, "t": 32, "b": 8},
        "legend": LEGEND_ABOVE,
        "showlegend": True,
        "hovermode": "x unified",
    }
    return go.Figure(data=traces, layout={**usual, "xaxis": x_axis, "yaxis": y_axis, **layout})


def _in_percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
