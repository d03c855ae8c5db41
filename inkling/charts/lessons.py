"""Charts of the failure lab: numbers in, Plotly figures out."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from inkling.charts.style import HEIGHT, HIGHLIGHT, LEGEND_ABOVE, NEUTRAL
from inkling.training.race import Standings

_ROW = 30  # pixels

_SMALLEST = 1e-12  # a gradient of 0 has no place on a logarithmic scale


def gradient_chart(failed: Sequence[float], mended: Sequence[float] = ()) -> go.Figure:
    """Draw how long the last gradient is in each layer, on a logarithmic scale.

    Parameters
    ----------
    failed, mended : sequence of float
        Of the two runs, the layer after the inputs first; none before there is a mended run.
    """
    figure = go.Figure()
    for name, norms, colour, dash in (
        ("As it failed", failed, NEUTRAL, "dot"),
        ("Mended", mended, HIGHLIGHT, "solid"),
    ):
        if norms:
            figure.add_scatter(
                x=[_layer(k, len(norms)) for k in range(len(norms))],
                y=[max(norm, _SMALLEST) for norm in norms],
                name=name,
                mode="lines+markers",
                line={"color": colour, "width": 2.5, "dash": dash},
                marker={"size": 8},
                hovertemplate="%{y:.2g}",
            )
    _lay_out(figure)
    figure.update_yaxes(title="Length", type="log", exponentformat="power", dtick=1)
    return figure


def _layer(k: int, layers: int) -> str:
    return "Outputs" if k == layers - 1 else f"Hidden {k + 1}" if layers > 2 else "Hidden"


def race_images_chart(history: Sequence[Standings]) -> go.Figure:
    """Draw how many images both sides have learned from, on a logarithmic scale.

    Parameters
    ----------
    history : sequence of Standings
        Not empty.
    """
    figure = _race(history, "images")
    figure.update_yaxes(title="Images learned from", type="log", tickformat=",", dtick=1)
    return figure


def race_cost_chart(history: Sequence[Standings]) -> go.Figure:
    """Draw the cost of both sides; arguments as `race_images_chart`."""
    figure = _race(history, "cost")
    figure.update_yaxes(title="Cost", rangemode="tozero", nticks=6)
    return figure


def _race(history: Sequence[Standings], value: str) -> go.Figure:
    figure = go.Figure()
    for side, (colour, dash) in enumerate(((NEUTRAL, "dot"), (HIGHLIGHT, "solid"))):
        standings = [both[side] for both in history]
        figure.add_scatter(
            x=[standing.seconds for standing in standings],
            y=[getattr(standing, value) for standing in standings],
            name=standings[-1].name,
            mode="lines",
            line={"color": colour, "width": 2.5, "dash": dash},
            hovertemplate="%{y:,.4g}",
        )
    _lay_out(figure)
    figure.update_xaxes(title="Seconds of computing", rangemode="tozero", nticks=6)
    return figure


def _lay_out(figure: go.Figure) -> None:
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 64, "r": 16, "t": 32, "b": 48},
        legend=LEGEND_ABOVE,
        showlegend=True,
        hovermode="x unified",
    )


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
            marker_color=[HIGHLIGHT if k == largest else NEUTRAL for k in range(len(outputs))],
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
