"""Progress of a visitor in the story, as a small JSON file."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from inkling.lessons.story import before_after
from inkling.runs.run import is_id

NOTE_LENGTH = 500
"""Characters that a visitor's note may have."""

_MOST_RUNS = 8
_MOST_FIGURES = 20
_MOVED = {
    "arrays": "digits",
    "loop": "together",
    "three-digits": "missing-term",
    "distortion": "by-heart",
}
"""Chapters of earlier versions, and those that took them in."""


def present_key(key: str) -> str:
    """Return the key of a chapter that may have another key in an earlier version."""
    return _MOVED.get(key, key)


class OptionCounts(NamedTuple):
    """Numbers of options of a chapter's question and of its prediction."""

    question: int
    prediction: int


@dataclass
class Progress:
    """Progress of a visitor.

    Attributes
    ----------
    chapter : str
        Key of the open chapter; empty at first.
    code : bool
        Whether the chapters show their code.
    ran : set of str
        Keys of the chapters whose Run has finished, or that were done by hand.
    runs : dict of str to list of str
        Ids of each chapter's latest runs, by its key.
    predictions : dict of str to int
        Position of the predicted option, by the chapter's key.
    notes : dict of str to str
        What the visitor saw, in the visitor's words; empty if nothing was written.
    answers : dict of str to int
        Position of the option chosen last, by the chapter's key.
    numbers : dict of str to float
        Answers to the questions for a number, by the chapter's key.
    figures : dict of str to list of str
        Numbers of each chapter's latest result with their names, by its key.
    before, after : dict of str to int
        Answers to the questions before the first and after the last chapter, by their keys.
    """

    chapter: str = ""
    code: bool = False
    ran: set[str] = field(default_factory=set)
    runs: dict[str, list[str]] = field(default_factory=dict)
    predictions: dict[str, int] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    figures: dict[str, list[str]] = field(default_factory=dict)
    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Return the progress as JSON."""
        known = vars(self) | {"ran": sorted(self.ran)}
        return json.dumps(known, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, data: bytes | None, options: Mapping[str, OptionCounts]) -> "Progress":
        """Return the progress in a file; invalid entries are left out.

        Files of version 0.1 name chapters that have become part of others.

        Parameters
        ----------
        data : bytes or None
            As from `to_bytes`, but untrusted.
        options : mapping of str to OptionCounts
            Of each chapter, by its key.
        """
        try:
            known = json.loads(data or b"")
        except (ValueError, RecursionError):
            return cls()
        if not isinstance(known, dict):
            return cls()
        chapter, ran = known.get("chapter"), known.get("ran")
        chapter = present_key(chapter) if isinstance(chapter, str) else ""
        listed = ran if isinstance(ran, list) else []
        finished = {present_key(key) for key in listed if isinstance(key, str)}

        def positions(name: str, counts: Mapping[str, int]) -> dict[str, int]:
            return {
                key: position
                for key, position in _entries(known.get(name), counts)
                if type(position) is int and 0 <= position < counts[key]
            }

        items = {key: len(item.options) for key, item in before_after.items().items()}
        return cls(
            chapter=chapter if chapter in options else "",
            code=known.get("code") is True,
            ran=finished & options.keys(),
            runs={key: ids for key in options if (ids := _ids(known.get("runs"), key))},
            predictions=positions(
                "predictions", {key: count.prediction for key, count in options.items()}
            ),
            notes={
                key: note for key, note in _entries(known.get("notes"), options) if _is_line(note)
            },
            answers=positions("answers", {key: count.question for key, count in options.items()}),
            numbers={
                key: number
                for key, number in _entries(known.get("numbers"), options)
                if type(number) is float and math.isfinite(number)
            },
            figures={
                key: lines
                for key, lines in _entries(known.get("figures"), options)
                if isinstance(lines, list)
                and len(lines) <= _MOST_FIGURES
                and all(map(_is_line, lines))
            },
            before=positions("before", items),
            after=positions("after", items),
        )


def one_line(text: str) -> str:
    """Return a visitor's text as one printable line that a note may hold."""
    spaced = " ".join(text.split())
    return "".join(filter(str.isprintable, spaced))[:NOTE_LENGTH]


def _is_line(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable() and len(value) <= NOTE_LENGTH


def _entries(mapping: Any, keys: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the entries under known keys; none if it is no mapping."""
    if not isinstance(mapping, dict):
        return []
    return [(key, mapping[key]) for key in keys if key in mapping]


def _ids(mapping: Any, key: str) -> list[str]:
    """Return the valid list of run ids under a key; empty if there is none."""
    ids = mapping.get(key) if isinstance(mapping, dict) else None
    if not isinstance(ids, list) or len(ids) > _MOST_RUNS:
        return []
    valid = all(isinstance(i, str) and is_id(i) for i in ids)
    return ids if valid else []
