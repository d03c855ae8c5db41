"""Reports the value of a slider while it is dragged; Streamlit reports it when it is let go.

Not visible. The next value is sent once the page has been drawn with the one before, so it belongs
below all that shows the value.
"""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from inkling.ui.browser_events import get_key, parse_index
from inkling.ui.components.browser_component import browser_component

_component = browser_component(__file__, "inkling_slider_follower", "<span></span>")


def slider_follower(sliders: Sequence[str], key: str, on_move: Callable[[str, int], None]) -> None:
    """Follow sliders with whole numbers, and sliders of options.

    Parameters
    ----------
    sliders : sequence of str
        Their keys.
    key : str
        Of the follower.
    on_move : callable
        Called with the key of a slider that is dragged and its number, of options the place from 0,
        before the script runs again. The number is only known to be from 0 to 1,000.
    """
    runs = f"{key}_runs"
    st.session_state[runs] = st.session_state.get(runs, 0) + 1

    def moved() -> None:
        event: Any = get_key(st.session_state[key], "moved")
        slider, number = get_key(event, "slider"), parse_index(get_key(event, "number"), 1_001)
        if slider in sliders and number is not None:
            on_move(slider, number)

    _component(
        data={"sliders": sliders, "run": st.session_state[runs]}, key=key, on_moved_change=moved
    )
