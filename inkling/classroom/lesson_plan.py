"""Plan of a lesson: a list of steps in one Markdown file, for teachers to write and share.

A file has a title, a section "About" and a section for each step. Each line below a heading begins
with a word and a colon; the lines below a question that begin with "- " are its answers::

    # From a drawing to 11.35%

    ## About

    Goal: You can say where a network gets what it knows.

    ## Draw a digit

    Minutes: 6
    Task: Draw a digit that the network reads wrongly.
    Link: /draw
    Question: Does the network learn from your drawing?
    - Yes
    - No
    Expect: Most vote for “Yes”.

`docs/teaching.md` describes the words. Files are untrusted: every text is plain, its length is
limited, and of a link only the page and its parameters are used.
"""

import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from inkling.classroom.lesson import MAX_OPTIONS, PAGES, LessonError, Question, Task

MAX_BYTES = 64 * 2**10  # of a file
MAX_STEPS = 60
MAX_MINUTES = 600  # of a step
_MAX_LINE = 1_000  # characters
_ABOUT = "About"
_OPTION = "- "
ABOUT_WORDS = ("For", "Goal", "Standard", "Prepare", "Note")
NOTE_WORDS = ("Do", "Ask", "Expect", "Misconception", "Source")
_SINGLE = ("Minutes", "Task", "Link", "Show", "Question")
STEP_WORDS = (*_SINGLE, *NOTE_WORDS, "Worksheet")


class PlanError(ValueError):
    """A file is not a plan; the message names the line."""


class Place(NamedTuple):
    """Page of the app with the parameters of its address."""

    page: str
    query: dict[str, str]


class Note(NamedTuple):
    """Line for the teacher: one of `ABOUT_WORDS` or `NOTE_WORDS`, and the text."""

    word: str
    text: str


@dataclass
class Step:
    """Step of a lesson.

    Attributes
    ----------
    title : str
    line : int
        Where it begins in the file, from 1.
    minutes : int
    task, question : str
        For the class; empty without one.
    place : Place or None
        To which the task leads.
    shown : Place or None
        What the teacher opens on the projector.
    options : list of str
        Answers of the question.
    notes : list of Note
        For the teacher alone.
    worksheet : list of str
        What pupils write down.
    """

    title: str
    line: int
    minutes: int = 0
    task: str = ""
    place: Place | None = None
    shown: Place | None = None
    question: str = ""
    options: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    worksheet: list[str] = field(default_factory=list)

    def as_task(self, seed: str) -> Task | None:
        """Return the task for the class; the same seed gives the same id."""
        if self.place is None:
            return None
        return Task(_id(seed, "task", self.line), self.task, self.place.page, self.place.query)

    def as_question(self, seed: str) -> Question | None:
        """Return the question for the class; the same seed gives the same id."""
        if not self.question:
            return None
        return Question(_id(seed, "question", self.line), self.question, tuple(self.options))


class LessonPlan(NamedTuple):
    """Plan of a lesson.

    Attributes
    ----------
    title : str
    about : tuple of Note
        For whom it is, its goals, standards, and what to prepare.
    steps : tuple of Step
    source : str
        The file.
    """

    title: str
    about: tuple[Note, ...]
    steps: tuple[Step, ...]
    source: str

    @property
    def minutes(self) -> int:
        """Length of the lesson."""
        return sum(step.minutes for step in self.steps)


def parse_plan(source: str) -> LessonPlan:
    """Return the plan in a file.

    Raises
    ------
    PlanError
        If it is not a plan.
    """
    if len(source.encode(errors="replace")) > MAX_BYTES:
        raise PlanError(f"The file is too long: a plan has at most {MAX_BYTES // 1_024} KiB.")
    reader = _Reader()
    for number, text in enumerate(source.removeprefix("\ufeff").split("\n"), 1):
        reader.read(number, text.strip())
    return LessonPlan(reader.title, tuple(reader.about), reader.finished_steps(), source)


def decode_plan(data: bytes) -> LessonPlan:
    """Return the plan in the bytes of a file; raises PlanError if it is not one."""
    try:
        return parse_plan(data.decode())
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise PlanError(f"Line {line}: save the file as UTF-8 text.") from error


