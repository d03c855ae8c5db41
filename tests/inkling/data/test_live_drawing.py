"""Live drawings: messages that no browser of ours sends are refused."""

from typing import Any

import pytest

from inkling.data.live_drawing import parse_live_drawing
from inkling.data.strokes import Stroke

MESSAGE = {
    "canvas": "canvas_3",
    "number": 7,
    "pen_down": True,
    "strokes": [[20, 165, 80, 165.5, 90], [12, 3, 4]],
}


def test_valid_message_is_read() -> None:
    drawing = parse_live_drawing(MESSAGE)
    assert drawing is not None
    assert drawing[:3] == ("canvas_3", 7, True)
    assert drawing.strokes == [Stroke(20, [(165, 80), (165.5, 90)]), Stroke(12, [(3, 4)])]


@pytest.mark.parametrize(
    "changed",
    [
        {"canvas": 3},
        {"number": -1},
        {"number": True},
        {"number": 2**60},
        {"number": "7"},
        {"pen_down": 1},
        {"strokes": None},
        {"strokes": [[20]]},
    ],
    ids=str,
)
def test_invalid_message_is_refused(changed: dict[str, Any]) -> None:
    assert parse_live_drawing({**MESSAGE, **changed}) is None


@pytest.mark.parametrize("message", [None, 3, "drawing", [MESSAGE], {}])
def test_message_of_another_shape_is_refused(message: Any) -> None:
    assert parse_live_drawing(message) is None
