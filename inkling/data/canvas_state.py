"""What the canvas sends after a stroke, checked: a browser can be made to send anything."""

import json
from typing import Any, NamedTuple

from inkling.data.pictures import PictureError, read_picture

_LONGEST = 2 * 2**20  # characters of the objects, and bytes of the picture; fifty of each are kept


class CanvasState(NamedTuple):
    """What the canvas held after a stroke: its objects, to put back, and its pixels."""

    objects: dict[str, Any]
    png: bytes


def canvas_state(canvas: Any, last: CanvasState | None = None) -> CanvasState | None:
    """Return what a canvas sent; None where that is nothing, or nothing that ours would send.

    Parameters
    ----------
    canvas : CanvasResult
        Of ``st_canvas``.
    last : CanvasState, optional
        What it held before; the answer where nothing was drawn since.
    """
    try:
        objects, png = canvas.json_data, canvas.image_bytes
        if last is not None and objects == last.objects:
            return last
        if objects is None or png is None or len(png) > _LONGEST:
            return None
        if not isinstance(objects["objects"], list) or len(json.dumps(objects)) > _LONGEST:
            return None
        read_picture(png)
    except (PictureError, AttributeError, LookupError, TypeError, ValueError, RecursionError):
        return None
    return CanvasState(objects, png)
