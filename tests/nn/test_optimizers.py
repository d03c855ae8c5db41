"""Optimisers: steps computed by hand, the textbook forms, and their state."""

import numpy as np
import pytest

from nn.optimizers import OPTIMIZERS, Adam, Momentum, Nesterov

NAMES = list(OPTIMIZERS)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("sgd", [0.9, 0.8, 0.9]),
        # v = -0.1, -0.09 - 0.1, -0.171 + 0.1
        ("momentum", [0.9, 0.71, 0.639]),
        # The same v; theta moves by 0.9 v - 0.1 g: -0.19, -0.271, -0.0639 + 0.1.
        ("nesterov", [0.81, 0.539, 0.5751]),
        # Corrected means of g: 1, 1, (0.9 * 0.19 - 0.1) / (1 - 0.9**3) = 0.071 / 0.271; of g**2: 1.
        ("adam", [0.9, 0.8, 0.8 - 0.1 * 0.071 / 0.271]),
    ],
)
def test_three_steps_by_hand(name: str, path: list[float]) -> None:
    """From 1, with eta 0.1 and the gradients 1, 1, -1."""
    theta = np.array([1.0])
    optimizer = OPTIMIZERS[name](theta)
    for gradient, expected in zip([1.0, 1.0, -1.0], path, strict=True):
        optimizer.step(theta, np.array([gradient]), 0.1)
        assert theta[0] == pytest.approx(expected, abs=1e-8)


def test_nesterov_is_momentum_with_lookahead_gradient() -> None:
    """Sutskever et al. 2013, eq. 3 and 4, on the bowl L = theta @ H @ theta / 2."""
    H = np.array([[3.0, 1.0], [1.0, 2.0]])
    mu, eta = Nesterov.momentum, 0.1
    theta, velocity = np.array([1.0, -2.0]), np.zeros(2)
    ahead = theta.copy()  # what our Nesterov stores in its theta
    optimizer = Nesterov(ahead)
    for _ in range(20):
        optimizer.step(ahead, H @ ahead, eta)

        velocity = mu * velocity - eta * H @ (theta + mu * velocity)
        theta = theta + velocity
        np.testing.assert_allclose(ahead, theta + mu * velocity, rtol=1e-12, atol=1e-12)


def test_adam_is_algorithm_1(rng: np.random.Generator) -> None:
    theta = rng.normal(size=5)
    ours, optimizer = theta.copy(), Adam(theta)
    m = v = np.zeros(5)
    for t in range(1, 21):
        gradient = rng.normal(size=5)
        optimizer.step(ours, gradient, 0.01)

        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * gradient**2
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
        theta = theta - 0.01 * m_hat / (np.sqrt(v_hat) + 1e-8)
        np.testing.assert_allclose(ours, theta, rtol=1e-12)


def test_adam_first_step_is_eta_for_any_gradient_scale() -> None:
    theta = np.zeros(4)
    Adam(theta).step(theta, np.array([1e-3, -5.0, 1e4, 0.0]), 0.01)
    np.testing.assert_allclose(theta, [-0.01, 0.01, -0.01, 0], rtol=1e-4)


def test_momentum_continues_without_gradient() -> None:
    theta = np.zeros(1)
    optimizer = Momentum(theta)
    optimizer.step(theta, np.ones(1), 0.1)
    optimizer.step(theta, np.zeros(1), 0.1)
    assert theta[0] == pytest.approx(-0.1 - 0.09)


@pytest.mark.parametrize("name", NAMES)
def test_quadratic_minimum_is_found(name: str) -> None:
    theta = np.array([1.0, -2.0, 0.5])
    optimizer = OPTIMIZERS[name](theta)
    for _ in range(300):
        optimizer.step(theta, theta * [1, 2, 3], 0.05)
    assert np.abs(theta).max() < 1e-3


@pytest.mark.parametrize("name", NAMES)
def test_a_step_changes_theta_only(name: str) -> None:
    theta, gradient = np.ones(3, np.float32), np.full(3, 2, np.float32)
    optimizer = OPTIMIZERS[name](theta)
    assert (theta == 1).all(), "making the optimiser is not a step"
    optimizer.step(theta, gradient, 0.1)
    assert (theta < 1).all()
    assert (gradient == 2).all()
    assert {array.dtype for array in optimizer.state.values()} <= {
        np.dtype(np.float32),
        np.dtype(np.int64),
    }


@pytest.mark.parametrize("name", NAMES)
def test_state_restores_the_optimizer(name: str, rng: np.random.Generator) -> None:
    theta = rng.normal(size=4)
    first = OPTIMIZERS[name](theta)
    first.step(theta, rng.normal(size=4), 0.1)

    resumed_theta = theta.copy()
    second = OPTIMIZERS[name](theta)
    for key, array in first.state.items():
        second.state[key][:] = array
    for gradient in rng.normal(size=(3, 4)):
        first.step(theta, gradient, 0.1)
        second.step(resumed_theta, gradient, 0.1)
    np.testing.assert_array_equal(theta, resumed_theta)
