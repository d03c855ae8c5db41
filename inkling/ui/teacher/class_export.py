"""Export of the lesson: the class's archive, with the questions before and after the chapters."""

import streamlit as st

from inkling.exports.class_archive import class_archive, table
from inkling.lessons.story import before_after
from inkling.runs.run import RunInfo
from inkling.ui import services, visitor
from inkling.ui.learn import progress

_PSEUDONYMS, ARCHIVE = "class_pseudonyms", "class_archive"


def show() -> None:
    """Draw the button that makes the archive, and then the one that downloads it."""
    st.checkbox("Export numbers in place of names", key=_PSEUDONYMS)
    with st.container(horizontal=True):
        st.button(
            "Export this lesson",
            on_click=_make,
            help="Makes a ZIP archive of tables and pictures: votes as numbers, finished tasks, "
            "scores, drawings, the runs with their settings and accuracies, and how many answers "
            "to the questions before and after the chapters were correct.",
        )
        if ARCHIVE in st.session_state:
            st.download_button(
                "Download the archive",
                st.session_state[ARCHIVE],
                "inkling-lesson.zip",
                "application/zip",
                type="primary",
                on_click="ignore",
            )


def _make() -> None:
    """Make the archive; in a callback, which knows the visitor, unlike a deferred download."""
    if visitor.is_teacher():
        st.session_state[ARCHIVE] = _archive(pseudonyms=st.session_state[_PSEUDONYMS])


def _archive(*, pseudonyms: bool) -> bytes:
    return class_archive(
        services.class_files(),
        [info for info in services.visible_runs().runs() if isinstance(info, RunInfo)],
        pseudonyms=pseudonyms,
        others={"before-and-after.csv": _before_and_after()},
    )


def _before_and_after() -> bytes:
    """Return how many pupils answered, and how many correctly, before and after the chapters."""
    known = [progress.of_visitor(id_) for id_ in services.class_files().names()]
    rows: list[tuple[object, ...]] = [
        ("question", "answers before", "correct before", "answers after", "correct after")
    ]
    for key, item in before_after.items().items():
        given = [
            [answers[key] for answers in asked if key in answers]
            for asked in ([each.before for each in known], [each.after for each in known])
        ]
        counts = [(len(answers), answers.count(item.correct)) for answers in given]
        rows.append((item.text, *counts[0], *counts[1]))
    return table(rows)
