"""Charts of mistakes, when they were made and how surely: numbers in, Plotly figures out."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.colors import hex_to_rgb

from inkling.analysis.calibration import Calibration
from inkling.analysis.forgetting import format_epoch
from inkling.charts.number_format import percent
from inkling.charts.style import HEIGHT, HIGHLIGHT, LEGEND_ABOVE, MISTAKE, NEUTRAL, TEXT_COLOURS
from nn.metrics import accuracy_interval

_TICKS = 6
_RED = MISTAKE.format(0.85)


def digits_over_time_chart(
    accuracies: np.ndarray,
    epochs: Sequence[float],
    learned: Sequence[int | None],
    dark: bool = False,
) -> go.Figure:
    """Draw how much of each digit is read right at each snapshot, a row a digit.

    Parameters
    ----------
    accuracies : ndarray, (10, snapshots)
        From 0 to 1; NaN where a digit has no images.
    epochs : sequence of float
        At which the snapshots were taken; of even width here, however far apart they are.
    learned : sequence of int or None
        The snapshot from which on each digit counts as learned; it is marked.
    dark : bool
        Whether the page is.
    """
    figure = go.Figure(
        go.Heatmap(
            z=accuracies.round(4),
            x=list(range(len(epochs))),
            y=list(range(len(accuracies))),
            zmin=0,
            zmax=1,
            # Most cells are near 1: that is where colours have to differ.
            colorscale=[[0, _blue(0)], [0.6, _blue(0.2)], [0.9, _blue(0.5)], [1, _blue(1)]],
            showscale=False,
            xgap=1,
            ygap=1,
            customdata=np.tile([f"{epoch:.2f}" for epoch in epochs], (len(accuracies), 1)),
            hovertemplate="Digit %{y}, epoch %{customdata}: %{z:.1%} right<extra></extra>",
        )
    )
    known = [(place, digit) for digit, place in enumerate(learned) if place is not None]
    figure.add_scatter(
        x=[place for place, _ in known],
        y=[digit for _, digit in known],
        mode="markers",
        marker={"symbol": "diamond", "size": 9, "color": TEXT_COLOURS[dark]},
        hoverinfo="skip",
    )
    _lay_out(figure, HEIGHT + 40)
    figure.update_layout(hovermode="closest")
    _epoch_axis(figure, epochs)
    figure.update_xaxes(range=[-0.5, len(epochs) - 0.5], showgrid=False, zeroline=False)
    figure.update_yaxes(
        title="Digit",
        range=[len(accuracies) - 0.5, -0.5],
        dtick=1,
        showgrid=False,
        zeroline=False,
    )
    return figure


def changes_chart(learned: np.ndarray, forgotten: np.ndarray, epochs: Sequence[float]) -> go.Figure:
    """Draw how many images each snapshot brought, up, and how many it lost, down.

    The length of a bar is the square root of the number: at first they are thousands, later a few.

    Parameters
    ----------
    learned, forgotten : ndarray, (snapshots,) int
    epochs : sequence of float
        As for `digits_over_time_chart`.
    """
    figure = go.Figure()
    for name, counts, sign, colour in (
        ("Newly right", learned, 1, HIGHLIGHT),
        ("Forgotten", forgotten, -1, _RED),
    ):
        figure.add_bar(
            x=list(range(len(epochs))),
            y=(sign * np.sqrt(counts)).round(2),
            customdata=np.column_stack([counts, [f"{epoch:.2f}" for epoch in epochs]]),
            name=name,
            marker_color=colour,
            hovertemplate=f"{name} by epoch %{{customdata[1]}}: %{{customdata[0]:,}}"
            "<extra></extra>",
        )
    _lay_out(figure, 240)
    figure.update_layout(barmode="relative", bargap=0.15, showlegend=True, margin_t=32)
    _epoch_axis(figure, epochs)
    most, least = int(learned.max()), -int(forgotten.max())
    apart = 0.12 * (most**0.5 + (-least) ** 0.5)  # or numbers would be written over each other
    marks = [mark for mark in (1, 10, 100, 1_000, 4_000) if mark**0.5 >= apart]
    values = [value for mark in marks for value in (-mark, mark) if least <= value <= most]
    figure.update_yaxes(
        title="Images",
        tickvals=[np.sign(value) * np.sqrt(abs(value)) for value in (0, *values)],
        ticktext=[f"{abs(value):,}" for value in (0, *values)],
    )
    return figure


def life_chart(
    answers: np.ndarray, sure: np.ndarray, label: int, epochs: Sequence[float]
) -> go.Figure:
    """Draw one image's life: a bar a snapshot, as high as the probability of the right digit.

    The answer stands above the first bar of each stretch of equal answers.

    Parameters
    ----------
    answers : ndarray, (snapshots,) int
        0 to 9; anything else is no answer.
    sure : ndarray, (snapshots,)
        The probability of the right digit, 0 to 1.
    label : int
        The right digit.
    epochs : sequence of float
        As for `digits_over_time_chart`.
    """
    said = [str(answer) if answer <= 9 else "?" for answer in answers]
    new = [k == 0 or said[k] != said[k - 1] for k in range(len(said))]
    figure = go.Figure()
    for name, members, colour in (
        ("Read right", answers == label, HIGHLIGHT),
        ("Read wrong", answers != label, _RED),
    ):
        places = np.flatnonzero(members).tolist()
        figure.add_bar(
            x=places,
            y=(100 * sure[places]).round(1),
            name=name,
            marker_color=colour,
            text=[said[k] if new[k] else "" for k in places],
            textposition="outside",
            textangle=0,
            cliponaxis=False,
            constraintext="none",
            textfont={"size": 13},
            customdata=[[said[k], f"{epochs[k]:.2f}", percent(sure[k])] for k in places],
            hovertemplate="Epoch %{customdata[1]}: it says %{customdata[0]}, with "
            f"%{{customdata[2]}} for {label}<extra></extra>",
        )
    _lay_out(figure, 220)
    figure.update_layout(barmode="overlay", bargap=0.15, showlegend=True, margin_t=32)
    _epoch_axis(figure, epochs)
    figure.update_xaxes(range=[-0.6, len(epochs) - 0.4])
    figure.update_yaxes(title=f"Probability of {label}, %", range=[0, 118], tickvals=[0, 50, 100])
    return figure


def reliability_chart(plain: Calibration, scaled: Calibration | None = None) -> go.Figure:
    """Draw the share of right answers against confidence: a reliability diagram.

    Bars of error are 95 % intervals (Wilson 1927) of the shares that stand out.

    Parameters
    ----------
    plain : Calibration
        Of the answers as they come.
    scaled : Calibration, optional
        Of the same answers at another temperature; then these stand out, and the others stand back.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 100],
        y=[0, 100],
        mode="lines",
        name="Honest",
        line={"color": NEUTRAL, "dash": "dot", "width": 1.5},
        hoverinfo="skip",
    )
    if scaled is not None:
        _add_reliability(figure, plain, "As it answers", NEUTRAL, "circle-open", errors=False)
        _add_reliability(figure, scaled, "At this temperature", HIGHLIGHT, "circle", errors=True)
    else:
        _add_reliability(figure, plain, "As it answers", HIGHLIGHT, "circle", errors=True)
    _lay_out(figure, 360)
    figure.update_layout(showlegend=True, hovermode="closest", margin_t=32)
    figure.update_xaxes(title="Confidence, %", range=[0, 103], dtick=20, zeroline=False)
    figure.update_yaxes(title="Right answers, %", range=[0, 103], dtick=20, zeroline=False)
    return figure


