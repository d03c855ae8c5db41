"""Escaping of untrusted text for Markdown in Streamlit."""

import re

JOINER = "\u2060"
"""Word joiner: invisible, and no line break is allowed at it."""

_MARKDOWN_SYNTAX = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>$~:&])")

# Streamlit replaces these in the rendered text, where a backslash no longer escapes them.
_STREAMLIT_SYNTAX = re.compile(
    r"""
    :(?=[^\s\d])        # icons, as in :material/home: and addresses, as in https://a.b
    | www(?=\.)         # addresses without a scheme
    | @(?=[\w-])        # e-mail addresses
    | [-<>~!=](?=[-<>=])  # arrows and dashes, as in -> and --
    """,
    re.VERBOSE | re.IGNORECASE,
)

# At the start of a line: equals signs make the line above a heading, spaces make code.
_UNDERLINE = re.compile(r"(?<![^\r\n])([ \t]*)=")
_INDENT = re.compile(r"(?<![^\r\n])[ \t]+")


def plain_label(text: str) -> str:
    """Return text for a label that is not shown.

    Screen readers read such a label as it is, Markdown included. Without brackets it holds no
    image, link or tag.
    """
    return re.sub(r"[\[\]<>]", "", text)


def label_in_row(label: str, name: str) -> str:
    """Return the label of a button in a row, a container whose key begins with ``row_of_``.

    Screen readers read the name of what the row is about, too; those who see it see the row.
    """
    return f"{label} :small[{escape_markdown(name)}]"


def escape_markdown(text: str) -> str:
    """Return text escaped so that Markdown shows every character literally.

    Markdown characters get a backslash. Links, icons and arrows, which Streamlit finds in the
    rendered text, are broken by a word joiner.
    """
    joined = _STREAMLIT_SYNTAX.sub(lambda match: match[0] + JOINER, text)
    escaped = _UNDERLINE.sub(r"\1\=", _MARKDOWN_SYNTAX.sub(r"\\\1", joined))
    return _INDENT.sub(lambda spaces: "\u00a0" * len(spaces[0]), escaped)
