"""A place that the browser scrolls to when a click leads there and it is out of sight."""

from inkling.ui.components.browser_component import browser_component

_component = browser_component(__file__, "inkling_scroll_target", '<div class="target"></div>')


def scroll_target(occasion: str | None, *, key: str) -> None:
    """Scroll to this place, once for each occasion.

    Parameters
    ----------
    occasion : str or None
        What led here, such as the id of a run that was started; None for nothing.
    key : str
    """
    _component(data=occasion, key=key)
