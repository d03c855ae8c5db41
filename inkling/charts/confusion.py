"""A confusion matrix whose cells can be clicked."""

import numpy as np
import plotly.graph_objects as go

from inkling.charts.clickable_heatmap import clickable_heatmap
from inkling.charts.style import HIGHLIGHT, TEXT_COLOURS, red


def confusion_chart(
    counts: np.ndarray, true: int | None = None, answer: int | None = None, dark: bool = False
) -> go.Figure:
    """Return a confusion matrix whose cells can be clicked: x is the answer, y the true digit.

    Only mistakes are coloured, by the square root of their number: on a common scale with the right
    answers on the diagonal, a hundred times as many, they would all look alike.

    Parameters
    ----------
    counts : ndarray, (10, 10) int
        Row: the label. Column: the answer.
    true, answer : int, optional
        The row, the column or the cell to frame.
    dark : bool
        Whether the page is dark.
    """
    diagonal = np.eye(len(counts), dtype=bool)
    mistakes = np.where(diagonal, 0, counts)
    heatmap = {
        "z": np.sqrt(mistakes),
        # Never opaque, so that the counts stay legible
        "colorscale": [[0, red(0)], [1e-9, red(0.12)], [1, red(0.6)]],
        "zmin": 0,
        "zmax": max(1.0, float(np.sqrt(mistakes.max()))),
    }
    markers = {
        "text": [str(count) if count else "" for count in counts.ravel()],
        "customdata": counts.ravel(),
        "textfont": {"size": np.where(diagonal, 10, 13).ravel(), "color": TEXT_COLOURS[dark]},
        "hovertemplate": "True digit %{y}, network says %{x}: %{customdata:,}<extra></extra>",
    }
    return clickable_heatmap(
        [heatmap],
        markers,
        {"title": "Network says", "dtick": 1},
        {"title": "True digit", "dtick": 1},
        marker_size=26,
        height=420,
        shapes=_frame(true, answer, len(counts)),
    )


def _frame(true: int | None, answer: int | None, classes: int) -> list[dict[str, object]]:
    """Return the rectangle round a row, a column or a cell; nothing if none is chosen."""
    if true is None and answer is None:
        return []
    left, right = _cell_edges(answer, classes)
    top, bottom = _cell_edges(true, classes)
    line = {"color": HIGHLIGHT, "width": 3}
    return [{"type": "rect", "x0": left, "x1": right, "y0": top, "y1": bottom, "line": line}]


def _cell_edges(place: int | None, classes: int) -> tuple[float, float]:
    return (-0.5, classes - 0.5) if place is None else (place - 0.5, place + 0.5)
