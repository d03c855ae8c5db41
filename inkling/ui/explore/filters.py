"""Filters, order and open image of the Explore page, which the page's address names."""

import re
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import streamlit as st

from digits import statistics
from inkling.data.image_ref import SPLITS, ImageRef
from inkling.ui import services, session_keys
from inkling.ui.widgets import image_address

ORDERS = {
    "index": "In file order",
    "ink": "Least ink first",
    "typical": "Most typical first",
    "odd": "Least typical first",
}
_DIGITS, _ORDER, _PAGE = "digits", "order", "page"  # names in the address


class Filters(NamedTuple):
    """The images that are shown, and the open one.

    Attributes
    ----------
    image : ImageRef
        The open image, which passes the filters; its split is shown.
    digits : list of int
        Labels to show; empty for all.
    order : str
        A key of `ORDERS`.
    page : int or None
        Page of the wall that the address names, from 1; else it is the open image's.
    """

    image: ImageRef
    digits: list[int]
    order: str
    page: int | None = None

    def indices(self) -> np.ndarray:
        """Return the indices of the images that pass the filters, (n,) int64, in their order."""
        indices = _ordered_indices(self.image.data, self.image.split, self.order)
        if not self.digits:
            return indices
        labels = services.datasets().split(self.image.data, self.image.split).labels
        return indices[np.isin(labels[indices], self.digits)]


def show_filters(data: str) -> Filters:
    """Draw the widgets for split, digits and order; return the filters.

    The page's address names them, and a change is written there. It opens the first image.
    """
    filters = _current(data)
    st.session_state[session_keys.EXPLORE_IMAGE] = filters.image
    st.session_state[session_keys.SPLIT] = filters.image.split
    st.session_state[session_keys.EXPLORE_DIGITS] = filters.digits
    st.session_state[session_keys.EXPLORE_SORT] = filters.order
    _write_to_address(filters)

    def changed() -> None:
        _open_first(data)

    with st.container(horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            "Images",
            list(SPLITS),
            required=True,
            format_func=SPLITS.__getitem__,
            key=session_keys.SPLIT,
            on_change=changed,
            label_visibility="collapsed",
        )
        st.pills(
            "Digits",
            _digits_of(filters.image),
            selection_mode="multi",
            key=session_keys.EXPLORE_DIGITS,
            persist_state="session",
            on_change=changed,
            label_visibility="collapsed",
        )
        st.selectbox(
            "Order",
            list(ORDERS),
            format_func=ORDERS.__getitem__,
            key=session_keys.EXPLORE_SORT,
            persist_state="session",
            on_change=changed,
            label_visibility="collapsed",
            width=190,
        )
    return filters


def open_image(ref: ImageRef) -> None:
    """Open an image, and the page of the wall with it; for callbacks."""
    image_address.open_image(ref)
    st.query_params.pop(_PAGE, None)


def open_page(filters: Filters, page: int) -> None:
    """Open a page of the wall, from 1; for callbacks."""
    image_address.open_image(filters.image)
    st.query_params[_PAGE] = str(page)


def show_only(data: str, digit: int) -> None:
    """Show only the images of one digit, and open the first; for callbacks."""
    st.session_state[session_keys.EXPLORE_DIGITS] = [digit]
    _open_first(data)


def _open_first(data: str) -> None:
    """Open the first image that passes the filters in the widgets."""
    digits, order = _filters_in_session()
    image = ImageRef(data, st.session_state[session_keys.SPLIT], 0)
    digits = [digit for digit in digits if digit in _digits_of(image)]
    first = _first(Filters(image, digits, order))
    open_image(first.image)
    _write_to_address(first)


def _current(data: str) -> Filters:
    """Return what the address names; where it names nothing, what was chosen before."""
    linked = image_address.linked_image(data, "train")
    kept = st.session_state.get(session_keys.EXPLORE_IMAGE) or ImageRef(data, "train", 0)
    count = len(services.datasets().split(data, kept.split).labels)
    image = linked or ImageRef(data, kept.split, min(kept.index, count - 1))
    query = st.query_params
    page = query.get(_PAGE, "")
    named = _DIGITS in query or _ORDER in query
    if named or page or image_address.names_image():
        digits = sorted({int(digit) for digit in re.findall("[0-9]", query.get(_DIGITS, ""))})
        order = query.get(_ORDER, "")
    else:
        digits, order = _filters_in_session()
    filters = Filters(
        image,
        [digit for digit in digits if digit in _digits_of(image)],
        order if order in ORDERS else next(iter(ORDERS)),
        int(page) if re.fullmatch("[1-9][0-9]{0,5}", page) else None,
    )
    if named and (linked is None or session_keys.INDEX not in query):
        return _first(filters)
    if not digits or image.label(services.datasets()) in filters.digits:
        return filters
    return filters._replace(digits=[]) if kept.data == data else _first(filters)


def _first(filters: Filters) -> Filters:
    """Return the filters with the first image that passes them open."""
    return filters._replace(image=replace(filters.image, index=int(filters.indices()[0])))


def _filters_in_session() -> tuple[list[int], str]:
    state = st.session_state
    return (
        state.get(session_keys.EXPLORE_DIGITS, []),
        state.get(session_keys.EXPLORE_SORT, next(iter(ORDERS))),
    )


def _digits_of(image: ImageRef) -> list[int]:
    """Return the digits that there are in an image's split."""
    labels = services.datasets().split(image.data, image.split).labels
    return [int(digit) for digit in np.flatnonzero(statistics.class_counts(labels))]


def _write_to_address(filters: Filters) -> None:
    """Write the filters to the page's address, with the open image if there are any."""
    values = {
        _DIGITS: "".join(map(str, filters.digits)),
        _ORDER: "" if filters.order == next(iter(ORDERS)) else filters.order,
    }
    for name, value in values.items():
        if not value:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != value:
            st.query_params[name] = value
    if any(values.values()):
        image_address.open_image(filters.image)


@st.cache_resource(max_entries=16, show_spinner="Sorting the images…")
def _ordered_indices(data: str, split_name: str, order: str) -> np.ndarray:
    split = services.datasets().split(data, split_name)
    if order == "index":
        return np.arange(len(split.labels))
    if order == "ink":
        return np.argsort(statistics.ink(split.images), kind="stable")
    distances = statistics.distances_to_class_mean(split.images, split.labels)
    return np.argsort(distances if order == "typical" else -distances, kind="stable")
