"""The dense layer by itself."""

import numpy as np
import pytest

from nn.layers import Dense


@pytest.fixture
def layer() -> Dense:
    """Three inputs, two units."""
    layer = Dense(3, 2, np.float64)
    layer.W[:] = [[1, -1], [2, 0], [0, 3]]
    layer.b[:] = [0.5, -2]
    return layer


X = np.array([[1.0, 1.0, 1.0], [0.0, 1.0, 0.0]])


def test_forward_returns_the_weighted_sums(layer: Dense) -> None:
    # 1 + 2 + 0.5, -1 + 3 - 2; and 2 + 0.5, 0 - 2.
    np.testing.assert_array_equal(layer.forward(X), [[3.5, 0], [2.5, -2]])


def test_backward_fills_the_given_arrays(layer: Dense) -> None:
    dW, db = layer.dW, layer.db
    layer.forward(X)
    dX = layer.backward(np.array([[1.0, 10.0], [2.0, 20.0]]))
    np.testing.assert_array_equal(dW, [[1, 10], [3, 30], [1, 10]])  # X.T @ dZ
    np.testing.assert_array_equal(db, [3, 30])
    np.testing.assert_array_equal(dX, [[-9, 2, 30], [-18, 4, 60]])  # dZ @ W.T


def test_input_gradient(layer: Dense) -> None:
    # dZ @ W.T: 1 * 1 + 10 * -1, 1 * 2, 10 * 3.
    np.testing.assert_array_equal(layer.input_gradient(np.array([[1.0, 10.0]])), [[-9, 2, 30]])


def test_apply_caches_nothing(layer: Dense) -> None:
    A = layer.forward(X)
    before = A.copy()
    layer.apply(-X)
    assert layer.X is X
    np.testing.assert_array_equal(A, before)


def test_batch_size_may_vary(layer: Dense, rng: np.random.Generator) -> None:
    for n in (5, 2, 5, 9, 1):
        batch = rng.normal(size=(n, 3))
        np.testing.assert_array_equal(layer.forward(batch), layer.apply(batch))
        dZ = rng.normal(size=(n, 2))
        np.testing.assert_array_equal(layer.input_gradient(dZ), dZ @ layer.W.T)
