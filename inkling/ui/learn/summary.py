"""Summary after the last chapter: four answers, the visitor's numbers, further reading."""

import streamlit as st

from inkling.lessons.content import section
from inkling.lessons.story.chapters import CHAPTERS
from inkling.lessons.story.story_sheet import SheetRow, story_sheet
from inkling.ui.learn import progress
from inkling.ui.markdown import escape_markdown

ANSWERS = {
    "sixteen": ("Why 11.35%?", section("story", "Why 11.35%?")),
    "128": ("Why 128 units?", section("story", "Why 128 units?")),
    "eta": (
        "What does the learning rate do?",
        section("story", "What does the learning rate do?"),
    ),
    "index-8": (
        "Why did image 8 stay wrong?",
        section("story", "Why did image 8 stay wrong?"),
    ),
}
"""Questions that the story answers with their answers, by the key of the chapter that does."""


def show() -> None:
    """Draw the summary."""
    st.header("What you can explain now", anchor=False)
    for key, (question, answer) in ANSWERS.items():
        with st.container(border=True):
            st.markdown(f"**{question}**")
            if progress.answered_correctly(key):
                st.markdown(answer)
            elif progress.locked(key):
                st.markdown(section("story", "Needs MNIST"))
            else:
                st.markdown(section("story", "Still open"))
                st.button(
                    f"To the chapter “{CHAPTERS[key].title}”",
                    key=f"story_to_{key}",
                    on_click=progress.open_chapter,
                    args=(key,),
                )
    _show_sheet()
    with st.container(key="learn_end_links"):
        st.header("Where to go on", anchor=False)
        with st.container(horizontal=True):
            for page, words in (
                ("train", "Train your own network"),
                ("draw", "Draw a digit for it"),
                ("mistakes", "See its mistakes"),
                ("inside", "See what happens inside"),
            ):
                st.page_link(f"pages/{page}.py", label=f"**{words}**")
        st.header("Read on", anchor=False)
        st.markdown("Links that the two experiments recommend. You need an internet connection.")
        st.markdown(section("resources", "Read on"))
        st.caption(section("resources", "The two experiments"))
        if progress.current().ran or progress.current().answers:
            with st.popover("Start over"):
                st.markdown(section("story", "Start over"))
                st.button("Clear my progress", on_click=progress.reset)


def _show_sheet() -> None:
    """Draw the visitor's own numbers, and a button for the page to print."""
    rows = _rows()
    if not rows:
        return
    st.header("Your numbers", anchor=False)
    st.download_button(
        "Export",
        story_sheet(rows),
        "inkling-story.html",
        "text/html",
        on_click="ignore",
        help="A page to print: your predictions, what you saw, and your numbers.",
    )
    for row in rows:
        figures = "".join(f"\n- {escape_markdown(figure)}" for figure in row.figures)
        note = f"\n\n*{escape_markdown(row.note)}*" if row.note else ""
        st.markdown(f"**{row.title}**{note}\n{figures}")


def _rows() -> list[SheetRow]:
    """Return what the visitor did in each finished chapter."""
    known = progress.current()
    rows = []
    for number, (key, chapter) in enumerate(CHAPTERS.items(), 1):
        if key not in known.ran:
            continue
        predicted = known.predictions.get(key)
        rows.append(
            SheetRow(
                f"{number}. {chapter.title}",
                chapter.prediction.text,
                "" if predicted is None else chapter.prediction.options[predicted].text,
                known.notes.get(key, ""),
                tuple(known.figures.get(key, ())),
            )
        )
    return rows
