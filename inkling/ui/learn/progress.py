"""Where the visitor is in the story: kept in the session, and on the disk for the next visit."""

import streamlit as st

from inkling.lessons.story.chapters import CHAPTERS
from inkling.lessons.story.progress import Progress
from inkling.ui import services

END = "end"
"""What comes after the last chapter."""

PLACES = (*CHAPTERS, END)

_PROGRESS = "story_progress"
_FILE = "progress.json"
_OPTIONS = {key: len(chapter.question.options) for key, chapter in CHAPTERS.items()} | {END: 0}


def progress() -> Progress:
    """Return this visitor's progress; shared by all of a run of the script, changed in place."""
    if _PROGRESS not in st.session_state:
        st.session_state[_PROGRESS] = Progress.from_bytes(
            services.read_visitor_file(_FILE), _OPTIONS
        )
    known: Progress = st.session_state[_PROGRESS]
    return known


def keep() -> None:
    """Keep the progress; where the disk refuses, say so."""
    problem = services.write_visitor_file(_FILE, progress().to_bytes())
    if problem:
        st.toast(problem)


def begin_anew() -> None:
    """Forget all progress; the runs that were trained on the way stay."""
    st.session_state.pop(_PROGRESS, None)
    services.delete_visitor_file(_FILE)


def here() -> str:
    """Return where the visitor is: a key of a chapter, or `END`."""
    return progress().chapter or PLACES[0]


def go_to(place: str) -> None:
    """Move there."""
    if progress().chapter != place:
        progress().chapter = place
        keep()


def answered(key: str) -> bool:
    """Whether a chapter's question has its right answer."""
    return progress().answers.get(key) == CHAPTERS[key].question.right


def done(key: str) -> bool:
    """Whether a chapter has been run and its question been answered."""
    return key in progress().ran and answered(key)
