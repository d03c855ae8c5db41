"""Grid of images with pagination."""

import numpy as np
import streamlit as st

from data_loader import Split
from inkling.ui import session_keys
from inkling.ui.components.digit_grid import GridCell, digit_grid
from inkling.ui.explore.filters import choose_image

IMAGES_PER_PAGE = 120


def show_grid(split: Split, indices: np.ndarray, chosen: int) -> None:
    """Draw a page of images and the pagination; a click chooses an image.

    Parameters
    ----------
    split : Split
    indices : ndarray, (n,) int64
        Images of the split to show, in this order.
    chosen : int
        Index of the chosen image.
    """
    if len(indices) == 0:
        st.info("There is no such image. Choose other digits.")
        return
    pages = -(-len(indices) // IMAGES_PER_PAGE)
    start = IMAGES_PER_PAGE * (_page(indices, chosen, pages) - 1)
    shown = indices[start : start + IMAGES_PER_PAGE]
    digit_grid(
        split.images[shown],
        [GridCell(i, f"{split.labels[i]}, index {i}") for i in shown],
        label="Digits",
        key=session_keys.EXPLORE_GRID,
        on_pick=choose_image,
        selected=chosen,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.pagination(pages, key=session_keys.EXPLORE_PAGE)
        st.caption(f"{start + 1:,} to {start + len(shown):,} of {len(indices):,}")


def _page(indices: np.ndarray, chosen: int, pages: int) -> int:
    """Return the page to show, from 1, and set the pagination to it.

    On the first script run, and after `show_page_of_chosen_image`, it is the page with the chosen
    image.
    """
    page = int(st.session_state.get(session_keys.EXPLORE_PAGE, 0))  # 0: first script run
    if st.session_state.pop(session_keys.EXPLORE_FOLLOW, page == 0):
        place = np.flatnonzero(indices == chosen)
        page = 1 + int(place[0]) // IMAGES_PER_PAGE if len(place) else 1
    page = min(page, pages)
    st.session_state[session_keys.EXPLORE_PAGE] = page
    return page
