"""Browse the digits that the network learns from and is tested on."""

import numpy as np
import streamlit as st
from plotly.graph_objects import Figure

from data_loader import Split
from digits import statistics
from inkling.charts import digits, style
from inkling.ui import frame, services, session_keys
from inkling.ui.browser_events import parse_index, selected_points
from inkling.ui.components.digit_grid import GridCell, GridStyle, digit_grid, picture_url
from inkling.ui.components.pixel_map import pixel_map
from inkling.ui.components.readout import Readout
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets import data_choice

PER_PAGE = 120
MAPPED = 1_000
SAMPLE = 10_000  # images that the principal axes are computed from
SPLITS = {"train": "Training images", "test": "Test images"}
SORTS = {
    "index": "Index",
    "ink": "Ink, least first",
    "typical": "Most typical first",
    "odd": "Oddest first",
}


def show() -> None:
    """Draw the page."""
    drawn = ", drawn by Inkling itself" if data == "builtin" else ""
    st.markdown(
        f"Look through **{escape_markdown(dataset.name)}**{drawn}: what the network learns to read."
    )
    gallery()
    name = st.session_state[session_keys.SPLIT]
    overview(name, getattr(dataset, name))


@st.fragment
def gallery() -> None:
    """Draw the digits and the chosen one; a click redraws only these."""
    name, wanted, order_by = choose()
    if st.session_state.setdefault(session_keys.EXPLORE_OVERVIEW, name) != name:
        st.session_state[session_keys.EXPLORE_OVERVIEW] = name
        st.rerun()
    split: Split = getattr(dataset, name)
    index = min(st.session_state[session_keys.INDEX], len(split.labels) - 1)
    order = arranged(data, name, order_by)
    shown = order[np.isin(split.labels[order], wanted)] if wanted else order
    grid, picked = st.columns([3, 2], gap="large")
    with grid:
        browse(split, shown, index)
    with picked:
        card(name, split, index)


