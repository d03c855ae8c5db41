"""Answers to the questions of all chapters and experiments, for teachers: a page to print."""

from functools import cache
from html import escape

from inkling.lessons.failure_lab import EXPERIMENTS, Experiment
from inkling.lessons.printed_page import listing, paragraph, printed_page
from inkling.lessons.story import before_after, by_hand
from inkling.lessons.story.chapter import Chapter
from inkling.lessons.story.chapters import CHAPTERS

CHAPTERS_ON_MNIST = {
    "digits": 2,
    "random": 1,
    "cost": 1,
    "eta": 1,
    "together": 2,
    "well-made": 2,
    "sixteen": 2,
    "128": 1,
    "missing-term": 2,
    "by-heart": 1,
    "neighbours": 2,
}
"""Which prediction came true, with the chapter's own settings and MNIST.

That of the last chapter depends on the networks that a visitor has trained.
"""

EXPERIMENTS_ON_MNIST = {
    "small-layers": 0,
    "high-eta": 2,
    "zero-weights": 0,
    "raw-pixels": 3,
    "deep-sigmoids": 2,
    "missing-term": 2,
    "shuffled-labels": 1,
    "hundred-images": 1,
}
"""Likewise; how the race ends depends on the machine."""

BY_HAND = {
    "unit": "For example the weights −1, 1, −1 and the bias 0.",
    "eta": "The rate 0.5 reaches the bottom in one step. Above 1 the ball climbs out.",
    "blame": ", ".join(
        f"{name}: {slope:g}".replace("-", "−")
        for name, slope in by_hand.BLAME_NETWORK.gradient(by_hand.BLAME_INPUT, by_hand.BLAME_TARGET)
        ._asdict()
        .items()
    ),
}
"""Answers to the tasks that are done by hand, by chapter."""


@cache
def answer_key() -> bytes:
    """Return an HTML page."""
    chapters = "".join(
        _chapter(number, chapter) for number, chapter in enumerate(CHAPTERS.values(), 1)
    )
    return printed_page(
        "Answer key",
        "<p>Results of runs are those on MNIST with the settings given.</p>"
        f'<h2 class="part">The story</h2>{chapters}'
        f'<h2 class="part">Before and after</h2>{_before_after()}'
        f'<h2 class="part">The failure lab</h2>{"".join(map(_experiment, EXPERIMENTS.values()))}',
    )


def _chapter(number: int, chapter: Chapter) -> str:
    prediction, question = chapter.prediction, chapter.question
    options = prediction.options
    marked = [k for k, option in enumerate(options) if option.correct]
    result = CHAPTERS_ON_MNIST.get(chapter.key, marked[0] if marked else None)
    parts = [
        f"<h2>{number}. {escape(chapter.title)}</h2>",
        paragraph("Prediction:", prediction.text),
        _answer(None if result is None else options[result].text),
        paragraph("By hand:", BY_HAND.get(chapter.key, "")),
        paragraph("Question:", question.text),
        _answer(question.options[question.correct].text),
        "<p>Replies to the other options:</p>",
        listing(
            [f"{option.text}: {option.reply}" for option in question.options if not option.correct]
        ),
    ]
    number_question = chapter.number_question
    if number_question is not None:
        parts += [
            paragraph("Number:", number_question.text),
            _answer(f"{number_question.answer:g}. {number_question.explanation}"),
        ]
    return _section(parts)


def _experiment(experiment: Experiment) -> str:
    result = EXPERIMENTS_ON_MNIST.get(experiment.key)
    return _section(
        [
            f"<h2>{escape(experiment.title)}</h2>",
            paragraph("Prediction:", experiment.question),
            _answer(None if result is None else experiment.options[result]),
        ]
    )


def _before_after() -> str:
    return _section(
        [
            paragraph(f"{key}.", item.text) + _answer(item.options[item.correct])
            for key, item in before_after.items().items()
        ]
    )


def _answer(text: str | None) -> str:
    return paragraph("Answer:", text or "your own result decides.")


def _section(parts: list[str]) -> str:
    return f"<section>{''.join(parts)}</section>"
