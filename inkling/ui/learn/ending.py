"""After the last chapter: what can be said now, and where to read on."""

import streamlit as st

from inkling.lessons.story.chapters import CHAPTERS, RESOURCES
from inkling.ui.learn import progress

WHYS = {
    "Why 11.35%?": "sixteen",
    "Why 128?": "128",
    "Why eta?": "eta",
    "Why index 8?": "index-8",
}
"""What a newcomer can say in the end, and the chapter that tells it."""


def show() -> None:
    """Draw it."""
    st.subheader("What you can say now", anchor=False)
    for column, (why, key) in zip(st.columns(len(WHYS)), WHYS.items(), strict=True):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**{why}**")
            if progress.answered(key):
                st.markdown(CHAPTERS[key].question.why)
            else:
                st.markdown("That question is still open.")
                st.button(
                    f"To the chapter “{CHAPTERS[key].title}”",
                    key=f"story_to_{key}",
                    on_click=progress.go_to,
                    args=(key,),
                )
    st.subheader("Go on here", anchor=False)
    with st.container(horizontal=True, gap="large"):
        for page, words in (
            ("train", "Train your own network"),
            ("draw", "Draw a digit for it"),
            ("mistakes", "See what it gets wrong"),
            ("inside", "Look inside, until it is clear why"),
        ):
            st.page_link(f"pages/{page}.py", label=f"**{words}**")
    st.subheader("Read on", anchor=False)
    st.markdown("What the two experiments point to. These need a network.")
    st.markdown("\n".join(f"- [{r.title}]({r.address}): {r.about}" for r in RESOURCES))
    if progress.progress().ran or progress.progress().answers:
        with st.popover("Begin anew"):
            st.markdown("Forgets which chapters you did. The networks that you trained stay.")
            st.button("Forget my progress", on_click=progress.begin_anew)
