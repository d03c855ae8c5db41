"""Prose of chapters, failure lab and long helps: Markdown files in `content/`, read once.

A file is a title and sections, one line a paragraph (`content/README.md` is for those who edit
them)::

    # Train

    ## Learning rate

    How far each step goes. In {{epochs}} epochs it reads {{accuracy:.1%}} of the images.

``section("help/train", "Learning rate", epochs=2, accuracy=0.97)`` returns the paragraph with its
placeholders filled; behind the colon stands how a number is written, as Python's `format` reads
it. For helps, file and heading stand as literals in the call: a test finds them there and compares
them with the files.
"""

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "content"

_HEADING = re.compile(r"^## +(.+?) *$", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\{\{ *(\w+)(?::([^{}\s]+))? *\}\}")
_ITEM = re.compile(r"^- +(.+?) *$", re.MULTILINE)


def title(file: str) -> str:
    """Return the title of a file, such as "chapters/eta"."""
    return _read(file)[0]


def sections(file: str) -> dict[str, str]:
    """Return the sections of a file by heading, placeholders unfilled."""
    return _read(file)[1]


def section(file: str, heading: str, /, **values: object) -> str:
    """Return a section of a file with its placeholders filled.

    Parameters
    ----------
    file : str
        Path below `content/`, without ".md".
    heading : str
    **values : object
        Replace the placeholders of these names.

    Raises
    ------
    LookupError
        If the file has no such section, or the section a placeholder without a value.
    ValueError
        If a placeholder's format does not fit its value.
    """
    found = sections(file)
    if heading not in found:
        raise LookupError(f"{file}.md has no section {heading!r}, only {', '.join(found)}")

    def value(placeholder: re.Match[str]) -> str:
        name = placeholder[1]
        if name not in values:
            raise LookupError(f"{file}.md, {heading!r}: no value for {placeholder[0]}")
        try:
            return format(values[name], placeholder[2] or "")
        except (TypeError, ValueError) as error:
            raise ValueError(f"{file}.md, {heading!r}, {placeholder[0]}: {error}") from error

    return _PLACEHOLDER.sub(value, found[heading])


def list_items(file: str, heading: str) -> tuple[str, ...]:
    """Return the items of a section that is a list of lines beginning with "- "."""
    return tuple(_ITEM.findall(section(file, heading)))


@cache
def _read(file: str) -> tuple[str, dict[str, str]]:
    """Return title and sections of a file.

    Raises
    ------
    ValueError
        If something stands before the first section besides the title, or a heading stands twice.
    """
    head, *rest = _HEADING.split((FOLDER / f"{file}.md").read_text(encoding="utf-8"))
    heading = re.fullmatch(r"\s*# +(.+?)\s*", head)
    if heading is None:
        raise ValueError(f"{file}.md: one line `# Title`, then sections `## Heading`")
    found = {name: text.strip() for name, text in zip(rest[::2], rest[1::2], strict=True)}
    if 2 * len(found) < len(rest):
        raise ValueError(f"{file}.md: a heading stands twice")
    return heading[1], found
