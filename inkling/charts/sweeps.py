"""Charts of many runs: the trials of a sweep in, Plotly figures out."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from inkling.charts.style import HEIGHT, HIGHLIGHT, LEGEND_ABOVE, NEUTRAL, TEXT_COLOURS
from inkling.runs.run import Run, RunInfo

EMPTY = "rgba(138, 149, 161, 0.12)"
_CELL = 46  # pixels a row


def accuracy_map(
    columns: Sequence[str],
    rows: Sequence[str],
    results: Mapping[int, RunInfo],
    titles: tuple[str, str],
    dark: bool = False,
) -> go.Figure:
    """Draw the validation accuracy of each trial, a cell each; those to come are empty.

    Parameters
    ----------
    columns, rows : sequence of str
        The values of the two settings; trial k is in row ``k // len(columns)``.
    results : mapping of int to RunInfo
        By trial, those that have ended.
    titles : (str, str)
        Names of the two settings.
    dark : bool
        Whether the page is.

    Returns
    -------
    ReportedValue
        A click on a cell tells its trial as the point's customdata.
    """
    accuracy = np.full(len(rows) * len(columns), np.nan)
    for trial, info in results.items():
        if info.validation_accuracy is not None:
            accuracy[trial] = 100 * info.validation_accuracy
    known = accuracy[~np.isnan(accuracy)]
    # Most differences are among the good ones: a share of errors is told apart by its logarithm.
    errors = np.log10(np.clip(100 - accuracy, 0.1, 100))
    y, x = np.divmod(np.arange(len(accuracy)), len(columns))
    figure = go.Figure()
    figure.add_heatmap(  # the ground of cells that are still to come
        z=np.zeros((len(rows), len(columns))),
        colorscale=[[0, EMPTY], [1, EMPTY]],
        showscale=False,
        xgap=2,
        ygap=2,
        hoverinfo="skip",
    )
    figure.add_heatmap(
        z=errors.reshape(len(rows), len(columns)),
        colorscale=[[0, HIGHLIGHT], [1, EMPTY]],
        zmin=np.log10(np.clip(100 - known.max(), 0.1, 100)) if known.size else 0,
        zmax=max(1.0, float(np.nanmax(errors))) if known.size else 2,
        showscale=False,
        xgap=2,
        ygap=2,
        hoverinfo="skip",
    )
    # Plotly tells of clicks on points, not of clicks on a heatmap.
    figure.add_scatter(
        x=x,
        y=y,
        text=["" if np.isnan(share) else f"{share:.1f}" for share in accuracy],
        customdata=np.arange(len(accuracy)),
        mode="markers+text",
        textfont={"size": 13, "color": TEXT_COLOURS[dark]},
        marker={"symbol": "square", "size": 30, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hovertext=[
            f"{titles[0]} {columns[column]}, {titles[1]} {rows[row]}"
            for row, column in zip(y, x, strict=True)
        ],
        hovertemplate="%{hovertext}: %{text}%<extra></extra>",
    )
    figure.update_layout(
        height=110 + _CELL * len(rows),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=False,
        hovermode="closest",
        hoverdistance=-1,
        dragmode=False,
    )
    axis = {
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        "fixedrange": True,
        "tickmode": "array",
    }
    figure.update_xaxes(
        title=titles[0],
        tickvals=list(range(len(columns))),
        ticktext=list(columns),
        range=[-0.5, len(columns) - 0.5],
        **axis,
    )
    figure.update_yaxes(
        title=titles[1],
        tickvals=list(range(len(rows))),
        ticktext=list(rows),
        range=[len(rows) - 0.5, -0.5],
        **axis,
    )
    return figure


def spread_chart(runs: Sequence[Run], epochs: float) -> go.Figure:
    """Draw the validation accuracy of runs with different seeds: each, their mean, their range.

    Parameters
    ----------
    runs : sequence of Run
        Of the same config but for the seed.
    epochs : float
        Where the axis ends.
    """
    figure = go.Figure()
    curves = [
        [100 * r.validation_accuracy for r in run.history if r.validation_accuracy is not None]
        for run in runs
    ]
    length = min(map(len, curves), default=0)  # a run that blew up ended early
    if length:
        x = [record.epoch for record in runs[0].history[:length]]
        values = np.array([curve[:length] for curve in curves])  # (runs, records)
        low, high, mean = values.min(axis=0), values.max(axis=0), values.mean(axis=0)
        figure.add_scatter(
            x=[*x, *x[::-1]],
            y=[*high, *low[::-1]],
            mode="lines",
            fill="toself",
            fillcolor="rgba(58, 143, 214, 0.18)",
            line={"width": 0},
            name="From the worst to the best",
            hoverinfo="skip",
        )
        for k, curve in enumerate(values):
            figure.add_scatter(
                x=x,
                y=curve,
                name="Each run",
                legendgroup="runs",
                showlegend=k == 0,
                mode="lines",
                line={"color": NEUTRAL, "width": 1},
                hoverinfo="skip",
            )
        figure.add_scatter(
            x=x,
            y=mean,
            customdata=np.stack([low, high], axis=1),
            name="Mean",
            mode="lines+markers",
            line={"color": HIGHLIGHT, "width": 3},
            hovertemplate="%{y:.2f}%, from %{customdata[0]:.2f}% to %{customdata[1]:.2f}%",
        )
    figure.update_layout(
        height=HEIGHT + 60,
        margin={"l": 8, "r": 8, "t": 32, "b": 8},
        legend=LEGEND_ABOVE,
        showlegend=True,
        hovermode="x unified",
    )
    figure.update_xaxes(title="Epoch", range=[0, epochs])
    figure.update_yaxes(title="Right answers, %", range=None if length else [0, 100])
    return figure
