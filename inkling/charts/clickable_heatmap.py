"""A heatmap whose cells can be clicked."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from inkling.charts import style


def clickable_heatmap(
    layers: Sequence[Mapping[str, Any]],
    markers: Mapping[str, Any],
    x_axis: Mapping[str, Any],
    y_axis: Mapping[str, Any],
    *,
    marker_size: int,
    **options: Any,
) -> go.Figure:
    """Return a heatmap with text on its cells, the first row on top.

    Plotly reports clicks on points, not on heatmaps: an invisible marker lies on each cell.

    Parameters
    ----------
    layers : sequence of mapping
        Plotly heatmaps with the same shape of ``z``, the lowest first.
    markers : mapping
        Scatter attributes with one value for each cell, row by row: ``text``, ``customdata`` and
        what the pointer shows.
    x_axis, y_axis : mapping
        Of Plotly's layout.
    marker_size : int
        Pixels that react to the pointer around the middle of a cell.
    **options
        Of `style.figure`.
    """
    rows, columns = np.shape(layers[0]["z"])
    y, x = np.indices((rows, columns)).reshape(2, -1)
    invisible = {"marker": {"opacity": 0}}
    points = {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "markers+text",
        "selected": invisible,
        "unselected": invisible,
        "marker": {"symbol": "square", "size": marker_size, "opacity": 0},
        **markers,
    }
    axis = {"showgrid": False, "zeroline": False, "ticks": ""}
    return style.figure(
        [*({"type": "heatmap", "hoverinfo": "skip", **layer} for layer in layers), points],
        {"range": [-0.5, columns - 0.5], **axis, **x_axis},
        {"range": [rows - 0.5, -0.5], **axis, **y_axis},
        hoverdistance=-1,
        **options,
    )
