"""Keeps the keyboard's focus where it was when the focused button is replaced or disabled.

Streamlit replaces a button whose label changes, such as Start by Pause, and a browser gives the
focus of an element that is removed to the page as a whole. Where a result comes instead of the
button, in a container whose key begins with ``takes_focus_``, that gets the focus; where a link led
to another page, its title does. Nothing is visible.
"""

from inkling.ui.components.browser_component import browser_component

_component = browser_component(__file__, "inkling_focus_keeper")


def focus_keeper() -> None:
    """Keep the focus on this and all later pages; once, in the frame."""
    _component(key="focus_keeper")
