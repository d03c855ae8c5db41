"""Warning about a network whose numbers overflowed."""

import streamlit as st

from inkling.ui.markdown import escape_markdown

OVERFLOWED = "The numbers of this network overflowed, so it has no answers."
ADVICE = "Choose another network, or train one with a smaller learning rate."


def show(name: str = "", advice: str = ADVICE) -> None:
    """Draw the warning.

    Parameters
    ----------
    name : str, optional
        Of the network, where several are on the screen.
    advice : str, optional
        What the visitor can do.
    """
    network = f"**{escape_markdown(name)}**: " if name else ""
    st.warning(f"{network}{OVERFLOWED} {advice}")
