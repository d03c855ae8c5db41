"""The palette of the app, its Plotly template, and the layout that all charts share.

A colour has one meaning on every page: blue is highlighted, grey is neutral, red is a mistake, and
each digit has its own colour. Colours that occur together can be distinguished without seeing red
or green, too, on a light and on a dark page. No information is in colour alone: curves differ in
their dashes, digits have legends, right and wrong have a sign or a word.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd  # noqa: F401 - or Plotly may find it half imported by another thread
import plotly.graph_objects as go
import plotly.io as pio

HIGHLIGHT = "#3a8fd6"
NEUTRAL = "#8a95a1"
TEXT_COLOURS = ("#10151d", "#eceff4")  # on a light page, on a dark page
DIGIT_COLOURS = (
    *("#0072b2", "#e69f00", "#0f9488", "#f62e57", "#6493ff"),
    *("#955600", "#763b68", "#1ac194", "#c89fc0", "#93213d"),
)
"""One colour for each digit, 0 to 9; with ten of them, a legend or a label names the digit."""

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
"""Of curves that are compared, besides their colours."""

POSITIVE, NEGATIVE = HIGHLIGHT, DIGIT_COLOURS[1]
"""Of weights: blue where ink excites a unit, orange where it inhibits it."""

HEIGHT = 300
MIN_GRADIENT = 1e-12
"""The least gradient norm in charts: 0 has no place on a logarithmic scale."""

_MAX_POINTS = 400  # of a curve; more are not visible, but have to be sent

CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"]}
"""For `st.plotly_chart(config=...)`."""

# In the browser, Streamlit's theme replaces margin, legend, font, hover label and axes of any
# template, and Streamlit reads the height from the layout: `figure` sets these in each layout.
TEMPLATE = "inkling"
pio.templates[TEMPLATE] = go.layout.Template(
    layout={
        "colorway": DIGIT_COLOURS,
        "dragmode": False,
        "showlegend": False,
        "hovermode": "closest",
    },
    data={"heatmap": [{"showscale": False, "xgap": 1, "ygap": 1}]},
)
_MARGIN = {"l": 8, "r": 8, "b": 8}
LEGEND_ABOVE = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}


def blue(opacity: float) -> str:
    """Return the highlight colour with an opacity, 0 to 1, as CSS."""
    return f"rgba(58, 143, 214, {opacity})"


def red(opacity: float) -> str:
    """Return the colour of mistakes with an opacity, 0 to 1, as CSS."""
    return f"rgba(214, 69, 69, {opacity})"


def figure(
    traces: Sequence[Mapping[str, Any]],
    x_axis: Mapping[str, Any],
    y_axis: Mapping[str, Any],
    *,
    height: int = HEIGHT,
    margin: Mapping[str, int] | None = None,
    legend: Mapping[str, Any] | None = None,
    zoom: bool = False,
    **layout: Any,
) -> go.Figure:
    """Return a figure, built in one call: each update of a figure costs as much as building it.

    Parameters
    ----------
    traces : sequence of mapping
        Each with its Plotly ``type``.
    x_axis, y_axis : mapping
        Of Plotly's layout.
    height : int
        Pixels.
    margin : mapping, optional
        Pixels at ``l``, ``r``, ``t``, ``b`` where they are not the usual ones.
    legend : mapping, optional
        Of Plotly's layout, such as `LEGEND_ABOVE`; no legend if None.
    zoom : bool
        Whether visitors can zoom; axes are fixed otherwise.
    **layout
        More of Plotly's layout.
    """
    top = 32 if legend is LEGEND_ABOVE else 8
    axis = {} if zoom else {"fixedrange": True}
    if legend is not None:
        layout = {"legend": legend, "showlegend": True, **layout}
    if zoom:
        layout = {"dragmode": "zoom", **layout}
    return go.Figure(
        data=traces,
        layout={
            "template": TEMPLATE,
            "height": height,
            "margin": {**_MARGIN, "t": top, **(margin or {})},
            "xaxis": {**axis, **x_axis},
            "yaxis": {**axis, **y_axis},
            **layout,
        },
    )


def line_figure(
    traces: Sequence[Mapping[str, Any]],
    x_axis: Mapping[str, Any],
    y_axis: Mapping[str, Any],
    **options: Any,
) -> go.Figure:
    """Return a `figure` of curves that are compared at the same x, with a legend and zoom."""
    return figure(
        traces,
        x_axis,
        y_axis,
        **{"legend": LEGEND_ABOVE, "zoom": True, "hovermode": "x unified", **options},
    )


def thin_out(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return at most as many of the points as a curve needs, the first and last among them."""
    if len(points) <= _MAX_POINTS:
        return points
    return [points[k] for k in np.linspace(0, len(points) - 1, _MAX_POINTS).round().astype(int)]


def line_trace(points: list[tuple[float, float]], **options: Any) -> dict[str, Any]:
    """Return a curve through points, with markers if they are few."""
    return {
        "type": "scatter",
        "x": [x for x, _ in points],
        "y": [y for _, y in points],
        "mode": "lines+markers" if len(points) < 40 else "lines",
        **options,
    }
