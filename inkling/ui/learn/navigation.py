"""Progress bar of the story, and the ways from chapter to chapter."""

import streamlit as st

from inkling.lessons.story.chapters import CHAPTERS
from inkling.ui.learn import progress

_CHAPTER_PARAMETER = "chapter"  # of the page's address
_SELECTED = "story_place"
_TITLES = {
    progress.SUMMARY: "Where to go on",
    **{key: f"{k}. {chapter.title}" for k, (key, chapter) in enumerate(CHAPTERS.items(), 1)},
}


def open_linked_chapter() -> None:
    """Open the chapter that the address names, and take it out of the address."""
    key = st.query_params.pop(_CHAPTER_PARAMETER, None)
    if key in progress.KEYS:
        progress.open_chapter(key)


def show() -> None:
    """Draw progress bar, Back, Next and the list of chapters."""
    key = st.session_state[_SELECTED] = progress.open_key()
    position, last = progress.KEYS.index(key), len(progress.KEYS) - 1
    number_done = sum(map(progress.done, CHAPTERS))
    done = key in CHAPTERS and progress.done(key)
    st.progress(
        number_done / len(CHAPTERS),
        f"{number_done} of {len(CHAPTERS)} chapters done: run, and their question answered",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, step in (("Back", -1), ("Next", 1)):
            st.button(
                label,
                type="primary" if step == 1 and done else "secondary",
                key=f"story_{label.lower()}",
                on_click=lambda step=step: progress.open_chapter(progress.KEYS[position + step]),
                disabled=not 0 <= position + step <= last,
                width=88,
            )
        st.selectbox(
            "Chapter",
            progress.KEYS,
            key=_SELECTED,
            format_func=_TITLES.__getitem__,
            on_change=lambda: progress.open_chapter(st.session_state[_SELECTED]),
            filter_mode=None,
            label_visibility="collapsed",
            width=380,
        )
        if done:
            st.badge("Done", color="green")
