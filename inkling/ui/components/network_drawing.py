"""A network as circles and lines, coloured by values; units are picked by mouse and keyboard.

Feature maps of a convolution are small pictures instead of circles.

A component instead of a Plotly chart: it updates its circles in place and does not blink.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import NamedTuple

import streamlit as st

from inkling.charts import style
from inkling.ui.browser_events import get_key, parse_index
from inkling.ui.components.browser_component import browser_component


@dataclass(frozen=True)
class DrawnUnit:
    """A circle, or a small picture.

    Attributes
    ----------
    index : int
        Of the unit in its layer.
    value : float
        Its colour, from -1 to 1.
    text : str
        Its tooltip and accessible name.
    chosen : bool
        Whether it is outlined.
    picture : str
        A data URL; empty for a circle.
    """

    index: int
    value: float
    text: str
    chosen: bool
    picture: str = ""


@dataclass(frozen=True)
class DrawnLayer:
    """A column of circles or pictures.

    Attributes
    ----------
    layer : int
        Of the network, from 0.
    name : str
        Written above it.
    count : int
        How many units the layer has, drawn or not.
    units : list of DrawnUnit
        At least one.
    """

    layer: int
    name: str
    count: int
    units: list[DrawnUnit]


class DrawnLink(NamedTuple):
    """A line between two circles of neighbouring columns.

    Attributes
    ----------
    layer : int
        Of its upper end.
    source, target : int
        Places of its ends in the columns `layer` - 1 and `layer`.
    strength : float
        Its colour, from -1 to 1.
    of_chosen_unit : bool
        Whether it is drawn thick.
    """

    layer: int
    source: int
    target: int
    strength: float
    of_chosen_unit: bool


_component = browser_component(__file__, "inkling_network_drawing", '<svg role="group"></svg>')


def network_drawing(
    layers: list[DrawnLayer],
    links: list[DrawnLink],
    image_url: str,
    *,
    backward: bool,
    label: str,
    key: str,
    on_pick: Callable[[int, int], None],
) -> None:
    """Draw a network: blue above 0, orange below, the stronger the further from 0.

    Parameters
    ----------
    layers : list of DrawnLayer
    links : list of DrawnLink
    image_url : str
        The input, drawn before the first layer.
    backward : bool
        Whether links that were not drawn before appear from their upper end.
    label : str
        Accessible name of the drawing.
    key : str
    on_pick : callable
        Called with the layer and the unit that were picked, before the script runs again.
    """

    def picked() -> None:
        event = get_key(st.session_state[key], "picked")
        layer = parse_index(get_key(event, "layer"), len(layers))
        if layer is None:
            return
        unit = parse_index(get_key(event, "unit"), layers[layer].count)
        if unit is not None:
            on_pick(layer, unit)

    _component(
        data={
            "layers": [asdict(layer) | {"below": _count_text(layer)} for layer in layers],
            "links": links,
            "image": image_url,
            "backward": backward,
            "positive": style.POSITIVE,
            "negative": style.NEGATIVE,
            "neutral": style.NEUTRAL,
            "label": label,
        },
        key=key,
        on_picked_change=picked,
    )


def _count_text(layer: DrawnLayer) -> str:
    """Return how many units of a layer are drawn; nothing if all are."""
    drawn = len(layer.units)
    return f"{drawn} of {layer.count}" if drawn < layer.count else ""
