"""Charts of a data set: counts per digit and a map of its images."""

import numpy as np
import pandas as pd  # noqa: F401 - or Plotly may find it half imported by another thread
import plotly.graph_objects as go

from inkling.charts.style import DIGIT_COLOURS, LEGEND_ABOVE


def count_chart(counts: np.ndarray) -> go.Figure:
    """Draw how many images there are of each digit, (10,) whole numbers."""
    figure = go.Figure(
        go.Bar(
            x=[str(digit) for digit in range(10)],
            y=counts,
            marker_color=DIGIT_COLOURS,
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
            marker={"color": DIGIT_COLOURS[digit], "size": 6, "opacity": 0.8},
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
