"""Upload of a picture in place of a drawing."""

import numpy as np
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from inkling.data import pictures
from inkling.ui import session_keys
from inkling.ui.draw.canvas import SIDE


def show_picture_upload() -> np.ndarray | None:
    """Draw the uploader and the picture; return it as (h, w, 4) uint8, or None if there is none."""
    file = st.file_uploader(
        "A photo or picture of one digit",
        type=pictures.FILE_TYPES,
        max_upload_size=pictures.MAX_BYTES // 10**6,
        key=session_keys.PICTURE,
        help="One dark digit on light paper, or light on dark, without anything else.",
    )
    if file is None:
        return None
    rgba, error = _decoded(file.file_id, file)
    if rgba is None:
        st.error(error)
        return None
    st.image(rgba, width=SIDE, alt="the uploaded picture")
    return rgba


@st.cache_resource(max_entries=16, show_spinner="Reading the picture…")  # up to 16 MB each
def _decoded(file_id: str, _file: UploadedFile) -> tuple[np.ndarray | None, str]:
    """Return the picture in an uploaded file, or None and why there is none; remembered."""
    try:
        return pictures.read_picture(_file.getvalue()), ""
    except pictures.PictureError as error:
        return None, str(error)
