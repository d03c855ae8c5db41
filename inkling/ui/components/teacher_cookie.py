"""Has the browser exchange a ticket for the teacher's cookie, or return the cookie."""

from inkling.ui.components.browser_component import browser_component

_component = browser_component(__file__, "inkling_teacher_cookie")


def teacher_cookie(ticket: str, *, key: str) -> None:
    """Send a ticket to `deploy/teacher_cookie.py`; nothing is visible.

    Parameters
    ----------
    ticket : str
        Each is sent once.
    key : str
    """
    _component(data=ticket, key=key)
