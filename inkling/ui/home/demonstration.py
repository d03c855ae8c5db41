"""A pen that writes digits by itself, and the built-in network's answers while it does."""

import streamlit as st

from inkling.analysis.written_digits import WrittenDigit, write
from inkling.ui import model_choice
from inkling.ui.components.writing_pen import writing_pen

DIGITS = (7, 2, 5, 8, 4, 3, 6, 9)


def show() -> None:
    """Draw the pen and the answers."""
    writing_pen(_written_digits())


@st.cache_resource(show_spinner=False)
def _written_digits() -> list[WrittenDigit]:
    network = model_choice.pretrained().network
    return [write(digit, network) for digit in DIGITS]
