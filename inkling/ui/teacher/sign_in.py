"""Form for the teacher's secret."""

import time

import streamlit as st

from inkling.server import classroom
from inkling.ui import session_keys

WRONG_SECRET_DELAY = 1.0  # seconds, against guessing


def show() -> None:
    """Draw the form; the right secret makes this session the teacher's."""
    with st.form("ask_teacher", width=420):
        given = st.text_input("Teacher's secret", type="password", max_chars=200)
        if st.form_submit_button("Open"):
            if classroom.is_secret(given):
                st.session_state[session_keys.IS_TEACHER] = True
                st.rerun()
            time.sleep(WRONG_SECRET_DELAY)
            st.error("That is not the secret. It is what INKLING_TEACHER_SECRET was set to.")
