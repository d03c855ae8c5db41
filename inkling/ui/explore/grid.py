"""Grid of images with pagination."""

from dataclasses import replace

import numpy as np
import streamlit as st

from inkling.ui import services, session_keys
from inkling.ui.components.digit_grid import GridCell, digit_grid
from inkling.ui.explore.filters import Filters, filtered_indices
from inkling.ui.widgets import image_address

IMAGES_PER_PAGE = 120


def show_grid(filters: Filters) -> None:
    """Draw a page of the images that pass the filters, and the pagination; a click chooses one."""
    chosen, indices = filters.image, filtered_indices(filters)
    st.session_state[session_keys.EXPLORE_IMAGE] = chosen
    if len(indices) == 0:
        st.info("There is no such image. Choose other digits.")
        return
    pages = -(-len(indices) // IMAGES_PER_PAGE)
    start = IMAGES_PER_PAGE * (_page(filters, indices, pages) - 1)
    shown = indices[start : start + IMAGES_PER_PAGE]
    split = services.datasets().split(chosen.data, chosen.split)
    digit_grid(
        split.images[shown],
        [GridCell(i, f"{split.labels[i]}, index {i}") for i in shown],
        label="Digits",
        key=session_keys.EXPLORE_GRID,
        on_pick=lambda index: image_address.open_image(replace(chosen, index=index)),
        selected=chosen.index,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.pagination(pages, key=session_keys.EXPLORE_PAGE)
        st.caption(f"{start + 1:,} to {start + len(shown):,} of {len(indices):,}")


def _page(filters: Filters, indices: np.ndarray, pages: int) -> int:
    """Return the page to show, from 1, and set the pagination to it.

    On the first script run, and after another image was chosen, it is the page with that image.
    """
    page = int(st.session_state.get(session_keys.EXPLORE_PAGE, 0))  # 0: first script run
    if filters.follow or page == 0:
        place = np.flatnonzero(indices == filters.image.index)
        page = 1 + int(place[0]) // IMAGES_PER_PAGE if len(place) else 1
    page = min(page, pages)
    st.session_state[session_keys.EXPLORE_PAGE] = page
    return page
