"""Ink told from paper, and from what else a picture shows."""

import numpy as np
import pytest
from numpy.typing import NDArray

from digits.builtin import draw_digits
from digits.ink import (
    EmptyDrawing,
    closed,
    connected_pieces,
    distance_to,
    ink_from_rgba,
    is_mnist_image,
    opened,
    shrink,
    sliding_maximum,
    two_levels,
    without_specks,
)
from tests.digits.test_drawing import FOUR, TWO, Array, on_ground, pen

GREY = np.full((280, 280), 0.5, np.float32)


def drawn(**options: object) -> Array:
    """A digit in the middle of a sheet."""
    return pen(TWO, **({"at": (90, 65), "size": 130, "width": 14} | options))  # type: ignore[arg-type]


def assert_same_ink(rgba: NDArray[np.uint8], expected: Array) -> None:
    found = ink_from_rgba(rgba)
    assert np.mean((found >= 0.5) != (expected >= 0.5)) < 0.002


@pytest.mark.parametrize("ground", ["white on black", "black on white"])
@pytest.mark.parametrize("wide", [1, 2, 12, 40])
@pytest.mark.parametrize("side", range(4))
def test_what_touches_the_border_is_not_ink_beside_a_digit(
    side: int, wide: int, ground: str
) -> None:
    sheet = drawn()
    np.rot90(sheet, side)[:wide] = 1
    assert_same_ink(on_ground(sheet, ground), drawn())


def test_table_is_not_ink_though_it_is_darker_than_a_pencil() -> None:
    sheet = 0.3 * drawn()
    sheet[:, :20] = 1
    assert_same_ink(on_ground(sheet, "black on white"), drawn())


def test_sheet_on_a_table_is_not_ink() -> None:
    scene = np.full((280, 280), 0.8, np.float32)
    scene[40:220, 60:215] = drawn()[40:220, 60:215]
    assert_same_ink(on_ground(scene, "black on white"), drawn())


def test_digit_that_alone_touches_the_border_is_ink() -> None:
    digit = drawn(at=(7, 65))
    assert_same_ink(on_ground(digit, "black on white"), digit)


@pytest.mark.parametrize("ground", ["white on black", "black on white"])
def test_box_around_a_digit_is_not_ink(ground: str) -> None:
    sheet = drawn()
    sheet[30:230, 50:53] = sheet[30:230, 220:223] = 1
    sheet[30:33, 50:223] = sheet[227:230, 50:223] = 1
    assert_same_ink(on_ground(sheet, ground), drawn())


def test_line_under_a_digit_is_not_ink() -> None:
    sheet = drawn()
    sheet[225:230, 60:230] = 1
    assert_same_ink(on_ground(sheet, "black on white"), drawn())


def test_wide_bar_above_a_stem_is_ink() -> None:
    seven = np.zeros((280, 280), np.float32)
    seven[60:72, 80:200] = 1
    seven[80:200, 150:162] = 1
    assert_same_ink(on_ground(seven, "black on white"), seven)


def test_squares_on_the_paper_are_not_ink_under_a_small_digit() -> None:
    small = pen(TWO, at=(120, 130), size=26, width=5)
    sheet = small.copy()
    sheet[::13] = np.maximum(sheet[::13], 0.3)
    sheet[:, ::13] = np.maximum(sheet[:, ::13], 0.3)
    assert_same_ink(on_ground(sheet, "black on white"), small)


def test_thick_digit_that_fills_the_picture_is_ink() -> None:
    digit = pen(TWO, at=(30, 30), size=190, width=50, shape=(250, 205))
    assert digit.mean() > 0.45
    assert_same_ink(on_ground(digit, "black on white"), digit)


# Transparency


@pytest.mark.parametrize("margin", [2, 9, 16, 40])
@pytest.mark.parametrize("beneath", [0, 255])
def test_transparent_surroundings_of_a_sheet_are_not_paper(margin: int, beneath: int) -> None:
    rgba = on_ground(drawn(), "black on white")
    outside = np.ones((280, 280), bool)
    outside[margin:-margin, margin:-margin] = False
    rgba[outside] = (beneath, beneath, beneath, 0)
    assert_same_ink(rgba, drawn())


@pytest.mark.parametrize("alpha", [40, 100, 200])
def test_sheet_may_be_transparent_everywhere(alpha: int) -> None:
    rgba = on_ground(drawn(), "black on white")
    rgba[..., 3] = alpha
    assert_same_ink(rgba, drawn())


def test_transparent_picture_without_a_margin_has_no_noise() -> None:
    bar = np.zeros((20, 6, 4), np.uint8)
    bar[..., 3] = [0, 120, 255, 255, 120, 0]
    assert (ink_from_rgba(bar)[:, 2:4] == 1).all()


def test_strokes_of_several_colours_on_transparent_ground_are_ink() -> None:
    rgba = on_ground(drawn())
    rgba[:140, :, 0] = 200
    assert_same_ink(rgba, drawn())


# Images of MNIST


@pytest.mark.parametrize("negative", [False, True])
def test_format_of_mnist_is_recognised(negative: bool) -> None:
    for digit in draw_digits(20, threads=1)[0]:
        grey = 255 - digit if negative else digit
        rgba = np.dstack([grey, grey, grey, np.full_like(grey, 255)])
        assert is_mnist_image(rgba)
        assert not is_mnist_image(np.pad(rgba, ((0, 1), (0, 0), (0, 0)), mode="edge"))


