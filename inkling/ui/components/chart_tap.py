"""Makes a tap on a chart select what was tapped; nothing is visible."""

from inkling.ui.components.browser_component import browser_component

_component = browser_component(__file__, "inkling_chart_tap")


def chart_tap(*, key: str) -> None:
    """Let a tap on any chart of the page select what is under the finger."""
    _component(key=key)
