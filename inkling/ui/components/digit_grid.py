"""Many small pictures as one crisp sheet, on which a click or the arrow keys pick one.

A component instead of an image element a picture: a hundred and more of those take over a second
to draw. All come as one sheet; each cell shows its part of it, enlarged without blur.
"""

import base64
import io
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st
from PIL import Image

from inkling.charts.style import HIGHLIGHT
from inkling.ui.browser_events import get_key, parse_index
from inkling.ui.components.browser_component import browser_component

PAPER = 240  # the grey of a picture's ground; a white page would swallow its edge
_SHEET_COLUMNS = 20

_component = browser_component(
    __file__,
    "inkling_digit_grid",
    '<div class="grid" role="listbox"></div>',
)


def digit_grid(
    images: np.ndarray,
    indices: np.ndarray,
    names: Sequence[str],
    *,
    label: str,
    key: str,
    on_pick: Callable[[int], None],
    selected: int | None = None,
    captions: Sequence[str] | None = None,
    size: int = 40,
) -> None:
    """Draw digits side by side, as many a line as there is room for.

    Parameters
    ----------
    images : ndarray, (n, 28, 28) uint8
    indices : ndarray, (n,) int
        What `on_pick` is given for each.
    names : sequence of str
        What each is called, for a tooltip and for those who cannot see it.
    label : str
        What the whole grid is called.
    key : str
    on_pick : callable
        Called with the index of a digit before the script runs again.
    selected : int, optional
        The index of the digit that is framed.
    captions : sequence of str, optional
        A word written on each.
    size : int
        The least width of a digit in pixels.
    """
    columns = min(_SHEET_COLUMNS, max(1, len(images)))
    sheet = Sheet(picture_url(contact_sheet(images, columns)), columns, -(-len(images) // columns))
    picture_grid(
        sheet,
        indices,
        names,
        label=label,
        key=key,
        on_pick=on_pick,
        selected=selected,
        captions=captions,
        size=size,
    )


class Sheet(NamedTuple):
    """Many pictures as one.

    Attributes
    ----------
    url : str
        A picture as a data URL.
    columns, rows : int
        How the pictures lie on it.
    gap : float
        Between two of them, as a share of the side of one.
    """

    url: str
    columns: int
    rows: int
    gap: float = 0.0


def picture_grid(
    sheet: Sheet,
    indices: np.ndarray,
    names: Sequence[str],
    *,
    label: str,
    key: str,
    on_pick: Callable[[int], None],
    selected: int | None = None,
    captions: Sequence[str] | None = None,
    size: int = 40,
    frame: str = HIGHLIGHT,
) -> None:
    """Draw the pictures of a sheet side by side, as many a line as there is room for.

    Parameters
    ----------
    sheet : Sheet
    indices, names, label, key, on_pick, selected, captions, size
        As for `digit_grid`, of its pictures row by row.
    frame : str
        The colour round the one that is selected.
    """
    known = {int(index) for index in indices}

    def picked() -> None:
        index = parse_index(get_key(st.session_state[key], "picked"), max(known, default=-1) + 1)
        if index in known:
            on_pick(index)

    _component(
        data={
            "label": label,
            "sheet": sheet.url,
            "columns": sheet.columns,
            "rows": sheet.rows,
            # Of the whole sheet, in percent of one picture
            "sheet_width": 100 * (sheet.columns + (sheet.columns - 1) * sheet.gap),
            "sheet_height": 100 * (sheet.rows + (sheet.rows - 1) * sheet.gap),
            "cells": [
                {"index": int(index), "name": name, "caption": caption}
                for index, name, caption in zip(
                    indices, names, captions or [""] * len(names), strict=True
                )
            ],
            "selected": selected,
            "frame_colour": frame,
            "min_width": size,
        },
        key=key,
        on_picked_change=picked,
    )


def contact_sheet(images: np.ndarray, columns: int) -> np.ndarray:
    """Lay images (n, 28, 28) out in rows, (28 rows, 28 columns) uint8; the rest stays paper."""
    rows = -(-len(images) // columns)
    sheet = np.zeros((rows * columns, 28, 28), np.uint8)
    sheet[: len(images)] = images
    return sheet.reshape(rows, columns, 28, 28).swapaxes(1, 2).reshape(28 * rows, 28 * columns)


def picture_url(image: np.ndarray, scale: int = 1) -> str:
    """Return an image as dark ink on light paper, enlarged so that its pixels stay crisp.

    Parameters
    ----------
    image : ndarray, (h, w) uint8
        0 paper, 255 ink.
    scale : int
        Screen pixels a side of each pixel.

    Returns
    -------
    str
        A PNG as a data URL, for `st.image`: nobody has to ask for it or keep it.
    """
    shades = np.linspace(PAPER, 0, 256).astype(np.uint8)
    enlarged = shades[image].repeat(scale, axis=0).repeat(scale, axis=1)
    file = io.BytesIO()
    Image.fromarray(enlarged).save(file, "PNG", compress_level=1)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
