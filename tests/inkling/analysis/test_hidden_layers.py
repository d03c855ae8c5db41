"""Hidden layers of both kinds: activations by unit, outgoing weights."""

import numpy as np
import pytest

from inkling.analysis.hidden_layers import (
    by_unit,
    hidden_activations,
    layer_names,
    outgoing_weights,
    switch_off,
    unit_counts,
)
from nn import cnn, mlp


def test_units_of_a_convolution_are_its_filters() -> None:
    assert unit_counts(mlp((784, 20, 10))) == (20,)
    assert unit_counts(cnn((5, 6), (784, 8, 10))) == (5, 6, 8)


def test_layers_of_both_kinds_are_numbered_as_one_series() -> None:
    assert layer_names(mlp((784, 20, 10))) == ["Layer 1", "Layer 2"]
    names = ["Convolution 1", "Convolution 2", "Layer 3", "Layer 4"]
    assert layer_names(cnn((5, 6), (784, 8, 10))) == names


@pytest.mark.parametrize("depth", range(3))
def test_activations_by_unit_are_those_of_the_network(depth: int, rng: np.random.Generator) -> None:
    network = cnn((5, 6), (784, 8, 10))
    images = rng.integers(0, 256, (3, 28, 28), np.uint8)
    A = network.activations(network.inputs(images))[depth]
    assert np.array_equal(hidden_activations(network, depth, images), A)
    units = by_unit(A)
    assert units.shape == ((5, 144, 3), (6, 16, 3), (8, 1, 3))[depth]
    first = A[2, 0, 1] if A.ndim == 4 else A[:, 2]
    assert np.array_equal(units[2, 1 if A.ndim == 4 else 0], first)


@pytest.mark.parametrize("depth", range(3))
def test_switching_a_unit_off_sets_its_outgoing_weights_to_0(depth: int) -> None:
    network = cnn((5, 6), (784, 8, 10))
    outgoing = outgoing_weights(network, depth)
    switch_off(network, depth, np.array([1, 3]))
    left = outgoing_weights(network, depth)
    assert not left[[1, 3]].any()
    assert np.array_equal(left[[0, 2, 4]], outgoing[[0, 2, 4]])
    changed = sum(outgoing[unit].size for unit in (1, 3))
    assert sum(np.count_nonzero(W) for W in (outgoing,)) - np.count_nonzero(left) == changed
