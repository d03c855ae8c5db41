"""The corruptions of MNIST-C, and the accuracy that a benchmark measures with them."""

import numpy as np
import pytest

from benchmarks.corruptions import accuracies, prepared
from benchmarks.mnist_c import CORRUPTIONS, affine, canny_edges, corrupt, line_between, plasma
from digits.builtin import draw_digits
from nn import mlp


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return draw_digits(12, seed=3, threads=1)[0]


def difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the mean absolute difference of each image, in levels of grey."""
    return np.abs(one.astype(float) - other).mean(axis=(1, 2))


@pytest.mark.parametrize("name", list(CORRUPTIONS))
def test_corruption_changes_every_image(name: str, images: np.ndarray) -> None:
    before = images.copy()
    result = corrupt(name, images)
    assert result.shape == images.shape
    assert result.dtype == np.uint8
    assert np.array_equal(images, before)
    assert difference(result, images).min() > 1


@pytest.mark.parametrize("name", ["shot noise", "fog", "zigzag"])
def test_same_seed_repeats_corruption(name: str, images: np.ndarray) -> None:
    first, same, other = (corrupt(name, images[:2], seed) for seed in (1, 1, 2))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_there_are_fifteen() -> None:
    assert len(CORRUPTIONS) == 15


def test_shot_noise_leaves_paper_empty_and_counts_in_thirds(images: np.ndarray) -> None:
    result = corrupt("shot noise", images)
    assert set(np.unique(result)) == {0, 85, 170, 255}
    assert not result[images == 0].any()


def test_impulse_noise_hits_its_share(images: np.ndarray) -> None:
    result = corrupt("impulse noise", images)
    assert np.mean(result[images == 0] == 255) == pytest.approx(0.17 / 2, abs=0.01)


def test_blur_by_motion_is_wider_along_the_row() -> None:
    dot = np.zeros((300, 28, 28), np.uint8)
    dot[:, 14, 20] = 255
    rows, columns = corrupt("motion blur", dot).astype(float).sum(axis=0).nonzero()
    assert columns.min() < 14
    assert columns.max() == 20
    assert np.ptp(rows) <= 2 * (20 - columns.min()) + 1


def test_glass_blur_only_moves_ink_nearby(images: np.ndarray) -> None:
    result = corrupt("glass blur", images)
    assert result.mean() == pytest.approx(images.mean(), rel=0.05)


def test_affine_identity_returns_equal_images(images: np.ndarray) -> None:
    identity = np.eye(2)[..., None].repeat(len(images), axis=2)
    assert affine(images.astype(float), identity) == pytest.approx(images.astype(float))


def test_translation_moves_by_three_pixels(images: np.ndarray) -> None:
    dot = np.zeros((50, 28, 28), np.uint8)
    dot[:, 14, 14] = 255
    result = corrupt("translate", dot)
    assert {tuple(place) for place in np.argwhere(result)[:, 1:]} == {
        (row, column) for row in (11, 17) for column in (11, 17)
    }


def test_scaled_digits_have_about_half_the_ink(images: np.ndarray) -> None:
    share = corrupt("scale", images).mean() / images.mean()
    assert share == pytest.approx(0.7**2, rel=0.05)


def test_stripes_invert_the_columns_at_the_sides(images: np.ndarray) -> None:
    result = corrupt("stripe", images)
    assert np.array_equal(result[..., 7:21], images[..., 7:21])
    assert np.array_equal(result[..., :7], 255 - images[..., :7])


def test_plasma_covers_its_range_and_is_smooth() -> None:
    fractal = plasma(3, 1.4, np.random.default_rng(0))
    assert fractal.shape == (3, 256, 256)
    assert fractal.min(axis=(1, 2)) == pytest.approx(np.zeros(3))
    assert fractal.max(axis=(1, 2)) == pytest.approx(np.ones(3))
    assert np.corrcoef(fractal[:, 1:].ravel(), fractal[:, :-1].ravel())[0, 1] > 0.8


def test_fog_takes_three_quarters_of_the_contrast(images: np.ndarray) -> None:
    result = corrupt("fog", images).astype(float)
    slope = np.polyfit(images.ravel(), result.ravel(), 1)[0]
    assert slope == pytest.approx(0.25, abs=0.03)


def test_line_is_darkest_at_its_rows() -> None:
    line = line_between(np.array([3.0]), np.array([2.0]), np.array([23.0]), np.array([22.0]))[0]
    assert line[7, 8] == pytest.approx(1)
    assert line[5, 6] == pytest.approx(1)
    assert 0 < line[8, 8] < line[7, 8]
    assert not line[:, :3].any()
    assert not line[:, 23:].any()
    assert not line[12, 8]


def test_canny_finds_the_outline_of_a_square() -> None:
    square = np.zeros((1, 28, 28))
    square[0, 8:20, 8:20] = 1
    edges = canny_edges(square, np.random.default_rng(0))[0]
    assert not edges[11:17, 11:17].any()
    assert not edges[:6].any()
    assert edges[14].sum() == pytest.approx(2, abs=2)
    assert edges[14, 6:10].any()
    assert edges[14, 18:22].any()


def test_prepared_image_of_a_digit_is_placed_as_in_mnist(images: np.ndarray) -> None:
    moved = corrupt("translate", images)
    assert difference(prepared(moved[0])[None], prepared(images[0])[None])[0] < 5
    assert not prepared(np.zeros((28, 28), np.uint8)).any()


def test_image_without_ink_counts_as_wrong(images: np.ndarray) -> None:
    network = mlp((784, 10), "relu", "softmax", rng=np.random.default_rng(0))
    answers = network.predict_proba(images).argmax(axis=1)
    ready = images.copy()
    ready[:3] = 0
    expected = [100.0, 100 * (len(images) - 3) / len(images)]
    assert accuracies({"a": network}, images, ready, answers) == pytest.approx(expected)
