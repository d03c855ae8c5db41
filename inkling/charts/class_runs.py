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
    traces = []
    for number, pupil in enumerate(pupils):
        own = [dot for dot in dots if dot.pupil == pupil]
        best = max(own, key=lambda dot: dot.accuracy)
        escaped = html.escape(pupil)  # Plotly reads some HTML
        traces.append(
            {
                "type": "scatter",
                "mode": "markers+text",
                "x": [dot.value for dot in own],
                "y": [100 * dot.accuracy for dot in own],
                "text": [escaped if dot is best else "" for dot in own],
                "textposition": "top center",
                "textfont": {"size": 16},
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
    values = [dot.value for dot in dots] or [1.0, 1_000.0]
    return figure(
        traces,
        {
            "title": {"text": setting, "font": _FONT},
            "tickfont": _FONT,
            "type": "log",
            "range": [math.log10(min(values) / _ROOM), math.log10(max(values) * _ROOM)],
            "tickvals": sorted(set(values)),
        },
        {
            "title": {"text": "Validation accuracy, %", "font": _FONT},
            "tickfont": _FONT,
            "tickvals": list(range(0, 101, 20)),
            "range": [0, 114],  # with room for a name above 100
        },
        height=height,
        clickmode="event+select",
    )
