"""Accuracy in words and colours: four levels from guessing to excellent."""

from typing import NamedTuple


class Level(NamedTuple):
    """Level of an accuracy.

    Attributes
    ----------
    least : float
        Accuracy from which on it holds.
    word : str
    colour : {"red", "orange", "blue", "green"}
        Name in Streamlit's Markdown.
    """

    least: float
    word: str
    colour: str

    @property
    def badge(self) -> str:
        """Markdown of the word on its colour."""
        return f":{self.colour}-badge[{self.word}]"


LEVELS = (
    Level(0.98, "excellent", "green"),
    Level(0.9, "good", "blue"),
    Level(0.2, "learning", "orange"),
    Level(0.0, "guessing", "red"),
)
"""From the best on. Of ten digits, a guess is right one time in ten: up to twice that counts as
guessing, because a network that always answers 1 is right 11.35 times in a hundred."""

GUESSING = LEVELS[-1]

SCALE = " ".join(
    [f"From {each.least:.0%}: {each.word}." for each in LEVELS[:-1]]
    + [f"Below: {GUESSING.word}, since about one guess in ten is correct."]
)
"""All levels in words."""


def level(accuracy: float) -> Level:
    """Return the level of an accuracy, 0 to 1; that of guessing if it is not finite."""
    return next((each for each in LEVELS if accuracy >= each.least), GUESSING)
