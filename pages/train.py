"""Train page: one run, saved runs, sweeps, and the failure lab."""

import streamlit as st

from inkling.lessons.content import section
from inkling.ui import frame, session_keys
from inkling.ui.train import failure_lab, one_run, saved_runs, sweeps
from inkling.ui.widgets import controls

VIEWS = {
    one_run.TITLE: one_run.show,
    "Kept runs": saved_runs.show,
    "Many runs": sweeps.show,
    "Failure lab": failure_lab.show,
}


def show() -> None:
    """Draw the title, the choice of a view, and the chosen view."""
    one_run.apply_link()
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"
    ):
        st.title("Train", width="content")
        view = controls.choose_view(
            "What to do",
            list(VIEWS),
            session_keys.TRAIN_VIEW,
            section("help/train", "Views"),
            label_visibility="collapsed",
        )
    VIEWS[view]()


frame.inside_frame()
show()
