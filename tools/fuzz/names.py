"""Entry point: names and notes of runs."""

import html
import re
from pathlib import Path

from inkling.runs.run_file import (
    MAX_NAME,
    MAX_NOTES,
    SUFFIX,
    RunError,
    clean_text,
    run_path,
)
from inkling.ui.markdown import escape_markdown
from tools.fuzz.checks import check_markdown, check_sentence
from tools.fuzz.entrypoint import MIB, VISITOR_ID, Entrypoint
from tools.fuzz.generators import HOSTILE_TEXTS, random_text


def exercise(name: str, folder: Path) -> bool:
    """Clean and escape a name: bounded, printable, and never interpreted as Markdown or HTML."""
    cleaned, notes = clean_text(name, MAX_NAME), clean_text(name, MAX_NOTES, lines=True)
    assert len(cleaned) <= MAX_NAME
    assert cleaned == "" or cleaned.isprintable()
    assert all(line == "" or line.isprintable() for line in notes.split("\n"))
    assert clean_text(cleaned, MAX_NAME) == cleaned.strip()
    cleaned.encode()
    for original in (name, cleaned, notes):
        check_markdown(escape_markdown(original), original)
    assert not re.search("[<>]", html.escape(cleaned))
    for suffix in (SUFFIX, ""):
        try:
            found = run_path(folder, name, suffix)
        except RunError as error:
            check_sentence(error)
        else:
            assert found.parent == folder
    return bool(cleaned)


def attacks() -> dict[str, str]:
    """Return each hostile text, and malformed ids."""
    return {f"name {k}": word for k, word in enumerate(HOSTILE_TEXTS)} | {
        "all of them": "\n".join(HOSTILE_TEXTS),
        "an id and a line": VISITOR_ID + "\n",
        "an id above": "../" + VISITOR_ID,
    }


ENTRYPOINT = Entrypoint("names and notes", random_text, exercise, attacks, 32 * MIB)
