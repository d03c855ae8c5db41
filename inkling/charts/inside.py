"""Charts of the walk-through of one digit through a network."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from inkling.charts.number_format import power_of_ten
from inkling.charts.style import HIGHLIGHT, LEGEND_ABOVE, NEUTRAL, figure

_HEIGHT = 320
_MARGIN = {"l": 64, "b": 44}
# Fixed margins: the chart does not move when its labels change.
_X_AXIS = {"automargin": False, "zeroline": False}
_Y_AXIS = {"automargin": False, "nticks": 5, "tickformat": "~g"}
_MIN_PROBABILITY = 1e-3  # that is drawn


def before_and_after_chart(before: np.ndarray, after: np.ndarray) -> go.Figure:
    """Return a bar chart of probabilities before and after a step, (classes,) each."""
    traces = [
        {
            "type": "bar",
            "x": np.arange(len(values)),
            "y": 100 * values.astype(np.float64),
            "name": name,
            "marker": {"color": colour},
            "hovertemplate": f"digit %{{x}}, {name.lower()}: %{{y:.4~g}}%<extra></extra>",
        }
        for name, values, colour in (("Before", before, NEUTRAL), ("After", after, HIGHLIGHT))
    ]
    return figure(
        traces,
        {"title": "Digit", "dtick": 1, "showgrid": False, **_X_AXIS},
        {"title": "Probability, %", "range": [0, 104], **_Y_AXIS},
        height=_HEIGHT,
        margin=_MARGIN,
        legend=LEGEND_ABOVE,
    )


def cross_entropy_chart(p: float) -> go.Figure:
    """Return the curve -log(x) with the point of a probability p, 0 to 1."""
    x = np.concatenate([np.geomspace(_MIN_PROBABILITY, 0.1, 30), np.linspace(0.1, 1, 60)[1:]])
    curve = {
        "type": "scatter",
        "x": x,
        "y": -np.log(x),
        "mode": "lines",
        "line": {"color": NEUTRAL, "width": 2.5},
        "hovertemplate": "p = %{x:.3f}: cost %{y:.3f}<extra></extra>",
    }
    shown = max(p, _MIN_PROBABILITY)
    point = {
        "type": "scatter",
        "x": [shown],
        "y": [-np.log(shown)],
        "mode": "markers",
        "cliponaxis": False,
        "marker": {"color": HIGHLIGHT, "size": 13},
        "customdata": [[p, -np.log(max(p, 1e-38))]],
        "hovertemplate": "this digit: p = %{customdata[0]:.4~g}, cost %{customdata[1]:.4~g}"
        "<extra></extra>",
    }
    return figure(
        [curve, point],
        {"title": "Probability of the right digit", "range": [0, 1.02], **_X_AXIS},
        {"title": "Cost", "rangemode": "tozero", **_Y_AXIS},
        height=_HEIGHT,
        margin=_MARGIN,
    )


def gradient_agreement_chart(
    exponents: Sequence[int], digits: Sequence[float], chosen: int
) -> go.Figure:
    """Return a bar chart of the digits that agree against the step of the numerical gradient.

    Parameters
    ----------
    exponents : sequence of int
        The steps are 10 to the power of these.
    digits : sequence of float
        Of the same length.
    chosen : int
        Place in both of the highlighted bar.
    """
    bars: dict[str, Any] = {
        "type": "bar",
        "x": [power_of_ten(exponent) for exponent in exponents],
        "y": list(digits),
        "marker": {"color": [HIGHLIGHT if k == chosen else NEUTRAL for k in range(len(digits))]},
        "hovertemplate": "moved by %{x}: %{y:.1f} digits agree<extra></extra>",
    }
    x_axis = {
        "title": "How far the weight is moved",
        "type": "category",
        "showgrid": False,
        "tickvals": bars["x"][::3],  # a phone has no room for every label
        "tickangle": 0,
        **_X_AXIS,
    }
    y_axis = {"title": "Digits", "range": [0, 16.5], "dtick": 4, **_Y_AXIS}
    return figure([bars], x_axis, y_axis, height=190, margin=_MARGIN)
