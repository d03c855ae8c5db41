"""Nearest images, compared with a brute-force search."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from data_loader import Dataset
from digits.neighbours import Neighbours


def distances_to_all(image: np.ndarray, images: np.ndarray) -> np.ndarray:
    differences = (images.astype(float) - image) / 255
    return np.asarray(np.sqrt((differences**2).sum(axis=(1, 2))))


@pytest.mark.parametrize("count", [1, 8, 600])
def test_neighbours_are_at_least_distance(tiny: Dataset, count: int) -> None:
    images = tiny.train.images
    neighbours = Neighbours(images)
    for image in (*tiny.test.images[:20], np.zeros((28, 28), np.uint8), images[17]):
        found, distances = neighbours.nearest(image, count)
        expected = distances_to_all(image, images)
        np.testing.assert_allclose(distances, np.sort(expected)[:count], rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(expected[found], distances, rtol=1e-4, atol=1e-4)
        assert len(np.unique(found)) == count


def test_identical_image_is_found_first(tiny: Dataset) -> None:
    found, distances = Neighbours(tiny.train.images).nearest(tiny.train.images[17], 3)
    assert found[0] == 17
    assert distances[0] == 0


def test_all_are_returned_where_there_are_fewer(tiny: Dataset) -> None:
    found, distances = Neighbours(tiny.train.images[:5]).nearest(tiny.train.images[0], 8)
    assert sorted(found) == [0, 1, 2, 3, 4]
    assert (np.diff(distances) >= 0).all()


@given(
    images=arrays(np.uint8, st.tuples(st.integers(1, 30), st.just(28), st.just(28))),
    image=arrays(np.uint8, (28, 28)),
)
def test_neighbours_of_arbitrary_images(images: np.ndarray, image: np.ndarray) -> None:
    _, distances = Neighbours(images).nearest(image, 4)
    expected = np.sort(distances_to_all(image, images))[:4]
    np.testing.assert_allclose(distances, expected, rtol=1e-4, atol=1e-4)
