"""Charts of what is done by hand in the story: a ball on a curve, a network of four weights."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from inkling.charts.style import DIGIT_COLOURS, HIGHLIGHT, NEUTRAL, figure
from inkling.lessons.story import by_hand
from inkling.lessons.story.by_hand import SmallNetwork

_HALF_WIDTH = 6.0  # of the valley in view
_NODES = {"x": (0.0, 0.5), "h₁": (1.0, 1.0), "h₂": (1.0, 0.0), "y": (2.0, 0.5)}
_EDGES = {"w₁": ("x", "h₁"), "w₂": ("x", "h₂"), "v₁": ("h₁", "y"), "v₂": ("h₂", "y")}


def valley_chart(weights: Sequence[float]) -> go.Figure:
    """Return the cost of a single weight as a curve, and the ball's places on it.

    Parameters
    ----------
    weights : sequence of float
        The latest last, where the ball is.
    """
    w = np.linspace(by_hand.BEST_WEIGHT - _HALF_WIDTH, by_hand.BEST_WEIGHT + _HALF_WIDTH, 121)
    costs = [by_hand.valley_cost(weight) for weight in weights]
    curve = {
        "type": "scatter",
        "x": w,
        "y": by_hand.valley_cost(w),  # type: ignore[arg-type]
        "mode": "lines",
        "line": {"color": NEUTRAL, "width": 2},
        "hoverinfo": "skip",
    }
    path = {
        "type": "scatter",
        "x": list(weights),
        "y": costs,
        "mode": "lines+markers",
        "line": {"color": HIGHLIGHT, "width": 1, "dash": "dot"},
        "marker": {
            "color": HIGHLIGHT,
            "size": [7] * (len(weights) - 1) + [18],
            "opacity": [0.5] * (len(weights) - 1) + [1],
        },
        "hovertemplate": "weight %{x:.3g}, cost %{y:.3g}<extra></extra>",
    }
    return figure(
        [curve, path],
        {"title": "Weight", "range": [w[0], w[-1]], "dtick": 2},
        {"title": "Cost", "range": [-1.5, _HALF_WIDTH**2], "nticks": 5},
        margin={"l": 48, "r": 8, "b": 44},
    )


def small_network_chart(network: SmallNetwork, x: float, gradients: Sequence[str]) -> go.Figure:
    """Return a drawing of a network 1-2-1 with its numbers.

    Parameters
    ----------
    network : SmallNetwork
    x : float
        The input.
    gradients : sequence of str, (4,)
        Of w1, w2, v1, v2, as they stand beside the weights.
    """
    h1, h2 = network.hidden(x)
    outputs = dict(zip(_NODES, (x, h1, h2, network.output(x)), strict=True))
    lines = [
        {
            "type": "scatter",
            "x": [_NODES[start][0], _NODES[end][0]],
            "y": [_NODES[start][1], _NODES[end][1]],
            "mode": "lines",
            "line": {"color": NEUTRAL, "width": 2},
            "hoverinfo": "skip",
        }
        for start, end in _EDGES.values()
    ]
    nodes = {
        "type": "scatter",
        "x": [place[0] for place in _NODES.values()],
        "y": [place[1] for place in _NODES.values()],
        "mode": "markers+text",
        "marker": {"color": DIGIT_COLOURS[0], "size": 40},
        "text": [_signed(value) for value in outputs.values()],
        "textfont": {"color": "#ffffff", "size": 13},
        "hoverinfo": "skip",
    }
    notes = [
        {
            "x": (_NODES[start][0] + _NODES[end][0]) / 2,
            "y": (_NODES[start][1] + _NODES[end][1]) / 2,
            "text": f"{name} = {_signed(weight)}<br>gradient {gradient}",
            "showarrow": False,
            "font": {"size": 14},
            "xshift": -24 if start == "x" else 24,
            "yshift": 34 if _NODES[start][1] + _NODES[end][1] > 1 else -34,
        }
        for (name, (start, end)), weight, gradient in zip(
            _EDGES.items(), network, gradients, strict=True
        )
    ]
    notes += [
        {"x": _NODES[name][0], "y": 0.5, "text": text, "showarrow": False, "yshift": -34}
        for name, text in (("x", "input"), ("y", "output"))
    ]
    return figure(
        [*lines, nodes],
        {"visible": False, "range": [-0.3, 2.3]},
        {"visible": False, "range": [-0.5, 1.5]},
        annotations=notes,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
    )


def _signed(number: float) -> str:
    return f"{number:.3g}".replace("-", "\N{MINUS SIGN}")
