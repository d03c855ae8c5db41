"""The views that look closer at an answer."""

import streamlit as st

from inkling.lessons.content import section
from inkling.ui import session_keys
from inkling.ui.widgets.view_choice import choose_view

WHY, SECOND, TEACH = "Why this answer?", "A second network", "Teach it"


def choose() -> str:
    """Draw the choice of a view; return the chosen one."""
    return choose_view(
        "Details",
        {"why": WHY, "second": SECOND, "teach": TEACH},
        session_keys.DRAW_VIEW,
        section("help/draw", "Views"),
        label_visibility="visible",
    )


def open_view(view: str) -> None:
    """Choose a view; for callbacks, which run before the page is drawn."""
    st.session_state[session_keys.DRAW_VIEW] = view