def confidence_chart(plain: Calibration, scaled: Calibration | None = None) -> go.Figure:
    """Draw how many answers there are of each confidence, on a logarithmic scale.

    Parameters
    ----------
    plain, scaled : Calibration
        As for `reliability_chart`.
    """
    figure = go.Figure()
    for name, known, colour in (
        ("As it answers", plain, HIGHLIGHT if scaled is None else NEUTRAL),
        ("At this temperature", scaled, HIGHLIGHT),
    ):
        if known is not None:
            figure.add_bar(
                x=(50 * (known.low + known.high)).round(1),
                y=known.count,
                name=name,
                marker_color=colour,
                customdata=_ranges(known),
                hovertemplate=f"{name}, %{{customdata}}: %{{y:,}} images<extra></extra>",
            )
    _lay_out(figure, 170)
    figure.update_layout(bargap=0.2)
    figure.update_xaxes(title="Confidence, %", range=[0, 103], dtick=20)
    figure.update_yaxes(title="Images", type="log", dtick=1, tickformat=",")
    return figure


def temperature_chart(
    temperatures: Sequence[float], costs: np.ndarray, fitted: float, chosen: float
) -> go.Figure:
    """Draw the cost at each temperature, with the fitted and the chosen one marked.

    Parameters
    ----------
    temperatures : sequence of float
        Ascending, with `fitted` and `chosen` between the first and the last.
    costs : ndarray, (temperatures,)
        On the images that the temperature was fitted on.
    fitted, chosen : float
    """
    at = np.log(temperatures)
    figure = go.Figure(
        go.Scatter(
            x=np.round(temperatures, 4),
            y=costs.round(5),
            mode="lines",
            line={"color": NEUTRAL, "width": 2.5},
            hovertemplate="T = %{x:.3g}: %{y:.4f}<extra></extra>",
        )
    )
    for value, name, symbol, colour, size in (
        (fitted, "Fitted", "diamond", NEUTRAL, 12),
        (chosen, "Chosen", "circle", HIGHLIGHT, 11),
    ):
        figure.add_scatter(
            x=[value],
            y=[float(np.interp(np.log(value), at, costs))],
            mode="markers",
            name=f"{name}: {value:.3g}",
            marker={"symbol": symbol, "size": size, "color": colour},
            cliponaxis=False,
            hoverinfo="skip",
        )
    figure.data[0].showlegend = False
    _lay_out(figure, 220)
    figure.update_layout(showlegend=True, hovermode="closest", margin_t=32)
    figure.update_xaxes(
        title="Temperature",
        type="log",
        tickvals=[0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20],
        ticktext=["0.05", "0.1", "0.2", "0.5", "1", "2", "5", "10", "20"],
    )
    # Far off the cost rises steeply: that would flatten the place where it is smallest.
    figure.update_yaxes(title="Cost", range=[0, float(2.5 * max(costs.min(), 1e-3))], nticks=5)
    return figure


