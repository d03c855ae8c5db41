"""A confusion matrix: animated through the snapshots of a run, or with cells to click.

A component instead of a Plotly chart: Streamlit mounts a chart anew at every change, which blinks
in an animation. This one updates its cells in place.
"""

from collections.abc import Callable

import numpy as np
import streamlit as st

from inkling.charts import style
from inkling.ui.browser_events import get_key, parse_index
from inkling.ui.components.browser_component import browser_component

_MIN_OPACITY, _MAX_OPACITY = 0.12, 0.6  # never opaque, so that the counts stay legible

_component = browser_component(
    __file__,
    "inkling_confusion_matrix",
    "<table><thead><tr><td></td></tr></thead><tbody></tbody></table>",
)

Cell = tuple[int | None, int | None]
"""Label and answer of a cell; a row or a column has None for the other one."""


def confusion_grid(counts: np.ndarray, *, label: str, key: str) -> None:
    """Draw a confusion matrix whose colours are comparable between snapshots.

    Right answers are blue, by their share of a digit's images; mistakes are red, by the square
    root of that share, because they are few.

    Parameters
    ----------
    counts : ndarray, (10, 10) int
        Row: the label. Column: the answer.
    label : str
        Accessible name of the matrix.
    key : str
        Of the component.
    """
    _component(
        data={
            "label": label,
            "counts": counts.tolist(),
            "colours": cell_colours(counts),
        },
        key=key,
    )


def confusion_filter(
    counts: np.ndarray, chosen: Cell, *, label: str, key: str, on_pick: Callable[[Cell], None]
) -> None:
    """Draw a confusion matrix whose cells choose mistakes.

    Only mistakes are coloured, by the square root of their number: on a common scale with the right
    answers, a hundred times as many, they would all look alike.

    Parameters
    ----------
    counts : ndarray, (10, 10) int
        Row: the label. Column: the answer.
    chosen : (int or None, int or None)
        The framed cell, row or column.
    label : str
        Accessible name of the matrix.
    key : str
        Of the component.
    on_pick : callable
        Called with the new choice before the script runs again: a cell, a row for a cell on the
        diagonal, or (None, None) for what was chosen before.
    """

    def picked() -> None:
        place = parse_index(get_key(st.session_state[key], "picked"), counts.size)
        if place is not None:
            digit, answer = divmod(place, len(counts))
            cell = (digit, None if answer == digit else answer)
            on_pick((None, None) if cell == chosen else cell)

    _component(
        data={
            "label": label,
            "counts": counts.tolist(),
            "colours": mistake_colours(counts),
            "chosen": chosen,
        },
        key=key,
        on_picked_change=picked,
    )


def mistake_colours(counts: np.ndarray) -> list[list[str]]:
    """Return the colour of each cell as CSS, compared with the most frequent mistake.

    Parameters
    ----------
    counts : ndarray, (10, 10) int
        As in `confusion_filter`.
    """
    mistakes = np.where(np.eye(len(counts), dtype=bool), 0, counts)
    strengths = np.sqrt(mistakes / max(1, mistakes.max()))
    opacities = np.where(mistakes > 0, _MIN_OPACITY + (_MAX_OPACITY - _MIN_OPACITY) * strengths, 0)
    return [[style.red(round(opacity, 3)) for opacity in row] for row in opacities.tolist()]


def cell_colours(counts: np.ndarray) -> list[list[str]]:
    """Return the colour of each cell as CSS; empty cells are transparent.

    Parameters
    ----------
    counts : ndarray, (10, 10) int
        As in `confusion_grid`.
    """
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    right = np.eye(len(counts), dtype=bool)
    strengths = np.where(right, shares, np.sqrt(shares))
    opacities = np.where(counts > 0, _MIN_OPACITY + (_MAX_OPACITY - _MIN_OPACITY) * strengths, 0)
    return [
        [
            f"{style.POSITIVE}{round(255 * opacity):02x}"
            if label == answer
            else style.red(round(opacity, 3))
            for answer, opacity in enumerate(row)
        ]
        for label, row in enumerate(opacities)
    ]
