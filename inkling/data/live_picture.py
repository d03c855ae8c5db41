"""Picture of a drawing that is not finished: the browser's messages are untrusted."""

import base64
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from inkling.data.pictures import PictureError, is_small_png, read_picture

MAX_SIDE = 512  # pixels; the canvas is smaller
_MAX_CHARACTERS = 64 * 2**10  # of base64; a canvas full of ink takes a tenth
_PREFIX = "data:image/png;base64,"


class LivePicture(NamedTuple):
    """Pixels of the canvas while the pen moves, or as it is lifted.

    Attributes
    ----------
    canvas : str
        Key of the canvas that was read.
    number : int
        Counts the pictures that a browser sends.
    pen_down : bool
        Whether the stroke goes on.
    rgba : ndarray, (h, w, 4) uint8
        The ink in alpha, as the canvas's own picture.
    """

    canvas: str
    number: int
    pen_down: bool
    rgba: np.ndarray


def parse_live_picture(message: Any) -> LivePicture | None:
    """Return the validated picture in a message of the browser; None if it is invalid.

    It is decoded only if that takes a millisecond or two: up to `MAX_SIDE` squared pixels.

    Parameters
    ----------
    message : Any
        A mapping with the attributes of `LivePicture`; ``picture``, a PNG as a data URL, in place
        of the pixels.
    """
    if not isinstance(message, Mapping):
        return None
    canvas, number, pen_down, picture = map(
        message.get, ("canvas", "number", "pen_down", "picture")
    )
    if not isinstance(canvas, str) or type(number) is not int or type(pen_down) is not bool:
        return None
    if not isinstance(picture, str) or not picture.startswith(_PREFIX):
        return None
    if not 0 <= number < 2**53 or len(picture) > _MAX_CHARACTERS:
        return None
    try:
        png = base64.b64decode(picture.removeprefix(_PREFIX), validate=True)
        if not is_small_png(png, MAX_SIDE**2):
            return None
        return LivePicture(canvas, number, pen_down, read_picture(png))
    except (PictureError, ValueError):
        return None
