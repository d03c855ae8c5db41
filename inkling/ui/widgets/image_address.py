"""The image that a page's address names, and links to an image on other pages."""

import streamlit as st

from inkling.data.image_ref import ImageRef, ImageRefError
from inkling.ui import services, session_keys
from inkling.ui.widgets import data_choice

_PARAMETERS = (session_keys.SPLIT, session_keys.INDEX)


def names_image() -> bool:
    """Return whether the page's address names an image, be it a valid one or not."""
    return any(name in st.query_params for name in _PARAMETERS)


def linked_image(data: str, split: str) -> ImageRef | None:
    """Return the image that the page's address names; draw a warning if there is no such image.

    Parameters
    ----------
    data : {"mnist", "builtin"}
    split : {"train", "test"}
        Where the address names none.

    Returns
    -------
    ImageRef or None
        None if the address names no image, or no valid one.
    """
    try:
        return ImageRef.from_query(
            st.query_params.to_dict(), services.datasets(), ImageRef(data, split, 0)
        )
    except ImageRefError as error:
        st.warning(str(error))
        return None


def open_image(ref: ImageRef) -> None:
    """Write an image of the chosen data set to the page's address; for callbacks."""
    data_choice.write_to_address()
    st.query_params.update({session_keys.SPLIT: ref.split, session_keys.INDEX: str(ref.index)})


def close_image() -> None:
    """Remove the image from the page's address; for callbacks."""
    if names_image():
        query = st.query_params.to_dict()
        st.query_params.from_dict({k: v for k, v in query.items() if k not in _PARAMETERS})


def image_links(ref: ImageRef, **labels: str) -> None:
    """Draw links that open an image on other pages.

    Parameters
    ----------
    ref : ImageRef
    **labels : str
        For each page, such as ``explore``, the text of the link. Mistakes is left out for a
        training image, because it shows test images only.
    """
    query = ref.to_query(services.datasets())
    with st.container(horizontal=True):
        for page, label in labels.items():
            if page != "mistakes" or ref.split == "test":
                st.page_link(f"pages/{page}.py", label=f"**{label}**", query_params=query)
