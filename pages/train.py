"""Set up runs, watch them learn, keep and compare them: the laboratory."""

import streamlit as st

from inkling.ui import frame, session_keys
from inkling.ui.train import failure_lab, kept_runs, one_run, sweeps
from inkling.ui.widgets import controls

VIEWS = {
    session_keys.ONE_RUN: one_run.show,
    "Kept runs": kept_runs.show,
    "Many runs": sweeps.show,
    "Failure lab": failure_lab.show,
}
ABOUT = (
    "**One run**: set up a network, teach it, watch it. **Kept runs**: every run is kept; find, "
    "compare and load them. **Many runs**: the same run again and again, with other settings. "
    "**Failure lab**: what goes wrong, predicted first and then tried."
)


def show() -> None:
    """Draw the title, the choice of a view, and the view."""
    one_run.follow_link()
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"
    ):
        st.title("Train", width="content")
        view = controls.choose_view(
            "What to do", list(VIEWS), session_keys.VIEW, ABOUT, label_visibility="collapsed"
        )
    VIEWS[view]()


frame.inside_frame()
show()
