"""Layout of the Explore page: the images, and the open one beside them where there is room."""

from pathlib import Path
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_STYLE = Path(__file__).with_name("explore.css")


class ExploreLayout(NamedTuple):
    """Empty containers of the page; `explore.css` says where they are at which width.

    Attributes
    ----------
    filters : DeltaGenerator
        Above the images.
    view : DeltaGenerator
        The images.
    image : DeltaGenerator
        The open image, beside the others; above them on a phone.
    neighbours : DeltaGenerator
        Below the open image; last on a phone.
    """

    filters: DeltaGenerator
    view: DeltaGenerator
    image: DeltaGenerator
    neighbours: DeltaGenerator


def load_style() -> None:
    """Load the style of the page; outside of fragments, which cannot."""
    st.html(_STYLE)


def create_layout() -> ExploreLayout:
    """Create the containers of the page, which can be filled in any order."""
    with st.container(key="explore_stage"):
        filters = st.container(key="explore_filters")
        view = st.container(key="explore_images")
        card = st.container(key="explore_card")
    return ExploreLayout(
        filters,
        view,
        card.container(key="explore_open"),
        card.container(key="explore_neighbours"),
    )
