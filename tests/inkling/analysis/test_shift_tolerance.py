"""Shift tolerance: moved images, and the accuracy of networks on them."""

import numpy as np

from data_loader import Dataset, Split
from inkling.analysis.shift_tolerance import (
    accuracy_by_distance,
    affordable_images,
    probabilities_by_shift,
    shift,
)
from nn import Network, cnn, mlp


def test_moved_image_has_paper_where_nothing_was(rng: np.random.Generator) -> None:
    image = rng.integers(1, 256, (28, 28), np.uint8)
    moved = shift(image, 3, -2)
    assert np.array_equal(moved[3:, :26], image[:25, 2:])
    assert not moved[:3].any()
    assert not moved[:, 26:].any()
    assert np.array_equal(shift(image, 0, 0), image)


def test_many_images_are_moved_alike(rng: np.random.Generator) -> None:
    images = rng.integers(0, 256, (5, 28, 28), np.uint8)
    assert np.array_equal(shift(images, -4, 1)[3], shift(images[3], -4, 1))


def test_probabilities_by_shift_are_those_of_the_moved_images(tiny: Dataset) -> None:
    network = cnn((3,), (784, 10))
    image = tiny.test.images[4]
    P = probabilities_by_shift(network, image)
    assert P.shape == (9, 9, 10)
    for down, right in ((0, 0), (-4, 4), (2, -1)):
        moved = shift(image, down, right)[None]
        assert np.allclose(P[down + 4, right + 4], network.predict_proba(moved)[0], atol=1e-6)


def top_half_reader() -> Network:
    """A network that says 0 if there is ink in the upper half, and 1 if not."""
    network = Network((784, 10), theta=np.zeros(7850))
    network.dense_layers[0].W[: 14 * 28, 0] = 1
    network.dense_layers[0].b[1] = 0.5
    return network


def test_accuracy_by_distance_is_the_mean_over_eight_directions() -> None:
    images = np.zeros((2, 28, 28), np.uint8)
    images[0, 12, 10] = 255  # leaves the upper half when moved down by 2
    images[1, 15, 10] = 255  # enters it when moved up by 2
    examples = Split(images, np.array([0, 1], np.uint8))
    accuracies = accuracy_by_distance(top_half_reader(), examples)
    assert accuracies.tolist() == [1, 1, 5 / 8, 5 / 8, 5 / 8]


def test_fewer_images_are_affordable_for_a_larger_network() -> None:
    small, large = mlp((784, 10)), cnn((64, 64), (784, 100, 10), shrink="pool")
    assert affordable_images(small) == affordable_images(mlp((784, 20, 10)), small)
    assert affordable_images(small, large) == affordable_images(large) < affordable_images(small)
