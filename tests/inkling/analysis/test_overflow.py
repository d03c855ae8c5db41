"""Detection of overflowed networks."""

import numpy as np

from inkling.analysis.overflow import is_finite
from nn import mlp


def test_a_new_network_is_finite() -> None:
    network = mlp((784, 4, 10))
    assert is_finite(network)
    assert is_finite(network, np.zeros((2, 10)), 1.5)


def test_infinite_parameters_or_values_are_detected() -> None:
    network = mlp((784, 4, 10))
    assert not is_finite(network, np.zeros(10), np.nan)
    assert not is_finite(network, np.array([0, np.inf]))
    network.theta[3] = np.inf
    assert not is_finite(network, np.zeros(10))
