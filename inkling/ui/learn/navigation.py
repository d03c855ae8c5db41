"""The chapters of the story as a rail, and the ways from chapter to chapter."""

import streamlit as st

from inkling.lessons.story.chapters import CHAPTERS
from inkling.lessons.story.progress import present_key
from inkling.ui.learn import glossary, progress
from inkling.ui.markdown import escape_markdown

_CHAPTER_PARAMETER, _TERM_PARAMETER = "chapter", "term"  # of the page's address
_SELECTED = "story_place"
_TITLES = {
    progress.BEFORE: "Before you begin",
    **{key: f"{k}. {chapter.title}" for k, (key, chapter) in enumerate(CHAPTERS.items(), 1)},
    progress.AFTER: "After the last chapter",
    progress.SUMMARY: "Your story",
    progress.GLOSSARY: "Glossary",
}


def open_linked_chapter() -> None:
    """Open the chapter that the address names, and take it out of the address."""
    key = present_key(st.query_params.pop(_CHAPTER_PARAMETER, ""))
    if key == progress.GLOSSARY:
        # A link from a chapter opens another tab: the visitor's place stays that chapter.
        progress.current().chapter = key
        glossary.open_term(st.query_params.pop(_TERM_PARAMETER, ""))
    elif key in progress.KEYS:
        progress.open_chapter(key)


def show_rail() -> None:
    """Draw all chapters with ticks and minutes: a column of buttons, on a phone a list."""
    key = st.session_state[_SELECTED] = progress.open_key()
    number_done = sum(map(progress.done, CHAPTERS))
    with st.container(key="learn_list"):
        st.selectbox(
            "Chapter",
            progress.KEYS,
            key=_SELECTED,
            format_func=_TITLES.__getitem__,
            on_change=lambda: progress.open_chapter(st.session_state[_SELECTED]),
            filter_mode=None,
            label_visibility="collapsed",
        )
    st.progress(number_done / len(CHAPTERS), f"{number_done} of {len(CHAPTERS)} chapters done")
    with st.container(key="learn_chapters"):
        for chapter, title in _TITLES.items():
            with st.container(key="learn_open" if chapter == key else f"learn_to_{chapter}"):
                st.button(
                    _label(chapter, title),
                    type="tertiary",
                    key=f"story_open_{chapter}",
                    on_click=progress.open_chapter,
                    args=(chapter,),
                    width="stretch",
                )


def _label(key: str, title: str) -> str:
    """Return title, minutes, and a tick once the chapter is done."""
    if key not in CHAPTERS:
        return title
    tick = ":green[✓] " if progress.done(key) else ""
    return f"{tick}{escape_markdown(title)} · {CHAPTERS[key].minutes}\N{NO-BREAK SPACE}min"


def show_steps() -> None:
    """Draw Back and Next."""
    key = progress.open_key()
    position, last = progress.KEYS.index(key), len(progress.KEYS) - 1
    done = key in CHAPTERS and progress.done(key)
    with st.container(key="learn_steps", horizontal=True):
        for label, step in (("Back", -1), ("Next", 1)):
            st.button(
                label,
                type="primary" if step == 1 and done else "secondary",
                key=f"story_{label.lower()}",
                on_click=lambda step=step: progress.open_chapter(progress.KEYS[position + step]),
                disabled=not 0 <= position + step <= last,
                width=88,
            )
