"""Learn page: the story from 10% to 99% in chapters, each with something to predict and to run."""

import streamlit as st

from inkling.lessons.content import section
from inkling.lessons.story.chapters import CHAPTERS
from inkling.ui import frame
from inkling.ui.learn import before_after, chapter, glossary, navigation, progress, summary
from inkling.ui.learn.layout import create_layout
from inkling.ui.widgets import data_choice, page_header

_AROUND = {
    progress.BEFORE: before_after.show_before,
    progress.AFTER: before_after.show_after,
    progress.SUMMARY: summary.show,
    progress.GLOSSARY: glossary.show,
}


def show() -> None:
    """Draw title, chapters and the open chapter."""
    navigation.follow_address()
    key = progress.open_key()
    page_header.title_row("Learn")
    if key == progress.FIRST_CHAPTER:
        st.markdown(section("story", "Introduction"))
    data_choice.show_builtin_notice()
    layout = create_layout()
    with layout.rail:
        navigation.show_rail()
    with layout.text:
        navigation.scroll_to_opened()
    if key in _AROUND:
        with layout.text:
            _AROUND[key]()
    else:
        chapter.show(CHAPTERS[key], layout)
    with layout.after:
        navigation.show_steps()


frame.inside_frame()
show()
