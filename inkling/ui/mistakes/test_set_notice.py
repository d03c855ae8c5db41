"""What every view of the test images says: that they were looked at, and what follows from it."""

import streamlit as st

NOTICE = (
    "These test images have been looked at here, so they are no longer fit to choose a network."
)
REASON = (
    "Nothing was learned from the test images, which is why they tell how good a network is. "
    "Whoever looks at them and then picks the network, the settings or the moment that does best "
    "on them has learned from them after all: of many tries the one that was lucky on just these "
    "images wins, and on new digits it will do worse than its figure here says. Look here to "
    "understand, and choose by the validation images on the Train page."
)


def show() -> None:
    """Say it in a line, with the reason in its help."""
    st.caption(NOTICE, help=REASON)
