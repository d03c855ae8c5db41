"""Choices that a page's address names, so that a link or a reload restores them."""

from collections.abc import Mapping

import streamlit as st

_LINKED = "_linked"  # after a key: what the address named when the page was drawn last


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
    if linked in choices and st.session_state.get(key + _LINKED) != linked:
        st.session_state[key] = choices[linked]


def write_choice(parameter: str, key: str, name: str | None) -> None:
    """Name a widget's value in the address; None for its default, which has no name there."""
    if name is None:
        st.query_params.pop(parameter, None)
    elif st.query_params.get(parameter) != name:
        st.query_params[parameter] = name
    st.session_state[key + _LINKED] = name
