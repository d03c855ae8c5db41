"""Charts of the failure lab: numbers in, Plotly figures out."""

from collections.abc import Sequence

import plotly.graph_objects as go

from inkling.charts.style import CHOSEN, HEIGHT, LEGEND_ABOVE, QUIET
from inkling.training.race import Standings

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
        ("As it failed", failed, QUIET, "dot"),
        ("Mended", mended, CHOSEN, "solid"),
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
    for side, (colour, dash) in enumerate(((QUIET, "dot"), (CHOSEN, "solid"))):
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
