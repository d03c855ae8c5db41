"""Learn page: the story from 10% to 99% in chapters, each with code to run and a question."""

import streamlit as st

from inkling.lessons.content import section
from inkling.lessons.story.chapters import CHAPTERS
from inkling.ui import frame
from inkling.ui.learn import chapter, navigation, progress, summary
from inkling.ui.widgets import data_choice


def show() -> None:
    """Draw title, progress, navigation and the open chapter."""
    navigation.open_linked_chapter()
    st.title("Learn")
    st.markdown(section("story", "Introduction"))
    data_choice.show_builtin_notice()
    navigation.show()
    key = progress.open_key()
    if key == progress.SUMMARY:
        summary.show()
    else:
        chapter.show(CHAPTERS[key])


frame.inside_frame()
show()
