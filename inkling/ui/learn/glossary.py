"""The glossary: the words of the app, each explained in a sentence."""

import streamlit as st

from inkling.lessons.content import title
from inkling.lessons.glossary import terms

PARAMETER = "term"  # of the page's address


def show() -> None:
    """Draw the term that the address names, then all terms in the order of the alphabet."""
    st.header(title("glossary"), anchor=False)
    explained = terms()
    term = st.query_params.get(PARAMETER, "")
    if term in explained:
        with st.container(border=True):
            st.markdown(_entry(term, explained[term]))
    st.markdown("\n".join(f"- {_entry(*item)}" for item in explained.items()))


def _entry(term: str, text: str) -> str:
    return f"**{term}**: {text}"
