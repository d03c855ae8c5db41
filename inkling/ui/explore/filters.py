"""Filters, order and chosen image of the Explore page."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from data_loader import Split
from digits import statistics
from inkling.ui import services, session_keys

SPLITS = {"train": "Training images", "test": "Test images"}
ORDERS = {
    "index": "Index",
    "ink": "Ink, least first",
    "typical": "Most typical first",
    "odd": "Oddest first",
}


class Filters(NamedTuple):
    """Filters of the grid.

    Attributes
    ----------
    split : {"train", "test"}
    digits : list of int
        Labels to show; empty for all.
    order : str
        A key of `ORDERS`.
    """

    split: str
    digits: list[int]
    order: str


def show_filters(data: str) -> Filters:
    """Draw the widgets for split, digits, order and index; return the filters."""
    dataset = services.datasets().get(data)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        # The address bar contains the options as the control shows them: no `format_func`.
        split = st.segmented_control(
            "Images",
            list(SPLITS),
            default="train",
            required=True,
            key=session_keys.SPLIT,
            bind="query-params",
            on_change=show_page_of_chosen_image,
        )
        digits = st.pills(
            "Digits",
            range(10),
            selection_mode="multi",
            wrap=True,
            key=session_keys.EXPLORE_DIGITS,
            persist_state="session",
            help="None chosen: all of them.",
        )
        order = st.selectbox(
            "Order",
            list(ORDERS),
            format_func=ORDERS.__getitem__,
            key=session_keys.EXPLORE_SORT,
            persist_state="session",
            width=200,
            help="Typical is what lies near the mean image of its digit; odd is what lies far.",
        )
        st.number_input(
            "Index",
            0,
            max(len(dataset.train.labels), len(dataset.test.labels)) - 1,
            value=0,
            step=1,
            key=session_keys.INDEX,
            bind="query-params",
            on_change=show_page_of_chosen_image,
            width=140,
            help="The place of an image in its file, counted from 0. It is in the address bar, "
            "so that you can send somebody a link to this image.",
        )
    return Filters(split, digits, order)


def filtered_indices(data: str, filters: Filters) -> np.ndarray:
    """Return the indices of the images that pass the filters, (n,) int64, in their order."""
    indices = _ordered_indices(data, filters.split, filters.order)
    if not filters.digits:
        return indices
    split: Split = getattr(services.datasets().get(data), filters.split)
    return indices[np.isin(split.labels[indices], filters.digits)]


def choose_image(index: int) -> None:
    """Choose an image of the selected split."""
    st.session_state[session_keys.INDEX] = index


def choose_training_image(index: int) -> None:
    """Select the training images and choose one of them."""
    st.session_state[session_keys.SPLIT] = "train"
    choose_image(index)
    show_page_of_chosen_image()


def choose_only_digit(digit: int) -> None:
    """Show only the images of one digit."""
    st.session_state[session_keys.EXPLORE_DIGITS] = [digit]
    st.session_state[session_keys.EXPLORE_PAGE] = 1


def show_page_of_chosen_image() -> None:
    """Make the grid show the page with the chosen image in the next script run."""
    st.session_state[session_keys.EXPLORE_FOLLOW] = True


@st.cache_resource(max_entries=16, show_spinner="Sorting the images…")
def _ordered_indices(data: str, split_name: str, order: str) -> np.ndarray:
    split: Split = getattr(services.datasets().get(data), split_name)
    if order == "index":
        return np.arange(len(split.labels))
    if order == "ink":
        return np.argsort(statistics.ink(split.images), kind="stable")
    distances = statistics.distances_to_class_mean(split.images, split.labels)
    return np.argsort(distances if order == "typical" else -distances, kind="stable")
