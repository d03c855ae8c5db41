"""Closes the menu of pages, which lies over the page of a phone.

Streamlit closes it by itself on some devices, when a page is chosen. Here it also closes on a tap
beside it, which does nothing else. Nothing is visible.
"""

from inkling.ui.components.browser_component import browser_component

_component = browser_component(__file__, "inkling_menu_closer")


def menu_closer() -> None:
    """Close the menu on this and all later pages; once, in the frame."""
    _component(key="menu_closer")
