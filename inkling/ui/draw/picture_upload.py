"""Upload of a picture in place of a drawing."""

from typing import NamedTuple

import numpy as np
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from inkling.data import pictures
from inkling.ui import session_keys
from inkling.ui.draw.picture_frame import Frame, find_frame, show_framed_picture

READING = "Reading the picture…"
_READ = "draw_picture_read"  # id of the file that was read last


class _Upload(NamedTuple):
    """A decoded picture, (h, w, 4) uint8, with the frame found; or why there is none."""

    rgba: np.ndarray | None
    frame: Frame | None
    error: str = ""


def show() -> np.ndarray | None:
    """Draw the uploader, the picture and its frame.

    Returns
    -------
    ndarray, (h, w, 4) uint8, or None
        The picture, or the part of it inside the frame if that was moved; None without a picture,
        or while it is unread.
    """
    file = st.file_uploader(
        "A photo or picture of one digit (PNG or JPEG)",
        max_upload_size=pictures.MAX_BYTES // 10**6,
        key=session_keys.PICTURE,
        help="One dark digit on light paper, or light on dark. A table, a finger or lines beside "
        "it do no harm.",
    )
    if file is None or is_unread():
        return None
    upload = _decoded(file.file_id, file)
    if upload.rgba is None:
        st.error(upload.error)
        return None
    return show_framed_picture(upload.rgba, upload.frame, file.file_id)


def is_unread() -> bool:
    """Whether a picture has been chosen that `read` has not read, which may take seconds."""
    file = st.session_state[session_keys.PICTURE]
    return file is not None and file.file_id != st.session_state.get(_READ)


def read() -> None:
    """Read the picture that has been chosen; `show` shows it in the next run."""
    file = st.session_state[session_keys.PICTURE]
    _decoded(file.file_id, file)
    st.session_state[_READ] = file.file_id


@st.cache_resource(max_entries=16, show_spinner=False)  # up to 16 MB each
def _decoded(file_id: str, _file: UploadedFile) -> _Upload:
    """Return the picture in an uploaded file, or why there is none; remembered."""
    try:
        rgba = pictures.read_picture(_file.getvalue())
    except pictures.PictureError as error:
        return _Upload(None, None, str(error))
    return _Upload(rgba, find_frame(rgba))
