"""The picture of many units' weights: every weight in its place, in its colour."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from inkling.charts.weight_images import GAP, SIDE, full_colour, strongest_units, weight_image

YES, NO, GREY = "#3a8fd6", "#e69f00", "#8a95a1"
BLUE, ORANGE = (0x3A, 0x8F, 0xD6), (0xE6, 0x9F, 0x00)
CELL = SIDE + GAP


def pixels(weights: np.ndarray, limit: float = 1.0, columns: int = 2) -> np.ndarray:
    """Return what is drawn, one pixel a weight, (height, width, 4) uint8."""
    url = weight_image(weights, limit, columns, yes=YES, no=NO, grey=GREY)
    head, data = url.split(",")
    assert head == "data:image/png;base64"
    picture = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA")
    width = columns * CELL - GAP
    assert picture.width % width == 0
    scale = picture.width // width
    enlarged = np.asarray(picture)
    small = enlarged[::scale, ::scale]
    assert np.array_equal(enlarged, small.repeat(scale, axis=0).repeat(scale, axis=1))
    return small


def test_each_weight_is_a_crisp_square_in_the_place_of_its_pixel_and_unit() -> None:
    weights = np.zeros((784, 3), np.float32)
    weights[5 * 28 + 7, 1] = 1  # row 5, column 7 of the second unit
    weights[27 * 28 + 27, 2] = -1
    drawn = pixels(weights)
    assert drawn.shape[:2] == (2 * CELL - GAP, 2 * CELL - GAP)
    full = {(int(y), int(x)) for y, x in np.argwhere(drawn[..., 3] == 255)}
    assert full == {(5, CELL + 7), (CELL + 27, 27)}
    assert tuple(drawn[5, CELL + 7, :3]) == BLUE
    assert tuple(drawn[CELL + 27, 27, :3]) == ORANGE


def test_weights_fade_to_the_same_faint_ground_and_gaps_are_clear() -> None:
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


def test_weights_beyond_the_limit_have_full_colour_and_those_that_are_no_numbers_are_grey() -> None:
    weights = np.zeros((784, 2), np.float32)
    weights[:4, 0] = 5, -5, np.nan, np.inf
    drawn = pixels(weights, limit=2)
    assert tuple(drawn[0, 0]) == (*BLUE, 255)
    assert tuple(drawn[0, 1]) == (*ORANGE, 255)
    assert tuple(drawn[0, 2]) == tuple(drawn[0, 3]) == (0x8A, 0x95, 0xA1, 255)


def test_twice_the_limit_makes_the_same_weights_paler() -> None:
    weights = np.full((784, 1), 0.5)
    strong, pale = pixels(weights, 1, 1), pixels(weights, 2, 1)
    assert (strong[..., 3] > pale[..., 3]).all()


def test_the_units_with_the_longest_outgoing_weights_come_first() -> None:
    outgoing = np.array([[0.1, 0.1], [3, -4], [0, 2], [np.nan, 0.5], [0, 2]])
    assert strongest_units(outgoing, 4).tolist() == [1, 2, 4, 3]
    assert strongest_units(outgoing, 9).tolist() == [1, 2, 4, 3, 0]


def test_units_that_grew_out_of_bounds_are_the_strongest() -> None:
    outgoing = np.array([[1, 1], [np.inf, 0], [3e38, 3e38]], np.float32)
    assert strongest_units(outgoing, 2).tolist() == [1, 2]


def test_full_colour_is_for_few_weights_when_they_are_largest(
    rng: np.random.Generator,
) -> None:
    early, late = rng.uniform(-1, 1, 10_000), rng.uniform(-2, 2, 10_000)
    limit = full_colour([early, late])
    assert np.mean(np.abs(late) > limit) == pytest.approx(0.015, abs=0.001)
    late[:20] = 1000
    assert full_colour([early, late]) == pytest.approx(limit, rel=0.01)


def test_a_run_that_blew_up_does_not_hide_what_was_before() -> None:
    calm, wild = np.full(100, 0.1), np.full(100, 1e4)
    assert full_colour([calm, calm, wild]) < 1
    assert full_colour([calm, calm, np.full(100, np.nan)]) == pytest.approx(0.1)


@pytest.mark.parametrize("weights", [np.zeros(10), np.full(10, np.nan)])
def test_full_colour_is_never_zero(weights: np.ndarray) -> None:
    assert full_colour([weights, weights]) > 0
