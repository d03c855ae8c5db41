"""The frame on an uploaded picture: what was read as the digit. Two sliders move it."""

from typing import NamedTuple, cast

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw

from digits.drawing import digit_box
from digits.ink import EmptyDrawing
from inkling.charts import style

_SIDE = 300  # pixels, the longer side of the picture on the page
_MARGIN = 3  # percent of the picture, between the digit and the frame
_THINNEST = 16  # pixels, the least of the shorter side: a row of pixels could not be seen
_FINE = 2  # pixels of the drawn picture for one of the page, for fine screens
_FADED = 0.6  # share of the ground over what is outside of the frame
_LIGHT_GROUND, _DARK_GROUND = "#ffffff", "#3c4450"  # behind transparent parts
FOUND = "The frame shows what is read as the digit. Move the frame if it is around something else."
MOVED = "Only what is inside the frame is read."
NOT_FOUND = "No digit was found in the picture. Move the frame so that it is around the digit."


class Frame(NamedTuple):
    """The sides of a frame in percent of the picture's width and height."""

    left: int
    right: int
    top: int
    bottom: int

    def region(self, rgba: np.ndarray) -> np.ndarray:
        """Return the part of a picture, (h, w, 4), inside the frame: at least one pixel."""
        height, width = rgba.shape[:2]
        left, top = self.left * (width - 1) // 100, self.top * (height - 1) // 100
        right, bottom = -(-self.right * width // 100), -(-self.bottom * height // 100)
        return rgba[top : max(bottom, top + 1), left : max(right, left + 1)]


WHOLE = Frame(0, 100, 0, 100)


def find_frame(rgba: np.ndarray) -> Frame | None:
    """Return a frame around what is read as the digit, None if nothing is."""
    try:
        top, bottom, left, right = (100 * share for share in digit_box(rgba))
    except EmptyDrawing:
        return None
    return Frame(
        max(int(left) - _MARGIN, 0),
        min(int(np.ceil(right)) + _MARGIN, 100),
        max(int(top) - _MARGIN, 0),
        min(int(np.ceil(bottom)) + _MARGIN, 100),
    )


def show_framed_picture(rgba: np.ndarray, found: Frame | None, file_id: str) -> np.ndarray:
    """Draw a picture with the frame and its sliders; return what is to be read.

    Parameters
    ----------
    rgba : ndarray, (h, w, 4) uint8
    found : Frame or None
        Around what is read as the digit in the whole picture.
    file_id : str
        Each file has sliders of its own.

    Returns
    -------
    ndarray, (height, width, 4) uint8
        The whole picture, or the part inside the frame once it has been moved.
    """
    start = found or WHOLE
    keys = (f"frame_across_{file_id}", f"frame_down_{file_id}")
    picture = st.container(key="draw_picture")
    with st.container(horizontal=True):
        left, right = _side_slider("Frame: left and right", start.left, start.right, keys[0])
        top, bottom = _side_slider("Frame: top and bottom", start.top, start.bottom, keys[1])
    frame = Frame(left, right, top, bottom)
    moved = frame != start
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Reset frame",
            disabled=not moved,
            on_click=_set_sliders,
            args=(keys, start),
            key="reset_frame",
        )
        with st.container():
            st.caption(MOVED if moved else NOT_FOUND if found is None else FOUND)
    with picture:
        drawn = framed_picture(rgba, frame)
        st.image(
            drawn,
            width=drawn.width // _FINE,
            alt=f"the uploaded picture; a frame from {left}% to {right}% of its width and from "
            f"{top}% to {bottom}% of its height",
        )
    return frame.region(rgba) if moved else rgba


def _side_slider(label: str, low: int, high: int, key: str) -> tuple[int, int]:
    """Draw the slider of two opposite sides of the frame; return both in percent."""
    if key not in st.session_state:
        st.session_state[key] = (low, high)
    return cast("tuple[int, int]", st.slider(label, 0, 100, key=key, format="%d%%"))


def _set_sliders(keys: tuple[str, str], frame: Frame) -> None:
    """Move both sliders to a frame."""
    for key, sides in zip(keys, (frame[:2], frame[2:]), strict=True):
        st.session_state[key] = sides


def framed_picture(rgba: np.ndarray, frame: Frame) -> Image.Image:
    """Return a picture with the frame, faded outside of it.

    Parameters
    ----------
    rgba : ndarray, (h, w, 4) uint8
    frame : Frame

    Returns
    -------
    Image
        RGB, 600 pixels wide or high. A very narrow or flat picture is drawn thicker than it is.
    """
    height, width = rgba.shape[:2]
    scale = _FINE * _SIDE / max(height, width)
    size = (
        max(_FINE * _THINNEST, round(width * scale)),
        max(_FINE * _THINNEST, round(height * scale)),
    )
    sheet = Image.fromarray(rgba).resize(size)
    ground = Image.new("RGBA", size, _ground_colour(np.asarray(sheet)))
    picture = Image.alpha_composite(ground, sheet)
    left, right = (side * (size[0] - 1) // 100 for side in frame[:2])
    top, bottom = (side * (size[1] - 1) // 100 for side in frame[2:])
    box = (left, top, right, bottom)
    faded = Image.blend(picture, ground, _FADED)
    faded.paste(picture.crop(box), box)
    pen = ImageDraw.Draw(faded)
    pen.rectangle(box, outline="white", width=4 * _FINE)
    pen.rectangle(box, outline=style.HIGHLIGHT, width=2 * _FINE)
    return faded.convert("RGB")


def _ground_colour(rgba: np.ndarray) -> str:
    """Return a colour on which what is not transparent in a picture (h, w, 4) can be seen."""
    alpha = rgba[..., 3]
    if alpha.min() == 255 or not alpha.any():
        return _LIGHT_GROUND
    lightness = np.average(rgba[..., :3].mean(axis=2), weights=alpha)
    return _DARK_GROUND if lightness > 128 else _LIGHT_GROUND
