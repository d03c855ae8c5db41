"""A bar chart of the units of a layer, whose bars show their numbers and can be picked.

A component instead of a Plotly chart, for the same reasons as `pixel_map`.
"""

from collections.abc import Callable

import numpy as np
import streamlit as st

from inkling.charts import style
from inkling.ui.browser_events import get_key, parse_index
from inkling.ui.components.browser_component import browser_component
from inkling.ui.components.readout import Readout

_component = browser_component(
    __file__,
    "inkling_unit_bars",
    """<div class="bars" role="group" tabindex="0">
    <svg preserveAspectRatio="none" aria-hidden="true"><g></g><g></g></svg>
    <div class="hover"></div><div class="mark"></div>
    <div class="value-labels"></div><div class="unit-labels"></div></div>
    <div class="title"></div><output></output>""",
)


def unit_bars(
    values: np.ndarray,
    *,
    name: str,
    label: str,
    key: str,
    readout: Readout | None = None,
    first: int = 0,
    chosen: int | None = None,
    on_pick: Callable[[int], None] | None = None,
) -> None:
    """Draw a number for each unit of a layer, blue above 0 and orange below.

    Parameters
    ----------
    values : ndarray, (units,) floating point
    name : str
        Of a bar: "unit", or "digit" for the outputs.
    label : str
        Accessible name of the chart.
    key : str
    readout : Readout, optional
        Of each bar; its number, if not given.
    first : int
        What the first bar counts as.
    chosen : int, optional
        The highlighted bar.
    on_pick : callable, optional
        Called with a unit whose bar was clicked, before the script runs again.
    """
    readout = readout or Readout(("",), (values,))

    def picked() -> None:
        unit = parse_index(get_key(st.session_state[key], "picked"), len(values))
        if on_pick is not None and unit is not None:
            on_pick(unit)

    _component(
        data={
            "values": [float(f"{value:.5g}") for value in values],
            "title": name.capitalize(),
            "first": first,
            "label": label,
            "chosen": chosen,
            "pickable": on_pick is not None,
            "positive": style.POSITIVE,
            "negative": style.NEGATIVE,
            "readout": readout.component_data(),
        },
        key=key,
        on_picked_change=picked,
    )
