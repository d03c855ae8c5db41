"""Explore page: filters, a grid of images, the chosen image, and an overview of the split."""

import streamlit as st

from inkling.ui import frame, services, session_keys
from inkling.ui.explore.filters import show_filters
from inkling.ui.explore.grid import show_grid
from inkling.ui.explore.image_card import show_image_card
from inkling.ui.explore.overview import show_overview
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets import data_choice, page_header


def show() -> None:
    """Draw the page."""
    with page_header.title_row("Explore"):
        data = data_choice.choose_dataset()
    data_choice.load_dataset(data)
    drawn = ", drawn by Inkling itself" if data == "builtin" else ""
    name = escape_markdown(services.datasets().get(data).name)
    st.markdown(f"Look through **{name}**{drawn}: what the network learns to read.")
    show_images(data)
    show_overview(data, st.session_state[session_keys.SPLIT])


@st.fragment
def show_images(data: str) -> None:
    """Draw the grid and the chosen image; a click redraws only these."""
    filters = show_filters(data)
    split = filters.image.split
    overview = st.session_state.setdefault(session_keys.EXPLORE_OVERVIEW, split)
    if overview != split:
        st.session_state[session_keys.EXPLORE_OVERVIEW] = split
        st.rerun()  # the whole page, with the overview
    left, right = st.columns([3, 2], gap="large")
    with left:
        show_grid(filters)
    with right:
        show_image_card(filters.image)


frame.inside_frame()
show()
