"""Card of the open image: its pixels, and the nearest training images."""

from dataclasses import replace

import streamlit as st

from inkling.data.image_ref import ImageRef, with_article
from inkling.ui import services, session_keys
from inkling.ui.components.digit_grid import GridCell, GridStyle, digit_grid, picture_url
from inkling.ui.components.pixel_map import pixel_map
from inkling.ui.components.readout import Readout
from inkling.ui.explore.filters import open_image
from inkling.ui.widgets import image_address
from inkling.ui.widgets.image_announcement import announce_image


def show_image(ref: ImageRef) -> None:
    """Draw the image with its pixels, its label, and the box for its index."""
    datasets = services.datasets()
    image, label = ref.image(datasets), ref.label(datasets)
    announce_image(ref)
    with st.container(key="explore_name"):
        st.markdown(
            f"**{with_article(label).capitalize()}** · {ref.name.lower()}",
            help="Images are counted from 0, in the order of their file. The number is in "
            "the address bar, so you can send a link to this image.",
        )
        _show_index(ref)
    pixel_map(
        picture_url(image),
        image.shape,
        Readout(("",), (image.ravel(),), " of 255"),
        label=f"The pixels of {with_article(label)}",
        key="explore_pixels",
        hint="Point at a pixel to read it: 0 is paper, 255 is ink.",
    )


def _show_index(ref: ImageRef) -> None:
    """Draw the box for the index."""
    st.session_state[session_keys.INDEX] = ref.index
    st.number_input(
        "Index",
        0,
        len(services.datasets().split(ref.data, ref.split).labels) - 1,
        step=1,
        key=session_keys.INDEX,
        on_change=lambda: open_image(replace(ref, index=st.session_state[session_keys.INDEX])),
        label_visibility="collapsed",
    )


def show_neighbours(ref: ImageRef) -> None:
    """Draw the nearest training images, and links that open the image on other pages."""
    st.markdown(
        "**Nearest training images**",
        help=(
            "The training images whose 784 pixels, taken together, differ least from this one's. "
            "Point at one to read its distance: 1 is one pixel changed from paper to full ink."
        ),
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
        on_pick=lambda index: open_image(ImageRef(ref.data, "train", index)),
        style=GridStyle(min_width=33, caption_below=True),
    )
    image_address.image_links(
        ref, mistakes="See the network's answer", inside="See inside the network"
    )
