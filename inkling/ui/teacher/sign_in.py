"""Form for the teacher's secret."""

import streamlit as st

from inkling.ui import services, visitor


def show() -> None:
    """Draw the form; the right secret makes this visitor the teacher in this session."""
    with st.form("ask_teacher", width=420):
        given = st.text_input("Teacher's secret", type="password", max_chars=200)
        if st.form_submit_button("Open"):
            with st.spinner(
                "Checking the secret. After wrong ones this takes up to half a minute."
            ):
                right = services.secret_attempts().check(given, visitor.visitor_id())
            if right:
                visitor.sign_in_teacher()
                st.rerun()
            st.error("That is not the secret. It is what INKLING_TEACHER_SECRET was set to.")
