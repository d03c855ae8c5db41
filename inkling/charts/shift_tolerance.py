"""Charts of the answers of networks to moved images."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from PIL import Image, ImageDraw, ImageFont

from inkling.charts.png import png_url
from inkling.charts.style import HIGHLIGHT, NEUTRAL, line_figure, line_trace

_CELL = 64  # pixels of a place on the board
_RIGHT, _WRONG, _UNSURE = (42, 109, 176), (179, 38, 30), (95, 105, 115)
"""Colours on which white can be read, also where they are mixed."""
_MIN_STRENGTH = 0.35  # so that an unsure answer has a colour


def accuracy_chart(names: Sequence[str], accuracies: Sequence[np.ndarray]) -> go.Figure:
    """Return the curves of accuracy, 0 to 1, on images moved by 0, 1, 2, ... pixels.

    Parameters
    ----------
    names : sequence of str
        Of two networks.
    accuracies : sequence of ndarray, (distances,)
    """
    traces = [
        line_trace(
            list(enumerate(100 * values)),
            name=name,
            line={"color": colour, "width": 2.5, "dash": dash},
            marker={"size": 7},
            hovertemplate="%{y:.1f}%",
        )
        for name, values, colour, dash in zip(
            names, accuracies, (HIGHLIGHT, NEUTRAL), ("solid", "dash"), strict=True
        )
    ]
    return line_figure(
        traces,
        {"title": "Moved by, pixels", "dtick": 1},
        {"title": "Accuracy, %", "range": [0, 102]},
        zoom=False,
    )


def answer_board(P: np.ndarray, right: int) -> str:
    """Return a picture of a network's answers to an image at each place.

    Parameters
    ----------
    P : ndarray, (rows, columns, 10)
        Its probabilities.
    right : int
        The digit that is right.

    Returns
    -------
    str
        A PNG as a data URL: each answer, on blue if it is right and on red if not, the deeper the
        surer.
    """
    rows, columns, _ = P.shape
    board = Image.new("RGBA", (columns * _CELL, rows * _CELL))  # the gaps are transparent
    draw = ImageDraw.Draw(board)
    font = ImageFont.load_default(0.6 * _CELL)
    for row, column in np.ndindex(rows, columns):
        answer = int(P[row, column].argmax())
        x, y = column * _CELL, row * _CELL
        draw.rectangle(
            (x, y, x + _CELL - 3, y + _CELL - 3),
            _colour(answer == right, float(P[row, column, answer])),
        )
        middle = x + _CELL / 2 - 1, y + _CELL / 2 - 1
        draw.text(middle, str(answer), "white", font, anchor="mm", stroke_width=1)
    return png_url(board)


def _colour(right: bool, probability: float) -> tuple[int, int, int]:
    full = np.array(_RIGHT if right else _WRONG)
    strength = _MIN_STRENGTH + (1 - _MIN_STRENGTH) * probability
    red, green, blue = (strength * full + (1 - strength) * np.array(_UNSURE)).round()
    return int(red), int(green), int(blue)
