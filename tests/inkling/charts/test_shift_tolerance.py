"""Charts of shift tolerance: the curves, and the colours of the board of answers."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from inkling.charts.shift_tolerance import accuracy_chart, answer_board
from tests.inkling.charts.test_palette import linear


def test_accuracy_chart_has_a_curve_for_each_network_in_percent() -> None:
    chart = accuracy_chart(["a", "b"], [np.array([0.9, 0.5]), np.array([0.8, 0.2])])
    assert [trace.name for trace in chart.data] == ["a", "b"]
    assert list(chart.data[1].x) == [0, 1]
    assert list(chart.data[1].y) == pytest.approx([80, 20])
    assert len({trace.line.dash for trace in chart.data}) == 2


def test_board_is_blue_where_the_answer_is_right_and_red_where_not() -> None:
    P = np.full((2, 3, 10), 0.01)
    P[..., 4] = 0.9
    P[1, 2, 4], P[1, 2, 7] = 0.01, 0.9
    P[0, 1, 4] = 0.4  # right, but unsure
    data = answer_board(P, 4).split(",")[1]
    board = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")).astype(int)
    side = len(board) // 2
    sure, unsure, _, _, _, wrong = (
        board[row * side + 3, column * side + 3] for row in range(2) for column in range(3)
    )
    assert sure[2] > sure[0]
    assert wrong[0] > wrong[2]
    assert np.ptp(unsure) < np.ptp(sure)
    text = board[side : 2 * side, 2 * side : 3 * side].min(axis=2)
    assert text.max() > 200, "the answer is written on it"


@pytest.mark.parametrize("probability", [0.1, 0.3, 0.5, 0.7, 0.9, 1.0])
@pytest.mark.parametrize("right", [4, 5])
def test_white_answers_can_be_read_on_every_colour(right: int, probability: float) -> None:
    P = np.full((1, 1, 10), (1 - probability) / 9)
    P[..., 4] = probability + 1e-9
    data = answer_board(P, right).split(",")[1]
    board = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
    colour = "#{:02x}{:02x}{:02x}".format(*board.getpixel((3, 3)))  # type: ignore[misc]
    luminance = linear(colour) @ [0.2126, 0.7152, 0.0722]
    assert 1.05 / (luminance + 0.05) >= 4.5
