"""Card of the chosen image: its pixels and the nearest training images."""

import streamlit as st

from inkling.ui import services, session_keys
from inkling.ui.components.digit_grid import GridCell, GridStyle, digit_grid, picture_url
from inkling.ui.components.pixel_map import pixel_map
from inkling.ui.components.readout import Readout
from inkling.ui.explore.filters import SPLITS, choose_training_image


def show_image_card(data: str, split_name: str, index: int) -> None:
    """Draw the image with its pixels, the nearest training images, and a link to Mistakes.

    Parameters
    ----------
    data : {"mnist", "builtin"}
    split_name : {"train", "test"}
    index : int
    """
    split = getattr(services.datasets().get(data), split_name)
    st.markdown(f"**A {split.labels[index]}** · {SPLITS[split_name].lower()}, index {index:,}")
    image = split.images[index]
    pixel_map(
        picture_url(image),
        image.shape,
        Readout(("",), (image.ravel(),), " of 255"),
        label=f"The pixels of a {split.labels[index]}",
        key="explore_pixels",
        hint="Point at a pixel to read it: 0 is paper, 255 is ink.",
    )
    _show_nearest_images(data, split_name, index)
    if split_name == "test":
        st.page_link(
            "pages/mistakes.py",
            label="**What does the network say to it?**",
            query_params={
                session_keys.DATA: services.datasets().label(data),
                session_keys.INDEX: str(index),
            },
        )


def _show_nearest_images(data: str, split_name: str, index: int) -> None:
    st.markdown(
        "**Nearest training images**",
        help="Those whose 784 pixels differ least from this one's, taken together.",
    )
    train = services.datasets().get(data).train
    found, distances = services.nearest_training_images(data, split_name, index)
    digit_grid(
        train.images[found],
        [
            GridCell(i, f"{train.labels[i]}, index {i}, distance {d:.1f}", str(train.labels[i]))
            for i, d in zip(found, distances, strict=True)
        ],
        label="Nearest training images",
        key=session_keys.EXPLORE_NEAREST,
        on_pick=choose_training_image,
        style=GridStyle(min_width=52),
    )
