"""A place that the browser scrolls to when a click leads there and it is out of sight."""

from inkling.ui.components.browser_component import browser_component

_component = browser_component(__file__, "inkling_scroll_target", '<div class="target"></div>')


def scroll_target(occasion: str | None, *, key: str, takes_focus: bool = False) -> None:
    """Scroll to this place, once for each occasion.

    Parameters
    ----------
    occasion : str or None
        What led here, such as the id of a run that was started; None for nothing.
    key : str
    takes_focus : bool
        Whether the first heading after this place gets the focus, so that the keyboard and screen
        readers continue from there.
    """
    _component(data={"occasion": occasion, "takesFocus": takes_focus}, key=key)
