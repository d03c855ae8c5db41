"""Arrays in, Plotly figures out. The one palette of the app is here too.

The colours are chosen from Okabe and Ito's set, which people with any kind of colour vision can
tell apart, on white and on black; where a colour says right or wrong, a word or sign says it too.
"""

from collections.abc import Callable, Sequence

import numpy as np
import plotly.graph_objects as go

from nn import TrainRecord

TRAINING = "#3a8fd6"
VALIDATION = "#e69f00"
TEST = "#cc79a7"
CHOSEN = "#3a8fd6"
QUIET = "#9aa5b1"

HEIGHT = 300
_POINTS = 400  # a curve that is drawn; more are not seen, but have to be sent

CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"]}
"""For `st.plotly_chart(config=...)`."""


def cost_chart(history: Sequence[TrainRecord], epochs: int) -> go.Figure:
    """Draw the cost on training and validation images against the epochs.

    Parameters
    ----------
    history : sequence of TrainRecord
    epochs : int
        The whole run's, so that the axis stands still while the curves grow.
    """
    figure = _curves(
        history,
        epochs,
        [
            ("Training", TRAINING, lambda record: record.train_loss),
            ("Validation", VALIDATION, lambda record: record.validation_loss),
        ],
    )
    figure.update_yaxes(title="Cost", range=None if history else [0, 2.5], rangemode="tozero")
    return figure


def accuracy_chart(history: Sequence[TrainRecord], epochs: int) -> go.Figure:
    """Draw the share of right answers, in percent, against the epochs; arguments as `cost_chart`.

    The test images appear only where a historical run reports them all along.
    """
    tested = [record for record in history if record.test_accuracy is not None]
    curves: list[_Curve] = [
        ("Training", TRAINING, lambda record: _in_percent(record.train_accuracy)),
        ("Validation", VALIDATION, lambda record: _in_percent(record.validation_accuracy)),
    ]
    if len(tested) > 1:
        curves.append(("Test", TEST, lambda record: _in_percent(record.test_accuracy)))
    figure = _curves(history, epochs, curves)
    figure.update_yaxes(
        title="Right answers, %",
        range=None if history else [0, 100],
        autorangeoptions={"include": 100, "clipmax": 100},
    )
    return figure


def percent(share: float) -> str:
    """Return a probability in whole percent; never 100% of what is less."""
    return "over 99%" if 0.995 <= share < 1 else f"{share:.0%}"


_Curve = tuple[str, str, Callable[[TrainRecord], float | None]]


def _curves(history: Sequence[TrainRecord], epochs: int, curves: list[_Curve]) -> go.Figure:
    figure = go.Figure()
    for name, colour, value in curves:
        points = _thin([(r.epoch, y) for r in history if (y := value(r)) is not None])
        figure.add_scatter(
            x=[x for x, _ in points],
            y=[y for _, y in points],
            name=name,
            mode="lines+markers" if len(points) < 40 else "lines",
            line={"color": colour, "width": 2.5, "dash": "dot" if name == "Training" else "solid"},
            marker={"size": 5},
            cliponaxis=False,
            hovertemplate="%{y:.4g}",
        )
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 32, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        showlegend=True,
        hovermode="x unified",
        dragmode="zoom",
    )
    figure.update_xaxes(title="Epoch", range=[0, epochs], rangemode="nonnegative")
    return figure


def _thin(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return at most so many of the points as a curve needs, the first and last among them."""
    if len(points) <= _POINTS:
        return points
    return [points[k] for k in np.linspace(0, len(points) - 1, _POINTS).round().astype(int)]


def _in_percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
