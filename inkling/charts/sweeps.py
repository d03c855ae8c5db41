"""Charts of many runs: a map of the trials of a sweep, the spread of runs with several seeds."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from inkling.charts.clickable_heatmap import clickable_heatmap
from inkling.charts.style import HEIGHT, HIGHLIGHT, NEUTRAL, TEXT_COLOURS, blue, line_figure
from inkling.runs.run import Run, RunInfo

_EMPTY = "rgba(138, 149, 161, 0.12)"
_ROW_HEIGHT = 46  # pixels


def accuracy_map(
    columns: Sequence[str],
    rows: Sequence[str],
    results: Mapping[int, RunInfo],
    titles: tuple[str, str],
    dark: bool = False,
) -> go.Figure:
    """Return a heatmap of the validation accuracy of each trial; trials without one are grey.

    Parameters
    ----------
    columns, rows : sequence of str
        Values of the two settings; trial k is in row ``k // len(columns)``.
    results : mapping of int to RunInfo
        By trial, those that have ended.
    titles : (str, str)
        Names of the two settings.
    dark : bool
        Whether the page is dark.

    Returns
    -------
    go.Figure
        A point that is selected by a click has its trial as customdata.
    """
    shape = len(rows), len(columns)
    accuracy = np.full(len(rows) * len(columns), np.nan)
    for trial, info in results.items():
        if info.validation_accuracy is not None:
            accuracy[trial] = 100 * info.validation_accuracy
    cells = [f"{titles[0]} {column}, {titles[1]} {row}" for row in rows for column in columns]
    gaps = {"xgap": 2, "ygap": 2}
    return clickable_heatmap(
        [
            {"z": np.zeros(shape), "colorscale": [[0, _EMPTY], [1, _EMPTY]], **gaps},
            {
                **_error_colours(accuracy.reshape(shape)),
                **gaps,
                "meta": accuracy.reshape(shape).round(2).tolist(),
            },
        ],
        {
            "text": ["" if np.isnan(share) else f"{share:.1f}" for share in accuracy],
            "customdata": np.arange(len(accuracy)),
            "textfont": {"size": 13, "color": TEXT_COLOURS[dark]},
            "hovertext": cells,
            "hovertemplate": "%{hovertext}: %{text}%<extra></extra>",
        },
        _category_axis(titles[0], columns),
        _category_axis(titles[1], rows),
        marker_size=30,
        height=110 + _ROW_HEIGHT * len(rows),
        meta={"x": list(columns), "y": list(rows)},
    )


def _error_colours(accuracy: np.ndarray) -> dict[str, Any]:
    """Return a heatmap of accuracies in percent, NaN where unknown, coloured by log10 of the error.

    The best trials differ most in the logarithm of their error rate.
    """
    errors = np.log10(np.clip(100 - accuracy, 0.1, 100))
    known = errors[~np.isnan(errors)]
    return {
        "z": errors,
        "colorscale": [[0, HIGHLIGHT], [1, _EMPTY]],
        "zmin": known.min() if known.size else 0,
        "zmax": max(1.0, float(known.max())) if known.size else 2,
    }


def _category_axis(title: str, values: Sequence[str]) -> dict[str, Any]:
    ticks = {"tickmode": "array", "tickvals": list(range(len(values))), "ticktext": list(values)}
    return {"title": title, **ticks}


def spread_chart(runs: Sequence[Run], epochs: float) -> go.Figure:
    """Return the validation accuracy curves of runs, their mean and the band between extremes.

    Parameters
    ----------
    runs : sequence of Run
        With one config except for the seed.
    epochs : float
        End of the axis.
    """
    curves = [
        [100 * r.validation_accuracy for r in run.history if r.validation_accuracy is not None]
        for run in runs
    ]
    length = min(map(len, curves), default=0)  # a run that diverged ended early
    traces = []
    if length:
        x = [record.epoch for record in runs[0].history[:length]]
        traces = _spread_traces(x, np.array([curve[:length] for curve in curves]))
    return line_figure(
        traces,
        {"title": "Epoch", "range": [0, epochs]},
        {"title": "Accuracy, %", "range": None if length else [0, 100]},
        height=HEIGHT + 60,
    )


def _spread_traces(x: list[float], values: np.ndarray) -> list[dict[str, Any]]:
    """Return the band, the curves and the mean of values (runs, records)."""
    low, high = values.min(axis=0), values.max(axis=0)
    band = {
        "type": "scatter",
        "x": [*x, *x[::-1]],
        "y": [*high, *low[::-1]],
        "mode": "lines",
        "fill": "toself",
        "fillcolor": blue(0.18),
        "line": {"width": 0},
        "name": "Lowest to highest",
        "hoverinfo": "skip",
    }
    curves = [
        {
            "type": "scatter",
            "x": x,
            "y": curve,
            "name": "Each run",
            "legendgroup": "runs",
            "showlegend": k == 0,
            "mode": "lines",
            "line": {"color": NEUTRAL, "width": 1},
            "hoverinfo": "skip",
        }
        for k, curve in enumerate(values)
    ]
    mean = {
        "type": "scatter",
        "x": x,
        "y": values.mean(axis=0),
        "customdata": np.stack([low, high], axis=1),
        "name": "Mean",
        "mode": "lines+markers",
        "line": {"color": HIGHLIGHT, "width": 3},
        "hovertemplate": "%{y:.2f}%, from %{customdata[0]:.2f}% to %{customdata[1]:.2f}%",
    }
    return [band, *curves, mean]
