"""What the address of the Train page names besides the settings of the form."""

import streamlit as st

RUN = "run"  # the run that is shown, unless it is the newest
DETAILS = "details"  # its details that are open
COMPARED = "compare"  # the ticked runs
EXPERIMENT = "experiment"  # of the failure lab, with its prediction and runs
OF_VIEWS = (RUN, DETAILS, COMPARED, EXPERIMENT)


def leave_view() -> None:
    """Remove what the address names of the view that is left; for callbacks."""
    for name in OF_VIEWS:
        st.query_params.pop(name, None)
