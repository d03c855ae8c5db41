"""Charts of what single units do: arrays in, Plotly figures out."""

import numpy as np
import plotly.graph_objects as go

from inkling.charts.style import DIGITS


def response_chart(means: np.ndarray) -> go.Figure:
    """Draw how strongly a unit answers to each digit.

    Parameters
    ----------
    means : ndarray, (10,)
        Its mean activation for each.
    """
    figure = go.Figure(
        go.Bar(
            x=[str(digit) for digit in range(10)],
            y=means.astype(float).round(4),
            marker_color=DIGITS,
            hovertemplate="%{x}: %{y:.3g}<extra></extra>",
        )
    )
    figure.update_layout(
        height=200, margin={"l": 0, "r": 0, "t": 8, "b": 0}, dragmode=False, showlegend=False
    )
    figure.update_xaxes(title="Digit", type="category", fixedrange=True)
    figure.update_yaxes(title="Mean activation", fixedrange=True, nticks=5, rangemode="tozero")
    return figure
