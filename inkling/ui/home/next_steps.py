"""Links from the first page: to the other pages, and to where a visitor stopped last time."""

import streamlit as st

from inkling.lessons.story.chapters import CHAPTERS
from inkling.ui import services, visitor
from inkling.ui.learn import progress
from inkling.ui.markdown import escape_markdown

PAGES = {
    "draw": "Draw your own digit",
    "train": "Train a network in two seconds",
    "mistakes": "See what it gets wrong",
    "learn": "How does it work?",
}


def show() -> None:
    """Draw the links."""
    with st.container(key="home_links", horizontal=True, gap="small"):
        for page, label in PAGES.items():
            st.page_link(f"pages/{page}.py", label=f"**{label}**", width="stretch")
    st.page_link(
        "pages/mistakes.py",
        label="**Beat the network**: ten digits that it finds hard, against the clock",
        icon=":material/timer:",
        query_params={"view": "quiz"},
    )
    _show_story_progress()
    _show_last_run()


def _show_story_progress() -> None:
    """Draw a link to the open chapter, if any chapter was run."""
    done, number = progress.chapters_done()
    key = progress.open_key()
    if not progress.current().ran or key not in CHAPTERS:
        return
    st.page_link(
        "pages/learn.py",
        label=f"**Continue the story**: {escape_markdown(CHAPTERS[key].title)} · "
        f"{done} of {number} chapters done",
        icon=":material/menu_book:",
    )


def _show_last_run() -> None:
    """Draw a link to the visitor's newest run, if there is one."""
    own = (info for info in services.finished_runs() if info.visitor_id == visitor.visitor_id())
    info = next((info for info in own if not info.group), None)
    if info is None:
        return
    reads = "" if info.test_accuracy is None else f" · {info.test_accuracy:.1%} of test images"
    st.page_link(
        "pages/train.py",
        label=f"**Your last run**: {escape_markdown(info.name)}{reads}",
        icon=":material/show_chart:",
    )
