"""Chapter of the story: its prediction, its questions, and the result of its Run button."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from data_loader import Dataset, Split
from inkling.data.image_ref import with_article
from inkling.lessons.content import section, sections, title
from inkling.runs.run import Run
from nn import Network, TrainConfig

_OPTION = re.compile(r"^- (?:\[([ x])\] )?(.+)\n +(.+)$", re.MULTILINE)


class ReportedValue(NamedTuple):
    """Measured number beside the one that a source reports.

    Attributes
    ----------
    name : str
    measured : str
    reported : str
        Empty where the source reports none.
    of_image : bool
        Whether the reported number belongs to single images of MNIST.
    """

    name: str
    measured: str
    reported: str = ""
    of_image: bool = False


class Option(NamedTuple):
    """Option of a question or a prediction.

    Attributes
    ----------
    text : str
    reply : str
        Of a question: shown once the option is chosen. Of a prediction: shown where the result
        shows the option to be true.
    correct : bool
        False for all options of a prediction, whose result decides.
    """

    text: str
    reply: str
    correct: bool


@dataclass(frozen=True, kw_only=True)
class Question:
    """Multiple-choice question at the end of a chapter.

    Attributes
    ----------
    text : str
    options : tuple of Option
        One of them is correct.
    """

    text: str
    options: tuple[Option, ...]

    @property
    def correct(self) -> int:
        """Position of the correct option in `options`."""
        return next(k for k, option in enumerate(self.options) if option.correct)


@dataclass(frozen=True, kw_only=True)
class NumberQuestion:
    """Question whose answer is a number.

    Attributes
    ----------
    text : str
    answer : float
    explanation : str
        Shown once the answer is correct.
    """

    text: str
    answer: float
    explanation: str

    def accepts(self, number: float) -> bool:
        """Whether a number is the answer, but for rounding to three digits."""
        return abs(number - self.answer) <= 5e-3 * abs(self.answer)


class ChapterResult(NamedTuple):
    """Result of a chapter's Run button.

    Attributes
    ----------
    output : Any
        What the chapter's `run_now` returned; None where it has none.
    runs : tuple of Run
        The chapter's training runs, in their order.
    dataset : Dataset
        The images and labels that `run_now` and the runs used.
    other_runs : tuple of Run
        The visitor's runs in all other chapters.
    """

    output: Any
    runs: tuple[Run, ...]
    dataset: Dataset
    other_runs: tuple[Run, ...] = ()


class Act(NamedTuple):
    """Something to try with the chapter's network once its Run has ended.

    Attributes
    ----------
    label : str
        Of its button.
    values : callable
        ChapterResult -> the numbers that it gives.
    """

    label: str
    values: Callable[[ChapterResult], list[ReportedValue]]


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """Chapter of the story; its prose is the file `content/chapters/<key>.md`.

    Attributes
    ----------
    key : str
    code : tuple of callable
        Functions whose source can be shown; those that Run executes are among them.
    outcome : callable or None
        ChapterResult -> position of the prediction that the result shows to be true. None for a
        chapter without Run, which is done by hand.
    reported_values : callable
        ChapterResult -> the numbers that matter, beside the reported ones.
    run_now : callable or None
        Dataset -> the result's `output`: what Run executes in the server process.
    trainings : callable or None
        Returns the configs that Run trains, by the name that each run gets.
    acts : tuple of Act
        What the section "Act" asks the visitor to try.
    needs_mnist : bool
        Whether the chapter is about an image of MNIST, so that no other digits will do.
    """

    key: str
    code: tuple[Callable[..., Any], ...]
    outcome: Callable[[ChapterResult], int] | None = None
    reported_values: Callable[[ChapterResult], list[ReportedValue]] = lambda _: []
    run_now: Callable[[Dataset], Any] | None = None
    trainings: Callable[[], dict[str, TrainConfig]] | None = None
    acts: tuple[Act, ...] = ()
    needs_mnist: bool = False

    @property
    def title(self) -> str:
        """Title on the page."""
        return title(self._file)

    @property
    def text(self) -> str:
        """Text before the prediction, in Markdown."""
        return section(self._file, "Text")

    @property
    def minutes(self) -> int:
        """Time that the chapter takes a reader."""
        return int(section(self._file, "Minutes"))

    @property
    def duration(self) -> str:
        """Sentence on how long Run takes; empty for a chapter without Run."""
        return self._optional("Duration")

    @property
    def prediction(self) -> Question:
        """Prediction to make before Run."""
        return Question(
            text=section(self._file, "Prediction"), options=self._options("Predictions")
        )

    @property
    def look(self) -> str:
        """What to look at and describe after Run."""
        return section(self._file, "Look")

    @property
    def meaning(self) -> str:
        """Explanation of the result, in Markdown; true whatever the result is."""
        return section(self._file, "Meaning")

    @property
    def mnist_text(self) -> str:
        """Text on MNIST's own images, which is left out for other digits; may be empty."""
        return self._optional("MNIST")

    @property
    def act(self) -> str:
        """What to try, and what to watch; empty for a chapter without acts."""
        return self._optional("Act")

    @property
    def terms(self) -> tuple[str, ...]:
        """Terms of the glossary that the chapter uses."""
        return tuple(section(self._file, "Terms").split(" · "))

    @property
    def question(self) -> Question:
        """The chapter's question."""
        return Question(text=section(self._file, "Question"), options=self._options("Options"))

    @property
    def number_question(self) -> NumberQuestion | None:
        """The chapter's question whose answer is a number, if it has one."""
        if "Number" not in sections(self._file):
            return None
        text, answer, explanation = section(self._file, "Number").split("\n\n")
        return NumberQuestion(text=text, answer=float(answer), explanation=explanation)

    def _options(self, heading: str) -> tuple[Option, ...]:
        """Return the options of a section: each a line, below it the indented reply."""
        return tuple(
            Option(text, reply, mark == "x")
            for mark, text, reply in _OPTION.findall(section(self._file, heading))
        )

    def _optional(self, heading: str) -> str:
        return section(self._file, heading) if heading in sections(self._file) else ""

    @property
    def _file(self) -> str:
        return f"chapters/{self.key}"


def accuracy_text(share: float | None, decimals: int = 2) -> str:
    """Return an accuracy in percent, "unknown" for None."""
    return "unknown" if share is None else f"{share:.{decimals}%}"


def prediction_value(
    name: str, network: Network, images: Split, index: int, reported: str = ""
) -> ReportedValue:
    """Return a network's answer to one image, with its probability.

    Parameters
    ----------
    name : str
        Of the image; its label is added.
    network : Network
    images : Split
    index : int
        Position of the image in `images`.
    reported : str
    """
    P = network.predict_proba(images.images[index : index + 1])[0]
    measured = f"{P.argmax()}, with {P.max():.2f}"
    return ReportedValue(f"{name}, {with_article(images.labels[index])}", measured, reported, True)
