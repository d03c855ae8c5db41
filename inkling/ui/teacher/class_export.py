"""Export of the lesson: the class's archive, with the questions before and after the chapters."""

import streamlit as st

from inkling.exports.class_archive import class_archive, table
from inkling.runs.run import RunInfo
from inkling.ui import services, visitor
from inkling.ui.teacher import before_after

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
        others={"before-and-after.csv": table([before_after.HEADER, *before_after.table_rows()])},
    )
