"""Overview of a split: counts, mean images, and a map by principal components."""

import numpy as np
import streamlit as st
from plotly.graph_objects import Figure

from digits import statistics
from inkling.charts import digits, style
from inkling.data.image_ref import ImageRef
from inkling.lessons.content import section
from inkling.ui import services, session_keys
from inkling.ui.browser_events import parse_index, selected_points
from inkling.ui.components.digit_grid import GridCell, GridStyle, digit_grid
from inkling.ui.explore.filters import SPLITS, choose_only_digit
from inkling.ui.widgets import image_address

MAPPED_IMAGES = 1_000
AXES_SAMPLE = 10_000  # training images that the principal axes are computed from


def show_overview(data: str, split_name: str) -> None:
    """Draw counts, mean images and map of a split."""
    split = services.datasets().split(data, split_name)

    def choose_clicked_point() -> None:  # a click that deselects changes nothing
        for point in selected_points(st.session_state[session_keys.EXPLORE_MAP])[:1]:
            index = parse_index(point.get("customdata"), min(MAPPED_IMAGES, len(split.labels)))
            if index is not None:
                image_address.open_image(ImageRef(data, split_name, index))

    st.header(f"All {len(split.labels):,} {SPLITS[split_name].lower()}")
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**How many of each digit**")
        st.plotly_chart(
            digits.count_chart(statistics.class_counts(split.labels)),
            config={"displayModeBar": False},
            key="explore_counts",
            alt="Images of each digit",
        )
        st.markdown("**The mean image of each digit**")
        digit_grid(
            _mean_images(data, split_name),
            [GridCell(digit, f"mean {digit}") for digit in range(10)],
            label="Mean image of each digit; a click shows only that digit",
            key="explore_means",
            on_pick=choose_only_digit,
            style=GridStyle(min_width=44),
        )
    with right:
        st.markdown(
            "**A map of the digits**",
            help=section("help/explore", "Map"),
        )
        st.plotly_chart(
            _map_chart(data, split_name),
            config=style.CONFIG,
            key=session_keys.EXPLORE_MAP,
            on_select=choose_clicked_point,
            selection_mode="points",
            alt="Images as points along their two principal components, coloured by digit",
        )
        st.caption(f"The first {MAPPED_IMAGES:,} images. Click a point to see its image above.")


@st.cache_resource(max_entries=4, show_spinner=False)
def _mean_images(data: str, split_name: str) -> np.ndarray:
    split = services.datasets().split(data, split_name)
    return statistics.class_means(split.images, split.labels)


@st.cache_resource(max_entries=4, show_spinner="Drawing the map…")
def _map_chart(data: str, split_name: str) -> Figure:
    split, train = (services.datasets().split(data, name) for name in (split_name, "train"))
    axes = statistics.principal_axes(train.images[:AXES_SAMPLE])
    coordinates = axes.project(split.images[:MAPPED_IMAGES])
    return digits.map_chart(coordinates, split.labels[:MAPPED_IMAGES], axes.shares)
