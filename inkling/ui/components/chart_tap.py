"""Makes a tap on a chart choose a point, and a swipe scroll the page; nothing is visible."""

from inkling.ui.components.browser_component import browser_component

_component = browser_component(__file__, "inkling_chart_tap")


def chart_tap(*, key: str) -> None:
    """Let a finger on any chart of the page choose a point, and scroll the page."""
    _component(key=key)
