"""The views that look closer at an answer, and the one that the page's address names."""

import streamlit as st

from inkling.lessons.content import section
from inkling.ui import session_keys
from inkling.ui.widgets import controls

WHY, SECOND, TEACH = "Why this answer?", "A second network", "Teach it"
_PARAMETER = "view"  # of the page's address
_NAMES = {"why": WHY, "second": SECOND, "teach": TEACH}  # in the address
_LINKED = "draw_linked_view"  # what the address named when the page was drawn last


def choose() -> str:
    """Draw the choice of a view, the one in the address at first; return the chosen one."""
    linked = st.query_params.get(_PARAMETER)
    if st.session_state.get(_LINKED) != linked:
        st.session_state[_LINKED] = linked
        if linked in _NAMES:
            st.session_state[session_keys.DRAW_VIEW] = _NAMES[linked]
    return controls.choose_view(
        "Look closer",
        list(_NAMES.values()),
        session_keys.DRAW_VIEW,
        section("help/draw", "Views"),
        on_change=_write_address,
    )


def open_view(view: str) -> None:
    """Choose a view; for callbacks, which run before the page is drawn."""
    st.session_state[session_keys.DRAW_VIEW] = view
    _write_address()


def _write_address() -> None:
    view = st.session_state[session_keys.DRAW_VIEW]
    name = next(name for name, title in _NAMES.items() if title == view)
    st.query_params[_PARAMETER] = st.session_state[_LINKED] = name
