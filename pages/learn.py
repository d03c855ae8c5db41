"""The story from 10% to 99%, chapter by chapter, each of which can be run."""

import streamlit as st

from inkling.lessons.story.chapters import CHAPTERS
from inkling.ui import frame
from inkling.ui.learn import chapter as learn_chapter
from inkling.ui.learn import ending, progress
from inkling.ui.widgets import data_choice

CHAPTER = "chapter"  # the name in the address
PLACE = "story_place"
TITLES = {
    progress.END: "Where to go on",
    **{key: f"{k}. {chapter.title}" for k, (key, chapter) in enumerate(CHAPTERS.items(), 1)},
}


def show() -> None:
    """Draw the title, the way through the chapters, and the one that is open."""
    follow_link()
    st.title("Learn")
    st.markdown(
        "The story from 10% to 99%. Two people taught a network to read digits, published what "
        "they tried, and left some riddles. Run every step yourself, compare, and answer a "
        "question each."
    )
    data_choice.say_which_digits()
    place = choose_place()
    if place == progress.END:
        ending.show()
    else:
        learn_chapter.show(CHAPTERS[place])


def follow_link() -> None:
    """Go where the address says, once."""
    asked = st.query_params.pop(CHAPTER, None)
    if asked in progress.PLACES:
        progress.go_to(asked)


def choose_place() -> str:
    """Draw how far the visitor is and the ways on; return the place that is chosen."""
    here = st.session_state[PLACE] = progress.here()
    at, last = progress.PLACES.index(here), len(progress.PLACES) - 1
    done = sum(map(progress.done, CHAPTERS))
    st.progress(
        done / len(CHAPTERS),
        f"{done} of {len(CHAPTERS)} chapters done: run, and their question answered",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, step in (("Back", -1), ("Next", 1)):
            st.button(
                label,
                type="primary"
                if step == 1 and here in CHAPTERS and progress.done(here)
                else "secondary",
                key=f"story_{label.lower()}",
                on_click=lambda step=step: progress.go_to(progress.PLACES[at + step]),
                disabled=not 0 <= at + step <= last,
                width=88,
            )
        st.selectbox(
            "Chapter",
            progress.PLACES,
            key=PLACE,
            format_func=TITLES.__getitem__,
            on_change=lambda: progress.go_to(st.session_state[PLACE]),
            filter_mode=None,
            label_visibility="collapsed",
            width=380,
        )
        if here in CHAPTERS and progress.done(here):
            st.badge("Done", color="green")
    return here


frame.inside_frame()
show()