class _Reader:
    """Reads a plan line by line."""

    def __init__(self) -> None:
        self.title = ""
        self.about: list[Note] = []
        self._steps: list[Step] = []
        self._in_about = False
        self._takes_options = False

    def read(self, number: int, text: str) -> None:
        if not text:
            return
        if len(text) > _MAX_LINE:
            raise _error(number, f"the line is longer than {_MAX_LINE:,} characters.")
        if not self.title:
            self._read_title(number, text)
        elif text.startswith("## "):
            self._begin_section(number, text.removeprefix("## ").strip())
        elif text.startswith(_OPTION):
            self._read_option(number, text.removeprefix(_OPTION).strip())
        else:
            self._read_word(number, text)

    def finished_steps(self) -> tuple[Step, ...]:
        """Return the steps; raises PlanError if one lacks something."""
        if not self.title:
            raise PlanError("The file is empty. A plan begins with “# ” and its title.")
        if not self._steps:
            raise PlanError("The plan has no step. A step begins with “## ” and its title.")
        for step in self._steps:
            _check(step)
        return tuple(self._steps)

    def _read_title(self, number: int, text: str) -> None:
        self.title = text.removeprefix("# ").strip() if text.startswith("# ") else ""
        if not self.title:
            raise _error(number, "a plan begins with “# ” and its title.")

    def _begin_section(self, number: int, title: str) -> None:
        self._takes_options = False
        self._in_about = title == _ABOUT and not self._steps
        if self._in_about:
            return
        if len(self._steps) >= MAX_STEPS:
            raise _error(number, f"a plan has at most {MAX_STEPS} steps.")
        self._steps.append(Step(title, number))

    def _read_option(self, number: int, text: str) -> None:
        if not self._takes_options:
            raise _error(number, "an answer stands below its question.")
        self._steps[-1].options.append(text)

    def _read_word(self, number: int, text: str) -> None:
        word, colon, value = (part.strip() for part in text.partition(":"))
        words = ABOUT_WORDS if self._in_about else STEP_WORDS
        if not colon or word not in words:
            raise _error(
                number, f"begin the line with one of these words and a colon: {', '.join(words)}."
            )
        if not value:
            raise _error(number, f"there is nothing after “{word}:”.")
        self._takes_options = word == "Question"
        if self._in_about:
            self.about.append(Note(word, value))
        elif not self._steps:
            raise _error(number, "a step begins with “## ” and its title.")
        else:
            _set(self._steps[-1], number, word, value)


def _set(step: Step, number: int, word: str, value: str) -> None:
    """Give a step what a line says."""
    if word in NOTE_WORDS:
        step.notes.append(Note(word, value))
    elif word == "Worksheet":
        step.worksheet.append(value)
    elif word == "Minutes":
        if step.minutes:
            raise _error(number, "the step has its minutes already.")
        step.minutes = _minutes(number, value)
    else:
        name = {"Link": "place", "Show": "shown"}.get(word, word.lower())
        if getattr(step, name):
            raise _error(number, f"the step has “{word}:” already.")
        setattr(step, name, _place(number, value) if word in ("Link", "Show") else value)


def _check(step: Step) -> None:
    """Raise PlanError if a step lacks something, or is too long for the class."""
    if not step.minutes:
        raise _error(step.line, "the step has no line “Minutes:”.")
    if bool(step.task) != (step.place is not None):
        raise _error(step.line, "“Task:” and “Link:” belong together; one of them is missing.")
    if not step.task and not step.question and not step.shown and not step.notes:
        raise _error(step.line, "the step has nothing to do, to ask or to show.")
    if step.question and not 2 <= len(step.options) <= MAX_OPTIONS:
        raise _error(
            step.line,
            f"a question has 2 to {MAX_OPTIONS} answers, each on a line of its own that begins "
            f"with “{_OPTION}”.",
        )
    try:
        step.as_task("")
        step.as_question("")
    except LessonError as error:
        raise _error(step.line, str(error)) from error


def _minutes(number: int, text: str) -> int:
    minutes = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    if not 1 <= minutes <= MAX_MINUTES:
        raise _error(number, f"minutes are a whole number from 1 to {MAX_MINUTES}.")
    return minutes


def _place(number: int, text: str) -> Place:
    try:
        link = urlsplit(text)
        place = Place(link.path.rpartition("/")[2], dict(parse_qsl(link.query)))
    except ValueError as error:
        raise _error(number, "this is not a link.") from error
    if place.page not in PAGES:
        raise _error(number, f"a link leads to one of these pages: /{', /'.join(PAGES)}.")
    return place


def _error(number: int, message: str) -> PlanError:
    return PlanError(f"Line {number}: {message}")


def _id(*parts: object) -> str:
    """Return 32 hexadecimal digits."""
    return hashlib.sha256("/".join(map(str, parts)).encode(errors="replace")).hexdigest()[:32]
