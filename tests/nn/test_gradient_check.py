"""Backpropagation against central differences, for everything a config may combine."""

from itertools import product

import numpy as np
import pytest

from nn import ConfigError, TrainConfig, cnn, mlp
from nn.activations import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS, Activation, Tanh
from nn.gradient_check import GradientCheck, gradient_check
from nn.losses import LOSSES, SoftmaxCrossEntropy
from nn.recipes import recipes
from nn.training import HasTrainTest, new_network

DEPTHS = [(6, 4), (6, 5, 4), (6, 5, 5, 4), (6, 3, 4, 5, 4)]


def true_gradients() -> list[tuple[str, str, str]]:
    """Return (activation, output, loss) of every config that is meant to follow its gradient."""
    allowed = []
    for activation, output, loss in product(HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS, LOSSES):
        try:
            config = TrainConfig(activation=activation, output=output, loss=loss)
        except ConfigError:
            continue
        if not config.historical:
            allowed.append((activation, output, loss))
    return allowed


def check(
    sizes: tuple[int, ...], activation: str, output: str, loss: str, rng: np.random.Generator
) -> GradientCheck:
    """Check a network with random weights, biases included, on a random batch."""
    network = mlp(sizes, activation, output, dtype=np.float64)
    network.theta[:] = rng.normal(0, 0.7, network.theta.shape)
    X, labels = rng.normal(size=(7, sizes[0])), rng.integers(sizes[-1], size=7)
    return gradient_check(network, X, labels, LOSSES[loss](network.output_activation))


@pytest.mark.parametrize("sizes", DEPTHS, ids=str)
@pytest.mark.parametrize(("activation", "output", "loss"), true_gradients())
def test_backpropagation_is_the_gradient(
    sizes: tuple[int, ...], activation: str, output: str, loss: str, rng: np.random.Generator
) -> None:
    result = check(sizes, activation, output, loss, rng)
    assert np.linalg.norm(result.numerical) > 1e-3, "nothing would be compared"
    assert result.relative_error < 1e-6


@pytest.mark.parametrize(
    ("filters", "kernel_size", "shrink", "side"),
    [
        ((3,), 3, "stride", 8),
        ((2, 3), 3, "stride", 9),
        ((3,), 3, "pool", 8),
        ((2, 3), 2, "pool", 8),
    ],
    ids=str,
)
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_backpropagation_through_convolutions_is_the_gradient(
    activation: str,
    filters: tuple[int, ...],
    kernel_size: int,
    shrink: str,
    side: int,
    rng: np.random.Generator,
) -> None:
    sizes = side**2, 5, 4
    network = cnn(
        filters, sizes, activation, kernel_size=kernel_size, shrink=shrink, dtype=np.float64
    )
    network.theta[:] = rng.normal(0, 0.5, network.theta.shape)
    X, labels = rng.normal(size=(7, side**2)), rng.integers(4, size=7)
    X[:, : 3 * side] = 0  # blank paper: all sums of a square are equal
    result = gradient_check(network, X, labels, SoftmaxCrossEntropy())
    for layer in network.convolutions:
        assert np.linalg.norm(layer.dW) > 1e-3, "nothing would be compared"
    assert result.relative_error < 1e-6


def test_the_published_sigmoid_has_its_true_gradient(rng: np.random.Generator) -> None:
    result = check((6, 5, 4), "published-sigmoid", "softmax", "cross-entropy", rng)
    assert result.relative_error < 1e-6


def test_experiment_b_gradient_differs_from_numerical_gradient(rng: np.random.Generator) -> None:
    b = recipes["experiment-b"]
    assert check((6, 5, 4), b.activation, b.output, b.loss, rng).relative_error > 0.1


def test_gradient_of_full_size_network_at_sampled_weights(
    tiny: HasTrainTest, rng: np.random.Generator
) -> None:
    network = new_network(TrainConfig(hidden_sizes=(32, 16), dtype="float64"), rng)
    images, labels = tiny.train.images[:20], tiny.train.labels[:20]
    places = rng.choice(len(network.theta), 200, replace=False)
    result = gradient_check(network, images, labels, SoftmaxCrossEntropy(), indices=places)
    np.testing.assert_array_equal(result.indices, places)
    assert result.analytic.shape == result.numerical.shape == (200,)
    assert result.relative_error < 1e-6


def test_wrong_derivative_fails_gradient_check(
    monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    def wrong(self: Activation, A: np.ndarray, dA: np.ndarray) -> np.ndarray:
        return dA * (1 - A)  # the square of A is missing

    monkeypatch.setattr(Tanh, "gradient", wrong)
    assert check((6, 5, 4), "tanh", "softmax", "cross-entropy", rng).relative_error > 1e-2


def test_non_finite_gradient_fails_check() -> None:
    network = mlp((3, 2), dtype=np.float64)
    network.theta[0] = np.nan
    result = gradient_check(network, np.ones((1, 3)), np.array([0]), SoftmaxCrossEntropy())
    assert not result.relative_error < 1e-6


def test_gradient_check_restores_weights(rng: np.random.Generator) -> None:
    network = mlp((4, 3, 2), dtype=np.float64)
    before = network.theta.copy()
    gradient_check(
        network, rng.normal(size=(5, 4)), np.array([0, 1, 0, 1, 1]), SoftmaxCrossEntropy()
    )
    np.testing.assert_array_equal(network.theta, before)


def test_single_precision_is_refused() -> None:
    with pytest.raises(ValueError, match="float64"):
        gradient_check(mlp((3, 2)), np.ones((1, 3)), np.array([0]), SoftmaxCrossEntropy())