def choose() -> tuple[str, list[int], str]:
    """Draw what is shown and in which order; return split, digits and order."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        # The address bar shows the options as the control does, so these have no nicer words.
        name = st.segmented_control(
            "Images",
            list(SPLITS),
            default="train",
            required=True,
            key=session_keys.SPLIT,
            bind="query-params",
            on_change=follow,
        )
        wanted = st.pills(
            "Digits",
            range(10),
            selection_mode="multi",
            wrap=True,
            key=session_keys.EXPLORE_DIGITS,
            persist_state="session",
            help="None chosen: all of them.",
        )
        order_by = st.selectbox(
            "Order",
            list(SORTS),
            format_func=SORTS.__getitem__,
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
            on_change=follow,
            width=140,
            help="The place of an image in its file, counted from 0. It is in the address bar, "
            "so that you can send somebody a link to this image.",
        )
    return name, wanted, order_by


def follow() -> None:
    """Note that the page of the grid with the chosen image is to be shown."""
    st.session_state[session_keys.EXPLORE_FOLLOW] = True


def browse(split: Split, shown: np.ndarray, index: int) -> None:
    """Draw a page of digits; a click chooses one."""
    if len(shown) == 0:
        st.info("There is no such image. Choose other digits.")
        return
    pages = -(-len(shown) // PER_PAGE)
    if st.session_state.pop(
        session_keys.EXPLORE_FOLLOW, session_keys.EXPLORE_PAGE not in st.session_state
    ):
        place = np.flatnonzero(shown == index)
        st.session_state[session_keys.EXPLORE_PAGE] = (
            1 + int(place[0]) // PER_PAGE if len(place) else 1
        )
    st.session_state[session_keys.EXPLORE_PAGE] = min(
        st.session_state[session_keys.EXPLORE_PAGE], pages
    )
    start = PER_PAGE * (st.session_state[session_keys.EXPLORE_PAGE] - 1)
    part = shown[start : start + PER_PAGE]
    digit_grid(
        split.images[part],
        [GridCell(i, f"{split.labels[i]}, index {i}") for i in part],
        label="Digits",
        key=session_keys.EXPLORE_GRID,
        on_pick=choose_index,
        selected=index,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.pagination(pages, key=session_keys.EXPLORE_PAGE)
        st.caption(f"{start + 1:,} to {start + len(part):,} of {len(shown):,}")


def choose_index(index: int) -> None:
    """Choose an image of the split that is shown."""
    st.session_state[session_keys.INDEX] = index


def choose_training_index(index: int) -> None:
    """Choose a training image, whichever split is shown."""
    st.session_state[session_keys.SPLIT] = "train"
    choose_index(index)
    follow()


def card(name: str, split: Split, index: int) -> None:
    """Draw the chosen image with its pixels, and what is like it."""
    st.markdown(f"**A {split.labels[index]}** · {SPLITS[name].lower()}, index {index:,}")
    image = split.images[index]
    pixel_map(
        picture_url(image),
        image.shape,
        Readout(("",), (image.ravel(),), " of 255"),
        label=f"The pixels of a {split.labels[index]}",
        key="explore_pixels",
        hint="Point at a pixel to read it: 0 is paper, 255 is ink.",
    )
    st.markdown(
        "**Nearest training images**",
        help="Those whose 784 pixels differ least from this one's, taken together.",
    )
    found, distances = services.nearest_training_images(data, name, index)
    digit_grid(
        dataset.train.images[found],
        [
            GridCell(
                i,
                f"{dataset.train.labels[i]}, index {i}, distance {d:.1f}",
                str(dataset.train.labels[i]),
            )
            for i, d in zip(found, distances, strict=True)
        ],
        label="Nearest training images",
        key=session_keys.EXPLORE_NEAREST,
        on_pick=choose_training_index,
        style=GridStyle(min_width=52),
    )

    if name == "test":
        st.page_link(
            "pages/mistakes.py",
            label="**What does the network say to it?**",
            query_params={
                session_keys.DATA: services.datasets().label(data),
                session_keys.INDEX: str(index),
            },
        )


def overview(name: str, split: Split) -> None:
    """Draw what can be said of all images of a split."""
    st.subheader(f"All {len(split.labels):,} {SPLITS[name].lower()}")
    counts, map_of_all = st.columns(2, gap="large")
    with counts:
        st.markdown("**How many of each digit**")
        st.plotly_chart(
            digits.count_chart(statistics.class_counts(split.labels)),
            config={"displayModeBar": False},
            key="explore_counts",
            alt="Images of each digit",
        )
        st.markdown("**The mean image of each digit**")
        digit_grid(
            means(data, name),
            [GridCell(digit, f"mean {digit}") for digit in range(10)],
            label="Mean image of each digit; a click shows only that digit",
            key="explore_means",
            on_pick=show_only,
            style=GridStyle(min_width=44),
        )
    with map_of_all:
        st.markdown(
            "**A map of the digits**",
            help="Each image is a point with 784 coordinates, its pixels. The map shows it along "
            "the two directions in which the images differ most (principal components). What lies "
            "close together looks alike.",
        )
        st.plotly_chart(
            map_of(data, name),
            config=style.CONFIG,
            key=session_keys.EXPLORE_MAP,
            on_select=pick_from_map,
            selection_mode="points",
            alt="Images as points along their two principal components, coloured by digit",
        )
        st.caption(f"The first {MAPPED:,} images. Click a point to see its image above.")


def show_only(digit: int) -> None:
    """Show one digit alone."""
    st.session_state[session_keys.EXPLORE_DIGITS] = [digit]
    st.session_state[session_keys.EXPLORE_PAGE] = 1


def pick_from_map() -> None:
    """Choose the image whose point was clicked; a click that deselects changes nothing."""
    for point in selected_points(st.session_state[session_keys.EXPLORE_MAP])[:1]:
        index = parse_index(point.get("customdata"), MAPPED)
        if index is not None:
            choose_index(index)
            follow()


@st.cache_resource(max_entries=16, show_spinner="Sorting the images…")
def arranged(data: str, name: str, order_by: str) -> np.ndarray:
    """Return the indices of a split in an order of `SORTS`."""
    split: Split = getattr(services.datasets().get(data), name)
    if order_by == "index":
        return np.arange(len(split.labels))
    if order_by == "ink":
        return np.argsort(statistics.ink(split.images), kind="stable")
    distances = statistics.distances_to_class_mean(split.images, split.labels)
    return np.argsort(distances if order_by == "typical" else -distances, kind="stable")


@st.cache_resource(max_entries=4, show_spinner=False)
def means(data: str, name: str) -> np.ndarray:
    """Return the mean images of a split."""
    split: Split = getattr(services.datasets().get(data), name)
    return statistics.class_means(split.images, split.labels)


@st.cache_resource(max_entries=4, show_spinner="Drawing the map…")
def map_of(data: str, name: str) -> Figure:
    """Return the map of the first images of a split."""
    dataset = services.datasets().get(data)
    split: Split = getattr(dataset, name)
    axes = statistics.principal_axes(dataset.train.images[:SAMPLE])
    coordinates = axes.project(split.images[:MAPPED])
    return digits.map_chart(coordinates, split.labels[:MAPPED], axes.shares)


frame.inside_frame()
data = data_choice.title_and_choice("Explore")
dataset = services.datasets().get(data)
show()
