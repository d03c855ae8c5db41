"""Charts of one digit on its way through a network: arrays in, Plotly figures out."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from inkling.charts.number_format import power_of_ten
from inkling.charts.style import DIGIT_COLOURS, HIGHLIGHT, LEGEND_ABOVE, NEUTRAL

MAP_HEIGHT = 320
BARS_HEIGHT = 190


def before_and_after(before: np.ndarray, after: np.ndarray) -> go.Figure:
    """Draw the probabilities of the digits, (classes,) each, before a step and after it."""
    figure = go.Figure()
    for name, values, colour in (("Before", before, NEUTRAL), ("After", after, HIGHLIGHT)):
        figure.add_bar(
            x=np.arange(len(values)),
            y=100 * values.astype(np.float64),
            name=name,
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate=f"digit %{{x}}, {name.lower()}: %{{y:.4~g}}%<extra></extra>",
        )
    _lay_out(figure, MAP_HEIGHT)
    figure.update_layout(showlegend=True, legend=LEGEND_ABOVE)
    figure.update_layout(margin={"l": 64, "r": 8, "t": 32, "b": 44})
    figure.update_xaxes(title="Digit", dtick=1, showgrid=False)
    figure.update_yaxes(title="Probability, %", range=[0, 104])
    return figure


def cross_entropy_curve(p: float) -> go.Figure:
    """Draw minus the logarithm of a probability, and the place of p on it, 0 to 1."""
    x = np.concatenate([np.geomspace(1e-3, 0.1, 30), np.linspace(0.1, 1, 60)[1:]])
    figure = go.Figure()
    figure.add_scatter(
        x=x,
        y=-np.log(x),
        mode="lines",
        line={"color": NEUTRAL, "width": 2.5},
        hovertemplate="p = %{x:.3f}: loss %{y:.3f}<extra></extra>",
    )
    shown = max(p, 1e-3)
    figure.add_scatter(
        x=[shown],
        y=[-np.log(shown)],
        mode="markers",
        cliponaxis=False,
        marker={"color": HIGHLIGHT, "size": 13},
        customdata=[[p, -np.log(max(p, 1e-38))]],
        hovertemplate="this digit: p = %{customdata[0]:.4~g}, loss %{customdata[1]:.4~g}"
        "<extra></extra>",
    )
    _lay_out(figure, MAP_HEIGHT)
    figure.update_xaxes(title="Probability of the right digit", range=[0, 1.02])
    figure.update_yaxes(title="Loss", rangemode="tozero")
    return figure


def gradient_agreement_chart(
    exponents: Sequence[int], digits: Sequence[float], chosen: int
) -> go.Figure:
    """Draw how many digits agree against how far the weight was moved.

    Parameters
    ----------
    exponents : sequence of int
        The weight was moved by 10 to the power of each.
    digits : sequence of float
        Of the same length.
    chosen : int
        The place in both that stands out.
    """
    figure = go.Figure(
        go.Bar(
            x=[power_of_ten(exponent) for exponent in exponents],
            y=list(digits),
            marker={
                "color": [HIGHLIGHT if k == chosen else NEUTRAL for k in range(len(digits))],
                "line": {"width": 0},
            },
            hovertemplate="moved by %{x}: %{y:.1f} digits agree<extra></extra>",
        )
    )
    _lay_out(figure, BARS_HEIGHT)
    figure.update_xaxes(title="How far the weight is moved", type="category", showgrid=False)
    # A phone has no room for every label.
    shown = [power_of_ten(exponent) for exponent in exponents[::3]]
    figure.update_xaxes(tickvals=shown, tickangle=0)
    figure.update_yaxes(title="Digits", range=[0, 16.5], dtick=4)
    return figure


def _lay_out(figure: go.Figure, height: int) -> None:
    figure.update_layout(
        height=height,
        margin={"l": 64, "r": 8, "t": 8, "b": 44},
        showlegend=False,
        dragmode=False,
        hovermode="closest",
    )
    figure.update_xaxes(fixedrange=True, automargin=False, zeroline=False)
    figure.update_yaxes(fixedrange=True, automargin=False, nticks=5, tickformat="~g")


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
            marker_color=DIGIT_COLOURS,
            hovertemplate="%{x}: %{y:.3g}<extra></extra>",
        )
    )
    figure.update_layout(
        height=200, margin={"l": 0, "r": 0, "t": 8, "b": 0}, dragmode=False, showlegend=False
    )
    figure.update_xaxes(title="Digit", type="category", fixedrange=True)
    figure.update_yaxes(title="Mean activation", fixedrange=True, nticks=5, rangemode="tozero")
    return figure
