"""Chapter of the story, its question, and the result of its Run button."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from data_loader import Dataset, Split
from inkling.data.image_ref import with_article
from inkling.lessons.content import list_items, section, title
from inkling.runs.run import Run
from nn import Network, TrainConfig

_CORRECT = "[x] "
_INCORRECT = "[ ] "


class ReportedValue(NamedTuple):
    """Measured number beside the one that a source reports.

    Attributes
    ----------
    name : str
    measured : str
    reported : str
        Empty where the source reports none.
    """

    name: str
    measured: str
    reported: str = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """Multiple-choice question at the end of a chapter.

    Attributes
    ----------
    text : str
    options : tuple of str
    correct : int
        Position of the correct option in `options`.
    explanation : str
        Shown once the question is answered correctly.
    """

    text: str
    options: tuple[str, ...]
    correct: int
    explanation: str


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
    """

    output: Any
    runs: tuple[Run, ...]
    dataset: Dataset


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """Chapter of the story; its prose is the file `content/chapters/<key>.md`.

    Attributes
    ----------
    key : str
    code : tuple of callable
        Functions whose source is shown; those that Run executes are among them.
    reported_values : callable
        ChapterResult -> the numbers that matter, beside the reported ones.
    run_now : callable or None
        Dataset -> the result's `output`: what Run executes in the server process.
    trainings : callable or None
        Returns the configs that Run trains, by the name that each run gets.
    """

    key: str
    code: tuple[Callable[..., Any], ...]
    reported_values: Callable[[ChapterResult], list[ReportedValue]]
    run_now: Callable[[Dataset], Any] | None = None
    trainings: Callable[[], dict[str, TrainConfig]] | None = None

    @property
    def title(self) -> str:
        """Title on the page."""
        return title(self._file)

    @property
    def text(self) -> str:
        """Text above the code, in Markdown."""
        return section(self._file, "Text")

    @property
    def duration(self) -> str:
        """Sentence on how long Run takes."""
        return section(self._file, "Duration")

    @property
    def meaning(self) -> str:
        """What the result means, in Markdown."""
        return section(self._file, "Meaning")

    @property
    def question(self) -> Question:
        """The chapter's question; its options are a task list with a cross at the correct one."""
        items = list_items(self._file, "Options")
        (correct,) = (k for k, item in enumerate(items) if item.startswith(_CORRECT))
        return Question(
            text=section(self._file, "Question"),
            options=tuple(item.removeprefix(_CORRECT).removeprefix(_INCORRECT) for item in items),
            correct=correct,
            explanation=section(self._file, "Explanation"),
        )

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
    return ReportedValue(f"{name}, {with_article(images.labels[index])}", measured, reported)
