"""Writes a cookie in the visitor's browser."""

from inkling.ui.components.browser_component import browser_component

_component = browser_component(__file__, "inkling_visitor")


def write_cookie(name: str, value: str, *, max_age: int, key: str) -> None:
    """Write a cookie for the whole site; nothing is visible.

    Parameters
    ----------
    name, value : str
    max_age : int
        Seconds.
    key : str
        Of the component.
    """
    _component(data={"name": name, "value": value, "seconds": max_age}, key=key)
