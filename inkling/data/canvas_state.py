"""Validated state of the drawing canvas: the browser's messages are untrusted."""

import io
import json
from typing import Any, NamedTuple

from PIL import Image

from digits.ink import LARGEST_SIDE
from inkling.data.pictures import PictureError, is_small_png, read_picture

_MAX_SIZE = 2 * 2**20  # characters of the objects; 50 states are held for undo


class CanvasState(NamedTuple):
    """Content of the canvas after a stroke.

    Attributes
    ----------
    objects : dict
        Fabric.js objects, from which the canvas is restored.
    png : bytes
        Its picture, the ink in alpha, reduced to what `digits.drawing` looks at: it is decoded more
        than once.
    """

    objects: dict[str, Any]
    png: bytes


def parse_canvas_state(canvas: Any, last: CanvasState | None = None) -> CanvasState | None:
    """Return the validated state of a canvas; None if it is empty or invalid.

    Parameters
    ----------
    canvas : CanvasResult
        Of ``st_canvas``.
    last : CanvasState, optional
        Previous state; returned if the objects are unchanged.
    """
    try:
        objects, png = canvas.json_data, canvas.image_bytes
        if last is not None and objects == last.objects:
            return last
        if objects is None or png is None or not is_small_png(png):
            return None
        if not isinstance(objects["objects"], list) or len(json.dumps(objects)) > _MAX_SIZE:
            return None
        small = _reduced(png)
    except (PictureError, AttributeError, LookupError, TypeError, ValueError, RecursionError):
        return None
    return CanvasState(objects, small)


def _reduced(png: bytes) -> bytes:
    """Return a picture with sides of up to `LARGEST_SIDE` pixels; raises PictureError."""
    rgba = read_picture(png)
    factor = -(-max(rgba.shape[:2]) // LARGEST_SIDE)
    if factor == 1:
        return png
    file = io.BytesIO()
    Image.fromarray(rgba).reduce(factor).save(file, "PNG", compress_level=1)
    return file.getvalue()
