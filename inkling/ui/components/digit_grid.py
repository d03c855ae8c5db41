"""A grid of small pictures; a click or the arrow keys select one.

A component instead of one `st.image` for each picture: a hundred of those take over a second to
draw. All pictures are sent as one image; each cell shows its part of it, enlarged without blur.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np
import streamlit as st
from PIL import Image

from inkling.charts.png import png_url
from inkling.charts.style import HIGHLIGHT
from inkling.ui.browser_events import get_key, parse_index
from inkling.ui.components.browser_component import browser_component

PAPER = 240  # grey, so that the edge of a picture is visible on a white page
_SHEET_COLUMNS = 20

_component = browser_component(
    __file__,
    "inkling_digit_grid",
    '<div class="grid" role="listbox"></div>',
)


@dataclass(frozen=True)
class GridCell:
    """A picture of a grid.

    Attributes
    ----------
    index : int
        Unique in the grid; `on_pick` receives it.
    name : str
        Tooltip and accessible name.
    caption : str
        Written on the picture.
    """

    index: int
    name: str
    caption: str = ""


class GridStyle(NamedTuple):
    """The look of a grid.

    Attributes
    ----------
    min_width : int
        Of a picture, in pixels.
    frame_colour : str
        Round the selected picture.
    gap : int
        Between two pictures, in pixels.
    caption_below : bool
        Whether captions are below the pictures instead of on them.
    """

    min_width: int = 40
    frame_colour: str = HIGHLIGHT
    gap: int = 3
    caption_below: bool = False


_DEFAULT_STYLE = GridStyle()


class Sheet(NamedTuple):
    """Many pictures as one image.

    Attributes
    ----------
    url : str
        Data URL of a PNG.
    columns, rows : int
        Of pictures.
    gap : float
        Between two pictures, as a share of the side of one.
    """

    url: str
    columns: int
    rows: int
    gap: float = 0.0


def digit_grid(
    pictures: np.ndarray | Sheet,
    cells: Sequence[GridCell],
    *,
    label: str,
    key: str,
    on_pick: Callable[[int], None],
    selected: int | None = None,
    style: GridStyle = _DEFAULT_STYLE,
) -> None:
    """Draw pictures side by side, as many a row as fit, or fewer where that fills the last row.

    Parameters
    ----------
    pictures : ndarray, (n, side, side) uint8, or Sheet
        Of a sheet, row by row.
    cells : sequence of GridCell
        One for each picture.
    label : str
        Accessible name of the grid.
    key : str
    on_pick : callable
        Called with the index of a cell before the script runs again.
    selected : int, optional
        Index of the framed cell.
    style : GridStyle
    """
    sheet = pictures if isinstance(pictures, Sheet) else _sheet(pictures)
    indices = {int(cell.index) for cell in cells}

    def picked() -> None:
        index = parse_index(get_key(st.session_state[key], "picked"), max(indices, default=-1) + 1)
        if index in indices:
            on_pick(index)

    _component(
        data={
            "label": label,
            "sheet": sheet.url,
            "columns": sheet.columns,
            "rows": sheet.rows,
            # In percent of the width and height of one picture
            "sheet_width": 100 * (sheet.columns + (sheet.columns - 1) * sheet.gap),
            "sheet_height": 100 * (sheet.rows + (sheet.rows - 1) * sheet.gap),
            "cells": [asdict(cell) | {"index": int(cell.index)} for cell in cells],
            "selected": selected,
            "frame_colour": style.frame_colour,
            "min_width": style.min_width,
            "gap": style.gap,
            "caption_below": style.caption_below,
        },
        key=key,
        on_picked_change=picked,
    )


def _sheet(images: np.ndarray) -> Sheet:
    columns = min(_SHEET_COLUMNS, max(1, len(images)))
    return Sheet(picture_url(contact_sheet(images, columns)), columns, -(-len(images) // columns))


def contact_sheet(images: np.ndarray, columns: int) -> np.ndarray:
    """Return images (n, h, w) in rows, (h rows, w columns) uint8; empty places are 0."""
    rows = -(-len(images) // columns)
    _, h, w = images.shape
    sheet = np.zeros((rows * columns, h, w), np.uint8)
    sheet[: len(images)] = images
    return sheet.reshape(rows, columns, h, w).swapaxes(1, 2).reshape(h * rows, w * columns)


def picture_url(image: np.ndarray, scale: int = 1) -> str:
    """Return the URL of an image as dark ink on light paper, enlarged without blur.

    Parameters
    ----------
    image : ndarray, (h, w) uint8
        0 paper, 255 ink.
    scale : int
        Screen pixels a side of each pixel.

    Returns
    -------
    str
        A PNG as a data URL: unlike an image of `st.image`, the server need not keep it.
    """
    shades = np.linspace(PAPER, 0, 256).astype(np.uint8)
    enlarged = shades[image].repeat(scale, axis=0).repeat(scale, axis=1)
    return png_url(Image.fromarray(enlarged))
