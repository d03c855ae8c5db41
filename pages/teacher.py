"""Teacher's page: the lesson, and active jobs and saved runs of all visitors."""

import streamlit as st

from inkling.server import classroom
from inkling.ui import frame, visitor
from inkling.ui.teacher import active_jobs, before_after, lesson, plan, saved_runs, sign_in


def show() -> None:
    """Draw the page; without the teacher's secret, the form for it."""
    st.title("Teacher")
    if not classroom.has_teacher():
        st.info(
            "This server is not in class mode. To turn it on, start it with "
            "INKLING_CLASS=1 and INKLING_TEACHER_SECRET set to a secret of "
            f"{classroom.SHORTEST_SECRET} characters or more."
        )
    elif not visitor.is_teacher():
        sign_in.show()
    else:
        plan.show()
        lesson.show()
        before_after.show()
        st.markdown("Everything that is running or saved on this server. Only you see this page.")
        active_jobs.show()
        saved_runs.show()
        st.button("Sign out", on_click=visitor.sign_out_teacher)


frame.inside_frame()
show()
