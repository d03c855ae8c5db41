"""Visitors' verdicts on the cause of mistakes, and the JSON file that they are saved in.

A verdict is about an image, independent of the network, and is stored under its data set's name.
"""

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from digits import rater_votes

_INDEX = re.compile("[0-9]{1,9}")


class Verdict(StrEnum):
    """Cause of a mistake."""

    LABEL = "label"
    AMBIGUOUS = "ambiguous"
    NETWORK = "network"


@dataclass(frozen=True)
class Verdicts:
    """All verdicts of a visitor; immutable.

    Attributes
    ----------
    by_dataset : mapping
        From the name of a data set to its test images' verdicts, by index.
    """

    by_dataset: Mapping[str, Mapping[int, Verdict]] = field(default_factory=dict)

    @classmethod
    def read(cls, data: bytes | None) -> "Verdicts":
        """Return the verdicts in a file of `to_bytes`; none if it is missing or damaged."""
        if data is None:
            return cls()
        try:
            return cls(_parse(json.loads(data)))
        except (ValueError, RecursionError):  # not JSON, not UTF-8, or other data
            return cls()

    def to_bytes(self) -> bytes:
        """Return the verdicts as JSON."""
        return json.dumps(self.by_dataset).encode()

    def of(self, name: str) -> Mapping[int, Verdict]:
        """Return the verdicts on the test images of a data set."""
        return self.by_dataset.get(name, {})

    def with_verdict(self, name: str, index: int, verdict: Verdict | None) -> "Verdicts":
        """Return a copy with a verdict on an image; None removes it."""
        others = {k: known for k, known in self.of(name).items() if k != index}
        new = {} if verdict is None else {index: verdict}
        return Verdicts({**self.by_dataset, name: others | new})

    def without(self, name: str) -> "Verdicts":
        """Return a copy without the verdicts on a data set."""
        return Verdicts({known: of for known, of in self.by_dataset.items() if known != name})


def _parse(read: object) -> dict[str, dict[int, Verdict]]:
    """Return verdicts from parsed JSON; ValueError if its structure is wrong."""
    if not isinstance(read, dict):
        raise ValueError("no verdicts")
    by_dataset: dict[str, dict[int, Verdict]] = {}
    for name, found in read.items():
        if not isinstance(found, dict) or not all(map(_INDEX.fullmatch, found)):
            raise ValueError("no verdicts on images")
        by_dataset[name] = {int(index): Verdict(verdict) for index, verdict in found.items()}
    return by_dataset


def verdicts_as_csv(
    verdicts: Mapping[int, Verdict],
    labels: np.ndarray,
    probabilities: np.ndarray,
    *,
    has_votes: bool,
) -> str:
    """Return a CSV table with a line a verdict, in the order of the indices.

    Parameters
    ----------
    verdicts : mapping
        From index to verdict; indices out of range are left out.
    labels : ndarray, (n,)
    probabilities : ndarray, (n, 10)
        Of the network whose prediction and confidence are in the table.
    has_votes : bool
        Whether the data set is the one that five people rated (MNIST).
    """
    file = io.StringIO()
    table = csv.writer(file)
    table.writerow(["index", "label", "answer", "confidence", "verdict", "votes"])
    for index in sorted(known for known in verdicts if known < len(labels)):
        P, label = probabilities[index], int(labels[index])
        votes = rater_votes.in_words(index, label) if has_votes else ""
        table.writerow(
            [index, label, P.argmax(), f"{P.max():.6f}", str(verdicts[index]), votes],
        )
    return file.getvalue()
