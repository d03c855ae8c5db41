"""States of the canvas, as the browser sends them and as strokes are added to them."""

from typing import Any

import numpy as np
import pytest

from inkling.data.canvas_state import (
    CanvasState,
    add_stroke,
    parse_canvas_state,
    states_after,
)
from inkling.data.strokes import Stroke, to_canvas_object

LINE = to_canvas_object(Stroke(20, [(100, 100), (200, 100)]))


def test_valid_objects_are_a_state_with_a_picture() -> None:
    state = parse_canvas_state({"objects": [LINE], "background": ""})
    assert state is not None
    picture = state.draw()
    assert picture is not None
    assert picture[..., 3].max() == 255


def test_state_stays_the_same_where_its_strokes_do() -> None:
    last = CanvasState({"objects": [LINE]})
    assert parse_canvas_state({"objects": [LINE], "background": ""}, last) is last
    assert parse_canvas_state({"objects": []}) is None


@pytest.mark.parametrize(
    "objects",
    [None, 7, [], {}, {"objects": None}, {"objects": {"a": 1}}, {"objects": ["x" * 3 * 2**20]}],
    ids=lambda objects: f"{objects}"[:30],
)
def test_invalid_objects_are_no_state(objects: Any) -> None:
    assert parse_canvas_state(objects) is None


def test_stroke_is_added_to_a_state_and_the_state_before_is_kept() -> None:
    first = add_stroke(None, Stroke(20, [(100, 100), (200, 100)]))
    second = add_stroke(first, Stroke(20, [(200, 100), (150, 250)]))
    assert first.strokes == [LINE]
    assert second.strokes[:1] == [LINE]
    before, after = first.draw(), second.draw()
    assert before is not None
    assert after is not None
    assert np.all(after[..., 3] >= before[..., 3])
    assert after[..., 3].sum() > 1.5 * before[..., 3].sum()


def test_strokes_that_come_at_once_have_a_state_each() -> None:
    first = CanvasState({"objects": [LINE]})
    state = CanvasState({"objects": [LINE, LINE, LINE], "background": ""})
    for last, counts in ((None, [1, 2, 3]), (first, [2, 3]), (state, [3])):
        assert [len(each.strokes) for each in states_after(last, state, most=50)] == counts
    assert [len(each.strokes) for each in states_after(None, state, most=2)] == [2, 3]
    assert states_after(first, state, most=50)[-1] is state
