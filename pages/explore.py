"""Explore page: a wall of images or a map of them, and the open image beside it."""

import streamlit as st

from inkling.lessons.content import section
from inkling.ui import frame, session_keys
from inkling.ui.explore import image_card, image_map, wall
from inkling.ui.explore.filters import show_filters
from inkling.ui.explore.layout import create_layout, load_style
from inkling.ui.widgets import data_choice, page_header
from inkling.ui.widgets.view_choice import choose_view

VIEWS = {"Wall": wall.show, "Map": image_map.show}
NAMES = dict(zip(("wall", "map"), VIEWS, strict=True))


def show() -> None:
    """Draw the page."""
    with page_header.title_row("Explore"):
        view = choose_view(
            "View",
            NAMES,
            session_keys.EXPLORE_VIEW,
            section("help/explore", "Views", count=image_map.MAPPED_IMAGES),
        )
        data = data_choice.choose_dataset()
    data_choice.load_dataset(data)
    show_images(data, view)


@st.fragment
def show_images(data: str, view: str) -> None:
    """Draw all but the title row; a click redraws only this."""
    layout = create_layout()
    with layout.filters:
        filters = show_filters(data)
    with layout.view:
        VIEWS[view](filters)
    with layout.image:
        image_card.show_image(filters.image)
    with layout.neighbours:
        image_card.show_neighbours(filters.image)


frame.inside_frame()
load_style()
show()
