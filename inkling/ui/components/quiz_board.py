"""The board of the quiz: a digit, a running clock, and a key for each possible answer.

A component instead of ten Streamlit buttons: the keys are large enough for a thumb, the number
keys of a keyboard answer too, and a click is visible before the server sends the next digit.
"""

from collections.abc import Callable

import streamlit as st

from inkling.ui.browser_events import get_key, parse_index
from inkling.ui.components.browser_component import browser_component

_component = browser_component(
    __file__,
    "inkling_contest",
    """
    <div class="board">
        <div class="head"><span class="place"></span><span class="clock" role="timer"></span></div>
        <img class="digit" alt="the digit to be read">
        <div class="keys" role="group" aria-label="Which digit it is"></div>
    </div>
    """,
)


def quiz_board(
    picture: str,
    place: int,
    count: int,
    seconds: float,
    *,
    key: str,
    on_answer: Callable[[int, int], None],
) -> None:
    """Draw a question of the quiz.

    Parameters
    ----------
    picture : str
        URL of the digit.
    place, count : int
        Number of the question, from 0, and of how many.
    seconds : float
        Since the round began.
    key : str
    on_answer : callable
        Called with the number of the question and the digit, before the script runs again.
    """

    def answered() -> None:
        event = get_key(st.session_state[key], "answered")
        question = parse_index(get_key(event, "place"), count)
        digit = parse_index(get_key(event, "digit"), 10)
        if question is not None and digit is not None:
            on_answer(question, digit)

    _component(
        data={"place": place, "count": count, "picture": picture, "seconds": seconds},
        key=key,
        on_answered_change=answered,
    )
