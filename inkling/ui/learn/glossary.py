"""The glossary: the words of the app, each explained in a sentence."""

import streamlit as st

from inkling.lessons.content import title
from inkling.lessons.glossary import terms


def show() -> None:
    """Draw all terms in the order of the alphabet."""
    st.header(title("glossary"), anchor=False)
    st.markdown("\n".join(f"- **{term}**: {text}" for term, text in terms().items()))
