"""Charts of mistakes: when a run made them, how confident it was, where two models differ."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from inkling.analysis.calibration import Calibration
from inkling.analysis.forgetting import format_epoch
from inkling.charts.data_table import TableMeta
from inkling.charts.number_format import percent
from inkling.charts.style import (
    HEIGHT,
    HIGHLIGHT,
    LEGEND_ABOVE,
    NEUTRAL,
    TEXT_COLOURS,
    blue,
    figure,
    red,
)
from nn.metrics import accuracy_interval

_MAX_TICKS = 6
_MARGIN = {"l": 0, "b": 0}
_CONFIDENCE_AXIS = {"title": "Confidence, %", "range": [0, 103], "dtick": 20}


def digits_over_time_chart(
    accuracies: np.ndarray,
    epochs: Sequence[float],
    learned: Sequence[int | None],
    dark: bool = False,
) -> go.Figure:
    """Return a heatmap of the accuracy on each digit at each snapshot, a row for each digit.

    Parameters
    ----------
    accuracies : ndarray, (10, snapshots)
        From 0 to 1; NaN where a digit has no images.
    epochs : sequence of float
        Of the snapshots, which have equal distances here.
    learned : sequence of int or None
        The snapshot from which on each digit counts as learned, marked by a diamond.
    dark : bool
        Whether the page is dark.
    """
    heatmap = {
        "type": "heatmap",
        "z": accuracies.round(4),
        "x": list(range(len(epochs))),
        "y": list(range(len(accuracies))),
        "zmin": 0,
        "zmax": 1,
        # Most cells are near 1: colours have to differ there.
        "colorscale": [[0, blue(0)], [0.6, blue(0.2)], [0.9, blue(0.5)], [1, blue(1)]],
        "customdata": np.tile([f"{epoch:.2f}" for epoch in epochs], (len(accuracies), 1)),
        "hovertemplate": "Digit %{y}, epoch %{customdata}: %{z:.1%} accuracy<extra></extra>",
    }
    marked = [(snapshot, digit) for digit, snapshot in enumerate(learned) if snapshot is not None]
    diamonds = {
        "type": "scatter",
        "x": [snapshot for snapshot, _ in marked],
        "y": [digit for _, digit in marked],
        "mode": "markers",
        "marker": {"symbol": "diamond", "size": 9, "color": TEXT_COLOURS[dark]},
        "hoverinfo": "skip",
    }
    no_lines = {"showgrid": False, "zeroline": False}
    return figure(
        [heatmap, diamonds],
        {**_epoch_axis(epochs), "range": [-0.5, len(epochs) - 0.5], **no_lines},
        {"title": "Digit", "range": [len(accuracies) - 0.5, -0.5], "dtick": 1, **no_lines},
        height=HEIGHT + 40,
        margin=_MARGIN,
        meta=_epoch_names(epochs),
    )


def changes_chart(learned: np.ndarray, forgotten: np.ndarray, epochs: Sequence[float]) -> go.Figure:
    """Return bars of the images newly read right at each snapshot, up, and forgotten, down.

    A bar's length is the square root of the number: thousands at first, a few later.

    Parameters
    ----------
    learned, forgotten : ndarray, (snapshots,) int
    epochs : sequence of float
        As for `digits_over_time_chart`.
    """
    traces = [
        {
            "type": "bar",
            "x": list(range(len(epochs))),
            "y": (sign * np.sqrt(counts)).round(2),
            "meta": counts.tolist(),
            "customdata": np.column_stack([counts, [f"{epoch:.2f}" for epoch in epochs]]),
            "name": name,
            "marker": {"color": colour},
            "hovertemplate": f"{name} by epoch %{{customdata[1]}}: %{{customdata[0]:,}}"
            "<extra></extra>",
        }
        for name, counts, sign, colour in (
            ("Learned", learned, 1, HIGHLIGHT),
            ("Forgotten", forgotten, -1, red(0.85)),
        )
    ]
    return figure(
        traces,
        _epoch_axis(epochs),
        {"title": "Images", **_signed_square_root_ticks(-int(forgotten.max()), int(learned.max()))},
        height=240,
        margin=_MARGIN,
        legend=LEGEND_ABOVE,
        barmode="relative",
        bargap=0.15,
        meta=_epoch_names(epochs),
    )


def _signed_square_root_ticks(low: int, high: int) -> dict[str, Any]:
    """Return ticks of an axis of signed square roots from low (at most 0) to high (at least 0)."""
    min_distance = 0.12 * (high**0.5 + (-low) ** 0.5)  # closer labels would overlap
    sizes = [size for size in (1, 10, 100, 1_000, 4_000) if size**0.5 >= min_distance]
    values = [0, *(v for size in sizes for v in (-size, size) if low <= v <= high)]
    return {
        "tickvals": [np.sign(value) * np.sqrt(abs(value)) for value in values],
        "ticktext": [f"{abs(value):,}" for value in values],
    }


def image_history_chart(
    answers: np.ndarray, probabilities: np.ndarray, label: int, epochs: Sequence[float]
) -> go.Figure:
    """Return a bar chart of the probability of one image's label at each snapshot.

    The answer is written above the first bar of each stretch of equal answers.

    Parameters
    ----------
    answers : ndarray, (snapshots,) int
        0 to 9; anything else is no answer.
    probabilities : ndarray, (snapshots,)
        Of the label, 0 to 1.
    label : int
    epochs : sequence of float
        As for `digits_over_time_chart`.
    """
    texts = [str(answer) if answer <= 9 else "?" for answer in answers]
    is_new = [k == 0 or texts[k] != texts[k - 1] for k in range(len(texts))]
    traces = []
    for name, members, colour in (
        ("Correct", answers == label, HIGHLIGHT),
        ("Wrong", answers != label, red(0.85)),
    ):
        snapshots = np.flatnonzero(members).tolist()
        traces.append(
            {
                "type": "bar",
                "x": snapshots,
                "y": (100 * probabilities[snapshots]).round(1),
                "meta": [f"{texts[k]}, {percent(probabilities[k])} for {label}" for k in snapshots],
                "name": name,
                "marker": {"color": colour},
                "text": [texts[k] if is_new[k] else "" for k in snapshots],
                "textposition": "outside",
                "textangle": 0,
                "cliponaxis": False,
                "constraintext": "none",
                "textfont": {"size": 13},
                "customdata": [
                    [texts[k], f"{epochs[k]:.2f}", percent(probabilities[k])] for k in snapshots
                ],
                "hovertemplate": "Epoch %{customdata[1]}: answer %{customdata[0]}, with "
                f"%{{customdata[2]}} for {label}<extra></extra>",
            }
        )
    return figure(
        traces,
        {**_epoch_axis(epochs), "range": [-0.6, len(epochs) - 0.4]},
        {"title": f"Probability of {label}, %", "range": [0, 118], "tickvals": [0, 50, 100]},
        height=220,
        margin=_MARGIN,
        legend=LEGEND_ABOVE,
        barmode="overlay",
        bargap=0.15,
        meta=_epoch_names(epochs),
    )


def reliability_chart(original: Calibration, scaled: Calibration | None = None) -> go.Figure:
    """Return a reliability diagram: the share of right answers against confidence.

    Error bars are 95 % intervals (Wilson 1927) of the highlighted shares.

    Parameters
    ----------
    original : Calibration
        Of the answers at temperature 1.
    scaled : Calibration, optional
        Of the same answers at another temperature; highlighted instead of `original`.
    """
    diagonal = {
        "type": "scatter",
        "x": [0, 100],
        "y": [0, 100],
        "mode": "lines",
        "name": "Calibrated",
        "line": {"color": NEUTRAL, "dash": "dot", "width": 1.5},
        "hoverinfo": "skip",
    }
    if scaled is None:
        points = [_reliability_points(original, "Original", highlighted=True)]
    else:
        points = [
            _reliability_points(original, "Original", highlighted=False),
            _reliability_points(scaled, "At this temperature", highlighted=True),
        ]
    return figure(
        [diagonal, *points],
        {**_CONFIDENCE_AXIS, "zeroline": False},
        {"title": "Accuracy, %", "range": [0, 103], "dtick": 20, "zeroline": False},
        height=360,
        margin=_MARGIN,
        legend=LEGEND_ABOVE,
    )


def _reliability_points(bins: Calibration, name: str, *, highlighted: bool) -> dict[str, Any]:
    intervals = np.array(
        [
            accuracy_interval(float(share), int(count))
            for share, count in zip(bins.accuracy, bins.count, strict=True)
        ]
    ).reshape(-1, 2)
    return {
        "type": "scatter",
        "x": (100 * bins.confidence).round(2),
        "y": (100 * bins.accuracy).round(2),
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": (100 * (intervals[:, 1] - bins.accuracy)).round(2),
            "arrayminus": (100 * (bins.accuracy - intervals[:, 0])).round(2),
            "thickness": 1.5,
            "width": 4,
            "visible": highlighted,
        },
        "mode": "markers",
        "name": name,
        "marker": {
            "symbol": "circle" if highlighted else "circle-open",
            "size": 9,
            "color": HIGHLIGHT if highlighted else NEUTRAL,
        },
        "cliponaxis": False,
        "customdata": bins.count,
        "hovertemplate": "%{customdata:,} answers with %{x:.1f}% on average: %{y:.1f}% accuracy"
        "<extra></extra>",
    }


def confidence_chart(original: Calibration, scaled: Calibration | None = None) -> go.Figure:
    """Return a histogram of confidence on a logarithmic scale.

    Parameters
    ----------
    original, scaled : Calibration
        As for `reliability_chart`.
    """
    traces = [
        {
            "type": "bar",
            "x": (50 * (bins.low + bins.high)).round(1),
            "y": bins.count,
            "name": name,
            "marker": {"color": colour},
            "customdata": [
                f"{low:.0%} to {high:.0%}" for low, high in zip(bins.low, bins.high, strict=True)
            ],
            "hovertemplate": f"{name}, %{{customdata}}: %{{y:,}} images<extra></extra>",
        }
        for name, bins, colour in (
            ("Original", original, HIGHLIGHT if scaled is None else NEUTRAL),
            ("At this temperature", scaled, HIGHLIGHT),
        )
        if bins is not None
    ]
    return figure(
        traces,
        _CONFIDENCE_AXIS,
        {"title": "Images", "type": "log", "dtick": 1, "tickformat": ","},
        height=170,
        margin=_MARGIN,
        bargap=0.2,
    )


def temperature_chart(
    temperatures: Sequence[float], costs: np.ndarray, fitted: float, chosen: float
) -> go.Figure:
    """Return the curve of the cost against the temperature, with two temperatures marked.

    Parameters
    ----------
    temperatures : sequence of float
        Ascending, with `fitted` and `chosen` between the first and the last.
    costs : ndarray, (temperatures,)
        On the images that the temperature was fitted to.
    fitted, chosen : float
    """
    curve = {
        "type": "scatter",
        "x": np.round(temperatures, 4),
        "y": costs.round(5),
        "mode": "lines",
        "line": {"color": NEUTRAL, "width": 2.5},
        "hovertemplate": "T = %{x:.3g}: %{y:.4f}<extra></extra>",
        "showlegend": False,
    }
    points = [
        {
            "type": "scatter",
            "x": [value],
            "y": [float(np.interp(np.log(value), np.log(temperatures), costs))],
            "mode": "markers",
            "name": f"{name}: {value:.3g}",
            "marker": marker,
            "cliponaxis": False,
            "hoverinfo": "skip",
        }
        for value, name, marker in (
            (fitted, "Fitted", {"symbol": "diamond", "size": 12, "color": NEUTRAL}),
            (chosen, "Chosen", {"symbol": "circle", "size": 11, "color": HIGHLIGHT}),
        )
    ]
    ticks = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20]
    x_axis = {
        "title": "Temperature",
        "type": "log",
        "tickvals": ticks,
        "ticktext": [str(tick) for tick in ticks],
    }
    # Away from its minimum the cost rises steeply, which would flatten the curve around it.
    y_axis = {"title": "Cost", "range": [0, float(2.5 * max(costs.min(), 1e-3))], "nticks": 5}
    return figure([curve, *points], x_axis, y_axis, height=220, margin=_MARGIN, legend=LEGEND_ABOVE)


def gained_and_lost_chart(gained: np.ndarray, lost: np.ndarray) -> go.Figure:
    """Return bars of the images of each digit that were fixed, up, and broken, down.

    Parameters
    ----------
    gained, lost : ndarray, (10,) int
    """
    traces: list[Mapping[str, Any]] = [
        {
            "type": "bar",
            "x": [str(digit) for digit in range(10)],
            "y": sign * counts,
            "meta": counts.tolist(),
            "customdata": counts,
            "text": [str(count) if count else "" for count in counts],
            "textposition": "outside",
            "cliponaxis": False,
            "name": name,
            "marker": {"color": colour},
            "hovertemplate": f"%{{x}}: %{{customdata}} {name.lower()}<extra></extra>",
        }
        for name, sign, counts, colour in (
            ("Fixed", 1, gained, HIGHLIGHT),
            ("Broken", -1, lost, red(0.75)),
        )
    ]
    top, bottom = (max(1, int(counts.max())) for counts in (gained, lost))
    room = 0.2 * max(top, bottom)  # for the numbers on the bars
    zero_line = {
        "type": "line",
        "xref": "x domain",
        "x0": 0,
        "x1": 1,
        "y0": 0,
        "y1": 0,
        "line": {"color": NEUTRAL, "width": 1},
    }
    return figure(
        traces,
        {"title": "Digit", "type": "category"},
        # The bars have numbers; on an axis, those below 0 would be negative.
        {"visible": False, "range": [-bottom - room, top + room]},
        height=260,
        margin={"l": 0, "r": 0, "b": 0},
        legend=LEGEND_ABOVE,
        barmode="overlay",
        shapes=[zero_line],
    )


def _epoch_names(epochs: Sequence[float]) -> TableMeta:
    return {"x": [format_epoch(epoch) for epoch in epochs]}


def _epoch_axis(epochs: Sequence[float]) -> dict[str, Any]:
    """Return an axis of snapshots, some of them with their epoch as label."""
    snapshots = np.unique(np.linspace(0, len(epochs) - 1, min(_MAX_TICKS, len(epochs))).round())
    return {
        "title": "Epoch",
        "tickvals": snapshots,
        "ticktext": [format_epoch(epochs[int(snapshot)]) for snapshot in snapshots],
        "tickangle": 0,
    }
