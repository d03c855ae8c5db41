"""Ablation: each change by itself, and the unchanged original."""

from itertools import zip_longest

import numpy as np
import pytest

from inkling.analysis.ablation import (
    BITS,
    LEAST,
    MOST,
    Ablation,
    ablate,
    add_noise,
    quantize,
    share_rounded_to_zero,
)
from inkling.analysis.hidden_layers import unit_counts
from nn import Network, cnn, mlp


@pytest.fixture
def network() -> Network:
    network = mlp((784, 20, 10, 10), "sigmoid", rng=np.random.default_rng(1))
    for layer in network.dense_layers:
        layer.b[:] = 0.5
    return network


@pytest.mark.parametrize(
    "wrong",
    [
        {"switched_off": 1.1},
        {"switched_off": -0.1},
        {"switched_off": float("nan")},
        {"selection": "best"},
        {"weight_noise": -1},
        {"bits": 5},
        {"image_noise": 2},
        {"seed": -1},
    ],
)
def test_value_out_of_range_is_refused_by_field_name(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Ablation(**wrong)  # type: ignore[arg-type]


def test_default_ablation_returns_an_equal_copy(network: Network) -> None:
    copy = ablate(network, Ablation())
    assert np.array_equal(copy.theta, network.theta)
    assert not np.shares_memory(copy.theta, network.theta)


@pytest.mark.parametrize(
    "ablation",
    [
        Ablation(switched_off=0.5),
        Ablation(without_biases=True),
        Ablation(weight_noise=1),
        Ablation(bits=2),
    ],
)
def test_ablate_does_not_change_the_network(network: Network, ablation: Ablation) -> None:
    before = network.theta.copy()
    ablated = ablate(network, ablation)
    assert np.array_equal(network.theta, before)
    assert not np.array_equal(ablated.theta, before)


def test_units_switched_off_have_the_effect_of_activation_0(network: Network) -> None:
    ablated = ablate(network, Ablation(switched_off=0.3))
    X = np.random.default_rng(2).random((5, 784)).astype(np.float32)
    A = X
    layers = zip_longest(network.dense_layers, network.activation_layers, ablated.dense_layers[1:])
    for layer, activation, above in layers:
        A = activation.apply(layer.apply(A))
        if above is not None:
            off = np.abs(above.W).sum(axis=1) == 0
            assert off.sum() == round(0.3 * len(off))
            A[:, off] = 0
    assert np.allclose(ablated.activations(X)[-1], A, atol=1e-6)


@pytest.mark.parametrize("shrink", ["stride", "pool"])
def test_filters_switched_off_have_the_effect_of_activation_0(shrink: str) -> None:
    network = cnn((5, 6), (784, 8, 10), "tanh", shrink=shrink, dtype=np.float64)
    ranking = [np.random.default_rng(3).permutation(count) for count in unit_counts(network)]
    ablated = ablate(network, Ablation(switched_off=0.4, selection=MOST), ranking)
    X = network.inputs(np.random.default_rng(2).integers(0, 256, (4, 28, 28), np.uint8))
    A, depth = X, 0
    for layer in network.layers:
        A = layer.apply(A)
        if layer in network.activation_layers:
            off = ranking[depth][: round(0.4 * len(ranking[depth]))]
            A[(off,) if A.ndim == 4 else (slice(None), off)] = 0
            depth += 1
    assert depth == 3
    assert np.allclose(ablated.apply(X), A)
    assert not np.allclose(network.apply(X), A)


def test_noise_and_rounding_reach_the_filters() -> None:
    network = cnn((4,), (784, 10))
    noisy = ablate(network, Ablation(weight_noise=1))
    assert not np.isclose(noisy.convolutions[0].W, network.convolutions[0].W).any()
    rounded = ablate(network, Ablation(bits=2))
    assert len(np.unique(rounded.convolutions[0].W)) == 3
    zeros = sum(np.count_nonzero(layer.W == 0) for layer in rounded.weighted_layers)
    weights = sum(layer.W.size for layer in network.weighted_layers)
    assert share_rounded_to_zero(network, 2) == pytest.approx(zeros / weights)


def test_units_are_selected_by_importance(network: Network) -> None:
    ranking = [np.arange(20), np.arange(10)[::-1]]
    most = ablate(network, Ablation(switched_off=0.1, selection=MOST), ranking)
    least = ablate(network, Ablation(switched_off=0.1, selection=LEAST), ranking)
    assert np.flatnonzero(~most.dense_layers[1].W.any(axis=1)).tolist() == [0, 1]
    assert np.flatnonzero(~most.dense_layers[2].W.any(axis=1)).tolist() == [9]
    assert np.flatnonzero(~least.dense_layers[1].W.any(axis=1)).tolist() == [18, 19]
    assert np.flatnonzero(~least.dense_layers[2].W.any(axis=1)).tolist() == [0]
    with pytest.raises(ValueError, match="ranking"):
        ablate(network, Ablation(switched_off=0.1, selection=MOST))


def test_larger_random_selection_contains_the_smaller_one(network: Network) -> None:
    few, many = (
        np.abs(ablate(network, Ablation(switched_off=share, seed=4)).dense_layers[1].W).sum(axis=1)
        > 0
        for share in (0.2, 0.6)
    )
    assert not many[~few].any()
    other = (
        np.abs(ablate(network, Ablation(switched_off=0.2, seed=5)).dense_layers[1].W).sum(axis=1)
        > 0
    )
    assert not np.array_equal(few, other)


def test_network_without_hidden_layers_keeps_all_weights() -> None:
    network = mlp((784, 10))
    assert np.array_equal(ablate(network, Ablation(switched_off=1.0)).theta, network.theta)


def test_without_biases_only_biases_become_0(network: Network) -> None:
    ablated = ablate(network, Ablation(without_biases=True))
    for whole, layer in zip(network.dense_layers, ablated.dense_layers, strict=True):
        assert np.array_equal(layer.W, whole.W)
        assert not layer.b.any()


def test_weight_noise_is_relative_to_the_deviation_of_each_layer(network: Network) -> None:
    ablated = ablate(network, Ablation(weight_noise=0.5, seed=1))
    for whole, layer in zip(network.dense_layers[:1], ablated.dense_layers[:1], strict=True):
        assert (layer.W - whole.W).std() == pytest.approx(0.5 * whole.W.std(), rel=0.05)
        assert np.array_equal(layer.b, whole.b)
    again = ablate(network, Ablation(weight_noise=0.5, seed=1))
    assert np.array_equal(ablated.theta, again.theta)
    other = ablate(network, Ablation(weight_noise=0.5, seed=2))
    assert not np.array_equal(ablated.theta, other.theta)


@pytest.mark.parametrize("bits", [bits for bits in BITS if bits < 32])
def test_quantized_weights_have_at_most_2_to_the_bits_values(network: Network, bits: int) -> None:
    W = network.dense_layers[0].W
    rounded = quantize(W, bits)
    assert rounded.dtype == W.dtype
    assert 1 < len(np.unique(rounded)) <= 2**bits
    if bits > 1:
        step = np.abs(W).max() / (2 ** (bits - 1) - 1)
        assert np.abs(rounded - W).max() <= step / 2 * (1 + 1e-3)
    else:
        assert np.array_equal(rounded > 0, W >= 0)
        assert np.abs(rounded) == pytest.approx(np.abs(W).mean())


def test_32_bits_and_zero_weights_are_not_rounded(network: Network) -> None:
    W = network.dense_layers[0].W
    assert quantize(W, 32) is W
    for bits in BITS:
        assert not quantize(np.zeros((3, 2), np.float32), bits).any()


def test_share_rounded_to_zero_by_bits(network: Network) -> None:
    for layer in network.dense_layers:
        layer.W[:] = 0.1
        layer.W[0, 0] = 1
    weights = sum(layer.W.size for layer in network.dense_layers)
    assert share_rounded_to_zero(network, 1) == 0
    assert share_rounded_to_zero(network, 2) == pytest.approx(1 - 3 / weights)
    assert share_rounded_to_zero(network, 8) == 0
    assert share_rounded_to_zero(network, 32) == 0
    for layer in network.dense_layers:
        layer.W[:] = 0
    assert share_rounded_to_zero(network, 2) == 0


def test_switched_off_units_stay_0_with_noise_and_rounding(network: Network) -> None:
    ablated = ablate(network, Ablation(switched_off=0.5, weight_noise=1, bits=1))
    assert (~ablated.dense_layers[1].W.any(axis=1)).sum() == 10


def test_image_noise_stays_within_0_and_255() -> None:
    images = np.full((50, 28, 28), 128, np.uint8)
    assert add_noise(images, Ablation()) is images
    noisy = add_noise(images, Ablation(image_noise=0.1))
    assert noisy.dtype == np.uint8
    assert noisy.std() == pytest.approx(25.5, rel=0.05)
    very_noisy = add_noise(images, Ablation(image_noise=1))
    assert very_noisy.min() == 0
    assert very_noisy.max() == 255
    assert np.array_equal(very_noisy, add_noise(images, Ablation(image_noise=1)))
    assert (images == 128).all()
