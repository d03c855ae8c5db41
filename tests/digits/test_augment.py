"""Random distortion of images, geometric and photometric."""

import numpy as np
import pytest

from digits.augment import AUGMENTATIONS, Distortion, PhotometricDistortion, augmentation


def spot(x: int = 14, y: int = 14) -> np.ndarray:
    """Return an image with one dot of ink, (1, 28, 28)."""
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, y, x] = 200
    return image


def bar(width: int = 4) -> np.ndarray:
    """Return 200 images with the same upright bar of full ink, (200, 28, 28)."""
    image = np.zeros((200, 28, 28), np.uint8)
    image[:, 4:24, 12 : 12 + width] = 255
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
    assert np.mean((images != result).any(axis=(1, 2))) > 0.5


def test_geometric_distortion_changes_every_image(rng: np.random.Generator) -> None:
    images = rng.integers(0, 256, (300, 28, 28), np.uint8)
    assert (AUGMENTATIONS["affine-elastic"](images, rng) != images).any(axis=(1, 2)).all()


@pytest.mark.parametrize("distort", [Distortion(), PhotometricDistortion(share=1)])
def test_identity_distortion_returns_equal_images(
    distort: Distortion | PhotometricDistortion, rng: np.random.Generator
) -> None:
    images = rng.integers(0, 256, (5, 28, 28), np.uint8)
    assert np.array_equal(distort(images, rng), images)


@pytest.mark.parametrize("name", list(AUGMENTATIONS))
def test_distortion_is_reproducible(name: str, rng: np.random.Generator) -> None:
    images = rng.integers(0, 256, (20, 28, 28), np.uint8)
    distort = AUGMENTATIONS[name]
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


def test_each_kind_of_photometric_change_applies_to_its_share(rng: np.random.Generator) -> None:
    images = bar().repeat(10, axis=0)
    one = PhotometricDistortion(share=0.3, noise=0.5)(images, rng)
    assert np.mean((one != images).any(axis=(1, 2))) == pytest.approx(0.3, abs=0.05)
    both = PhotometricDistortion(share=0.3, noise=0.5, veil=0.9)(images, rng)
    assert np.mean((both != images).any(axis=(1, 2))) == pytest.approx(1 - 0.7**2, abs=0.05)


def test_strokes_become_wider_or_narrower_by_up_to_a_pixel(rng: np.random.Generator) -> None:
    width = PhotometricDistortion(share=1, stroke_width=1)(bar(), rng)[:, 14].sum(axis=1) / 255
    assert 2 <= width.min() < 2.3
    assert 5.7 < width.max() <= 6
    assert np.mean(width > 4) == pytest.approx(0.5, abs=0.1)


def test_blur_softens_edges_and_preserves_ink(rng: np.random.Generator) -> None:
    blurred = PhotometricDistortion(share=1, blur=1.5)(bar(), rng)
    assert blurred.mean(axis=(1, 2)) == pytest.approx(bar().mean(axis=(1, 2)), rel=0.02)
    beside = blurred[:, 14, 11]  # a pixel away from the bar
    assert beside.min() < 10
    assert 60 < beside.max() < 110


def test_veil_takes_contrast_away_smoothly(rng: np.random.Generator) -> None:
    veiled = PhotometricDistortion(share=1, veil=0.8)(bar(), rng).astype(int)
    contrast = veiled[:, 14, 13] - veiled[:, 14, 9]
    assert 255 * 0.1 < contrast.min() < 255 * 0.35
    paper = np.concatenate([veiled[:, :, :11], veiled[:, ::-1, 17:][:, :, ::-1]])
    assert paper.max() > 100
    assert np.abs(np.diff(paper, axis=1)).max() < 25, "no edges on the paper"


def test_noise_differs_from_pixel_to_pixel(rng: np.random.Generator) -> None:
    grey = np.full((200, 28, 28), 128, np.uint8)
    noise = PhotometricDistortion(share=1, noise=0.2)(grey, rng).astype(int) - 128
    deviation = noise.std(axis=(1, 2)) / 255
    assert deviation.min() < 0.02
    assert 0.18 < deviation.max() < 0.21
    assert abs(np.corrcoef(noise[:, :, 1:].ravel(), noise[:, :, :-1].ravel())[0, 1]) < 0.02


def test_salt_and_pepper_sets_pixels_to_paper_or_ink(rng: np.random.Generator) -> None:
    grey = np.full((200, 28, 28), 128, np.uint8)
    result = PhotometricDistortion(share=1, salt_and_pepper=0.4)(grey, rng)
    assert set(np.unique(result)) == {0, 128, 255}
    changed = np.mean(result != grey, axis=(1, 2))
    assert 0.3 < changed.max() < 0.45
    assert np.mean(result == 0) == pytest.approx(np.mean(result == 255), abs=0.01)


def test_names() -> None:
    assert augmentation(None) is None
    assert augmentation("affine") is AUGMENTATIONS["affine"]
    with pytest.raises(ValueError, match="one of affine, elastic, affine-elastic, photometric"):
        augmentation("stretch")
