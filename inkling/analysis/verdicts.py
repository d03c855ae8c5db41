"""Whose fault a mistake is, as the visitor who looked at the image has it.

A verdict is about an image, whatever network read it wrong. They are kept by the name of the data
set, as a small JSON file that is believed only after it was checked.
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
    """What is to blame for a mistake."""

    LABEL = "label"
    AMBIGUOUS = "ambiguous"
    NETWORK = "network"


@dataclass(frozen=True)
class Verdicts:
    """All verdicts of a visitor; never changed, only replaced.

    Attributes
    ----------
    by_set : mapping
        From the name of a data set to its test images' verdicts, by index.
    """

    by_set: Mapping[str, Mapping[int, Verdict]] = field(default_factory=dict)

    @classmethod
    def read(cls, data: bytes | None) -> "Verdicts":
        """Return what `to_bytes` wrote; none at all where that is missing or damaged."""
        if data is None:
            return cls()
        try:
            return cls(_checked(json.loads(data)))
        except (ValueError, RecursionError):  # no JSON, no Unicode, or none that we wrote
            return cls()

    def to_bytes(self) -> bytes:
        """Return them as JSON."""
        return json.dumps(self.by_set).encode()

    def of(self, name: str) -> Mapping[int, Verdict]:
        """Return the verdicts on the test images of a data set."""
        return self.by_set.get(name, {})

    def marked(self, name: str, index: int, verdict: Verdict | None) -> "Verdicts":
        """Return them with a verdict on an image, or without it."""
        others = {k: known for k, known in self.of(name).items() if k != index}
        new = {} if verdict is None else {index: verdict}
        return Verdicts({**self.by_set, name: others | new})

    def without(self, name: str) -> "Verdicts":
        """Return them without those of a data set."""
        return Verdicts({known: of for known, of in self.by_set.items() if known != name})


def _checked(read: object) -> dict[str, dict[int, Verdict]]:
    """Return verdicts from what a file says; ValueError where it says anything else."""
    if not isinstance(read, dict):
        raise ValueError("no verdicts")
    by_set: dict[str, dict[int, Verdict]] = {}
    for name, found in read.items():
        if not isinstance(found, dict) or not all(map(_INDEX.fullmatch, found)):
            raise ValueError("no verdicts on images")
        by_set[name] = {int(index): Verdict(verdict) for index, verdict in found.items()}
    return by_set


def verdicts_as_csv(
    verdicts: Mapping[int, Verdict],
    labels: np.ndarray,
    probabilities: np.ndarray,
    *,
    voted_on: bool,
) -> str:
    """Return a table with a line a judged image, in the order of their indices.

    Parameters
    ----------
    verdicts : mapping
        From index to verdict; what is no index of these images is left out.
    labels : ndarray, (n,)
    probabilities : ndarray, (n, 10)
        Of the network whose answer and confidence the table has.
    voted_on : bool
        Whether these are the images that the five people looked at.
    """
    file = io.StringIO()
    table = csv.writer(file)
    table.writerow(["index", "label", "answer", "confidence", "verdict", "votes"])
    for index in sorted(known for known in verdicts if known < len(labels)):
        P, label = probabilities[index], int(labels[index])
        votes = rater_votes.in_words(index, label) if voted_on else ""
        table.writerow(
            [index, label, P.argmax(), f"{P.max():.6f}", str(verdicts[index]), votes],
        )
    return file.getvalue()
