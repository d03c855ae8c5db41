"""What the teacher has given the class to do now: a question, a task, or to look at the board."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from inkling.runs.run import is_id

MAX_OPTIONS = 6
MAX_TEXT = 300  # characters of a question or a task
MAX_OPTION = 120  # characters
MAX_LIMIT = 1_000_000  # of epochs and units
PAGES = ("explore", "train", "draw", "mistakes", "inside", "learn")
_MAX_QUERY = 500  # characters of all names and values


def is_digit(value: object) -> bool:
    """Return whether something is a whole number from 0 to 9."""
    return type(value) is int and 0 <= value <= 9


class LessonError(ValueError):
    """What the teacher or a pupil wants cannot be; the message says why."""


@dataclass(frozen=True)
class Question:
    """A question to the class.

    Attributes
    ----------
    id : str
        32 hexadecimal digits, new for each question.
    text : str
    options : tuple of str
        Two to six.
    round : int
        1, or 2 once it was asked again.
    open : bool
        Whether votes are taken.
    shown : bool
        Whether pupils and board see the votes.
    """

    id: str
    text: str
    options: tuple[str, ...]
    round: int = 1
    open: bool = True
    shown: bool = False

    def __post_init__(self) -> None:
        """Check id and lengths."""
        if not is_id(self.id):
            raise LessonError("This is not an id.")
        if not 1 <= len(self.text) <= MAX_TEXT:
            raise LessonError(f"A question has 1 to {MAX_TEXT} characters.")
        if not 2 <= len(self.options) <= MAX_OPTIONS:
            raise LessonError(f"A question has 2 to {MAX_OPTIONS} answers.")
        if not all(1 <= len(option) <= MAX_OPTION for option in self.options):
            raise LessonError(f"An answer has 1 to {MAX_OPTION} characters.")
        if len(set(self.options)) < len(self.options):
            raise LessonError("Two answers are the same.")


@dataclass(frozen=True)
class Task:
    """A place to which the class is sent, and what to do there.

    Attributes
    ----------
    id : str
        32 hexadecimal digits, new for each task.
    text : str
    page : str
        One of `PAGES`.
    query : mapping of str to str
        Parameters of the page's address, such as settings of Train.
    """

    id: str
    text: str
    page: str
    query: Mapping[str, str]

    def __post_init__(self) -> None:
        """Check id, page and lengths."""
        if not is_id(self.id):
            raise LessonError("This is not an id.")
        if not 1 <= len(self.text) <= MAX_TEXT:
            raise LessonError(f"A task has 1 to {MAX_TEXT} characters.")
        if self.page not in PAGES:
            raise LessonError(f"The class can be sent to {', '.join(PAGES)}.")
        if sum(len(name) + len(value) for name, value in self.query.items()) > _MAX_QUERY:
            raise LessonError("The link is too long.")


@dataclass(frozen=True)
class Lesson:
    """What a class has before it now.

    Attributes
    ----------
    question : Question or None
    task : Task or None
    eyes_on_board : bool
        Whether the pupils' pages are covered.
    few_controls : bool
        Whether Train shows pupils three sliders, and neither sweeps nor the failure lab.
    max_epochs, max_units : int or None
        Of a run, and of each of its hidden layers; None for the server's limits.
    drawn_digit : int or None
        That everybody draws for the board.
    """

    question: Question | None = None
    task: Task | None = None
    eyes_on_board: bool = False
    few_controls: bool = False
    max_epochs: int | None = None
    max_units: int | None = None
    drawn_digit: int | None = None

    def __post_init__(self) -> None:
        """Check the limits and the digit."""
        if self.drawn_digit is not None and not is_digit(self.drawn_digit):
            raise LessonError("A digit is a whole number from 0 to 9.")
        for limit in (self.max_epochs, self.max_units):
            if limit is not None and not (type(limit) is int and 1 <= limit <= MAX_LIMIT):
                raise LessonError(f"A limit is a whole number from 1 to {MAX_LIMIT:,}.")

    @classmethod
    def of(cls, part: Question | Task) -> "Lesson":
        """Return a lesson with only a question or a task."""
        return cls(question=part) if isinstance(part, Question) else cls(task=part)

    def with_question(self, **changes: Any) -> "Lesson":
        """Return the lesson with fields of its question changed; unchanged if it has none."""
        if self.question is None:
            return self
        return replace(self, question=replace(self.question, **changes))

    def as_json(self) -> bytes:
        """Return the lesson as a file."""
        return json.dumps(asdict(self)).encode()


def parse_lesson(data: bytes) -> Lesson:
    """Return the lesson in a file; an empty one if the file is damaged.

    Parameters
    ----------
    data : bytes
        As from `Lesson.as_json`; other programs can write to the folder.
    """
    try:
        values = json.loads(data)
        question, task = values["question"], values["task"]
        return Lesson(
            question and Question(**{**question, "options": tuple(question["options"])}),
            task and Task(**task),
            values["eyes_on_board"] is True,
            values["few_controls"] is True,
            values["max_epochs"],
            values["max_units"],
            values["drawn_digit"],
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return Lesson()
