"""Text from people, shown as it is where Markdown would be read."""

import re

JOINER = "\u2060"
"""The word joiner: nobody sees it, and no line breaks at it."""

_SIGNS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>$~:&])")

# What Streamlit looks for in the finished text, where no backslash is left that could hold it back.
_TAKEN_UP = re.compile(
    r"""
    :(?=[^\s\d])        # icons, as in :material/home: and addresses, as in https://a.b
    | www(?=\.)         # addresses without that
    | @(?=[\w-])        # addresses of mail
    | [-<>~!=](?=[-<>=])  # arrows and dashes, as in -> and --
    """,
    re.VERBOSE | re.IGNORECASE,
)

# Where a line begins: below another, equals signs make it a heading, and spaces make code.
_UNDERLINE = re.compile(r"(?<![^\r\n])([ \t]*)=")
_INDENT = re.compile(r"(?<![^\r\n])[ \t]+")


def escape_markdown(text: str) -> str:
    """Return text so that Markdown shows it as it is, and nothing in it comes alive.

    Signs that Markdown reads are escaped. Links, icons and arrows, which Streamlit finds in the
    text after that, are broken by a word joiner.
    """
    apart = _TAKEN_UP.sub(lambda found: found[0] + JOINER, text)
    escaped = _UNDERLINE.sub(r"\1\=", _SIGNS.sub(r"\\\1", apart))
    return _INDENT.sub(lambda spaces: "\u00a0" * len(spaces[0]), escaped)
