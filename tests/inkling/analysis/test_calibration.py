"""Calibration and temperature scaling, by countable examples and against brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_loader import Dataset
from inkling.analysis.calibration import (
    HIGHEST,
    LOWEST,
    calibration,
    corrected,
    costs_at,
    cross_entropies,
    cross_fitted,
    expected_error_by_chance,
    fit_temperature,
    logits,
    with_temperature,
)
from nn import TrainConfig, mlp, train
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
    P = with_temperature(Z, temperature)
    np.testing.assert_allclose(P, softmax(Z / temperature), rtol=1e-12)


@given(st.integers(0, 2**32 - 1), st.floats(LOWEST, HIGHEST))
def test_temperature_keeps_predictions_and_row_sums(seed: int, temperature: float) -> None:
    before = np.random.default_rng(seed).normal(0, 2, (20, 10))
    after = with_temperature(before, temperature)
    np.testing.assert_array_equal(after.argmax(axis=1), before.argmax(axis=1))
    np.testing.assert_allclose(after.sum(axis=1), 1)


def test_logits_of_a_softmax_network_are_not_clipped(rng: np.random.Generator) -> None:
    network = mlp((784, 8, 10))
    network.theta *= 100
    images = rng.integers(0, 256, (20, 28, 28), np.uint8)
    assert np.count_nonzero(network.predict_proba(images) == 0) > 50
    expected = network.copy(np.float64).apply(images.reshape(20, -1) / 255)
    Z = logits(network, images)
    np.testing.assert_allclose(Z, expected - expected.max(axis=1, keepdims=True), rtol=1e-4)
    np.testing.assert_array_equal(Z.max(axis=1), 0)
    np.testing.assert_allclose(with_temperature(Z), network.predict_proba(images), atol=1e-4)


def test_logits_of_sigmoid_outputs_are_logarithms_of_their_shares(rng: np.random.Generator) -> None:
    network = mlp((784, 10), output="sigmoid")
    images = rng.integers(0, 256, (2_500, 28, 28), np.uint8)
    P = with_temperature(logits(network, images))
    np.testing.assert_allclose(P, network.predict_proba(images), rtol=1e-5)
    network.dense_layers[-1].b[:] = -10_000
    assert np.isfinite(logits(network, images)).all()


def test_costs_of_saturated_networks_are_those_of_the_corrected_network(tiny: Dataset) -> None:
    config = TrainConfig(
        hidden_sizes=(64,),
        input_scale=1.0,
        learning_rate=1e-5,
        schedule="constant",
        epochs=2,
        batch_size=20,
    )
    *_, last = train(config, tiny)
    assert last.network is not None
    images, labels = tiny.train.images[-120:], np.roll(tiny.train.labels[-120:], 1)
    labels[:100] = tiny.train.labels[-120:-20]
    for factor in (1, 20):
        network = last.network.copy()
        for array in (network.dense_layers[-1].W, network.dense_layers[-1].b):
            array *= factor
        if factor > 1:
            assert np.count_nonzero(network.predict_proba(images) == 0) > 0
        exact = network.copy(np.float64)
        Z = exact.apply(images.reshape(-1, 784) * network.input_scale)  # float64 throughout

        def cost(T: float, Z: np.ndarray = Z) -> float:
            scaled = Z / T
            top = scaled.max(axis=1)
            sums = np.log(np.exp(scaled - top[:, None]).sum(axis=1)) + top
            return float(np.mean(sums - scaled[np.arange(len(Z)), labels]))

        found = logits(network, images)
        T = fit_temperature(found, labels)
        assert pytest.approx(fit_temperature(Z, labels), rel=1e-3) == T
        shown = costs_at(found, labels, [1.0, T])
        assert shown == pytest.approx([cost(1.0), cost(T)], rel=1e-4)
        if LOWEST * 1.01 < T < HIGHEST * 0.99:
            assert cost(T) < min(cost(T * 1.01), cost(T / 1.01))
        of_corrected = logits(corrected(network, T), images)
        assert cross_entropies(of_corrected, labels).mean() == pytest.approx(cost(T), rel=1e-4)


@pytest.mark.parametrize("factor", [0.3, 1.0, 2.5])
def test_fitted_temperature_agrees_with_a_grid_search(
    rng: np.random.Generator, factor: float
) -> None:
    Z, labels = honest(rng, 1_000)
    Z = factor * Z
    grid = np.geomspace(LOWEST, HIGHEST, 4_001)
    best = grid[costs_at(Z, labels, list(grid)).argmin()]
    assert fit_temperature(Z, labels) == pytest.approx(best, rel=0.002)


@pytest.mark.parametrize("factor", [0.3, 1.0, 2.5])
def test_fit_recovers_the_factor_of_scaled_logits(rng: np.random.Generator, factor: float) -> None:
    Z, labels = honest(rng, 20_000)
    Z = factor * Z
    T = fit_temperature(Z, labels)
    assert pytest.approx(factor, rel=0.05) == T
    if factor != 1:
        error = calibration(softmax(Z), labels).error
        assert calibration(with_temperature(Z, T), labels).error < error / 3


def test_fit_without_minimum_ends_at_a_bound() -> None:
    Z = np.log([[0.7, 0.2, 0.1], [0.2, 0.5, 0.3]])
    assert fit_temperature(Z, np.array([0, 1])) == pytest.approx(LOWEST)  # all right
    assert fit_temperature(Z, np.array([2, 0])) == pytest.approx(HIGHEST)  # all wrong


def test_costs_at_temperatures_are_cross_entropies(rng: np.random.Generator) -> None:
    Z, labels = honest(rng, 100)
    costs = costs_at(Z, labels, [1.0, 2.0])
    assert costs[0] == pytest.approx(SoftmaxCrossEntropy().value(softmax(Z), labels))
    assert costs[1] == pytest.approx(SoftmaxCrossEntropy().value(softmax(Z / 2), labels))


def test_each_fold_is_scaled_by_the_fit_on_the_others(rng: np.random.Generator) -> None:
    Z, labels = honest(rng, 300)
    Z = 2 * Z
    result = cross_fitted(Z, labels, folds=3)
    without_the_second = np.r_[:100, 200:300]
    T = fit_temperature(Z[without_the_second], labels[without_the_second])
    np.testing.assert_allclose(result[100:200], Z[100:200] / T)
    T = fit_temperature(Z[:200], labels[:200])
    np.testing.assert_allclose(result[200:], Z[200:] / T)


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
    np.testing.assert_allclose(P, with_temperature(logits(network, images), 1.7))
    np.testing.assert_array_equal(network.theta, before)


@pytest.mark.parametrize("output", ["sigmoid", "normalized-sigmoid"])
def test_only_softmax_outputs_can_be_corrected(output: str) -> None:
    with pytest.raises(ValueError, match=f"not of {output}"):
        corrected(mlp((784, 10), output=output), 2)
