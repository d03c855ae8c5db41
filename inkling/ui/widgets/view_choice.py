"""Choice of a page's view, which the page's address names."""

from collections.abc import Callable, Mapping
from typing import Literal

import streamlit as st

PARAMETER = "view"  # of the address

_LINKED = "_linked"  # after a key: what the address named when the page was drawn last


def choose_view(
    label: str,
    views: Mapping[str, str],
    key: str,
    tooltip: str,
    *,
    on_change: Callable[[], None] | None = None,
    label_visibility: Literal["visible", "collapsed"] = "collapsed",
) -> str:
    """Draw the choice of a page's view; return the chosen one.

    A new name in the address chooses its view. The address names the chosen view, unless it is the
    first.

    Parameters
    ----------
    label : str
    views : mapping of str to str
        Title of each view by its name in the address.
    key : str
        Of the chosen title in the session.
    tooltip : str
    on_change : callable, optional
        Called after a click, before the page is drawn.
    label_visibility : str
    """
    linked = st.query_params.get(PARAMETER, "")
    if linked in views and st.session_state.get(key + _LINKED) != linked:
        st.session_state[key] = views[linked]
    names = {title: name for name, title in views.items()}
    default = next(iter(names))
    with st.container(key="views"):
        view = st.pills(
            label,
            list(names),
            default=default,
            required=True,
            wrap=True,  # two lines on a phone
            key=key,
            persist_state="session",
            on_change=on_change,
            label_visibility=label_visibility,
            help=tooltip,
        )
    named = None if view == default else names[view]
    if named is None:
        st.query_params.pop(PARAMETER, None)
    elif named != linked:
        st.query_params[PARAMETER] = named
    st.session_state[key + _LINKED] = named
    return view
