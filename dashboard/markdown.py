"""Text from people, shown as it is where Markdown would be read."""

import re

_SIGNS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>$~:&])")


def plain(text: str) -> str:
    """Return text with every sign that Markdown would read escaped."""
    return _SIGNS.sub(r"\\\1", text)
