"""Small tables of numbers side by side, such as a patch, a filter and their products.

A component: a cell under the pointer is framed in all tables at once, which a chart cannot do.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st

from inkling.ui.browser_events import get_key, parse_index
from inkling.ui.components.browser_component import browser_component
from inkling.ui.components.pixel_map import signed_image_url
from inkling.ui.components.readout import Readout

MAX_WRITTEN = 7  # rows or columns of a table whose numbers are written into its cells

_component = browser_component(
    __file__,
    "inkling_number_grids",
    '<div class="tables" role="group" tabindex="0"></div><output></output>',
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
                    "texts": [short_number(v) for v in grid.values.ravel()] if written else [],
                    "marked": grid.marked,
                }
                for grid in grids
            ],
            "label": label,
            "chosen": chosen,
            "pickable": on_pick is not None,
            "readout": readout.component_data(),
        },
        key=key,
        on_picked_change=picked,
    )


def short_number(value: float) -> str:
    """Return a number in two digits, small and large ones as 3e-4: mostly five characters."""
    size = abs(float(value))
    if size == 0:
        return "0"
    if 0.0096 <= size < 99.5:
        text = f"{value:.{2 if size >= 0.0995 else 1}g}"
    else:
        mantissa, _, exponent = f"{value:.0e}".partition("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")  # noqa: RUF001 - a minus sign, not a hyphen
