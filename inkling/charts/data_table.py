"""The data of a chart as a table, for those who cannot see it, or want its numbers.

A table is read from the figure itself. Where a figure draws something else than what it shows, such
as a square root or a place in a list, its ``meta`` has what is meant: `TableMeta` that of the
layout, a sequence of values that of a trace.
"""

import html
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

import numpy as np
import plotly.graph_objects as go

from inkling.charts.number_format import format_number

Table = dict[str, list[str]]
"""Columns of a table by their titles."""


class TableMeta(TypedDict, total=False):
    """What a layout says about its table.

    Attributes
    ----------
    titles : (str, str)
        Of what x and y are, where the axes have none.
    x, y : sequence of str
        Names of the places 0, 1, ... on an axis.
    """

    titles: tuple[str, str]
    x: Sequence[str]
    y: Sequence[str]


def data_table(figure: go.Figure) -> Table:
    """Return the data of a chart: a heatmap cell by cell, curves and bars with a column for each.

    Points of which several have the same x get a row each.
    """
    heatmaps = [trace for trace in figure.data if trace.type == "heatmap"]
    if heatmaps:
        return _heatmap_table(figure, heatmaps[-1])
    traces = [trace for trace in figure.data if getattr(trace, "fill", None) is None]
    if any(len(set(xs)) < len(xs) for xs, _ in map(_points, traces)):
        return _table_of_points(figure, traces)
    return _table_of_series(figure, traces)


def _heatmap_table(figure: go.Figure, heatmap: Any) -> Table:
    values = np.array(heatmap.z if heatmap.meta is None else heatmap.meta)
    x_title, y_title = _titles(figure)
    rows, columns = (
        _names(figure, axis, range(count) if given is None else given)
        for axis, given, count in zip("yx", (heatmap.y, heatmap.x), values.shape, strict=True)
    )
    table = {y_title: rows} if any(rows) else {}
    for name, column in zip(columns, values.T, strict=True):
        table[f"{x_title} {name}".strip()] = list(map(_cell, column))
    return table


def _table_of_series(figure: go.Figure, traces: Sequence[Any]) -> Table:
    x_title, y_title = _titles(figure)
    series = [dict(zip(*_points(trace), strict=True)) for trace in traces]
    places = list(dict.fromkeys(x for points in series for x in points))
    if not any(isinstance(x, str) for x in places):
        places.sort()
    table = {x_title: _names(figure, "x", places)}
    for trace, points in zip(traces, series, strict=True):
        title = _unused(trace.name or y_title, table)
        table[title] = [_cell(points.get(x)) for x in places]
    return table


def _table_of_points(figure: go.Figure, traces: Sequence[Any]) -> Table:
    x_title, y_title = _titles(figure)
    table: Table = {"": [], x_title: [], y_title: []}
    for trace in traces:
        xs, ys = _points(trace)
        labels = [trace.name or ""] * len(xs) if trace.hovertext is None else trace.hovertext
        for column, values in zip(table.values(), (labels, xs, ys), strict=True):
            column.extend(map(_cell, values))
    if not any(table[""]):
        del table[""]
    return {title or "Name": column for title, column in table.items()}


def _points(trace: Any) -> tuple[list[Any], list[Any]]:
    """Return the places of a trace's points along its axis, and their values."""
    xs, ys = (trace.y, trace.x) if trace.orientation == "h" else (trace.x, trace.y)
    if trace.meta is not None:
        ys = trace.meta
    return ([] if xs is None else list(xs)), ([] if ys is None else list(ys))


def _titles(figure: go.Figure) -> tuple[str, str]:
    titles: tuple[str, str] = _meta(figure).get(
        "titles", (figure.layout.xaxis.title.text or "", figure.layout.yaxis.title.text or "")
    )
    return titles


def _names(figure: go.Figure, axis: str, places: Iterable[Any]) -> list[str]:
    """Return what places on an axis are called."""
    names = _meta(figure).get(axis)
    return [_cell(place if names is None else names[int(place)]) for place in places]


def _meta(figure: go.Figure) -> Mapping[str, Any]:
    meta: Mapping[str, Any] = figure.layout.meta or {}
    return meta


def _unused(title: str, table: Table) -> str:
    """Return a title, with a number if the table has it already."""
    title = html.unescape(title)  # Plotly reads some HTML
    number, found = 1, title
    while found in table:
        number += 1
        found = f"{title} {number}"
    return found


def _cell(value: Any) -> str:
    """Return a value as text; nothing if it is missing."""
    if value is None:
        return ""
    if isinstance(value, str):
        return html.unescape(value)
    if math.isnan(value):
        return ""
    if float(value).is_integer():
        return f"{value:,.0f}".replace("-", "−")
    return format_number(value)
