"""What every view of the test images says: that they were looked at, and what follows from it."""

import streamlit as st

from inkling.lessons.content import section

NOTICE = (
    "These test images have been looked at here, so they are no longer fit to choose a network."
)
REASON = section("help/mistakes", "Why not to choose by test images")


def show() -> None:
    """Say it in a line, with the reason in its help."""
    st.caption(NOTICE, help=REASON)
