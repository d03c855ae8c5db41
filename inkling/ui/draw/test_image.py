"""A test image in place of a drawing: nobody needs a mouse or a pen for it."""

import numpy as np
import streamlit as st

from inkling.data.image_ref import ImageRef
from inkling.ui import services, session_keys
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.widgets import data_choice, image_address

_SHOWN = "draw_test_image"  # ImageRef


def show_test_image() -> np.ndarray:
    """Draw a test image, and buttons for the next one and the one before.

    The page's address names the image.

    Returns
    -------
    ndarray, (28, 28) uint8
        The image as it is: it needs no preparation.
    """
    data = services.datasets().names[0]
    linked = image_address.linked_image(data, "test")
    if linked is not None and linked.split == "test":
        st.session_state[_SHOWN] = linked
    ref = st.session_state.get(_SHOWN, ImageRef(data, "test", 0))
    test = data_choice.load_dataset(ref.data).test
    image, label = test.images[ref.index], test.labels[ref.index]
    st.image(
        picture_url(image, 16),
        width="stretch",
        alt=f"test image {ref.index}, whose label is {label}",
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for title, step in (("Previous image", -1), ("Next image", 1)):
            other = ImageRef(ref.data, "test", (ref.index + step) % len(test.labels))
            st.button(title, on_click=_open, args=(other,))
        st.markdown(f"{ref.name}, label {label}")
    image_address.image_links(
        ref, inside="See it inside the network", explore=("Explore this image")
    )
    return image


def is_linked() -> bool:
    """Return whether the page's address names an image that was not shown last."""
    if not image_address.names_image():
        return False
    shown = st.session_state.get(_SHOWN)
    return shown is None or st.query_params.get(session_keys.INDEX) != str(shown.index)


def _open(ref: ImageRef) -> None:
    st.session_state[_SHOWN] = ref
    st.query_params.update(ref.to_query(services.datasets()))
