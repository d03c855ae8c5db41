"""The top of a page: its title and its views in one row, its choices in the next."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def title_row(title: str) -> DeltaGenerator:
    """Draw a page's title; return the container at its right."""
    row = st.container(
        key="title_row",
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="bottom",
    )
    row.title(title, width="content")
    return row


def choice_row() -> DeltaGenerator:
    """Return the container of the choices that hold for all views of a page."""
    return st.container(horizontal=True, vertical_alignment="center")
