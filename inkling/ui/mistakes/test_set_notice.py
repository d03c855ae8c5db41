"""Notice on every view of test images: they no longer serve to choose a network."""

import streamlit as st

from inkling.lessons.content import section

NOTICE = "You are looking at test images, so don't use these results to choose a network."
REASON = section("help/mistakes", "Why not to choose by test images")


def show() -> None:
    """Draw the notice, with the reason in its help."""
    st.caption(NOTICE, help=REASON)
