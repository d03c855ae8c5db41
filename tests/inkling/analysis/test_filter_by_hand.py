"""Filters written by hand, on edges and on the network they are put into."""

import numpy as np
import pytest

from inkling.analysis.filter_by_hand import (
    HAND_FILTERS,
    first_feature_maps,
    hand_filter,
    hand_filter_names,
    with_filter,
)
from nn import cnn


def test_filters_of_3_by_3_are_the_textbook_ones() -> None:
    assert HAND_FILTERS["Vertical edge"](3).tolist() == [[-1, 0, 1]] * 3
    assert HAND_FILTERS["Horizontal edge"](3).tolist() == [[-1] * 3, [0] * 3, [1] * 3]
    assert HAND_FILTERS["Identity"](3).tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    np.testing.assert_allclose(HAND_FILTERS["Blur"](3), np.full((3, 3), 1 / 9))
    np.testing.assert_allclose(
        9 * HAND_FILTERS["Sharpen"](3), [[-1, -1, -1], [-1, 17, -1], [-1, -1, -1]]
    )


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 28])
@pytest.mark.parametrize("name", HAND_FILTERS)
def test_weights_add_up_to_what_a_plain_area_gives(name: str, size: int) -> None:
    """An edge filter gives nothing on a plain area, the others the area itself."""
    weights = HAND_FILTERS[name](size)
    assert weights.shape == (size, size)
    assert weights.sum() == pytest.approx(0 if "edge" in name else 1)


@pytest.mark.parametrize("name", HAND_FILTERS)
def test_filter_is_as_strong_as_the_learned_one(name: str, rng: np.random.Generator) -> None:
    learned = rng.normal(size=(5, 5)).astype(np.float32)
    weights = hand_filter(name, learned)
    assert np.linalg.norm(weights) == pytest.approx(np.linalg.norm(learned), rel=1e-6)
    direction = HAND_FILTERS[name](5)
    assert np.sum(weights * direction) == pytest.approx(
        np.linalg.norm(weights) * np.linalg.norm(direction)
    )


def test_filter_of_one_weight_has_no_edge() -> None:
    assert hand_filter_names(1) == ["Blur", "Sharpen", "Identity"]
    assert hand_filter_names(2) == list(HAND_FILTERS)


def test_vertical_edge_answers_to_the_left_edge_of_a_bar() -> None:
    image = np.zeros((28, 28), np.uint8)
    image[:, 14:18] = 255
    network = with_filter(cnn((2,), kernel_size=3), 1, HAND_FILTERS["Vertical edge"](3), bias=0.0)
    maps = first_feature_maps(network, image)
    assert maps.shape == (2, 13, 13)
    # Places 6 and 7 cover columns 12 to 14 and 14 to 16; place 8 the end of the bar.
    np.testing.assert_allclose(maps[1, 5], [0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0], atol=1e-6)


@pytest.mark.parametrize("shrink", ["stride", "pool"])
def test_only_one_filter_of_a_copy_changes(shrink: str, rng: np.random.Generator) -> None:
    network = cnn((3, 4), (784, 6, 10), shrink=shrink, rng=rng)
    network.theta.setflags(write=False)
    before = network.theta.copy()
    weights = rng.normal(size=(5, 5))
    changed = with_filter(network, 2, weights, bias=0.5)
    np.testing.assert_array_equal(network.theta, before)
    np.testing.assert_allclose(changed.convolutions[0].W[2, 0], weights, rtol=1e-6)
    assert changed.convolutions[0].b[2] == 0.5
    assert np.count_nonzero(changed.theta != before) == 26
    image = rng.integers(0, 256, (28, 28), np.uint8)
    old, new = first_feature_maps(network, image), first_feature_maps(changed, image)
    np.testing.assert_allclose(new[:2], old[:2], rtol=1e-6)
    assert np.abs(new[2] - old[2]).max() > 0.01
