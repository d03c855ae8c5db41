"""Broken networks: what was broken is, what was not is as it was, and the original is whole."""

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
    share_rounded_away,
)
from nn import Network


@pytest.fixture
def network() -> Network:
    network = Network((784, 20, 10, 10), "sigmoid", rng=np.random.default_rng(1))
    for layer in network.layers:
        layer.b[:] = 0.5
    return network


@pytest.mark.parametrize(
    "wrong",
    [
        {"switched_off": 1.1},
        {"switched_off": -0.1},
        {"switched_off": float("nan")},
        {"choice": "best"},
        {"weight_noise": -1},
        {"bits": 5},
        {"image_noise": 2},
        {"seed": -1},
    ],
)
def test_what_has_no_meaning_is_refused_by_name(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Ablation(**wrong)  # type: ignore[arg-type]


def test_without_damage_a_copy_is_the_same_and_shares_nothing(network: Network) -> None:
    copy = ablate(network, Ablation())
    assert np.array_equal(copy.theta, network.theta)
    assert not np.shares_memory(copy.theta, network.theta)


@pytest.mark.parametrize(
    "damage",
    [
        Ablation(switched_off=0.5),
        Ablation(without_biases=True),
        Ablation(weight_noise=1),
        Ablation(bits=2),
    ],
)
def test_the_network_itself_stays_whole(network: Network, damage: Ablation) -> None:
    before = network.theta.copy()
    broken = ablate(network, damage)
    assert np.array_equal(network.theta, before)
    assert not np.array_equal(broken.theta, before)


def test_units_that_are_off_count_as_an_activation_of_0(network: Network) -> None:
    broken = ablate(network, Ablation(switched_off=0.3))
    X = np.random.default_rng(2).random((5, 784)).astype(np.float32)
    A = X
    for layer, above in zip_longest(network.layers, broken.layers[1:]):
        A = layer.apply(A)
        if above is not None:
            off = np.abs(above.W).sum(axis=1) == 0
            assert off.sum() == round(0.3 * len(off))
            A[:, off] = 0
    assert np.allclose(broken.activations(X)[-1], A, atol=1e-6)


def test_the_least_or_the_most_important_units_can_be_switched_off(network: Network) -> None:
    ranking = [np.arange(20), np.arange(10)[::-1]]
    most = ablate(network, Ablation(switched_off=0.1, choice=MOST), ranking)
    least = ablate(network, Ablation(switched_off=0.1, choice=LEAST), ranking)
    assert np.flatnonzero(~most.layers[1].W.any(axis=1)).tolist() == [0, 1]
    assert np.flatnonzero(~most.layers[2].W.any(axis=1)).tolist() == [9]
    assert np.flatnonzero(~least.layers[1].W.any(axis=1)).tolist() == [18, 19]
    assert np.flatnonzero(~least.layers[2].W.any(axis=1)).tolist() == [0]
    with pytest.raises(ValueError, match="ranking"):
        ablate(network, Ablation(switched_off=0.1, choice=MOST))


def test_more_units_at_random_are_the_same_ones_and_others(network: Network) -> None:
    few, many = (
        np.abs(ablate(network, Ablation(switched_off=share, seed=4)).layers[1].W).sum(axis=1) > 0
        for share in (0.2, 0.6)
    )
    assert not many[~few].any()
    other = np.abs(ablate(network, Ablation(switched_off=0.2, seed=5)).layers[1].W).sum(axis=1) > 0
    assert not np.array_equal(few, other)


def test_a_network_without_hidden_units_has_none_to_switch_off() -> None:
    network = Network((784, 10))
    assert np.array_equal(ablate(network, Ablation(switched_off=1.0)).theta, network.theta)


def test_without_biases_only_the_biases_are_gone(network: Network) -> None:
    broken = ablate(network, Ablation(without_biases=True))
    for whole, layer in zip(network.layers, broken.layers, strict=True):
        assert np.array_equal(layer.W, whole.W)
        assert not layer.b.any()


def test_noise_is_relative_to_the_spread_of_each_layer(network: Network) -> None:
    broken = ablate(network, Ablation(weight_noise=0.5, seed=1))
    for whole, layer in zip(network.layers[:1], broken.layers[:1], strict=True):
        assert (layer.W - whole.W).std() == pytest.approx(0.5 * whole.W.std(), rel=0.05)
        assert np.array_equal(layer.b, whole.b)
    again = ablate(network, Ablation(weight_noise=0.5, seed=1))
    assert np.array_equal(broken.theta, again.theta)
    other = ablate(network, Ablation(weight_noise=0.5, seed=2))
    assert not np.array_equal(broken.theta, other.theta)


@pytest.mark.parametrize("bits", [bits for bits in BITS if bits < 32])
def test_a_weight_has_no_more_values_than_its_bits_can_count(network: Network, bits: int) -> None:
    W = network.layers[0].W
    rounded = quantize(W, bits)
    assert rounded.dtype == W.dtype
    assert 1 < len(np.unique(rounded)) <= 2**bits
    if bits > 1:
        step = np.abs(W).max() / (2 ** (bits - 1) - 1)
        assert np.abs(rounded - W).max() <= step / 2 * (1 + 1e-3)
    else:
        assert np.array_equal(rounded > 0, W >= 0)
        assert np.abs(rounded) == pytest.approx(np.abs(W).mean())


def test_with_all_bits_or_weights_of_0_nothing_is_rounded(network: Network) -> None:
    W = network.layers[0].W
    assert quantize(W, 32) is W
    for bits in BITS:
        assert not quantize(np.zeros((3, 2), np.float32), bits).any()


def test_with_few_bits_most_weights_become_0_and_with_one_bit_none(network: Network) -> None:
    for layer in network.layers:
        layer.W[:] = 0.1
        layer.W[0, 0] = 1
    weights = sum(layer.W.size for layer in network.layers)
    assert share_rounded_away(network, 1) == 0
    assert share_rounded_away(network, 2) == pytest.approx(1 - 3 / weights)
    assert share_rounded_away(network, 8) == 0
    assert share_rounded_away(network, 32) == 0
    for layer in network.layers:
        layer.W[:] = 0  # there is nothing to lose
    assert share_rounded_away(network, 2) == 0


def test_what_is_off_stays_off_whatever_else_is_broken(network: Network) -> None:
    broken = ablate(network, Ablation(switched_off=0.5, weight_noise=1, bits=1))
    assert (~broken.layers[1].W.any(axis=1)).sum() == 10


def test_noise_on_images_stays_within_paper_and_ink() -> None:
    images = np.full((50, 28, 28), 128, np.uint8)
    assert add_noise(images, Ablation()) is images
    grainy = add_noise(images, Ablation(image_noise=0.1))
    assert grainy.dtype == np.uint8
    assert grainy.std() == pytest.approx(25.5, rel=0.05)
    wild = add_noise(images, Ablation(image_noise=1))
    assert wild.min() == 0
    assert wild.max() == 255
    assert np.array_equal(wild, add_noise(images, Ablation(image_noise=1)))
    assert (images == 128).all()
