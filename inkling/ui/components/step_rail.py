"""A row of marks, one for each step of a sequence; clicks and the arrow keys choose a step.

The arrow keys work wherever the focus is, except in what uses them itself, such as sliders.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import streamlit as st

from inkling.ui.browser_events import get_key, parse_index
from inkling.ui.components.browser_component import browser_component

_component = browser_component(
    __file__, "inkling_step_rail", '<div class="rail" role="group"></div>'
)


class StepGroup(NamedTuple):
    """Steps in a row that belong together.

    Attributes
    ----------
    name : str
        Written above their marks.
    colour : str
    titles : sequence of str
        Of the steps.
    """

    name: str
    colour: str
    titles: Sequence[str]


def step_rail(
    groups: Sequence[StepGroup],
    place: int,
    *,
    label: str,
    key: str,
    on_pick: Callable[[int], None],
) -> None:
    """Draw the marks of all steps.

    Parameters
    ----------
    groups : sequence of StepGroup
    place : int
        Of the chosen step among all, from 0.
    label : str
        Accessible name of the row.
    key : str
    on_pick : callable
        Called with the place of another step, before the script runs again.
    """
    count = sum(len(group.titles) for group in groups)

    def picked() -> None:
        place = parse_index(get_key(st.session_state[key], "picked"), count)
        if place is not None:
            on_pick(place)

    _component(
        data={"groups": groups, "place": place, "label": label},
        key=key,
        on_picked_change=picked,
    )
