"""Arrays in, Plotly figures out. The one palette of the app is here too.

A colour means one thing on every page: blue is what to look at, grey stands back, red is a mistake,
and each digit has a colour of its own. Those of the digits begin with Okabe and Ito's set, which
people with any kind of colour vision can tell apart, on white and on black. No colour speaks alone:
curves differ in their dashes, digits have legends, and right or wrong is a sign or a word, too.
"""

from typing import Any

import numpy as np
import pandas as pd  # noqa: F401 - or Plotly may find it half imported by another thread
import plotly.graph_objects as go

HIGHLIGHT = "#3a8fd6"
NEUTRAL = "#8a95a1"
TEXT_COLOURS = ("#1c2430", "#e6eaf0")  # on a light page, and on a dark one
MISTAKE = "rgba(214, 69, 69, {})"  # red, and how much of it
DIGIT_COLOURS = (
    *("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9"),
    *("#d55e00", "#8c6bb1", "#b8a500", "#7f7f7f", "#a0522d"),
)
"""One colour a digit, 0 to 9; with ten of them, a legend or a label always says which."""

POSITIVE, NEGATIVE = HIGHLIGHT, DIGIT_COLOURS[1]
"""Of weights: blue where ink excites a unit, orange where it holds it back."""

LEGEND_ABOVE = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}

HEIGHT = 300
_POINTS = 400  # a curve that is drawn; more are not seen, but have to be sent

CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"]}
"""For `st.plotly_chart(config=...)`."""


def thin(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return at most as many of the points as a curve needs, the first and last among them."""
    if len(points) <= _POINTS:
        return points
    return [points[k] for k in np.linspace(0, len(points) - 1, _POINTS).round().astype(int)]


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
