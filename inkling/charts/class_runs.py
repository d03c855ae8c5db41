"""Runs of a class as dots: a setting against the accuracy, a colour and sign for each pupil."""

import html
import math
from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from inkling.charts.style import DIGIT_COLOURS, figure

_SIGNS = ("circle", "square", "diamond", "triangle-up", "cross", "star")
_FONT = {"size": 18}
_ROOM = 2.0  # factor between the outermost dots and the ends of the axis
_ROOM_ABOVE = 0.14  # share of the height, for a name above 100%
_WIDTH = 600  # pixels of the axes, on a projector of 1280 x 720
_NAME_SIZE = 16  # pixels
_NAME_HEIGHT = 24  # pixels


class RunDot(NamedTuple):
    """A run of a class.

    Attributes
    ----------
    id : str
    pupil : str
    name : str
    value : float
        Of the setting, above 0.
    accuracy : float
        From 0 to 1, on validation images.
    active : bool
    """

    id: str
    pupil: str
    name: str
    value: float
    accuracy: float
    active: bool


def class_runs_chart(dots: Sequence[RunDot], setting: str, height: int) -> go.Figure:
    """Return the chart; a point that is selected has the run's id as customdata.

    Parameters
    ----------
    dots : sequence of RunDot
    setting : str
        Its name, for the axis.
    height : int
        Pixels.
    """
    pupils = sorted({dot.pupil for dot in dots})
    values = [dot.value for dot in dots] or [1.0, 1_000.0]
    x_range = (math.log10(min(values) / _ROOM), math.log10(max(values) * _ROOM))
    lowest = _lowest_percentage(dots)
    y_range = (lowest, 100 + _ROOM_ABOVE * (100 - lowest))
    named = _with_room(_best_of_each(dots), x_range, y_range, height)
    traces = []
    for number, pupil in enumerate(pupils):
        own = [dot for dot in dots if dot.pupil == pupil]
        escaped = html.escape(pupil)  # Plotly reads some HTML
        traces.append(
            {
                "type": "scatter",
                "mode": "markers+text",
                "x": [dot.value for dot in own],
                "y": [100 * dot.accuracy for dot in own],
                "text": [escaped if dot in named else "" for dot in own],
                "textposition": "top center",
                "textfont": {"size": _NAME_SIZE},
                "customdata": [dot.id for dot in own],
                "hovertext": [f"{escaped}: {html.escape(dot.name)}" for dot in own],
                "hovertemplate": "%{hovertext}, %{y:.1f}%<extra></extra>",
                "marker": {
                    "size": 16,
                    "color": DIGIT_COLOURS[number % len(DIGIT_COLOURS)],
                    "symbol": [
                        _SIGNS[number // len(DIGIT_COLOURS) % len(_SIGNS)]
                        + ("-open" if dot.active else "")
                        for dot in own
                    ],
                    "line": {"width": 3},
                },
            }
        )
    return figure(
        traces,
        {
            "title": {"text": setting, "font": _FONT},
            "tickfont": _FONT,
            "type": "log",
            "range": x_range,
            "tickvals": sorted(set(values)),
        },
        {
            "title": {"text": "Validation accuracy, %", "font": _FONT},
            "tickfont": _FONT,
            "tickvals": list(range(lowest, 101, (100 - lowest) // 5)),
            "range": y_range,
        },
        height=height,
        clickmode="event+select",
    )


def _lowest_percentage(dots: Sequence[RunDot]) -> int:
    """Return where the vertical axis begins: 0, 50 or 90, below all dots."""
    lowest = 100 * min((dot.accuracy for dot in dots), default=0.0)
    return next(start for start in (90, 50, 0) if lowest >= start)


def _best_of_each(dots: Sequence[RunDot]) -> list[RunDot]:
    """Return the best run of each pupil, the best first."""
    best: dict[str, RunDot] = {}
    for dot in sorted(dots, key=lambda dot: -dot.accuracy):
        best.setdefault(dot.pupil, dot)
    return list(best.values())


def _with_room(
    dots: Sequence[RunDot], x_range: tuple[float, float], y_range: tuple[float, float], height: int
) -> list[RunDot]:
    """Return the first of the dots whose names do not cover each other.

    The others' names appear when they are pointed at, and in the table.
    """
    taken: list[tuple[float, float, float]] = []  # middle of a name in pixels, and half its width
    named = []
    for dot in dots:
        x = _WIDTH * (math.log10(dot.value) - x_range[0]) / (x_range[1] - x_range[0])
        y = height * (100 * dot.accuracy - y_range[0]) / (y_range[1] - y_range[0])
        half = 0.3 * _NAME_SIZE * len(dot.pupil)
        if all(
            abs(x - other_x) > half + other_half or abs(y - other_y) > _NAME_HEIGHT
            for other_x, other_y, other_half in taken
        ):
            taken.append((x, y, half))
            named.append(dot)
    return named
