"""Summary after the last chapter: four answers, links to other pages and to further reading."""

import streamlit as st

from inkling.lessons.content import section
from inkling.lessons.story.chapters import CHAPTERS
from inkling.ui.learn import progress

QUESTIONS = {
    "Why 11.35%?": "sixteen",
    "Why 128?": "128",
    "Why eta?": "eta",
    "Why index 8?": "index-8",
}
"""Questions that the story answers, and the key of the chapter that does."""


def show() -> None:
    """Draw the summary."""
    st.header("What you can say now", anchor=False)
    for column, (question, key) in zip(st.columns(len(QUESTIONS)), QUESTIONS.items(), strict=True):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**{question}**")
            if progress.answered_correctly(key):
                st.markdown(CHAPTERS[key].question.explanation)
            else:
                st.markdown("That question is still open.")
                st.button(
                    f"To the chapter “{CHAPTERS[key].title}”",
                    key=f"story_to_{key}",
                    on_click=progress.open_chapter,
                    args=(key,),
                )
    st.header("Go on here", anchor=False)
    with st.container(horizontal=True, gap="large"):
        for page, words in (
            ("train", "Train your own network"),
            ("draw", "Draw a digit for it"),
            ("mistakes", "See what it gets wrong"),
            ("inside", "Look inside, until it is clear why"),
        ):
            st.page_link(f"pages/{page}.py", label=f"**{words}**")
    st.header("Read on", anchor=False)
    st.markdown("What the two experiments point to. These need a network.")
    st.markdown(section("resources", "Read on"))
    if progress.current().ran or progress.current().answers:
        with st.popover("Begin anew"):
            st.markdown("Forgets which chapters you did. The networks that you trained stay.")
            st.button("Forget my progress", on_click=progress.reset)
