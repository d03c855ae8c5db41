"""Charts of one digit on its way through a network: arrays in, Plotly figures out.

What excites is blue and what holds back is orange, as in the pictures of weights; 0 is transparent,
so that a chart suits a light page and a dark one.
"""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import CHOSEN, LEGEND_ABOVE, NO, QUIET, YES

MAP_HEIGHT = 320
BARS_HEIGHT = 190
_GROUND = 0.09  # of colour: even an image of zeros is seen to be one
_FAINT = 0.4  # of the bars that are not the chosen one
_WIDE = 40  # units; more of them stand without gaps


def pixel_map(image: np.ndarray, X: np.ndarray) -> go.Figure:
    """Draw an image as squares that tell what is in the file and what the network gets.

    Parameters
    ----------
    image : ndarray, (28, 28) uint8
        0 paper, 255 ink.
    X : ndarray, (784,) floating point
        The same pixels, scaled.
    """
    return _map(
        image,
        [[0, "#f0f0f0"], [1, "#000000"]],
        (0, 255),
        X.reshape(image.shape),
        "row %{y}, column %{x}: %{z} in the file, %{customdata:.3f} for the network",
    )


def signed_map(
    values: np.ndarray, details: np.ndarray, hover: str, marked: tuple[int, int] | None = None
) -> go.Figure:
    """Draw a number for each pixel, blue above 0 and orange below.

    Parameters
    ----------
    values : ndarray, (28, 28) floating point
    details : ndarray, (28, 28, k)
        What `hover` may tell of each pixel, as ``%{customdata[0]}`` and so on.
    hover : str
        A hover template; ``%{z}`` is the value.
    marked : (int, int), optional
        Row and column of a pixel to frame.
    """
    limit = float(np.abs(values).max()) or 1.0
    shades = [
        [0, _rgba(NO, 1)],
        [0.499, _rgba(NO, _GROUND)],
        [0.5, _rgba(QUIET, _GROUND)],
        [0.501, _rgba(YES, _GROUND)],
        [1, _rgba(YES, 1)],
    ]
    where = "row %{y}, column %{x}<br>"
    figure = _map(values, shades, (-limit, limit), details, where + hover)
    if marked is not None:
        row, column = marked
        place = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
        # A dark line within a light one is seen on any colour.
        figure.add_shape(type="rect", **place, line={"color": "#ffffff", "width": 5})
        figure.add_shape(type="rect", **place, line={"color": "#000000", "width": 2})
    return figure


def unit_bars(
    values: np.ndarray,
    *,
    name: str,
    details: np.ndarray | None = None,
    hover: str = "%{y:.4~g}",
    chosen: int | None = None,
) -> go.Figure:
    """Draw a number for each unit of a layer as bars, blue above 0 and orange below.

    Parameters
    ----------
    values : ndarray, (units,) floating point
    name : str
        What a bar stands for: "unit", or "digit" for the outputs.
    details : ndarray, (units, k), optional
        What `hover` may tell of each bar.
    hover : str
        A hover template; ``%{y}`` is the value.
    chosen : int, optional
        The bar that stands out.
    """
    opacity = np.full(len(values), 1.0 if chosen is None else _FAINT)
    if chosen is not None:
        opacity[chosen] = 1.0
    figure = go.Figure(
        go.Bar(
            x=np.arange(len(values)),
            y=values,
            customdata=details,
            marker={
                "color": np.where(values < 0, NO, YES),
                "opacity": opacity,
                "line": {"width": 0},
            },
            hovertemplate=f"{name} %{{x}}: {hover}<extra></extra>",
        )
    )
    if chosen is not None and len(values) > _WIDE:
        # Among hundreds a bar is a line: say where it stands.
        figure.add_scatter(
            x=[chosen],
            y=[values[chosen]],
            mode="markers",
            marker={"color": CHOSEN if values[chosen] >= 0 else NO, "size": 9, "symbol": "diamond"},
            hoverinfo="skip",
        )
    _lay_out(figure, BARS_HEIGHT)
    figure.update_layout(bargap=0.25 if len(values) <= _WIDE else 0)
    figure.update_xaxes(
        title=name.capitalize(),
        dtick=1 if len(values) <= 16 else None,
        nticks=8,
        range=[-0.6, len(values) - 0.4],
        showgrid=False,
    )
    return figure


def before_and_after(before: np.ndarray, after: np.ndarray) -> go.Figure:
    """Draw the probabilities of the digits, (classes,) each, before a step and after it."""
    figure = go.Figure()
    for name, values, colour in (("Before", before, QUIET), ("After", after, CHOSEN)):
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
        line={"color": QUIET, "width": 2.5},
        hovertemplate="p = %{x:.3f}: loss %{y:.3f}<extra></extra>",
    )
    shown = max(p, 1e-3)
    figure.add_scatter(
        x=[shown],
        y=[-np.log(shown)],
        mode="markers",
        cliponaxis=False,
        marker={"color": CHOSEN, "size": 13},
        customdata=[[p, -np.log(max(p, 1e-38))]],
        hovertemplate="this digit: p = %{customdata[0]:.4~g}, loss %{customdata[1]:.4~g}"
        "<extra></extra>",
    )
    _lay_out(figure, MAP_HEIGHT)
    figure.update_xaxes(title="Probability of the right digit", range=[0, 1.02])
    figure.update_yaxes(title="Loss", rangemode="tozero")
    return figure


def agreement_chart(exponents: Sequence[int], digits: Sequence[float], chosen: int) -> go.Figure:
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
                "color": [CHOSEN if k == chosen else QUIET for k in range(len(digits))],
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


def power_of_ten(exponent: int) -> str:
    """Write a power of ten as people do: 10⁻⁶."""
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _map(
    z: np.ndarray,
    shades: list[list[object]],
    limits: tuple[float, float],
    details: np.ndarray,
    hover: str,
) -> go.Figure:
    figure = go.Figure(
        go.Heatmap(
            z=z,
            customdata=details,
            zmin=limits[0],
            zmax=limits[1],
            colorscale=shades,
            showscale=False,
            xgap=0.5,
            ygap=0.5,
            hovertemplate=f"{hover}<extra></extra>",
        )
    )
    margin = {"l": 0, "r": 0, "t": 0, "b": 0}
    figure.update_layout(height=MAP_HEIGHT, margin=margin, dragmode=False)
    figure.update_xaxes(visible=False, fixedrange=True, constrain="domain")
    figure.update_yaxes(
        visible=False, fixedrange=True, autorange="reversed", scaleanchor="x", constrain="domain"
    )
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


def _rgba(colour: str, opacity: float) -> str:
    red, green, blue = bytes.fromhex(colour[1:])
    return f"rgba({red}, {green}, {blue}, {opacity})"
