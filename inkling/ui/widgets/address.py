"""Choices that a page's address names, so that a link or a reload restores them."""

from collections.abc import Mapping

import streamlit as st

_LINKED = "_linked"  # after a key: what the address named when the page was drawn last
_CHOSEN = "_chosen"  # after a key: whether the visitor has chosen since


def read_choice(parameter: str, key: str, choices: Mapping[str, object]) -> None:
    """Set a widget's value to what the address names, if that is new; before the widget.

    Parameters
    ----------
    parameter : str
        Of the address.
    key : str
        Of the widget.
    choices : mapping
        The widget's values by their names in the address; other names are ignored.
    """
    linked = st.query_params.get(parameter, "")
    if st.session_state.pop(key + _CHOSEN, False):
        return
    if linked in choices and st.session_state.get(key + _LINKED) != linked:
        st.session_state[key] = choices[linked]


def put_choice(key: str, value: object) -> None:
    """Set a widget's value in the callback of a visitor's choice, which the address does not undo.

    The browser sends the address along with a click. Where clicks follow each other faster than the
    page is drawn, that address is still the one before the last choice.

    Parameters
    ----------
    key : str
        Of the widget.
    value : object
    """
    st.session_state[key] = value
    st.session_state[key + _CHOSEN] = True


def write_choice(parameter: str, key: str, name: str | None) -> None:
    """Name a widget's value in the address; None for its default, which has no name there."""
    if name is None:
        st.query_params.pop(parameter, None)
    elif st.query_params.get(parameter) != name:
        st.query_params[parameter] = name
    st.session_state[key + _LINKED] = name
