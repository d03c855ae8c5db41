"""Train page: one run, saved runs, sweeps, and the failure lab."""

import streamlit as st

from inkling.lessons.content import section
from inkling.ui import frame, session_keys
from inkling.ui.train import failure_lab, one_run, saved_runs, sweeps
from inkling.ui.train.parameters import leave_view
from inkling.ui.widgets import page_header
from inkling.ui.widgets.few_controls import few_controls
from inkling.ui.widgets.view_choice import choose_view

VIEWS = {
    one_run.TITLE: one_run.show,
    "Saved runs": saved_runs.show,
    "Many runs": sweeps.show,
    "Failure lab": failure_lab.show,
}
NAMES = dict(zip(("run", "saved", "sweep", "failures"), VIEWS, strict=True))
FEW = ("run", "saved")


def show() -> None:
    """Draw the title, the choice of a view, and the chosen view."""
    one_run.apply_link()
    names = {name: NAMES[name] for name in FEW} if few_controls() else NAMES
    if st.session_state.get(session_keys.TRAIN_VIEW) not in (None, *names.values()):
        st.session_state[session_keys.TRAIN_VIEW] = one_run.TITLE
    with page_header.title_row("Train"):
        view = choose_view(
            "View",
            names,
            session_keys.TRAIN_VIEW,
            section("help/train", "Views"),
            on_change=leave_view,
        )
    VIEWS[view]()


frame.inside_frame()
show()
