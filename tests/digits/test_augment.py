"""Random distortion of images."""

import numpy as np
import pytest

from digits.augment import AUGMENTATIONS, Distortion, augmentation


def spot(x: int = 14, y: int = 14) -> np.ndarray:
    """Return an image with one dot of ink, (1, 28, 28)."""
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, y, x] = 200
    return image


def centres(images: np.ndarray) -> np.ndarray:
    """Return the x and y of each image's centre of mass, (n, 2)."""
    weight = images / images.sum(axis=(1, 2), keepdims=True)
    return np.stack([weight.sum(axis=1) @ np.arange(28), weight.sum(axis=2) @ np.arange(28)], 1)


@pytest.mark.parametrize("name", list(AUGMENTATIONS))
def test_distortion_preserves_shape_dtype_and_input(name: str, rng: np.random.Generator) -> None:
    images = rng.integers(0, 256, (300, 28, 28), np.uint8)  # more than are distorted at once
    before = images.copy()
    result = AUGMENTATIONS[name](images, rng)
    assert result.shape == images.shape
    assert result.dtype == np.uint8
    assert np.array_equal(images, before)
    assert not any(np.array_equal(a, b) for a, b in zip(images, result, strict=True))


def test_identity_distortion_returns_equal_images(rng: np.random.Generator) -> None:
    images = rng.integers(0, 256, (5, 28, 28), np.uint8)
    assert np.array_equal(Distortion()(images, rng), images)


def test_distortion_is_reproducible(rng: np.random.Generator) -> None:
    images = rng.integers(0, 256, (20, 28, 28), np.uint8)
    distort = AUGMENTATIONS["affine-elastic"]
    first, same, other = (distort(images, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_empty_batch_is_accepted(rng: np.random.Generator) -> None:
    assert AUGMENTATIONS["elastic"](np.empty((0, 28, 28), np.uint8), rng).shape == (0, 28, 28)


def test_shift_is_independent_per_image_and_bounded(
    rng: np.random.Generator,
) -> None:
    moved = centres(Distortion(shift=3)(spot().repeat(200, axis=0), rng)) - 14
    assert np.abs(moved).max() <= 3.01
    assert np.abs(moved).max() > 2.5
    assert np.abs(moved.mean(axis=0)).max() < 0.5


def test_rotation_preserves_distance_from_centre(rng: np.random.Generator) -> None:
    around = centres(Distortion(rotation=30)(spot(22, 14).repeat(200, axis=0), rng)) - 13.5
    radius = np.hypot(*around.T)
    angle = np.degrees(np.arctan2(around[:, 1], around[:, 0]))
    assert np.abs(radius - np.hypot(8.5, 0.5)).max() < 0.5
    assert 25 < angle.max() < 36
    assert -30 < angle.min() < -20


def test_scaling_is_about_the_centre(rng: np.random.Generator) -> None:
    right = centres(Distortion(scale=0.2)(spot(23, 14).repeat(200, axis=0), rng))
    assert 1 < right[:, 0].std() < 2
    assert right[:, 1].std() < 0.2


def test_elastic_displacement_is_spatially_correlated(rng: np.random.Generator) -> None:
    dots = np.concatenate([spot(6, 6), spot(7, 7), spot(21, 21)])
    x = np.array(
        [centres(Distortion(bend=1)(dots, np.random.default_rng(k)))[:, 0] for k in range(9)]
    )
    assert x.std() > 0.5
    places = Distortion(bend=1)._places(4_000, rng)
    assert places.std(axis=1) == pytest.approx(np.ones((2, 28, 28)), abs=0.1)
    assert np.corrcoef(places[0, :, 6, 6], places[0, :, 7, 7])[0, 1] > 0.9
    assert abs(np.corrcoef(places[0, :, 6, 6], places[0, :, 21, 21])[0, 1]) < 0.1


def test_pixels_shifted_out_are_replaced_by_background(rng: np.random.Generator) -> None:
    full = np.full((50, 28, 28), 255, np.uint8)
    result = Distortion(shift=10)(full, rng)
    assert result.min() == 0
    assert result.max() == 255


def test_names() -> None:
    assert augmentation(None) is None
    assert augmentation("affine") is AUGMENTATIONS["affine"]
    with pytest.raises(ValueError, match="one of affine, elastic, affine-elastic or none"):
        augmentation("stretch")
