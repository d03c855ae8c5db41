"""Twelve questions, the same before the first and after the last chapter."""

import csv
import io
import re
from collections.abc import Mapping
from typing import NamedTuple

from inkling.lessons.content import section, sections

_FILE = "before_after"
_OPTION = re.compile(r"^- \[([ x])\] (.+)$", re.MULTILINE)
UNKNOWN = "I don't know"
"""The last option of every question."""


class Item(NamedTuple):
    """Question with its options.

    Attributes
    ----------
    text : str
    options : tuple of str
        `UNKNOWN` is the last.
    correct : int
        Position of the correct option.
    """

    text: str
    options: tuple[str, ...]
    correct: int


def items() -> dict[str, Item]:
    """Return the questions by key, in order."""
    found = {}
    for heading in sections(_FILE):
        if not heading.startswith("Question "):
            continue
        text, options = section(_FILE, heading).split("\n\n")
        marks, labels = zip(*_OPTION.findall(options), strict=True)
        key = heading.removeprefix("Question ")
        found[key] = Item(text, (*labels, UNKNOWN), marks.index("x"))
    return found


def number_correct(answers: Mapping[str, int]) -> int:
    """Return how many answers, by the question's key, are correct."""
    return sum(item.correct == answers.get(key) for key, item in items().items())


def answers_csv(before: Mapping[str, int], after: Mapping[str, int]) -> bytes:
    """Return a table of both answers to each question, without names, as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("question", "before", "after", "correct"))
    for key, item in items().items():
        chosen = [
            item.options[answers[key]] if key in answers else "" for answers in (before, after)
        ]
        writer.writerow((item.text, *chosen, item.options[item.correct]))
    return text.getvalue().encode()
