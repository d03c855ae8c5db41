"""Small tables of numbers side by side, such as a patch, a filter and their products.

A component: a cell under the pointer is framed in all tables at once, which a chart cannot do.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st

from inkling.charts.number_format import power_of_ten
from inkling.ui.browser_events import get_key, parse_index
from inkling.ui.components.browser_component import browser_component
from inkling.ui.components.pixel_map import signed_image_url
from inkling.ui.components.readout import Readout

MAX_WRITTEN = 7  # rows or columns of a table whose numbers are written into its cells

_component = browser_component(
    __file__,
    "inkling_number_grids",
    '<div class="tables" role="group" tabindex="0"></div><div class="note"></div><output></output>',
    shared_style="cells",
)


class NumberGrid(NamedTuple):
    """A table of numbers, blue above 0 and orange below.

    Attributes
    ----------
    title : str
    values : ndarray, (rows, columns) floating point
    operator : str
        Written before it: what is done with the table before.
    marked : int, optional
        A cell with a frame, counted row by row.
    """

    title: str
    values: np.ndarray
    operator: str = ""
    marked: int | None = None


def number_grids(
    grids: Sequence[NumberGrid],
    readout: Readout,
    *,
    label: str,
    key: str,
    chosen: int | None = None,
    on_pick: Callable[[int], None] | None = None,
) -> None:
    """Draw tables of one shape; the text below shows the numbers of the cell under the pointer.

    Parameters
    ----------
    grids : sequence of NumberGrid
    readout : Readout
        Of each cell, row by row.
    label : str
        Accessible name of the tables.
    key : str
    chosen : int, optional
        The cell that is framed in all tables.
    on_pick : callable, optional
        Called with a cell that was clicked, before the script runs again.
    """
    rows, columns = grids[0].values.shape
    written = max(rows, columns) <= MAX_WRITTEN
    exponents = [_common_exponent(grid.values) for grid in grids]

    def picked() -> None:
        cell = parse_index(get_key(st.session_state[key], "picked"), rows * columns)
        if on_pick is not None and cell is not None:
            on_pick(cell)

    _component(
        data={
            "rows": rows,
            "columns": columns,
            "grids": [
                {
                    "title": grid.title,
                    "operator": grid.operator,
                    "picture": signed_image_url(grid.values),
                    "texts": [
                        short_number(v / 10.0**exponent) for v in grid.values.ravel().tolist()
                    ]
                    if written
                    else [],
                    "marked": grid.marked,
                }
                for grid, exponent in zip(grids, exponents, strict=True)
            ],
            "note": _note(grids, exponents) if written else "",
            "label": label,
            "chosen": chosen,
            "pickable": on_pick is not None,
            "readout": readout.component_data(),
        },
        key=key,
        on_picked_change=picked,
    )


def short_number(value: float) -> str:
    """Return a number below 1,000 in two digits, three where they are whole, as 0.004 or 123."""
    size = abs(value)
    if size < 0.0005:
        return "0.000" if size else "0"
    digits = 0 if size >= 9.95 else 1 if size >= 0.995 else 2 if size >= 0.00995 else 3
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if digits else text
    return text.replace("-", "−")


def _common_exponent(values: np.ndarray) -> int:
    """Return the power of 1,000, as an exponent of 10, that all numbers of a table are given in."""
    largest = float(np.abs(values).max())
    if largest == 0 or 0.005 <= largest < 999.5:
        return 0
    return 3 * math.floor(math.log10(largest / 0.9995) / 3)


def _note(grids: Sequence[NumberGrid], exponents: Sequence[int]) -> str:
    """Return what numbers in the cells leave out: further digits, and powers of ten."""
    units = [
        f"{grid.title.partition(':')[0] or 'Numbers'} in units of {power_of_ten(exponent)}."
        for grid, exponent in zip(grids, exponents, strict=True)
        if exponent
    ]
    return " ".join(["The cells are rounded.", *units])
