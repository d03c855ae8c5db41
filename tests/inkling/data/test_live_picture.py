"""Live pictures of the canvas: messages that no browser of ours sends are refused."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inkling.data.live_picture import MAX_SIDE, parse_live_picture


def url(rgba: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(rgba).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


INK = np.zeros((165, 165, 4), np.uint8)
INK[40:120, 80:95] = 255
MESSAGE = {"canvas": "canvas_3", "number": 7, "pen_down": True, "picture": url(INK)}


def test_valid_message_is_decoded() -> None:
    picture = parse_live_picture(MESSAGE)
    assert picture is not None
    assert picture[:3] == ("canvas_3", 7, True)
    np.testing.assert_array_equal(picture.rgba, INK)


@pytest.mark.parametrize(
    "changed",
    [
        {"canvas": 3},
        {"number": -1},
        {"number": True},
        {"number": 2**60},
        {"number": "7"},
        {"pen_down": 1},
        {"picture": None},
        {"picture": "data:image/png;base64,"},
        {"picture": "data:image/png;base64,not base64!"},
        {"picture": url(INK).replace("image/png", "image/jpeg")},
        {"picture": url(INK)[:200]},
        {"picture": url(np.zeros((MAX_SIDE, MAX_SIDE + 1, 4), np.uint8))},
        {"picture": url(np.random.default_rng(1).integers(0, 256, (165, 165, 4), np.uint8))},
    ],
    ids=lambda changed: f"{changed}"[:60],
)
def test_invalid_message_is_refused(changed: dict[str, Any]) -> None:
    assert parse_live_picture({**MESSAGE, **changed}) is None


@pytest.mark.parametrize("message", [None, 3, "picture", [MESSAGE], {}])
def test_message_of_another_shape_is_refused(message: Any) -> None:
    assert parse_live_picture(message) is None
