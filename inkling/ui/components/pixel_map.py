"""An image whose pixels show their numbers under the pointer and can be picked.

A component instead of a Plotly chart: it appears at once, does not blink, and handles clicks, taps
and keys.
"""

from collections.abc import Callable

import numpy as np
import streamlit as st
from PIL import Image

from inkling.charts import style
from inkling.charts.png import png_url
from inkling.ui.browser_events import get_key, parse_index
from inkling.ui.components.browser_component import browser_component
from inkling.ui.components.readout import Readout

_MIN_OPACITY = 0.09  # so that an image of zeros is visible

_component = browser_component(
    __file__,
    "inkling_pixel_map",
    """<div class="map" role="group" tabindex="0"><img alt=""><div class="frame"></div>
    <div class="chosen"></div><div class="hover"></div></div><output></output>""",
    shared_style="cells",
)


def pixel_map(
    picture: str,
    shape: tuple[int, int],
    readout: Readout,
    *,
    label: str,
    key: str,
    chosen: int | None = None,
    frame: tuple[int, int, int, int] | None = None,
    on_pick: Callable[[int], None] | None = None,
    hint: str = "",
) -> None:
    """Draw an image; the text below it shows the numbers of the pixel under the pointer.

    Parameters
    ----------
    picture : str
        A data URL, such as `signed_image_url` returns.
    shape : (int, int)
        Its rows and columns.
    readout : Readout
        Of each pixel, row by row.
    label : str
        Accessible name of the picture.
    key : str
    chosen : int, optional
        The framed pixel, counted row by row.
    frame : (int, int, int, int), optional
        A framed part of the image: first row, first column, rows, columns.
    on_pick : callable, optional
        Called with a pixel that was clicked, before the script runs again.
    hint : str
        Text below the picture while no pixel is under the pointer and none is chosen.
    """
    rows, columns = shape

    def picked() -> None:
        pixel = parse_index(get_key(st.session_state[key], "picked"), rows * columns)
        if on_pick is not None and pixel is not None:
            on_pick(pixel)

    _component(
        data={
            "picture": picture,
            "rows": rows,
            "columns": columns,
            "label": label,
            "chosen": chosen,
            "frame": frame,
            "pickable": on_pick is not None,
            "hint": hint,
            "readout": readout.component_data(),
        },
        key=key,
        on_picked_change=picked,
    )


def signed_image_url(values: np.ndarray, limit: float | None = None) -> str:
    """Return an image with a pixel for each number, blue above 0 and orange below.

    Parameters
    ----------
    values : ndarray, (h, w) floating point
    limit : float, optional
        A number so far from 0 is opaque; by default the furthest is.

    Returns
    -------
    str
        A PNG as a data URL, h x w pixels. Zeros are nearly transparent, to suit light and
        dark pages.
    """
    shares = values / (limit or float(np.abs(values).max()) or 1.0)
    cells = np.empty((*values.shape, 4), np.uint8)
    for colour, places in (
        (style.POSITIVE, shares > 0),
        (style.NEGATIVE, shares < 0),
        (style.NEUTRAL, shares == 0),
    ):
        cells[places, :3] = list(bytes.fromhex(colour[1:]))
    cells[..., 3] = (255 * (_MIN_OPACITY + (1 - _MIN_OPACITY) * np.abs(shares))).round()
    return png_url(Image.fromarray(cells))
