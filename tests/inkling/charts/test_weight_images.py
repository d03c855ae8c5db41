"""The image of the weights of many units: places and colours of the weights."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from inkling.charts.weight_images import (
    gap_between,
    opaque_weight,
    strongest_units,
    weight_image,
)

BLUE, ORANGE, GREY = (0x3A, 0x8F, 0xD6), (0xE6, 0x9F, 0x00), (0x8A, 0x95, 0xA1)
SIDE, GAP = 28, gap_between(28)
CELL = SIDE + GAP


def pixels(
    weights: np.ndarray, limit: float = 1.0, columns: int = 2, side: int = SIDE
) -> np.ndarray:
    """Return the image with one pixel for each weight, (height, width, 4) uint8."""
    url = weight_image(weights, limit, columns)
    head, data = url.split(",")
    assert head == "data:image/png;base64"
    picture = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA")
    width = columns * (side + gap_between(side)) - gap_between(side)
    assert picture.width % width == 0
    scale = picture.width // width
    enlarged = np.asarray(picture)
    small = enlarged[::scale, ::scale]
    assert np.array_equal(enlarged, small.repeat(scale, axis=0).repeat(scale, axis=1))
    return small


def test_each_weight_is_a_sharp_square_at_its_pixel_and_unit() -> None:
    weights = np.zeros((784, 3), np.float32)
    weights[5 * 28 + 7, 1] = 1  # row 5, column 7 of the second unit
    weights[27 * 28 + 27, 2] = -1
    drawn = pixels(weights)
    assert drawn.shape[:2] == (2 * CELL - GAP, 2 * CELL - GAP)
    full = {(int(y), int(x)) for y, x in np.argwhere(drawn[..., 3] == 255)}
    assert full == {(5, CELL + 7), (CELL + 27, 27)}
    assert tuple(drawn[5, CELL + 7, :3]) == BLUE
    assert tuple(drawn[CELL + 27, 27, :3]) == ORANGE


def test_filters_are_images_with_as_many_rows_as_they_have() -> None:
    filters = np.zeros((25, 2))
    filters[3 * 5 + 1, 1] = 1  # row 3, column 1 of the second
    drawn = pixels(filters, side=5)
    assert drawn.shape[:2] == (5, 11)
    assert np.argwhere(drawn[..., 3] == 255).tolist() == [[3, 6 + 1]]


def test_opacity_grows_with_the_weight_and_gaps_are_transparent() -> None:
    weights = np.zeros((784, 2))
    weights[:6, 0] = 0.2, 0.5, 0.9, -0.2, -0.5, -0.9
    drawn = pixels(weights)
    alpha = drawn[0, :7, 3].astype(int)
    ground = drawn[10, 10, 3]
    assert 0 < ground < 60
    assert ground < alpha[0] < alpha[1] < alpha[2] < 255
    assert (alpha[3:6] == alpha[:3]).all()
    assert alpha[6] == ground
    assert (drawn[:, SIDE : SIDE + GAP, 3] == 0).all()
    blue, orange = drawn[0, 2].astype(int), drawn[0, 5].astype(int)
    assert blue[2] > blue[0]
    assert orange[0] > orange[2]


def test_weights_beyond_the_limit_are_opaque_and_non_finite_ones_grey() -> None:
    weights = np.zeros((784, 2), np.float32)
    weights[:4, 0] = 5, -5, np.nan, np.inf
    drawn = pixels(weights, limit=2)
    assert tuple(drawn[0, 0]) == (*BLUE, 255)
    assert tuple(drawn[0, 1]) == (*ORANGE, 255)
    assert tuple(drawn[0, 2]) == tuple(drawn[0, 3]) == (*GREY, 255)


def test_a_larger_limit_lowers_the_opacity() -> None:
    weights = np.full((784, 1), 0.5)
    strong, pale = pixels(weights, 1, 1), pixels(weights, 2, 1)
    assert (strong[..., 3] > pale[..., 3]).all()


def test_strongest_units_are_sorted_by_norm_of_outgoing_weights() -> None:
    outgoing = np.array([[0.1, 0.1], [3, -4], [0, 2], [np.nan, 0.5], [0, 2]])
    assert strongest_units(outgoing, 4).tolist() == [1, 2, 4, 3]
    assert strongest_units(outgoing, 9).tolist() == [1, 2, 4, 3, 0]


def test_strongest_units_with_overflowing_norms_come_first() -> None:
    outgoing = np.array([[1, 1], [np.inf, 0], [3e38, 3e38]], np.float32)
    assert strongest_units(outgoing, 2).tolist() == [1, 2]


def test_opaque_weight_is_exceeded_by_a_small_share_and_ignores_outliers(
    rng: np.random.Generator,
) -> None:
    early, late = rng.uniform(-1, 1, 10_000), rng.uniform(-2, 2, 10_000)
    limit = opaque_weight([early, late])
    assert np.mean(np.abs(late) > limit) == pytest.approx(0.015, abs=0.001)
    late[:20] = 1000
    assert opaque_weight([early, late]) == pytest.approx(limit, rel=0.01)


def test_opaque_weight_is_limited_in_a_diverged_run() -> None:
    calm, wild = np.full(100, 0.1), np.full(100, 1e4)
    assert opaque_weight([calm, calm, wild]) < 1
    assert opaque_weight([calm, calm, np.full(100, np.nan)]) == pytest.approx(0.1)


@pytest.mark.parametrize("weights", [np.zeros(10), np.full(10, np.nan)])
def test_opaque_weight_is_positive(weights: np.ndarray) -> None:
    assert opaque_weight([weights, weights]) > 0
