"""Wall of images: a page of those that pass the filters, and the mean image of each digit."""

from dataclasses import replace

import numpy as np
import streamlit as st

from digits import statistics
from inkling.data.image_ref import SPLITS
from inkling.ui import services, session_keys
from inkling.ui.components.digit_grid import GridCell, GridStyle, digit_grid
from inkling.ui.explore.filters import Filters, open_image, open_page, show_only
from inkling.ui.markdown import escape_markdown

IMAGES_PER_PAGE = 120  # complete rows at most widths


def show(filters: Filters) -> None:
    """Draw a page of the images, and below it the mean images; a click opens an image."""
    _show_page(filters)
    _show_means(filters)


def _show_page(filters: Filters) -> None:
    opened, indices = filters.image, filters.indices()
    data, split_name = opened.data, opened.split
    pages = -(-len(indices) // IMAGES_PER_PAGE)
    place = int(np.flatnonzero(indices == opened.index)[0])
    page = min(filters.page or 1 + place // IMAGES_PER_PAGE, pages)
    start = IMAGES_PER_PAGE * (page - 1)
    shown = indices[start : start + IMAGES_PER_PAGE]
    split = services.datasets().split(data, split_name)
    digit_grid(
        split.images[shown],
        [GridCell(i, f"{split.labels[i]}, index {i}") for i in shown],
        label="Digits",
        key=session_keys.EXPLORE_GRID,
        on_pick=lambda index: open_image(replace(opened, index=index)),
        selected=opened.index,
        style=GridStyle(min_width=48),
    )
    name = escape_markdown(services.datasets().get(data).name)
    with st.container(horizontal=True, vertical_alignment="center"):
        if pages > 1:
            st.session_state[session_keys.EXPLORE_PAGE] = page
            st.pagination(
                pages,
                key=session_keys.EXPLORE_PAGE,
                on_change=lambda: open_page(filters, st.session_state[session_keys.EXPLORE_PAGE]),
            )
        st.caption(
            f"{start + 1:,} to {start + len(shown):,} of {len(indices):,} · "
            f"{SPLITS[split_name].lower()} images of {name}"
        )
    if filters.order in ("typical", "odd"):
        st.caption(
            "A typical image is near the mean image of its digit, the least typical are "
            "far from it."
        )


def _show_means(filters: Filters) -> None:
    data, split_name = filters.image.data, filters.image.split
    counts = statistics.class_counts(services.datasets().split(data, split_name).labels)
    st.markdown(f"**Mean image of each digit**, and how many {SPLITS[split_name].lower()} images")
    digit_grid(
        _mean_images(data, split_name),
        [GridCell(digit, f"Mean {digit}", f"{counts[digit]:,}") for digit in range(len(counts))],
        label="Mean image of each digit; a click shows only that digit",
        key="explore_means",
        on_pick=lambda digit: show_only(data, digit),
        style=GridStyle(min_width=48, caption_below=True),
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def _mean_images(data: str, split_name: str) -> np.ndarray:
    split = services.datasets().split(data, split_name)
    return statistics.class_means(split.images, split.labels)
