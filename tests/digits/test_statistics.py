"""Statistics of images, compared with direct computations."""

import numpy as np
import pytest

from data_loader import Dataset
from digits import statistics


def test_counts_have_a_place_for_every_class() -> None:
    assert list(statistics.class_counts(np.array([3, 3, 9], np.uint8))) == [
        *(0, 0, 0, 2, 0, 0, 0, 0, 0, 1),
    ]


def test_the_mean_of_a_class_is_the_mean_of_its_images(tiny: Dataset) -> None:
    images, labels = tiny.train.images, tiny.train.labels
    means = statistics.class_means(images, labels)
    assert means.dtype == np.uint8
    np.testing.assert_allclose(means[4], images[labels == 4].mean(axis=0), atol=0.5)


def test_the_mean_of_a_class_without_images_is_blank() -> None:
    image = np.full((1, 28, 28), 9, np.uint8)
    means = statistics.class_means(image, np.array([2], np.uint8))
    assert means[2].all()
    assert not np.delete(means, 2, axis=0).any()


def test_ink_is_a_fraction_of_pixels() -> None:
    images = np.stack([np.zeros((28, 28), np.uint8), np.full((28, 28), 255, np.uint8)])
    assert list(statistics.ink(images)) == [0, 1]


def test_the_distance_to_the_class_mean(tiny: Dataset) -> None:
    images, labels = tiny.train.images[:50], tiny.train.labels[:50]
    distances = statistics.distances_to_class_mean(images, labels)
    mean = statistics.class_means(images, labels)[labels[7]]
    difference = (images[7].astype(float) - mean) / 255
    assert distances[7] == pytest.approx(np.sqrt((difference**2).sum()), rel=1e-5)


def test_the_principal_axes_are_those_of_the_singular_value_decomposition(tiny: Dataset) -> None:
    axes = statistics.principal_axes(tiny.train.images, 3)
    X = statistics.points(tiny.train.images)
    _, values, vectors = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(axes.shares, (values**2)[:3] / (values**2).sum(), rtol=1e-3)
    np.testing.assert_allclose(np.abs(np.sum(axes.axes * vectors[:3], axis=1)), 1, atol=1e-3)
    assert (axes.axes.max(axis=1) == np.abs(axes.axes).max(axis=1)).all()


def test_projections_are_centred_with_the_axes_variances(tiny: Dataset) -> None:
    axes = statistics.principal_axes(tiny.train.images, 2)
    coordinates = axes.project(tiny.train.images)
    np.testing.assert_allclose(coordinates.mean(axis=0), 0, atol=1e-4)
    variance = statistics.points(tiny.train.images).var(axis=0).sum()
    np.testing.assert_allclose(coordinates.var(axis=0), axes.shares * variance, rtol=1e-3)
