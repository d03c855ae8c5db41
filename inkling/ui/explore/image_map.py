"""Map of images by the two directions in which they differ most."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from digits import statistics
from inkling.data.image_ref import ImageRef
from inkling.lessons.content import section
from inkling.ui import services, session_keys
from inkling.ui.components.picture_map import MapImages, picture_map
from inkling.ui.explore.filters import Filters, open_image

MAPPED_IMAGES = 1_000
AXES_SAMPLE = 10_000  # training images that the axes are computed from


class _Plane(NamedTuple):
    """The two axes of a data set's map, and its corners, (2,): few images are outside."""

    axes: statistics.PrincipalAxes
    low: np.ndarray
    high: np.ndarray

    def places(self, images: np.ndarray) -> np.ndarray:
        """Return the places of images on the map, (n, 2) floating point from 0 to 1."""
        span = np.maximum(self.high - self.low, np.finfo(np.float32).tiny)
        return ((self.axes.project(images) - self.low) / span).clip(0, 1)


def show(filters: Filters) -> None:
    """Draw the map of the first images that pass the filters; a click opens one."""
    opened, passing = filters.image, filters.indices()
    indices = passing[:MAPPED_IMAGES]
    plane = _plane(opened.data)

    def images_at(indices: np.ndarray) -> MapImages:
        split = services.datasets().split(opened.data, opened.split)
        images = split.images[indices]
        return MapImages(images, split.labels[indices], plane.places(images), indices)

    picture_map(
        images_at(indices),
        images_at(np.array([opened.index])),
        label="Map of the images: arrow keys go from one to the next",
        key=session_keys.EXPLORE_MAP,
        on_pick=lambda row: open_image(ImageRef(opened.data, opened.split, int(indices[row]))),
    )
    count = "" if len(indices) == len(passing) else f"The first {len(indices):,} of "
    first, second = plane.axes.shares
    st.caption(
        f"{count}{len(passing):,} images. Images that look alike lie close together; the "
        "reverse is not always true.",
        help=section("help/explore", "Map", first=first, second=second),
    )


@st.cache_resource(max_entries=2, show_spinner="Drawing the map…")
def _plane(data: str) -> _Plane:
    images = services.datasets().split(data, "train").images[:AXES_SAMPLE]
    axes = statistics.principal_axes(images)
    places = axes.project(images)
    return _Plane(axes, *np.percentile(places, (0.2, 99.8), axis=0))
