"""Card of the chosen image: its pixels and the nearest training images."""

import streamlit as st

from inkling.data.image_ref import ImageRef, with_article
from inkling.ui import services, session_keys
from inkling.ui.components.digit_grid import GridCell, GridStyle, digit_grid, picture_url
from inkling.ui.components.pixel_map import pixel_map
from inkling.ui.components.readout import Readout
from inkling.ui.explore.filters import SPLITS
from inkling.ui.widgets import image_address


def show_image_card(ref: ImageRef) -> None:
    """Draw the image with its pixels, the nearest training images, and links to other pages."""
    image, label = ref.image(services.datasets()), ref.label(services.datasets())
    st.markdown(
        f"**{with_article(label).capitalize()}** · {SPLITS[ref.split].lower()}, index {ref.index:,}"
    )
    pixel_map(
        picture_url(image),
        image.shape,
        Readout(("",), (image.ravel(),), " of 255"),
        label=f"The pixels of {with_article(label)}",
        key="explore_pixels",
        hint="Point at a pixel to read it: 0 is paper, 255 is ink.",
    )
    _show_nearest_images(ref)
    image_address.image_links(
        ref, mistakes="What does the network say to it?", inside="Look inside the network"
    )


def _show_nearest_images(ref: ImageRef) -> None:
    st.markdown(
        "**Nearest training images**",
        help="Those whose 784 pixels differ least from this one's, taken together.",
    )
    train = services.datasets().split(ref.data, "train")
    found, distances = services.nearest_training_images(ref)
    digit_grid(
        train.images[found],
        [
            GridCell(i, f"{train.labels[i]}, index {i}, distance {d:.1f}", str(train.labels[i]))
            for i, d in zip(found, distances, strict=True)
        ],
        label="Nearest training images",
        key=session_keys.EXPLORE_NEAREST,
        on_pick=lambda index: image_address.open_image(ImageRef(ref.data, "train", index)),
        style=GridStyle(min_width=52),
    )
