"""Names a container of controls for screen readers, for whom each of them alone may say too little.

Nothing is visible.
"""

from inkling.ui.components.browser_component import browser_component

_component = browser_component(__file__, "inkling_group_name")


def group_name(container: str, name: str, *, key: str) -> None:
    """Name a container that has been drawn.

    Parameters
    ----------
    container : str
        Its key.
    name : str
        Plain text.
    key : str
    """
    _component(data={"container": container, "name": name}, key=key)
