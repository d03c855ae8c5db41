"""The chapters of the story as a rail, and the ways from chapter to chapter."""

import time

import streamlit as st

from inkling.lessons.story.chapters import CHAPTERS
from inkling.lessons.story.progress import present_key
from inkling.ui import session_keys
from inkling.ui.components.group_name import group_name
from inkling.ui.components.scroll_target import scroll_target
from inkling.ui.learn import glossary, progress
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets.address import is_new, remember

_PARAMETER = "chapter"  # of the page's address
_SELECTED = "story_place"
_ARRIVAL = "story_arrival"  # the visit, and the chapter that was open when it began
_SHOWN = "story_shown"  # the visit and the chapter drawn last, and what led to that chapter
_TITLES = {
    progress.BEFORE: "Before you begin",
    **{key: f"{k}. {chapter.title}" for k, (key, chapter) in enumerate(CHAPTERS.items(), 1)},
    progress.AFTER: "After the last chapter",
    progress.SUMMARY: "Your story",
    progress.GLOSSARY: "Glossary",
}


def follow_address() -> None:
    """Open the chapter that the address names, if that is new; name the open chapter there.

    The address of a visit that began without a chapter goes on naming none until another chapter is
    opened: the browser's Back leads there, and from there to the page before.
    """
    linked = st.query_params.get(_PARAMETER, "")
    key = _named(linked)
    if key is not None and is_new(_PARAMETER, linked):
        if key == progress.GLOSSARY:
            # A link from a chapter opens another tab: the visitor's place stays that chapter.
            progress.current().chapter = key
        else:
            progress.open_chapter(key)
    if progress.open_key() != key:
        st.query_params[_PARAMETER] = linked = key = progress.open_key()
    if key != progress.GLOSSARY:
        st.query_params.pop(glossary.PARAMETER, None)
    remember(_PARAMETER, linked)


def scroll_to_opened() -> None:
    """Scroll to this place, the beginning of the chapter, when another chapter has been opened."""
    here = st.session_state.get(session_keys.VISIT), progress.open_key()
    before, occasion = st.session_state.get(_SHOWN, (here, None))
    if here != before:
        same_visit = here[0] == before[0]
        occasion = f"{here[1]} {time.time_ns()}" if same_visit else None
    st.session_state[_SHOWN] = here, occasion
    scroll_target(occasion, key="learn_beginning", takes_focus=True)


def _named(linked: str) -> str | None:
    """Return the chapter that the address means: where it names none, that of the arrival."""
    visit = st.session_state.get(session_keys.VISIT)
    if st.session_state.get(_ARRIVAL, (None,))[0] != visit:
        st.session_state[_ARRIVAL] = visit, progress.open_key()
    key = present_key(linked or st.session_state[_ARRIVAL][1])
    return key if key in progress.KEYS else None


def show_rail() -> None:
    """Draw all chapters with ticks and minutes: a column of buttons, on a phone a list."""
    key = st.session_state[_SELECTED] = progress.open_key()
    number_done, number = progress.chapters_done()
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
    st.progress(number_done / number, f"{number_done} of {number} chapters done")
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
    group_name("learn_chapters", "Chapters", key="learn_chapters_name", current=f"story_open_{key}")


def _label(key: str, title: str) -> str:
    """Return title, minutes (or that MNIST is missing), and a tick once the chapter is done."""
    if key not in CHAPTERS:
        return title
    tick = ":green[✓] " if progress.done(key) else ""
    time_needed = f"{CHAPTERS[key].minutes}\N{NO-BREAK SPACE}min"
    return (
        f"{tick}{escape_markdown(title)} · {'needs MNIST' if progress.locked(key) else time_needed}"
    )


def show_steps() -> None:
    """Draw Back and Next."""
    key = progress.open_key()
    position, last = progress.KEYS.index(key), len(progress.KEYS) - 1
    done = key in CHAPTERS and (progress.done(key) or progress.locked(key))
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
