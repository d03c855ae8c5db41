"""Filters, order and chosen image of the Explore page."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from digits import statistics
from inkling.data.image_ref import ImageRef
from inkling.ui import services, session_keys
from inkling.ui.widgets import image_address

SPLITS = {"train": "Training images", "test": "Test images"}
ORDERS = {
    "index": "Index",
    "ink": "Ink, least first",
    "typical": "Most typical first",
    "odd": "Oddest first",
}


class Filters(NamedTuple):
    """Filters of the grid, and the chosen image.

    Attributes
    ----------
    image : ImageRef
        The chosen image, whose split is shown.
    follow : bool
        Whether it was chosen since the grid was drawn last: its page is shown.
    digits : list of int
        Labels to show; empty for all.
    order : str
        A key of `ORDERS`.
    """

    image: ImageRef
    follow: bool
    digits: list[int]
    order: str


def show_filters(data: str) -> Filters:
    """Draw the widgets for split, digits, order and index; return the filters.

    ``split`` and ``index`` in the page's address choose the image, and a choice is written there.
    """
    kept: ImageRef | None = st.session_state.get(session_keys.EXPLORE_IMAGE)
    image = image_address.linked_image(data, "train") or _in_range(data, kept)
    st.session_state[session_keys.SPLIT] = image.split
    st.session_state[session_keys.INDEX] = image.index

    def open_entered_image() -> None:
        split, index = (st.session_state[key] for key in (session_keys.SPLIT, session_keys.INDEX))
        image_address.open_image(_in_range(data, ImageRef(data, split, index)))

    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        st.segmented_control(
            "Images",
            list(SPLITS),
            required=True,
            key=session_keys.SPLIT,
            on_change=open_entered_image,
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
            len(services.datasets().split(data, image.split).labels) - 1,
            step=1,
            key=session_keys.INDEX,
            on_change=open_entered_image,
            width=140,
            help="The place of an image in its file, counted from 0. It is in the address bar, "
            "so that you can send somebody a link to this image.",
        )
    return Filters(image, image != kept, digits, order)


def _in_range(data: str, ref: ImageRef | None) -> ImageRef:
    """Return the image with that split and index in a data set; its last one past the end."""
    split, index = (ref.split, ref.index) if ref else ("train", 0)
    return ImageRef(data, split, min(index, len(services.datasets().split(data, split).labels) - 1))


def filtered_indices(filters: Filters) -> np.ndarray:
    """Return the indices of the images that pass the filters, (n,) int64, in their order."""
    data, split = filters.image.data, filters.image.split
    indices = _ordered_indices(data, split, filters.order)
    if not filters.digits:
        return indices
    labels = services.datasets().split(data, split).labels
    return indices[np.isin(labels[indices], filters.digits)]


def choose_only_digit(digit: int) -> None:
    """Show only the images of one digit."""
    st.session_state[session_keys.EXPLORE_DIGITS] = [digit]
    st.session_state[session_keys.EXPLORE_PAGE] = 1


@st.cache_resource(max_entries=16, show_spinner="Sorting the images…")
def _ordered_indices(data: str, split_name: str, order: str) -> np.ndarray:
    split = services.datasets().split(data, split_name)
    if order == "index":
        return np.arange(len(split.labels))
    if order == "ink":
        return np.argsort(statistics.ink(split.images), kind="stable")
    distances = statistics.distances_to_class_mean(split.images, split.labels)
    return np.argsort(distances if order == "typical" else -distances, kind="stable")
