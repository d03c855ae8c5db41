"""What a chapter of the story consists of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from data_loader import Dataset
from inkling.runs.run import Run
from nn import TrainConfig


class ReportedValue(NamedTuple):
    """A number that came out, beside the one that was reported.

    Attributes
    ----------
    what : str
    here : str
        What came out just now.
    reported : str
        What the source says; empty where it says nothing.
    """

    what: str
    here: str
    reported: str = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question, with the answers to choose from.

    Attributes
    ----------
    text : str
    options : tuple of str
    right : int
        Position in `options`.
    why : str
        Said to whoever has answered it right.
    """

    text: str
    options: tuple[str, ...]
    right: int
    why: str


class ChapterResult(NamedTuple):
    """What came of a chapter's Run button.

    Attributes
    ----------
    sketch : Any
        What the chapter's `sketch` returned; None where it has none.
    runs : tuple of Run
        Its trainings, in their order.
    dataset : Dataset
        The digits that it was run on.
    """

    sketch: Any
    runs: tuple[Run, ...]
    dataset: Dataset


Trainings = Callable[[], dict[str, TrainConfig]]
"""Returns what is to be trained, by the name that a run gets."""


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """One step of the story.

    Attributes
    ----------
    key, title : str
        What it is called in the program, and on the screen.
    text : tuple of str
        Paragraphs, in Markdown.
    code : tuple of callable
        Functions whose lines are shown; those that Run runs are among them.
    seconds : str
        What to expect of Run: how long it takes.
    figures : callable
        Outcome -> the numbers that matter.
    meaning : str
        What the outcome says, in Markdown.
    question : Question
    sketch : callable or None
        Dataset -> anything: what Run runs at once.
    trainings : callable or None
        What Run trains.
    """

    key: str
    title: str
    text: tuple[str, ...]
    code: tuple[Callable[..., Any], ...]
    seconds: str
    figures: Callable[[ChapterResult], list[ReportedValue]]
    meaning: str
    question: Question
    sketch: Callable[[Dataset], Any] | None = None
    trainings: Trainings | None = None
