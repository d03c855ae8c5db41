"""Calibration and temperature scaling, by countable examples and against brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.analysis.calibration import (
    HIGHEST,
    LOWEST,
    calibration,
    corrected,
    costs_at,
    cross_fitted,
    expected_error_by_chance,
    fit_temperature,
    with_temperature,
)
from nn import mlp
from nn.losses import SoftmaxCrossEntropy


def softmax(Z: np.ndarray) -> np.ndarray:
    exponentials = np.exp(Z)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def honest(rng: np.random.Generator, n: int, scale: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Return logits, and labels that are drawn with just the probabilities that they give."""
    Z = rng.normal(0, scale, (n, 10))
    chances = softmax(Z).cumsum(axis=1)
    return Z, (rng.random((n, 1)) > chances).sum(axis=1).clip(max=9)


def test_calibration() -> None:
    confidence = np.array([0.95, 0.55, 0.95, 0.65, 0.95, 0.65])
    right = np.array([True, False, True, True, False, False])
    result = calibration(np.column_stack([confidence, 1 - confidence]), np.where(right, 0, 1))
    np.testing.assert_allclose(result.confidence, [0.55, 0.65, 0.95])
    np.testing.assert_allclose(result.accuracy, [0, 1 / 2, 2 / 3])
    np.testing.assert_array_equal(result.count, [1, 2, 3])
    np.testing.assert_allclose(result.low, [0.5, 0.6, 0.9])
    np.testing.assert_allclose(result.high, [0.6, 0.7, 1.0])
    # Distances 0.55, 0.15 and 0.95 - 2/3, weighted by 1, 2 and 3 of 6.
    assert result.error == pytest.approx((0.55 + 0.30 + 0.85) / 6)


def test_confidence_of_1_is_in_the_last_bin() -> None:
    result = calibration(np.array([[1.0, 0.0], [0.98, 0.02]]), np.array([0, 0]))
    np.testing.assert_array_equal(result.count, [2])
    assert result.error == pytest.approx(0.01)


def test_bins_by_edges() -> None:
    confidence = np.array([0.5, 0.89, 0.9, 0.995, 1.0])
    P = np.column_stack([confidence, 1 - confidence])
    result = calibration(P, np.array([0, 0, 0, 0, 1]), [0, 0.9, 0.99, 1])
    np.testing.assert_array_equal(result.low, [0, 0.9, 0.99])
    np.testing.assert_array_equal(result.count, [2, 1, 2])
    np.testing.assert_allclose(result.accuracy, [1, 1, 0.5])


@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_with_temperature_divides_the_logits(rng: np.random.Generator, temperature: float) -> None:
    Z = rng.normal(0, 3, (50, 10))
    P = with_temperature(softmax(Z), temperature)
    np.testing.assert_allclose(P, softmax(Z / temperature), rtol=1e-12)


@given(st.integers(0, 2**32 - 1), st.floats(LOWEST, HIGHEST))
def test_temperature_keeps_predictions_and_row_sums(seed: int, temperature: float) -> None:
    before = softmax(np.random.default_rng(seed).normal(0, 2, (20, 10)))
    after = with_temperature(before, temperature)
    np.testing.assert_array_equal(after.argmax(axis=1), before.argmax(axis=1))
    np.testing.assert_allclose(after.sum(axis=1), 1)


def test_probability_of_0_stays_finite() -> None:
    P = with_temperature(np.array([[1, 0, 0]], np.float32), 0.05)
    assert np.isfinite(P).all()
    P = with_temperature(np.array([[1, 0, 0]], np.float32), 20)
    assert P[0, 1] == pytest.approx(np.exp(np.log(np.finfo(np.float32).tiny) / 20), rel=0.1)


@pytest.mark.parametrize("factor", [0.3, 1.0, 2.5])
def test_fitted_temperature_agrees_with_a_grid_search(
    rng: np.random.Generator, factor: float
) -> None:
    Z, labels = honest(rng, 1_000)
    P = softmax(factor * Z)
    grid = np.geomspace(LOWEST, HIGHEST, 4_001)
    best = grid[costs_at(P, labels, list(grid)).argmin()]
    assert fit_temperature(P, labels) == pytest.approx(best, rel=0.002)


@pytest.mark.parametrize("factor", [0.3, 1.0, 2.5])
def test_fit_recovers_the_factor_of_scaled_logits(rng: np.random.Generator, factor: float) -> None:
    Z, labels = honest(rng, 20_000)
    P = softmax(factor * Z)
    T = fit_temperature(P, labels)
    assert pytest.approx(factor, rel=0.05) == T
    if factor != 1:
        error = calibration(P, labels).error
        assert calibration(with_temperature(P, T), labels).error < error / 3


def test_fit_without_minimum_ends_at_a_bound() -> None:
    P = np.array([[0.7, 0.2, 0.1], [0.2, 0.5, 0.3]])
    assert fit_temperature(P, np.array([0, 1])) == pytest.approx(LOWEST)  # all right
    assert fit_temperature(P, np.array([2, 0])) == pytest.approx(HIGHEST)  # all wrong


def test_costs_at_temperatures_are_cross_entropies(rng: np.random.Generator) -> None:
    Z, labels = honest(rng, 100)
    P = softmax(Z)
    costs = costs_at(P, labels, [1.0, 2.0])
    assert costs[0] == pytest.approx(SoftmaxCrossEntropy().value(P, labels))
    assert costs[1] == pytest.approx(SoftmaxCrossEntropy().value(softmax(Z / 2), labels))


def test_each_fold_is_scaled_by_the_fit_on_the_others(rng: np.random.Generator) -> None:
    Z, labels = honest(rng, 300)
    P = softmax(2 * Z)
    result = cross_fitted(P, labels, folds=3)
    without_the_second = np.r_[:100, 200:300]
    T = fit_temperature(P[without_the_second], labels[without_the_second])
    np.testing.assert_allclose(result[100:200], with_temperature(P[100:200], T))
    T = fit_temperature(P[:200], labels[:200])
    np.testing.assert_allclose(result[200:], with_temperature(P[200:], T))


def test_expected_error_of_a_calibrated_network_is_above_0(rng: np.random.Generator) -> None:
    Z, _ = honest(rng, 400)
    P = softmax(Z)
    confidence = P.max(axis=1)
    errors = []
    for _ in range(300):  # the answer is right as often as it claims, and else another
        right = rng.random(400) < confidence
        labels = np.where(right, P.argmax(axis=1), (P.argmax(axis=1) + 1) % 10)
        errors.append(calibration(P, labels).error)
    assert expected_error_by_chance(P, rng, draws=300) == pytest.approx(np.mean(errors), rel=0.1)
    sure = np.eye(10)[[1, 2, 3]]
    assert expected_error_by_chance(sure, rng) == 0  # nothing is left to chance


def test_corrected_network_has_the_outputs_at_the_temperature(rng: np.random.Generator) -> None:
    network = mlp((784, 8, 10), dtype=np.float64)
    before = network.theta.copy()
    images = rng.integers(0, 256, (20, 28, 28), np.uint8)
    P = corrected(network, 1.7).predict_proba(images)
    np.testing.assert_allclose(P, with_temperature(network.predict_proba(images), 1.7))
    np.testing.assert_array_equal(network.theta, before)


@pytest.mark.parametrize("output", ["sigmoid", "normalized-sigmoid"])
def test_only_softmax_outputs_can_be_corrected(output: str) -> None:
    with pytest.raises(ValueError, match=f"not of {output}"):
        corrected(mlp((784, 10), output=output), 2)
