"""Clicks on the links to pages: on a phone they close the menu, and with a key they open a new tab.

On a phone the menu lies over the page. Streamlit closes it by itself on some devices, when a page
is chosen; here it also closes on a tap beside it, which does nothing else. With Ctrl, Command or
Shift, a click does what it does to any link: it opens a new tab or window. Nothing is visible.
"""

from inkling.ui.components.browser_component import browser_component

_component = browser_component(__file__, "inkling_page_menu")


def page_menu() -> None:
    """Watch the clicks on links of this and all later pages; once, in the frame."""
    _component(key="page_menu")
