"""What only the teacher may do to the class's files; for callbacks."""

from collections.abc import Callable

import streamlit as st

from inkling.ui import visitor
from inkling.ui.markdown import escape_markdown


def teacher_action(action: Callable[[], object]) -> None:
    """Do something for the teacher, and say so if the disk fails.

    Nothing is done for another visitor who connected to the teacher's session: callbacks run before
    the page finds out who is there.
    """
    if not visitor.is_teacher():
        return
    try:
        action()
    except OSError as error:
        st.toast(f"This could not be saved: {escape_markdown(str(error.strerror))}.")
