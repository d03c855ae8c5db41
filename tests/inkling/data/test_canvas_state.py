"""Tests of the canvas states that a browser sends."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from digits.drawing import drawing_to_image
from digits.ink import LARGEST_SIDE
from inkling.data.canvas_state import parse_canvas_state
from inkling.data.pictures import read_picture

OBJECTS = {"objects": [{"type": "Path"}]}


def message(png: bytes) -> SimpleNamespace:
    """Return a canvas's message with a picture, as `st_canvas` returns it."""
    return SimpleNamespace(json_data=OBJECTS, image_bytes=png)


def picture(side: int) -> bytes:
    """Return a stroke on a transparent sheet as a PNG."""
    sheet, file = Image.new("RGBA", (side, side)), io.BytesIO()
    corners = [(side * 0.3, side * 0.3), (side * 0.7, side * 0.3), (side * 0.4, side * 0.8)]
    ImageDraw.Draw(sheet).line(corners, (28, 36, 48, 255), side // 16, joint="curve")
    sheet.save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("side", [330, 880])
def test_large_picture_is_reduced_and_gives_the_same_digit(side: int) -> None:
    png = picture(side)
    state = parse_canvas_state(message(png))
    assert state is not None
    assert state.objects == OBJECTS
    reduced = read_picture(state.png)
    assert max(reduced.shape) <= LARGEST_SIDE
    np.testing.assert_allclose(
        drawing_to_image(reduced).astype(int), drawing_to_image(read_picture(png)), atol=2
    )


def test_unchanged_objects_keep_the_last_state() -> None:
    state = parse_canvas_state(message(picture(880)))
    assert parse_canvas_state(message(b"not read at all"), state) is state


@pytest.mark.parametrize("png", [b"", picture(880)[:-40], picture(1_200)])
def test_damaged_or_too_large_picture_is_no_state(png: bytes) -> None:
    assert parse_canvas_state(message(png)) is None
