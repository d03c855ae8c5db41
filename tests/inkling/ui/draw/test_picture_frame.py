"""The drawing of an uploaded picture with its frame."""

import numpy as np
import pytest

from inkling.ui.draw.picture_frame import WHOLE, framed_picture


@pytest.mark.parametrize(
    "shape", [(1, 2000), (1, 600), (1, 500), (3, 1600), (4, 2000), (600, 1), (900, 2), (1, 1)]
)
def test_picture_of_any_shape_has_an_area_on_the_page(shape: tuple[int, int]) -> None:
    drawn = framed_picture(np.full((*shape, 4), 255, np.uint8), WHOLE)
    assert min(drawn.size) >= 32
    assert max(drawn.size) == 600


@pytest.mark.parametrize("ink", [0, 255])
def test_ink_on_a_transparent_ground_is_visible(ink: int) -> None:
    rgba = np.zeros((60, 60, 4), np.uint8)
    rgba[10:50, 25:35] = (ink, ink, ink, 255)
    pixels = np.asarray(framed_picture(rgba, WHOLE), int)
    assert abs(pixels[300, 300] - pixels[300, 100]).min() > 100


def test_fully_transparent_picture_is_drawn() -> None:
    assert framed_picture(np.zeros((9, 9, 4), np.uint8), WHOLE).size == (600, 600)
