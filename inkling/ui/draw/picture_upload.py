"""Upload of a picture in place of a drawing."""

import numpy as np
import streamlit as st

from inkling.data import pictures
from inkling.ui import session_keys
from inkling.ui.draw.canvas import SIDE

_MAX_MEBIBYTES = 5


def show_picture_upload() -> np.ndarray | None:
    """Draw the uploader and the picture; return it as (h, w, 4) uint8, or None if there is none."""
    file = st.file_uploader(
        "A photo or picture of one digit",
        type=pictures.FILE_TYPES,
        max_upload_size=_MAX_MEBIBYTES,
        key=session_keys.PICTURE,
        help="One dark digit on light paper, or light on dark, without anything else.",
    )
    if file is None:
        return None
    try:
        rgba = pictures.read_picture(file.getvalue())
    except pictures.PictureError as error:
        st.error(str(error))
        return None
    st.image(rgba, width=SIDE, alt="the uploaded picture")
    return rgba
