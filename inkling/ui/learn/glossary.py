"""The glossary: the words of the app, each explained in a sentence."""

import streamlit as st

from inkling.lessons.content import title
from inkling.lessons.glossary import terms

_TERM = "glossary_term"  # that a link names


def open_term(term: str) -> None:
    """Show a term above the others; none if the glossary does not explain it."""
    st.session_state[_TERM] = term


def show() -> None:
    """Draw the term that a link names, then all terms in the order of the alphabet."""
    st.header(title("glossary"), anchor=False)
    explained = terms()
    term = st.session_state.get(_TERM, "")
    if term in explained:
        with st.container(border=True):
            st.markdown(_entry(term, explained[term]))
    st.markdown("\n".join(f"- {_entry(*item)}" for item in explained.items()))


def _entry(term: str, text: str) -> str:
    return f"**{term}**: {text}"
