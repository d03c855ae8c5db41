"""Strokes: read from the browser's messages, made into objects of the canvas, and drawn."""

import math
from typing import Any

import numpy as np
import pytest

from inkling.data.strokes import CANVAS_SIDE, Stroke, draw_objects, parse_strokes, to_canvas_object

LINE = Stroke(20, [(100, 100), (150, 100), (200, 100)])


@pytest.mark.parametrize(
    "message",
    [
        None,
        {"strokes": []},
        [20, 1, 2],
        [[]],
        [[20]],
        [[20, 1]],
        [[20, 1, 2, 3]],
        [[0, 1, 2]],
        [[2.5, 1, 2]],
        [[True, 1, 2]],
        [[1_000, 1, 2]],
        [[20, "1", 2]],
        [[20, None, 2]],
        [[20, math.nan, 2]],
        [[20, math.inf, 2]],
        [[20, 10**400, 2]],
        [[20, *[1] * 30_000, 1, 1]],
        [[20, 1, 2]] * 5_000,
    ],
    ids=lambda message: f"{message}"[:40],
)
def test_invalid_strokes_are_refused(message: Any) -> None:
    assert parse_strokes(message) is None


def test_no_strokes_are_valid() -> None:
    assert parse_strokes([]) == []


def test_line_is_drawn_with_its_width_and_round_ends() -> None:
    alpha = draw_objects([to_canvas_object(LINE)], CANVAS_SIDE)[..., 3] / 255
    assert alpha.shape == (CANVAS_SIDE, CANVAS_SIDE)
    assert alpha[:, 150].sum() == pytest.approx(20, abs=1)
    assert alpha[100].sum() == pytest.approx(120, abs=1)
    assert alpha.sum() == pytest.approx(100 * 20 + math.pi * 100, rel=0.03)
    assert alpha[91:109, 101:199].min() == 1


def test_curve_passes_between_its_points_as_the_canvas_draws_it() -> None:
    corner = to_canvas_object(Stroke(4, [(100, 100), (200, 100), (200, 200)]))
    alpha = draw_objects([corner], CANVAS_SIDE)[..., 3]
    assert alpha[100, 150] == alpha[150, 200] == 255
    assert alpha[100, 200] == 0  # the corner is rounded


def test_point_is_a_dot_and_smaller_pictures_show_the_same() -> None:
    dot = to_canvas_object(Stroke(40, [(100, 200)]))
    small = draw_objects([dot], CANVAS_SIDE // 2)[..., 3] / 255
    assert small.sum() == pytest.approx(math.pi * 10**2, rel=0.05)
    assert np.argwhere(small > 0.5).mean(axis=0) == pytest.approx([100, 50], abs=1)


@pytest.mark.parametrize(
    "strange",
    [
        None,
        7,
        {},
        {"strokeWidth": 20, "path": []},
        {"strokeWidth": 20, "path": None},
        {"strokeWidth": 20, "path": [["M"]]},
        {"strokeWidth": 20, "path": [["M", "a", "b"]]},
        {"strokeWidth": 20, "path": [["M", math.nan, 1]]},
        {"strokeWidth": 1e9, "path": [["M", 1, 1]]},
        {"strokeWidth": -1, "path": [["M", 1, 1]]},
        {"strokeWidth": [20], "path": [["M", 1, 1]]},
    ],
    ids=str,
)
def test_objects_that_are_no_strokes_are_left_out(strange: Any) -> None:
    line = to_canvas_object(LINE)
    np.testing.assert_array_equal(draw_objects([strange, line], 99), draw_objects([line], 99))


def test_drawing_ends_where_there_are_too_many_points() -> None:
    endless = {"strokeWidth": 3, "path": [["L", 300, 300]] * 1_000_000}
    line = to_canvas_object(LINE)
    np.testing.assert_array_equal(draw_objects([line, endless], 99), draw_objects([line], 99))
