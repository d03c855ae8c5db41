"""A confusion matrix that is animated through the snapshots of a run.

A component instead of a Plotly chart: Streamlit mounts a chart anew at every change, which blinks
in an animation. This one updates its cells in place.
"""

import numpy as np

from inkling.charts import style
from inkling.ui.components.browser_component import browser_component

_MIN_OPACITY, _MAX_OPACITY = 0.12, 0.6  # never opaque, so that the counts stay legible

_component = browser_component(
    __file__,
    "inkling_confusion_matrix",
    "<table><thead><tr><td></td></tr></thead><tbody></tbody></table>",
)


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