def _add_reliability(
    figure: go.Figure, known: Calibration, name: str, colour: str, symbol: str, errors: bool
) -> None:
    bounds = np.array(
        [
            accuracy_interval(float(share), int(count))
            for share, count in zip(known.accuracy, known.count, strict=True)
        ]
    ).reshape(-1, 2)
    figure.add_scatter(
        x=(100 * known.confidence).round(2),
        y=(100 * known.accuracy).round(2),
        error_y={
            "type": "data",
            "symmetric": False,
            "array": (100 * (bounds[:, 1] - known.accuracy)).round(2),
            "arrayminus": (100 * (known.accuracy - bounds[:, 0])).round(2),
            "thickness": 1.5,
            "width": 4,
            "visible": errors,
        },
        mode="markers",
        name=name,
        marker={"symbol": symbol, "size": 9, "color": colour},
        cliponaxis=False,
        customdata=known.count,
        hovertemplate="%{customdata:,} answers with %{x:.1f}% on average: %{y:.1f}% right"
        "<extra></extra>",
    )


def _ranges(known: Calibration) -> list[str]:
    return [f"{low:.0%} to {high:.0%}" for low, high in zip(known.low, known.high, strict=True)]


def _blue(alpha: float) -> str:
    return f"rgba{(*hex_to_rgb(HIGHLIGHT), alpha)}"


def _epoch_axis(figure: go.Figure, epochs: Sequence[float]) -> None:
    """Write epochs below some of the snapshots, which stand at even distances."""
    places = np.unique(np.linspace(0, len(epochs) - 1, min(_TICKS, len(epochs))).round())
    figure.update_xaxes(
        title="Epoch",
        tickvals=places,
        ticktext=[format_epoch(epochs[int(place)]) for place in places],
        tickangle=0,
    )


def _lay_out(figure: go.Figure, height: int) -> None:
    figure.update_layout(
        height=height,
        margin={"l": 0, "r": 8, "t": 8, "b": 0},
        legend=LEGEND_ABOVE,
        showlegend=False,
        dragmode=False,
    )
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(fixedrange=True)


def gained_and_lost_chart(gained: np.ndarray, lost: np.ndarray) -> go.Figure:
    """Draw how many images of each digit were fixed, upwards, and broken, downwards.

    Parameters
    ----------
    gained, lost : ndarray, (10,) int
    """
    figure = go.Figure()
    for name, sign, counts, colour in (
        ("Fixed", 1, gained, HIGHLIGHT),
        ("Broken", -1, lost, MISTAKE.format(0.75)),
    ):
        figure.add_bar(
            x=[str(digit) for digit in range(10)],
            y=sign * counts,
            customdata=counts,
            text=[str(count) if count else "" for count in counts],
            textposition="outside",
            cliponaxis=False,
            name=name,
            marker_color=colour,
            hovertemplate=f"%{{x}}: %{{customdata}} {name.lower()}<extra></extra>",
        )
    top, bottom = (max(1, int(counts.max())) for counts in (gained, lost))
    room = 0.2 * max(top, bottom)  # for the numbers
    figure.update_layout(
        height=260,
        margin={"l": 0, "r": 0, "t": 32, "b": 0},
        barmode="overlay",
        legend=LEGEND_ABOVE,
        showlegend=True,
        dragmode=False,
    )
    figure.add_hline(0, line={"color": NEUTRAL, "width": 1})
    figure.update_xaxes(title="Digit", type="category", fixedrange=True)
    # Numbers are on the bars, and below 0 they would be negative on the axis.
    figure.update_yaxes(fixedrange=True, visible=False, range=[-bottom - room, top + room])
    return figure