def test_other_pictures_of_28_x_28_do_not_have_the_format_of_mnist() -> None:
    tight = pen(FOUR, at=(4, 2), size=24, width=3, shape=(28, 28))
    assert not is_mnist_image(on_ground(tight, "black on white"))
    digit = pen(FOUR, at=(8, 6), size=16, width=2, shape=(28, 28))
    photo = on_ground(digit, "black on white")
    assert is_mnist_image(photo)
    shade = np.linspace(0.7, 1, 28)[:, None, None] * np.linspace(0.8, 1, 28)[:, None]
    photo[..., :3] = np.rint(photo[..., :3] * shade)
    assert not is_mnist_image(photo)


# The parts


def test_sliding_maximum_is_taken_within_the_picture() -> None:
    picture = np.random.default_rng(3).random((9, 14)).astype(np.float32)
    for side in (1, 3, 5, 11):
        half = side // 2
        expected = [
            [
                picture[max(i - half, 0) : i + half + 1, max(j - half, 0) : j + half + 1].max()
                for j in range(14)
            ]
            for i in range(9)
        ]
        np.testing.assert_array_equal(sliding_maximum(picture, side), expected)


def test_closing_fills_dark_lines_and_opening_removes_light_ones() -> None:
    picture = GREY.copy()
    picture[:, 100:110] = 0
    picture[:, 200:210] = 1
    np.testing.assert_array_equal(closed(picture, 21).min(), 0.5)
    np.testing.assert_array_equal(closed(picture, 21)[:, 200:210], 1)
    np.testing.assert_array_equal(opened(picture, 21).max(), 0.5)
    np.testing.assert_array_equal(closed(picture, 9)[:, 100:110], 0)


def test_pieces_are_numbered_by_size_with_their_boxes() -> None:
    mask = np.zeros((9, 9), bool)
    mask[0, 2:4] = mask[4:7, 5] = mask[7, 6] = mask[8, 0] = True
    pieces = connected_pieces(mask)
    assert pieces.size.tolist() == [4, 2, 1]
    assert pieces.boxes.tolist() == [[4, 7, 5, 6], [0, 0, 2, 3], [8, 8, 0, 0]]
    assert pieces.longer.tolist() == [4, 2, 1]
    assert pieces.on_border.tolist() == [False, True, True]
    assert [pieces.label[at] for at in ((5, 5), (7, 6), (0, 3), (8, 0), (1, 1))] == [0, 0, 1, 2, -1]


def test_ink_that_does_not_stand_out_from_the_noise_is_refused() -> None:
    noise = np.random.default_rng(0).normal(128, 20, (120, 90, 1))
    rgba = np.full((120, 90, 4), 255, np.uint8)
    rgba[..., :3] = np.clip(noise, 0, 255)
    with pytest.raises(EmptyDrawing, match="stands out from the paper"):
        ink_from_rgba(rgba)


def test_shrinking_averages_blocks() -> None:
    picture = np.arange(5 * 7 * 4, dtype=np.uint8).reshape(5, 7, 4)
    small = shrink(picture, side=4)
    assert small.shape == (3, 4, 4)
    np.testing.assert_allclose(small[1, 2], picture[2:4, 4:6].mean((0, 1)) / 255, rtol=1e-6)
    np.testing.assert_allclose(small[2, 3], picture[4, 6] / 255, rtol=1e-6)
    assert shrink(picture, side=7).shape == (5, 7, 4)


def test_two_levels_are_the_means_of_two_groups() -> None:
    values = np.array([0, 0.02, 0.04, 0.9, 1], np.float32)
    assert two_levels(values) == pytest.approx((0.02, 0.95), abs=0.005)
    assert two_levels(np.full((3, 3), 0.25, np.float32)) == (0.25, 0.25)


def test_specks_are_small_pieces() -> None:
    ink = np.zeros((12, 12), np.float32)
    np.fill_diagonal(ink[1:11, 1:11], 1)  # one piece: pixels that touch at a corner
    ink[1:3, 8] = 1  # a fifth of the largest piece
    ink[10, 2] = 1  # a tenth
    np.testing.assert_array_equal(without_specks(ink, share=0.1), ink)
    expected = ink.copy()
    expected[10, 2] = 0
    np.testing.assert_array_equal(without_specks(ink, share=0.15), expected)


def test_specks_of_equal_size_are_not_removed() -> None:
    ink = np.zeros((30, 30), np.float32)
    ink[5:25:3, 15] = 1
    np.testing.assert_array_equal(without_specks(ink), ink)


def test_distances_are_to_the_nearest_pixel() -> None:
    mask = np.random.default_rng(1).random((11, 17)) < 0.04
    mask[3, 5] = True
    y, x = np.mgrid[:11, :17]
    points = np.argwhere(mask)
    expected = np.min([np.hypot(y - i, x - j) for i, j in points], axis=0)
    np.testing.assert_allclose(distance_to(mask), expected, rtol=1e-6)


def test_ink_from_rgba_has_the_drawings_shape() -> None:
    ink = ink_from_rgba(on_ground(pen(TWO, shape=(300, 260)), "black on white"))
    assert ink.shape == (300, 260)
    assert ink.dtype == np.float32
    assert ink.max() == 1


def test_paper_between_a_small_thick_digit_and_the_border_is_not_ink() -> None:
    for digit, at in ((TWO, (12, 20)), (FOUR, (30, 190)), ([(0.0, 0.0), (0.0, 1.0)], (30, 200))):
        blob = pen(digit, at=at, size=42, width=28)
        assert_same_ink(on_ground(blob, "white on black"), blob)


def test_ink_of_one_strength_at_the_border_is_ink() -> None:
    rgba = np.full((100, 100, 4), 255, np.uint8)
    rgba[:70, 40:50, :3] = 0
    assert (ink_from_rgba(rgba)[:70, 40:50] == 1).all()
