"""Charts of the story: outputs as bars and as a table of shades; no Streamlit."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from inkling.charts.style import CHOSEN, QUIET

_ROW = 30  # pixels


def output_bars(outputs: np.ndarray, decimals: int) -> go.Figure:
    """Draw the outputs of a network for one image, whatever their size, the largest one marked.

    Parameters
    ----------
    outputs : ndarray, (10,)
    decimals : int
        Of the numbers that stand beside the bars.
    """
    largest = int(outputs.argmax())
    figure = go.Figure(
        go.Bar(
            x=outputs,
            y=[str(digit) for digit in range(len(outputs))],
            orientation="h",
            marker_color=[CHOSEN if k == largest else QUIET for k in range(len(outputs))],
            text=[f"{value:,.{decimals}f}" for value in outputs],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    figure.update_layout(height=8 * _ROW, margin={"l": 0, "r": 60, "t": 0, "b": 0}, bargap=0.25)
    figure.update_xaxes(visible=False, fixedrange=True)
    figure.update_yaxes(autorange="reversed", fixedrange=True, type="category", dtick=1)
    return figure


def output_table(outputs: np.ndarray, names: Sequence[str]) -> go.Figure:
    """Draw the outputs for several images, a row for each, rounded to two digits.

    Parameters
    ----------
    outputs : ndarray, (n, 10)
        From 0 to 1.
    names : sequence of str
        Of the images.
    """
    figure = go.Figure(
        go.Heatmap(
            z=outputs,
            x=[str(digit) for digit in range(outputs.shape[1])],
            y=list(names),
            zmin=0,
            zmax=1,
            colorscale=[[0, "rgba(58, 143, 214, 0.05)"], [1, "rgba(58, 143, 214, 0.7)"]],
            text=[[f"{value:.2f}" for value in row] for row in outputs],
            texttemplate="%{text}",
            textfont={"size": 10},
            showscale=False,
            xgap=1,
            ygap=1,
            hoverinfo="skip",
        )
    )
    figure.update_layout(
        height=_ROW + (_ROW - 4) * len(names), margin={"l": 0, "r": 0, "t": 0, "b": 0}
    )
    figure.update_xaxes(side="top", fixedrange=True, showgrid=False, dtick=1)
    figure.update_yaxes(autorange="reversed", fixedrange=True, showgrid=False, dtick=1)
    return figure
