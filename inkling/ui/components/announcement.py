"""A text that screen readers say when it changes, and nobody sees.

A component, since its element stays on the page: a live region that is inserted together with its
text is often not read.
"""

from inkling.ui.components.browser_component import browser_component

_component = browser_component(
    __file__, "inkling_announcement", '<div class="spoken" role="status" aria-live="polite"></div>'
)


def announcement(text: str, *, key: str) -> None:
    """Announce a text, plain and in one language; nothing if it is the same as before."""
    _component(data=text, key=key)
