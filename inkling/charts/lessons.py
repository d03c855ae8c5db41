"""Charts of the failure lab: gradients by layer, a race of batch sizes, raw outputs."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from inkling.charts.data_table import TableMeta
from inkling.charts.style import (
    HIGHLIGHT,
    MIN_GRADIENT,
    NEUTRAL,
    blue,
    figure,
    line_figure,
)
from inkling.training.race import Standings

_ROW_HEIGHT = 30  # pixels
_MARGIN = {"l": 64, "r": 16, "b": 48}


def gradient_chart(failed: Sequence[float], corrected: Sequence[float] = ()) -> go.Figure:
    """Return the curves of the last gradient norms against the layers, on a logarithmic scale.

    Parameters
    ----------
    failed, corrected : sequence of float
        Of the two runs, the layer after the inputs first; empty before there is a corrected run.
    """
    traces = [
        {
            "type": "scatter",
            "x": [_layer_name(k, len(norms)) for k in range(len(norms))],
            "y": [max(norm, MIN_GRADIENT) for norm in norms],
            "name": name,
            "mode": "lines+markers",
            "line": {"color": colour, "width": 2.5, "dash": dash},
            "marker": {"size": 8},
            "hovertemplate": "%{y:.2g}",
        }
        for name, norms, colour, dash in (
            ("As it failed", failed, NEUTRAL, "dot"),
            ("With the fix", corrected, HIGHLIGHT, "solid"),
        )
        if norms
    ]
    y_axis = {"title": "Length", "type": "log", "exponentformat": "power", "dtick": 1}
    meta: TableMeta = {"titles": ("Layer", "Length")}
    return line_figure(traces, {}, y_axis, margin=_MARGIN, meta=meta)


def _layer_name(k: int, layers: int) -> str:
    return "Outputs" if k == layers - 1 else f"Hidden {k + 1}" if layers > 2 else "Hidden"


def race_images_chart(history: Sequence[Standings]) -> go.Figure:
    """Return the images processed by both sides over computing time, on a logarithmic scale.

    Parameters
    ----------
    history : sequence of Standings
        Not empty.
    """
    y_axis = {"title": "Images learned from", "type": "log", "tickformat": ",", "dtick": 1}
    return _race_curves(history, "images", y_axis)


def race_cost_chart(history: Sequence[Standings]) -> go.Figure:
    """Return the cost of both sides over computing time; parameters as `race_images_chart`."""
    return _race_curves(history, "cost", {"title": "Cost", "rangemode": "tozero", "nticks": 6})


def _race_curves(history: Sequence[Standings], field: str, y_axis: Mapping[str, Any]) -> go.Figure:
    traces = []
    for side, (colour, dash) in enumerate(((NEUTRAL, "dot"), (HIGHLIGHT, "solid"))):
        standings = [both[side] for both in history]
        traces.append(
            {
                "type": "scatter",
                "x": [standing.seconds for standing in standings],
                "y": [getattr(standing, field) for standing in standings],
                "name": standings[-1].name,
                "mode": "lines",
                "line": {"color": colour, "width": 2.5, "dash": dash},
                "hovertemplate": "%{y:,.4g}",
            }
        )
    x_axis = {"title": "Seconds of computing", "rangemode": "tozero", "nticks": 6}
    return line_figure(traces, x_axis, y_axis, margin=_MARGIN)


def output_bar_chart(outputs: np.ndarray, decimals: int) -> go.Figure:
    """Return a bar chart of a network's outputs for one image, the largest one highlighted.

    Parameters
    ----------
    outputs : ndarray, (10,)
        Of any size.
    decimals : int
        Of the numbers beside the bars.
    """
    largest = int(outputs.argmax())
    bars = {
        "type": "bar",
        "x": outputs,
        "y": [str(digit) for digit in range(len(outputs))],
        "orientation": "h",
        "marker": {"color": [HIGHLIGHT if k == largest else NEUTRAL for k in range(len(outputs))]},
        "text": [f"{value:,.{decimals}f}" for value in outputs],
        "textposition": "outside",
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    return figure(
        [bars],
        {"visible": False},
        {"autorange": "reversed", "type": "category", "dtick": 1},
        height=8 * _ROW_HEIGHT,
        margin={"l": 0, "r": 60, "t": 0, "b": 0},
        bargap=0.25,
        meta={"titles": ("Digit", "Output")},
    )


def output_table_chart(outputs: np.ndarray, names: Sequence[str]) -> go.Figure:
    """Return a table of the outputs for several images, rounded to two digits and coloured.

    Parameters
    ----------
    outputs : ndarray, (n, 10)
        From 0 to 1.
    names : sequence of str
        Of the images; a row each.
    """
    heatmap = {
        "type": "heatmap",
        "z": outputs,
        "x": [str(digit) for digit in range(outputs.shape[1])],
        "y": list(names),
        "zmin": 0,
        "zmax": 1,
        "colorscale": [[0, blue(0.05)], [1, blue(0.7)]],
        "text": [[f"{value:.2f}" for value in row] for row in outputs],
        "texttemplate": "%{text}",
        "textfont": {"size": 10},
        "hoverinfo": "skip",
    }
    return figure(
        [heatmap],
        {"side": "top", "showgrid": False, "dtick": 1},
        {"autorange": "reversed", "showgrid": False, "dtick": 1},
        height=_ROW_HEIGHT + (_ROW_HEIGHT - 4) * len(names),
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        meta={"titles": ("Output", "Image")},
    )
