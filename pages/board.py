"""Board for the projector: how to get in, who is there, runs, votes and finished tasks."""

import streamlit as st

from inkling.server.classroom import has_teacher
from inkling.ui import frame, visitor
from inkling.ui.classroom import board
from inkling.ui.classroom.banner import WHAT_IS_SHOWN


def show() -> None:
    """Draw the board, for the teacher."""
    if has_teacher() and visitor.is_teacher():
        board.show()
        return
    st.title("Board")
    st.markdown("The teacher of a class shows this page to everyone, on a projector.")
    if has_teacher():
        st.markdown(WHAT_IS_SHOWN)
        st.page_link("pages/teacher.py", label="I am the teacher")


frame.inside_frame()
show()
