"""Pictures of digits at points of a plane; a click or the arrow keys pick one.

A component instead of a Plotly chart: it appears at once, and shows pictures in place of dots. All
pictures are sent as one image. Where they would cover one another, dots stand for some of them
until the map is enlarged.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import streamlit as st
from PIL import Image

from inkling.charts.png import png_url
from inkling.charts.style import DIGIT_COLOURS
from inkling.ui.browser_events import get_key, parse_index
from inkling.ui.components.browser_component import browser_component
from inkling.ui.components.digit_grid import contact_sheet, picture_url

_COLUMNS = 40  # of pictures in the image that is sent
_LEVELS = 8  # of ink: more are hardly visible in small pictures

_component = browser_component(
    __file__,
    "inkling_picture_map",
    """<div class="map" role="group" tabindex="0"><canvas></canvas><div class="zoom">
    <button type="button" aria-label="Zoom in">+</button>
    <button type="button" aria-label="Zoom out">&minus;</button>
    <button type="button">Whole map</button></div></div><output></output>""",
)


class MapImages(NamedTuple):
    """Images and their places.

    Attributes
    ----------
    images : ndarray, (n, side, side) uint8
        0 paper, 255 ink.
    labels : ndarray, (n,) uint8
        Digits, which have the colours of `DIGIT_COLOURS`.
    places : ndarray, (n, 2) floating point
        From the lower left corner, (0, 0), to the upper right one, (1, 1).
    indices : ndarray, (n,) int
        Shown under the map with the label of the image under the pointer.
    """

    images: np.ndarray
    labels: np.ndarray
    places: np.ndarray
    indices: np.ndarray


def picture_map(
    shown: MapImages, opened: MapImages, *, label: str, key: str, on_pick: Callable[[int], None]
) -> None:
    """Draw a map.

    Parameters
    ----------
    shown : MapImages
        The first ones are pictures before the others.
    opened : MapImages
        One image, drawn large above the others. It need not be among them.
    label : str
        Accessible name of the map.
    key : str
    on_pick : callable
        Called with the row of an image of `shown` before the script runs again.
    """

    def picked() -> None:
        row = parse_index(get_key(st.session_state[key], "picked"), len(shown.images))
        if row is not None:
            on_pick(row)

    _component(
        data={
            "label": label,
            "sheet": _coloured_sheet(shown.images, shown.labels),
            "columns": _COLUMNS,
            "side": shown.images.shape[1],
            "colours": DIGIT_COLOURS,
            "labels": shown.labels.tolist(),
            "places": shown.places.round(3).tolist(),
            "indices": shown.indices.tolist(),
            "opened": {
                "picture": picture_url(opened.images[0]),
                "place": opened.places[0].round(3).tolist(),
                "label": int(opened.labels[0]),
                "index": int(opened.indices[0]),
            },
        },
        key=key,
        on_picked_change=picked,
    )


def _coloured_sheet(images: np.ndarray, labels: np.ndarray) -> str:
    """Return images in rows as a data URL, ink in the colour of their digit and paper clear.

    A pixel is a number of a palette, which has all levels of ink for each digit: a third of the
    bytes of colours.
    """
    pixels = labels[:, None, None] * _LEVELS + images // (256 // _LEVELS)
    sheet = Image.fromarray(contact_sheet(pixels, _COLUMNS))
    sheet.putpalette([*b"".join(bytes.fromhex(c[1:]) * _LEVELS for c in DIGIT_COLOURS)])
    ink = np.linspace(0, 255, _LEVELS).round().astype(np.uint8)
    sheet.info["transparency"] = ink.tobytes() * len(DIGIT_COLOURS)
    return png_url(sheet, compress_level=6)
