"""Progress of a visitor in the story, as a small JSON file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inkling.runs.run import is_id

_MOST_RUNS = 8


@dataclass
class Progress:
    """Progress of a visitor.

    Attributes
    ----------
    chapter : str
        Key of the open chapter; empty at first.
    ran : set of str
        Keys of the chapters whose Run has finished.
    runs : dict of str to list of str
        Ids of each chapter's latest runs, by its key.
    answers : dict of str to int
        Position of the option chosen last, by the chapter's key.
    """

    chapter: str = ""
    ran: set[str] = field(default_factory=set)
    runs: dict[str, list[str]] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Return the progress as JSON."""
        known = vars(self) | {"ran": sorted(self.ran)}
        return json.dumps(known, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, data: bytes | None, options: Mapping[str, int]) -> "Progress":
        """Return the progress in a file; invalid entries are left out.

        Parameters
        ----------
        data : bytes or None
            As from `to_bytes`, but untrusted.
        options : mapping of str to int
            Number of options of each chapter's question, by its key.
        """
        try:
            known = json.loads(data or b"")
        except (ValueError, RecursionError):
            return cls()
        if not isinstance(known, dict):
            return cls()
        chapter, ran = known.get("chapter"), known.get("ran")
        return cls(
            chapter=chapter if isinstance(chapter, str) and chapter in options else "",
            ran={key for key in options if isinstance(ran, list) and key in ran},
            runs={key: ids for key in options if (ids := _ids(known.get("runs"), key))},
            answers={
                key: answer
                for key, answer in _entries(known.get("answers"), options)
                if type(answer) is int and 0 <= answer < options[key]
            },
        )


def _entries(mapping: Any, keys: Mapping[str, int]) -> list[tuple[str, Any]]:
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
