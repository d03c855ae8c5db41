"""Names a container of controls for screen readers, for whom each of them alone may say too little.

Nothing is visible.
"""

from inkling.ui.components.browser_component import browser_component

_component = browser_component(__file__, "inkling_group_name")


def group_name(container: str, name: str, *, key: str, current: str = "") -> None:
    """Name a container that has been drawn, and say which of its buttons is the current one.

    Parameters
    ----------
    container : str
        Its key.
    name : str
        Plain text.
    key : str
    current : str, optional
        The key of that button.
    """
    _component(data={"container": container, "name": name, "current": current}, key=key)
