"""Drawing to image: normalised as MNIST is, independent of background, size, position and pen."""

import contextlib
import warnings
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from digits.builtin import draw_digits
from digits.drawing import (
    EmptyDrawing,
    crop_to_ink,
    darkness,
    drawing_stages,
    drawing_to_image,
    even_strokes,
    fit_to_box,
    place_by_mass,
    place_in_middle,
    resample,
    stroke_width,
)

Array = NDArray[np.float32]
RGBA = NDArray[np.uint8]

# Corners of a 2, a 5 and a 4 in a unit square, x to the right and y down.
TWO = [(0, 0.2), (0.25, 0), (0.6, 0.05), (0.65, 0.35), (0, 1), (0.75, 1)]
FIVE = [(0.7, 0), (0.1, 0), (0.05, 0.45), (0.5, 0.4), (0.7, 0.7), (0.45, 1), (0, 0.9)]
FOUR = [(0.4, 0), (0, 0.6), (0.8, 0.6), (0.55, 0.6), (0.55, 0.2), (0.55, 1)]
DIGITS = pytest.mark.parametrize("digit", [TWO, FIVE, FOUR], ids=["2", "5", "4"])

GROUNDS = ["white on black", "black on white", "black on transparent", "white on transparent"]


def pen(
    digit: list[tuple[float, float]],
    *,
    at: tuple[float, float] = (100, 70),
    size: float = 150,
    width: float = 16,
    shape: tuple[int, int] = (280, 280),
) -> Array:
    """Draw straight lines with a round pen; 0 paper .. 1 ink, soft at the edge."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    points = np.array(at) + size * np.array(digit)
    nearest = np.full(shape, np.inf)
    for start, end in pairwise(points):
        way = end - start
        along = ((x - start[0]) * way[0] + (y - start[1]) * way[1]) / max(way @ way, 1e-9)
        along = np.clip(along, 0, 1)
        distance = np.hypot(x - start[0] - along * way[0], y - start[1] - along * way[1])
        nearest = np.minimum(nearest, distance)
    return np.clip(width / 2 + 0.5 - nearest, 0, 1).astype(np.float32)


def on_ground(ink: Array, ground: str = "black on transparent") -> RGBA:
    grey = np.rint(255 * ink).astype(np.uint8)
    rgba = np.full((*ink.shape, 4), 255, np.uint8)
    if ground == "white on black":
        rgba[..., :3] = grey[..., None]
    elif ground == "black on white":
        rgba[..., :3] = 255 - grey[..., None]
    else:
        rgba[..., :3] = 0 if ground == "black on transparent" else 255
        rgba[..., 3] = grey
    return rgba


def photo(ink: Array, light: Array, *, paper: float = 0.9, pen: float = 0.2) -> RGBA:
    """Return a noisy photo of ink on paper in uneven light."""
    rng = np.random.default_rng(5)
    grey = 255 * light * (paper + (pen - paper) * ink)
    rgb = grey[..., None] + rng.normal(0, 4, (*ink.shape, 3))
    alpha = np.full((*ink.shape, 1), 255)
    return np.concatenate([np.clip(rgb, 0, 255), alpha], axis=2).astype(np.uint8)


def difference(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Return the least share of ink in which two images differ, over shifts by a pixel.

    Images are placed by whole pixels: a hair's breadth may decide between two places.
    """
    total = (a.sum(dtype=float) + b.sum(dtype=float)) / 2
    moved = [np.roll(a, (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    return float(min(np.abs(m.astype(float) - b).sum() for m in moved) / total)


def sides(image: NDArray[np.uint8]) -> list[int]:
    return [len(np.flatnonzero(image.any(axis))) for axis in (1, 0)]


def centre_of_mass(image: NDArray[np.uint8]) -> tuple[float, float]:
    index = np.arange(28)
    mass = image.sum(dtype=float)
    return float(image.sum(1) @ index / mass), float(image.sum(0) @ index / mass)


# The finished image


@DIGITS
def test_image_is_normalised_as_in_mnist(digit: list[tuple[float, float]]) -> None:
    image = drawing_to_image(on_ground(pen(digit)))
    assert image.shape == (28, 28)
    assert image.dtype == np.uint8
    assert image.max() > 250
    assert max(sides(image)) == 20
    assert centre_of_mass(image) == pytest.approx((14, 14), abs=0.51)
    assert 0.06 < image.mean() / 255 < 0.25


@DIGITS
@pytest.mark.parametrize("ground", GROUNDS)
def test_result_does_not_depend_on_background(
    digit: list[tuple[float, float]], ground: str
) -> None:
    ink = pen(digit)
    expected = drawing_to_image(on_ground(ink))
    assert difference(drawing_to_image(on_ground(ink, ground)), expected) < 0.01


def test_coloured_ink_on_coloured_background_is_detected() -> None:
    ink = pen(TWO)[..., None]
    rgb = 255 * (ink * [0.8, 0.1, 0.1] + (1 - ink) * [0.1, 0.1, 0.8])  # equally bright
    rgba = np.concatenate([rgb, np.full((280, 280, 1), 255)], axis=2).astype(np.uint8)
    assert difference(drawing_to_image(rgba), drawing_to_image(on_ground(pen(TWO)))) < 0.02


def test_faint_ink_is_scaled_to_full_intensity() -> None:
    ink = pen(TWO)
    assert difference(drawing_to_image(on_ground(0.3 * ink)), drawing_to_image(on_ground(ink))) < (
        0.05
    )


@DIGITS
def test_result_does_not_depend_on_position(digit: list[tuple[float, float]]) -> None:
    expected = drawing_to_image(on_ground(pen(digit, at=(100, 70))))
    moved = drawing_to_image(on_ground(pen(digit, at=(20, 110))))
    np.testing.assert_array_equal(moved, expected)


@DIGITS
@pytest.mark.parametrize("factor", [0.5, 1.7, 3])
def test_size_changes_result_little(digit: list[tuple[float, float]], factor: float) -> None:
    side = int(280 * factor)
    scaled = pen(
        digit,
        at=(100 * factor, 70 * factor),
        size=150 * factor,
        width=16 * factor,
        shape=(side, side),
    )
    expected = drawing_to_image(on_ground(pen(digit)))
    assert difference(drawing_to_image(on_ground(scaled)), expected) < 0.15


@DIGITS
@pytest.mark.parametrize("width", [3, 8, 24, 32])
def test_pen_width_changes_result_little(digit: list[tuple[float, float]], width: float) -> None:
    expected = on_ground(pen(digit))
    other = on_ground(pen(digit, width=width))
    evened = difference(drawing_to_image(other), drawing_to_image(expected))
    plain, plain_expected = (
        np.rint(255 * drawing_stages(rgba, even=False)["centred"]).astype(np.uint8)
        for rgba in (other, expected)
    )
    assert evened < 0.2
    assert evened < difference(plain, plain_expected)


def test_a_drawing_may_touch_the_border() -> None:
    ink = pen(FOUR, at=(0, 0), size=280, shape=(280, 230))
    for ground in GROUNDS:
        image = drawing_to_image(on_ground(ink, ground))
        assert max(sides(image)) == 20
        assert difference(image, drawing_to_image(on_ground(ink))) < 0.02


def test_a_dot_is_a_blob_in_the_middle() -> None:
    dot = pen([(0, 0), (0, 0)], at=(40, 200), width=16)
    image = drawing_to_image(on_ground(dot))
    assert sides(image) == [20, 20]
    assert image[14, 14] == 255
    assert image[4, 4] == 0


def test_a_single_pixel_is_a_drawing() -> None:
    rgba = np.zeros((280, 280, 4), np.uint8)
    rgba[7, 9, 3] = 255
    assert drawing_to_image(rgba)[14, 14] == 255


@pytest.mark.parametrize("ground", GROUNDS)
def test_a_vertical_line_stays_a_line(ground: str) -> None:
    image = drawing_to_image(on_ground(pen([(0, 0), (0, 1)]), ground))
    assert sides(image)[0] == 20
    assert sides(image)[1] <= 4
    assert image[10:18].max(axis=1).min() > 200


def test_a_line_of_one_pixel_becomes_a_stroke() -> None:
    rgba = np.zeros((330, 330, 4), np.uint8)
    rgba[17:300, 200, 3] = 255
    image = drawing_to_image(rgba)
    assert sides(image)[0] == 20
    assert image[10:18].sum(axis=1, dtype=int).mean() / 255 == pytest.approx(2.2, abs=0.4)


def test_small_speck_is_removed() -> None:
    ink = pen(TWO)
    slip = np.maximum(ink, pen([(0, 0), (0, 0)], at=(15, 265), width=16))
    assert difference(drawing_to_image(on_ground(slip)), drawing_to_image(on_ground(ink))) < 0.02


# Photos


@pytest.mark.parametrize(("paper", "colour"), [(0.9, 0.2), (0.2, 0.9)], ids=["paper", "slate"])
def test_uneven_light_changes_result_little(paper: float, colour: float) -> None:
    y, x = np.mgrid[-1:1:280j, -1:1:280j]
    light = (0.65 - 0.25 * x + 0.1 * y - 0.1 * x**2).astype(np.float32)
    ink = pen(FIVE)
    image = drawing_to_image(photo(ink, light, paper=paper, pen=colour))
    assert difference(image, drawing_to_image(on_ground(ink))) < 0.25


def test_a_shadow_is_not_ink() -> None:
    y, x = np.mgrid[-1:1:280j, -1:1:280j]
    light = (1 - 0.4 / (1 + np.exp(-8 * (x + y - 0.4)))).astype(np.float32)
    ink = pen(TWO)
    image = drawing_to_image(photo(ink, light))
    assert difference(image, drawing_to_image(on_ground(ink))) < 0.25


def test_a_photo_of_blank_paper_is_empty() -> None:
    blank = np.zeros((280, 280), np.float32)
    with pytest.raises(EmptyDrawing):
        drawing_to_image(photo(blank, np.ones_like(blank)))


def test_a_large_photo_is_reduced() -> None:
    ink = pen(TWO, at=(600, 300), size=1500, width=160, shape=(2400, 2000))
    image = drawing_to_image(photo(ink, np.full(ink.shape, 0.8, np.float32)))
    assert difference(image, drawing_to_image(on_ground(pen(TWO)))) < 0.25


# Refusals


@pytest.mark.parametrize(
    "colour", [(0, 0, 0, 0), (255, 255, 255, 0), (0, 0, 0, 255), (9, 8, 7, 255)]
)
def test_an_empty_drawing_is_refused(colour: tuple[int, ...]) -> None:
    with pytest.raises(EmptyDrawing, match="no ink"):
        drawing_to_image(np.full((280, 280, 4), colour, np.uint8))


def test_a_canvas_filled_to_the_last_pixel_is_empty() -> None:
    # Such ink cannot be distinguished from an opaque background.
    with pytest.raises(EmptyDrawing):
        drawing_to_image(on_ground(np.ones((280, 280), np.float32)))


@pytest.mark.parametrize("shape", [(0, 0, 4), (0, 5, 4), (5, 0, 4)])
def test_a_drawing_without_pixels_is_empty(shape: tuple[int, ...]) -> None:
    with pytest.raises(EmptyDrawing, match="no pixels"):
        drawing_to_image(np.zeros(shape, np.uint8))


@pytest.mark.parametrize(
    "rgba",
    [
        np.zeros((28, 28), np.uint8),
        np.zeros((28, 28, 3), np.uint8),
        np.zeros((1, 28, 28, 4), np.uint8),
        np.zeros((28, 28, 4), np.float32),
        np.zeros((28, 28, 4), np.int64),
        [[[0, 0, 0, 255]]],
    ],
)
def test_invalid_rgba_array_is_refused(rgba: RGBA) -> None:
    with pytest.raises(ValueError, match="A drawing") as raised:
        drawing_to_image(rgba)
    assert not isinstance(raised.value, EmptyDrawing)


CORNER = np.zeros((28, 28, 4), np.uint8)  # of the size of MNIST's images, with ink at a side only
CORNER[0, 0, 0] = 100


@example(CORNER)
@given(
    hnp.arrays(
        np.uint8,
        st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(4)),
        elements=st.sampled_from([0, 1, 100, 127, 128, 200, 254, 255]) | st.integers(0, 255),
    )
)
def test_any_picture_gives_an_image_or_is_empty(rgba: RGBA) -> None:
    before = rgba.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            image = drawing_to_image(rgba)
        except EmptyDrawing:
            return
        finally:
            np.testing.assert_array_equal(rgba, before)
    assert image.shape == (28, 28)
    assert image.dtype == np.uint8
    assert image.any()
    assert 0 < max(sides(image)) <= 20


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (700, 2), (60, 90), (401, 999)])
def test_noise_gives_an_image_or_is_empty(shape: tuple[int, int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    rgba = rng.integers(0, 256, (*shape, 4), np.uint8)
    rgba[..., 3] |= rng.choice(np.array([0, 255], np.uint8))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with contextlib.suppress(EmptyDrawing):
            assert drawing_to_image(rgba).any()


# The steps


def test_each_step_can_be_disabled() -> None:
    rgba = on_ground(pen(TWO, at=(150, 20), size=100))
    stages = drawing_stages(rgba)
    assert list(stages) == ["ink", "cropped", "evened", "boxed", "centred"]
    assert stages["ink"].shape == (280, 280)
    assert stages["cropped"].shape == (116, 91)
    assert stages["boxed"].shape == (20, 20)
    assert all(s.dtype == np.float32 and s.min() >= 0 and s.max() <= 1.001 for s in stages.values())

    whole = drawing_stages(rgba, crop=False, even=False, centre=False)
    assert whole["cropped"] is whole["ink"]
    assert whole["evened"] is whole["cropped"]
    squeezed = resample(whole["ink"], (20, 20))
    np.testing.assert_allclose(whole["centred"][4:24, 4:24], squeezed, atol=1e-6)

    for left_out in ("ink", "crop", "even", "scale", "centre"):
        speckled = rgba.copy()
        speckled[260:266, 5:11, 3] = 255
        image = drawing_stages(speckled, **{left_out: False})["centred"]
        assert image.shape == (28, 28)
        assert np.abs(image - stages["centred"]).max() > 0.1


@pytest.mark.parametrize("even", [True, False])
def test_without_scaling_a_digit_stays_as_large_as_it_was_drawn(even: bool) -> None:
    small = pen(TWO, at=(130, 20), size=100, width=22)
    stages = drawing_stages(on_ground(small), scale=False, even=even)
    drawn = np.array(crop_to_ink(small).shape) * 28 / 280
    np.testing.assert_allclose(stages["boxed"].shape, drawn, atol=2)
    y, x = np.indices((28, 28))
    image = stages["centred"]
    assert (image * y).sum() / image.sum() == pytest.approx(14, abs=0.6)
    assert (image * x).sum() / image.sum() == pytest.approx(14, abs=0.6)
    evened = stages["evened"]  # in proportion to the digit, as always
    share = stroke_width(evened) / max(crop_to_ink(evened).shape)
    assert share == pytest.approx(2.2 / 20 if even else 22 / 122, rel=0.15)


@pytest.mark.parametrize("negative", [False, True])
def test_picture_of_28_x_28_keeps_its_levels_of_grey_and_its_size(negative: bool) -> None:
    for digit in draw_digits(20, threads=1)[0]:
        light = 255 - digit if negative else digit
        rgba = np.dstack([light, light, light, np.full_like(light, 255)])
        image = drawing_to_image(rgba)
        assert np.corrcoef(image.ravel(), digit.ravel())[0, 1] > 0.97
        faint = (digit > 30) & (digit < 200)
        assert np.corrcoef(image[faint], digit[faint])[0, 1] > 0.9


def test_picture_of_28_x_28_is_centred() -> None:
    digits = draw_digits(20, threads=1)[0]
    digit = next(d for d in digits if not d[-3:].any() and not d[:, :3].any())
    moved = np.roll(digit, (3, -3), (0, 1))
    image = drawing_to_image(np.dstack([moved, moved, moved, np.full_like(moved, 255)]))
    assert np.corrcoef(image.ravel(), digit.ravel())[0, 1] > 0.97


def test_dark_stripes_at_the_sides_of_a_small_picture_are_not_its_paper() -> None:
    agreed = []
    for digit in draw_digits(20, threads=1)[0]:
        striped = digit.copy()
        striped[:, :7] = striped[:, 21:] = 255
        image = drawing_to_image(np.dstack([striped] * 3 + [np.full_like(striped, 255)]))
        agreed.append(np.corrcoef(image[:, 7:21].ravel(), striped[:, 7:21].ravel())[0, 1] > 0.95)
    assert np.mean(agreed) >= 0.8, "all but wide, bold digits"


def test_digit_keeps_its_position_when_only_downscaled() -> None:
    small = pen(TWO, at=(170, 20), size=80, width=16)
    left_out = dict.fromkeys(("crop", "even", "scale", "centre"), False)
    image = drawing_stages(on_ground(small), **left_out)["centred"]
    np.testing.assert_allclose(image, resample(small, (28, 28)), atol=0.05)
    centred = drawing_stages(on_ground(small), **left_out | {"centre": True})["centred"]
    shift = np.argwhere(centred > 0.05).min(axis=0) - np.argwhere(image > 0.05).min(axis=0)
    assert (shift[0] > 5, shift[1] < -3) == (True, True), "down and to the left"
    assert centred.sum() == pytest.approx(image.sum(), rel=0.05)


def test_picture_sized_digit_fits_without_scaling() -> None:
    ink = pen(FOUR, at=(0, 0), size=280, shape=(280, 230))
    for left_out in ({}, {"crop": False}, {"even": False}, {"centre": False}):
        image = drawing_stages(on_ground(ink), scale=False, **left_out)["centred"]
        assert max(sides(np.rint(255 * image).astype(np.uint8))) >= 26


def test_darkness_is_the_unprocessed_picture() -> None:
    ink = pen(TWO)
    np.testing.assert_allclose(darkness(on_ground(ink)), ink, atol=0.005)
    np.testing.assert_allclose(darkness(on_ground(ink, "black on white")), ink, atol=0.005)
    np.testing.assert_allclose(darkness(on_ground(ink, "white on black")), 1 - ink, atol=0.005)
    grey = np.full((30, 30, 4), 255, np.uint8)
    grey[..., :3] = 204
    np.testing.assert_allclose(darkness(grey), 0.2, atol=0.001)
    for empty in (on_ground(ink, "white on transparent"), np.zeros((9, 9, 4), np.uint8)):
        with pytest.raises(EmptyDrawing, match="nothing dark"):
            darkness(empty)


@pytest.mark.parametrize("width", [6, 10, 24])
def test_stroke_width_is_estimated(width: float) -> None:
    line = pen([(0, 0), (0, 1)], width=width)
    assert stroke_width(line) == pytest.approx(width, rel=0.15)


def test_box_of_any_size_is_centred() -> None:
    box = np.zeros((5, 9), np.float32)
    box[1, 7] = 1
    assert place_by_mass(box)[14, 14] == 1
    middle = place_in_middle(np.ones((6, 10), np.float32))
    assert middle[11:17, 9:19].all()
    assert middle.sum() == 60
    whole = np.zeros((28, 28), np.float32)
    whole[3, 20] = 1
    assert place_by_mass(whole)[3, 20] == 1, "there is no room to move in"


def test_ink_is_cropped_to_its_outline() -> None:
    ink = np.zeros((9, 8), np.float32)
    ink[2:5, 3] = 1
    ink[4, 3:6] = 1
    ink[0, 0] = 0.2  # fainter than half
    np.testing.assert_array_equal(crop_to_ink(ink), ink[2:5, 3:6])


@pytest.mark.parametrize("width", [3, 10, 15])
def test_strokes_get_the_requested_width(width: int) -> None:
    ink = np.zeros((80, 60), np.float32)
    ink[:, 20 : 20 + width] = 1
    evened = even_strokes(ink, width=2.2)
    height, stroke = crop_to_ink(evened).shape
    assert 20 * stroke / height == pytest.approx(2.2, abs=0.4)


def test_thinning_preserves_thin_strokes() -> None:
    ink = np.zeros((80, 80), np.float32)
    ink[:, :24] = 1
    ink[39:42] = 1  # a thin bar at right angles to the thick one
    evened = even_strokes(ink)
    assert crop_to_ink(evened).shape[1] > 70
    assert evened.max(axis=0)[8:81].min() > 0.9  # in one piece, up to its end


def test_ink_is_centred_in_its_box() -> None:
    box = fit_to_box(np.ones((60, 30), np.float32))
    expected = np.zeros((20, 20))
    expected[:, 5:15] = 1
    np.testing.assert_allclose(box, expected, atol=1e-5)


def test_resampling_preserves_total_ink() -> None:
    ink = np.random.default_rng(2).random((37, 53)).astype(np.float32)
    small = resample(ink, (20, 11))
    assert small.mean() == pytest.approx(ink.mean(), rel=1e-4)
    np.testing.assert_allclose(resample(ink, ink.shape), ink, atol=1e-5)


def test_the_centre_of_mass_moves_to_pixel_14() -> None:
    box = np.zeros((20, 20), np.float32)
    box[12, 7] = 1
    assert np.argwhere(place_by_mass(box)).tolist() == [[14, 14]]
    box[:] = 0
    box[0, 19] = 1  # as far as there is room
    assert np.argwhere(place_by_mass(box)).tolist() == [[8, 19]]
