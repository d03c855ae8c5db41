"""Choice of a page's view, which the page's address names."""

from collections.abc import Callable, Mapping
from typing import Literal

import streamlit as st

from inkling.ui.widgets.address import begin_visit, read_choice, write_choice

PARAMETER = "view"  # of the address


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

    def changed() -> None:
        begin_visit()
        if on_change is not None:
            on_change()

    names = {title: name for name, title in views.items()}
    default = next(iter(names))
    read_choice(PARAMETER, key, {"": default, **views})
    with st.container(key="views"):
        view = st.pills(
            label,
            list(names),
            default=default,
            required=True,
            wrap=True,  # two lines on a phone
            key=key,
            persist_state="session",
            on_change=changed,
            label_visibility=label_visibility,
            help=tooltip,
        )
    write_choice(PARAMETER, key, None if view == default else names[view])
    return view
