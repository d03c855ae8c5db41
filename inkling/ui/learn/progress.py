"""Progress of the visitor in the story: in the session and in a file for the next visit."""

import streamlit as st

from inkling.lessons.story.chapters import CHAPTERS
from inkling.lessons.story.progress import OptionCounts, Progress, one_line
from inkling.ui import services

BEFORE, AFTER, SUMMARY, GLOSSARY = "before", "after", "end", "glossary"
"""Keys of the questions before and after the chapters, and of what follows them."""

KEYS = (BEFORE, *CHAPTERS, AFTER, SUMMARY, GLOSSARY)
FIRST_CHAPTER = next(iter(CHAPTERS))

_PROGRESS = "story_progress"
_FILE = "progress.json"
_OPTIONS = {
    key: OptionCounts(len(chapter.question.options), len(chapter.prediction.options))
    for key, chapter in CHAPTERS.items()
} | dict.fromkeys((BEFORE, AFTER, SUMMARY, GLOSSARY), OptionCounts(0, 0))


def current() -> Progress:
    """Return this visitor's progress; the same object during a session, changed in place."""
    if _PROGRESS not in st.session_state:
        st.session_state[_PROGRESS] = Progress.from_bytes(
            services.read_visitor_file(_FILE), _OPTIONS
        )
    known: Progress = st.session_state[_PROGRESS]
    return known


def of_visitor(visitor_id: str) -> Progress:
    """Return the saved progress of another visitor."""
    return Progress.from_bytes(services.read_file_of(visitor_id, _FILE), _OPTIONS)


def save() -> None:
    """Write the progress to the visitor's file; show a toast if that fails."""
    problem = services.write_visitor_file(_FILE, current().to_bytes())
    if problem:
        st.toast(problem)


def reset() -> None:
    """Delete all progress; the chapters' runs stay."""
    st.session_state.pop(_PROGRESS, None)
    services.delete_visitor_file(_FILE)


def open_key() -> str:
    """Return one of the `KEYS`; the first chapter if none has been opened."""
    return current().chapter or FIRST_CHAPTER


def open_chapter(key: str) -> None:
    """Open one of the `KEYS`."""
    if current().chapter != key:
        current().chapter = key
        save()


def finish(key: str) -> None:
    """Save that a chapter was run, or done by hand."""
    if key not in current().ran:
        current().ran.add(key)
        save()


def save_note(key: str, note: str) -> None:
    """Save what the visitor saw."""
    current().notes[key] = one_line(note)
    save()


def save_figures(key: str, figures: list[str]) -> None:
    """Save the numbers of a chapter's result, each with its name."""
    lines = [one_line(figure) for figure in figures]
    if current().figures.get(key) != lines:
        current().figures[key] = lines
        save()


def answered_correctly(key: str) -> bool:
    """Whether the visitor's last answer to a chapter's question is correct."""
    return current().answers.get(key) == CHAPTERS[key].question.correct


def done(key: str) -> bool:
    """Whether a chapter has been run and its question answered correctly."""
    return key in current().ran and answered_correctly(key)


def locked(key: str) -> bool:
    """Whether a chapter is about an image of MNIST, which is missing."""
    return CHAPTERS[key].needs_mnist and not services.datasets().is_loaded("mnist")


def chapters_done() -> tuple[int, int]:
    """Return how many chapters are done, and how many there are without the locked ones."""
    keys = [key for key in CHAPTERS if not locked(key)]
    return sum(map(done, keys)), len(keys)
