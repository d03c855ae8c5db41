"""Charts with a bar or points for each digit: image counts, a unit's response, a map of images."""

import numpy as np
import plotly.graph_objects as go

from inkling.charts.style import DIGIT_COLOURS, LEGEND_ABOVE, figure

_MARGIN = {"l": 0, "r": 0, "b": 0}


def count_chart(counts: np.ndarray) -> go.Figure:
    """Return a bar chart of the number of images of each digit, (10,) int."""
    return _digit_bars(
        counts,
        "%{x}: %{y:,} images<extra></extra>",
        {"title": "Images", "tickformat": ","},
        height=240,
    )


def response_chart(means: np.ndarray) -> go.Figure:
    """Return a bar chart of a unit's mean activation for each digit, (10,)."""
    return _digit_bars(
        means.astype(float).round(4),
        "%{x}: %{y:.3g}<extra></extra>",
        {"title": "Mean activation", "nticks": 5, "rangemode": "tozero"},
        height=200,
    )


def _digit_bars(
    values: np.ndarray, hovertemplate: str, y_axis: dict[str, object], height: int
) -> go.Figure:
    bars = {
        "type": "bar",
        "x": [str(digit) for digit in range(10)],
        "y": values,
        "marker": {"color": DIGIT_COLOURS},
        "hovertemplate": hovertemplate,
    }
    return figure(
        [bars], {"title": "Digit", "type": "category"}, y_axis, height=height, margin=_MARGIN
    )


def map_chart(coordinates: np.ndarray, labels: np.ndarray, shares: np.ndarray) -> go.Figure:
    """Return a scatter chart of images along two principal components, coloured by digit.

    Parameters
    ----------
    coordinates : ndarray, (n, 2)
        A point's customdata is its row.
    labels : ndarray, (n,)
    shares : ndarray, (2,)
        Of the variance, along each axis; from 0 to 1.
    """
    traces = []
    for digit, colour in enumerate(DIGIT_COLOURS):
        members = np.flatnonzero(labels == digit)
        traces.append(
            {
                "type": "scatter",
                "x": coordinates[members, 0].round(2),
                "y": coordinates[members, 1].round(2),
                "customdata": members,
                "mode": "markers",
                "name": str(digit),
                "marker": {"color": colour, "size": 6, "opacity": 0.8},
                "hovertemplate": f"{digit}, index %{{customdata}}<extra></extra>",
            }
        )
    return figure(
        traces,
        {"title": f"First component, {shares[0]:.0%} of the variance", "zeroline": False},
        {"title": f"Second component, {shares[1]:.0%}", "zeroline": False},
        height=420,
        margin={**_MARGIN, "t": 8},
        legend=LEGEND_ABOVE,
        zoom=True,
        clickmode="event+select",
        dragmode="pan",
    )
