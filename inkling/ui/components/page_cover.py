"""A cover over the whole page, below which nothing can be used."""

from inkling.ui.components.browser_component import browser_component

_component = browser_component(__file__, "inkling_page_cover", '<dialog class="cover"></dialog>')


def page_cover(text: str, *, key: str) -> None:
    """Cover the page with a text; uncover it if the text is empty."""
    _component(data=text, key=key)
