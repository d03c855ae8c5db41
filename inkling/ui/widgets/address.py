"""Choices that a page's address names, so that a link or a reload restores them."""

import time
from collections.abc import Mapping

import streamlit as st

from inkling.ui import session_keys

_LINKED = "_linked"  # after a key: what the address named when the page was drawn last
_REPLACED = "_replaced"  # after a key: what it named before, and when that was replaced
_VISIT = "_visit"  # after a key: the visit in which the address was read last
_LATE = 2.0  # seconds in which the browser may still send an address of before


def is_new(key: str, name: str) -> bool:
    """Return whether the address names something that has not been applied yet.

    The browser sends the address along with a click. Where clicks follow each other faster than the
    page is drawn, that address is still one of before, which must not undo the last choice.

    An address that names nothing is new if the visitor went back to it. Where they have just opened
    the page or the view, their last choice holds.

    Parameters
    ----------
    key : str
        Of the choice.
    name : str
        In the address; empty if it names none.
    """
    if name == st.session_state.get(key + _LINKED, ""):
        return False
    if not name and st.session_state.get(key + _VISIT) != st.session_state.get(session_keys.VISIT):
        return False
    replaced = st.session_state.get(key + _REPLACED, {})
    return name not in replaced or time.monotonic() > replaced[name] + _LATE


def remember(key: str, name: str) -> None:
    """Remember that a choice is what the address names now; empty if it names none."""
    st.session_state[key + _VISIT] = st.session_state.get(session_keys.VISIT)
    linked = st.session_state.get(key + _LINKED, "")
    if name != linked:
        now = time.monotonic()
        replaced = st.session_state.get(key + _REPLACED, {})
        late = {old: since for old, since in replaced.items() if now < since + _LATE}
        st.session_state[key + _REPLACED] = {**late, linked: now}
        st.session_state[key + _LINKED] = name


def begin_visit() -> None:
    """Note that the visitor has opened a page or a view."""
    st.session_state[session_keys.VISIT] = st.session_state.get(session_keys.VISIT, 0) + 1


def read_choice(parameter: str, key: str, choices: Mapping[str, object]) -> None:
    """Set a widget's value to what the address names, if that is new; before the widget.

    Parameters
    ----------
    parameter : str
        Of the address.
    key : str
        Of the widget.
    choices : mapping
        The widget's values by their names in the address; other names are ignored. The empty name
        is that of the default, which browsers go back to.
    """
    linked = st.query_params.get(parameter, "")
    if linked in choices and is_new(key, linked):
        st.session_state[key] = choices[linked]


def write_choice(parameter: str, key: str, name: str | None) -> None:
    """Name a widget's value in the address; None for its default, which has no name there."""
    if name is None:
        st.query_params.pop(parameter, None)
    elif st.query_params.get(parameter) != name:
        st.query_params[parameter] = name
    remember(key, name or "")
