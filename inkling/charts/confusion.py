"""A confusion matrix whose cells can be clicked."""

import numpy as np
import pandas as pd  # noqa: F401 - or Plotly may find it half imported by another thread
import plotly.graph_objects as go

from inkling.charts.style import HIGHLIGHT, MISTAKE, TEXT_COLOURS

MATRIX_HEIGHT = 420


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
        textfont={"size": np.where(diagonal, 10, 13).ravel(), "color": TEXT_COLOURS[dark]},
        marker={"symbol": "square", "size": 26, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate="True digit %{y}, network says %{x}: %{customdata:,}<extra></extra>",
    )
    if true is not None or answer is not None:
        left, right = (-0.5, 9.5) if answer is None else (answer - 0.5, answer + 0.5)
        top, bottom = (-0.5, 9.5) if true is None else (true - 0.5, true + 0.5)
        line = {"color": HIGHLIGHT, "width": 3}
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
