"""Votes of five human raters on MNIST test images whose label had been doubted.

A model that had not learned from them doubted the labels of 100 test images; five people looked at
each of these. Listed here are those on which they disagreed, or all opposed the label, and
a few that they all found right although a model all but ruled the label out. People differ, too:
these are votes, not verdicts.

The figures come from the label-errors project (Apache-2.0; Northcutt, Athalye and Mueller 2021,
arXiv:2103.14749), and apply to MNIST's own test images only, which are numbered from 0.
"""

from typing import NamedTuple


class Votes(NamedTuple):
    """Votes of five raters on a doubtful label.

    `given` is the digit in the data set, `suspected` the one that a model predicts; `for_neither`
    raters chose neither of the two.
    """

    given: int
    suspected: int
    for_given: int
    for_suspected: int
    for_neither: int


DOUBTED = {
    # No majority for the given label
    947: Votes(8, 9, 0, 5, 0),
    1621: Votes(0, 6, 2, 3, 0),
    1901: Votes(9, 4, 2, 3, 0),
    2130: Votes(4, 9, 2, 2, 1),
    2462: Votes(2, 0, 0, 4, 1),
    2597: Votes(5, 3, 0, 4, 1),
    2654: Votes(6, 1, 0, 2, 3),
    3520: Votes(6, 4, 2, 0, 3),
    3558: Votes(5, 0, 1, 4, 0),
    5937: Votes(5, 3, 1, 3, 1),
    6651: Votes(0, 6, 0, 5, 0),
    6783: Votes(1, 6, 2, 3, 0),
    8527: Votes(4, 9, 2, 2, 1),
    9679: Votes(6, 3, 2, 0, 3),
    9729: Votes(5, 6, 2, 3, 0),
    # A majority for it, but not all
    449: Votes(3, 5, 4, 1, 0),
    717: Votes(0, 6, 4, 0, 1),
    740: Votes(4, 9, 4, 1, 0),
    1226: Votes(7, 2, 4, 1, 0),
    1232: Votes(9, 4, 3, 2, 0),
    1393: Votes(5, 3, 3, 0, 2),
    1681: Votes(3, 7, 4, 1, 0),
    2035: Votes(5, 3, 3, 2, 0),
    2293: Votes(9, 0, 4, 1, 0),
    3422: Votes(6, 0, 3, 2, 0),
    3869: Votes(9, 4, 4, 1, 0),
    4007: Votes(7, 9, 4, 0, 1),
    4201: Votes(1, 7, 3, 2, 0),
    4497: Votes(8, 7, 4, 1, 0),
    4823: Votes(9, 4, 3, 2, 0),
    4874: Votes(9, 0, 4, 0, 1),
    4956: Votes(8, 4, 3, 0, 2),
    5955: Votes(3, 8, 4, 1, 0),
    6572: Votes(1, 7, 4, 0, 1),
    6576: Votes(7, 1, 4, 1, 0),
    9009: Votes(7, 2, 4, 1, 0),
    9664: Votes(2, 7, 3, 2, 0),
}

HARD_BUT_RIGHT = (582, 1014, 6597, 2135, 2927, 2896, 1530, 2921, 1709, 6625, 4783, 247)
"""All five people uphold the label, which a model all but ruled out."""


_COUNTS = ("nobody", "one", "two", "three", "four", "five")


def in_words(index: int, label: int) -> str:
    """Return a sentence on the votes for a test image, empty if it is not listed."""
    if index in HARD_BUT_RIGHT:
        return f"Five people looked at it: all five say {label}."
    if index not in DOUBTED:
        return ""
    votes = DOUBTED[index]
    said = [
        f"{_COUNTS[count]} {'say' if count > 1 else 'says'} {digit}"
        for count, digit in (
            (votes.for_given, votes.given),
            (votes.for_suspected, votes.suspected),
        )
    ]
    some = votes.for_neither
    neither = [f"{_COUNTS[some]} {'say' if some > 1 else 'says'} neither"] if some else []
    return f"Five people looked at it: {', '.join(said + neither)}."
