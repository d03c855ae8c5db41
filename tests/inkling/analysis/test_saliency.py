"""Saliency against numerical derivatives and the network's own predictions."""

import numpy as np
import pytest

from benchmarks import perturbation as perturbation_benchmark
from data_loader import Dataset
from inkling.analysis.saliency import (
    gradient_times_input,
    minimal_perturbation,
    occlusion,
    predict_unconverted,
)
from nn import Network, TrainConfig, Trainer, cnn, mlp

KINDS = [
    ((784, 10), "relu", "softmax"),
    ((784, 12, 10), "relu", "softmax"),
    ((784, 12, 8, 10), "tanh", "softmax"),
    ((784, 12, 10), "sigmoid", "sigmoid"),
    ((784, 12, 10), "published-sigmoid", "normalized-sigmoid"),
]


def made(
    sizes: tuple[int, ...], activation: str, output: str, dtype: type = np.float64, **more: float
) -> Network:
    rng = np.random.default_rng(3)
    network = mlp(sizes, activation, output, rng=rng, dtype=dtype, **more)  # type: ignore[arg-type]
    for layer in network.dense_layers:
        layer.b[:] = rng.normal(0, 0.1, layer.b.shape)
    return network


@pytest.fixture
def image(tiny: Dataset) -> np.ndarray:
    return tiny.test.images[4]


@pytest.fixture(scope="module")
def learned(tiny: Dataset) -> Network:
    trainer = Trainer(TrainConfig(hidden_sizes=(16,), validation_size=100, epochs=4), tiny)
    while not trainer.finished:
        trainer.step()
    return trainer.network


def logits(network: Network, pixels: np.ndarray) -> np.ndarray:
    return network.apply(pixels.reshape(1, -1) * network.input_scale)[0]


@pytest.mark.parametrize(("sizes", "activation", "output"), KINDS)
def test_gradient_times_input_agrees_with_central_differences(
    sizes: tuple[int, ...], activation: str, output: str, image: np.ndarray
) -> None:
    assert_agrees_with_central_differences(made(sizes, activation, output), image)


def assert_agrees_with_central_differences(network: Network, image: np.ndarray) -> None:
    digit = 3
    evidence = gradient_times_input(network, image, digit)
    pixels = image.astype(np.float64)

    def margin(moved: np.ndarray) -> float:
        z = logits(network, moved)
        return float(z[digit] - z[evidence.contrast])

    for row, column in [(8, 6), (10, 14), (20, 20), (13, 23)]:
        step = np.zeros_like(pixels)
        step[row, column] = 1e-4
        slope = (margin(pixels + step) - margin(pixels - step)) / 2e-4
        assert evidence.values[row, column] == pytest.approx(
            slope * pixels[row, column], rel=1e-6, abs=1e-12
        )
    assert evidence.margin == pytest.approx(margin(pixels))


@pytest.mark.parametrize(("activation", "shrink"), [("relu", "stride"), ("tanh", "pool")])
def test_gradient_times_input_of_a_convolutional_network_agrees_with_central_differences(
    activation: str, shrink: str, image: np.ndarray
) -> None:
    network = cnn((3, 4), (784, 12, 10), activation, shrink=shrink, dtype=np.float64)
    assert_agrees_with_central_differences(network, image)


def test_contrast_is_the_best_other_digit(image: np.ndarray) -> None:
    network = made((784, 12, 10), "relu", "softmax")
    first, second = np.argsort(-logits(network, image.astype(float)))[:2]
    assert gradient_times_input(network, image, int(first)).contrast == second
    behind = gradient_times_input(network, image, int(second))
    assert behind.contrast == first
    assert behind.margin < 0


def test_contributions_and_biases_of_a_linear_network_add_up_to_the_margin(
    image: np.ndarray,
) -> None:
    network = made((784, 10), "relu", "softmax")
    evidence = gradient_times_input(network, image, 5)
    b = network.dense_layers[0].b
    assert evidence.values.sum() + b[5] - b[evidence.contrast] == pytest.approx(evidence.margin)


def test_pixels_of_0_contribute_0() -> None:
    blank = np.zeros((28, 28), np.uint8)
    network = made((784, 12, 10), "relu", "softmax")
    assert not gradient_times_input(network, blank, 2).values.any()


def test_occlusion_is_the_fall_of_the_probability(learned: Network, image: np.ndarray) -> None:
    falls = occlusion(learned, image, 4, side=5)
    covered = image.copy()
    covered[10:15, 8:13] = 0
    pair = learned.predict_proba(np.stack([image, covered]))[:, 4]
    assert falls[12, 10] == pytest.approx(pair[0] - pair[1], abs=1e-6)
    corner = image.copy()
    corner[:3, :3] = 128
    pair = learned.predict_proba(np.stack([image, corner]))[:, 4]
    assert occlusion(learned, image, 4, shade=128)[0, 0] == pytest.approx(
        pair[0] - pair[1], abs=1e-6
    )


def test_occlusion_is_0_where_weights_are_0(image: np.ndarray) -> None:
    network = made((784, 12, 10), "relu", "softmax", np.float32)
    W = network.dense_layers[0].W.reshape(28, 28, -1)
    W[:, :14] = 0  # the network does not see the left half
    falls = occlusion(network, image, 4, side=3)
    assert np.allclose(falls[:, :13], 0, atol=1e-6)
    assert np.abs(falls[:, 13:]).max() > 1e-3


def test_occlusion_of_paper_with_paper_is_exactly_0(learned: Network) -> None:
    image = np.zeros((28, 28), np.uint8)
    image[20:24, 20:24] = 255
    falls = occlusion(learned, image, 0, side=3)
    assert not falls[:18].any()


@pytest.mark.parametrize(("side", "shade"), [(4, 0), (0, 0), (5, 256), (5, -1)])
def test_occlusion_refuses_even_sides_and_shades_out_of_range(
    learned: Network, image: np.ndarray, side: int, shade: int
) -> None:
    with pytest.raises(ValueError, match=r"side|shade"):
        occlusion(learned, image, 0, side, shade)


@pytest.mark.parametrize("place", range(10))
def test_perturbation_changes_the_prediction_and_slightly_less_does_not(
    learned: Network, tiny: Dataset, place: int
) -> None:
    image = tiny.test.images[place]
    perturbation = minimal_perturbation(learned, image)
    assert perturbation is not None
    assert (
        perturbation.answer
        == learned.predict_proba(image[None])[0].argmax()
        != perturbation.new_answer
    )
    assert (
        predict_unconverted(learned, perturbation.apply(image)).argmax() == perturbation.new_answer
    )
    for strength in (0, 0.5, 0.9, 0.99, 0.999):
        assert (
            predict_unconverted(learned, perturbation.apply(image, strength)).argmax()
            == perturbation.answer
        )
    for strength in (1, 1.5):
        nudged = perturbation.apply(image, strength)
        assert 0 <= nudged.min() <= nudged.max() <= 255
    assert (image + perturbation.change).min() >= -1e-9
    assert (image + perturbation.change).max() <= 255 + 1e-9


def test_perturbations_are_as_short_as_those_of_a_long_search(
    learned: Network, tiny: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(perturbation_benchmark, "STEPS", 250)
    monkeypatch.setattr(perturbation_benchmark, "ROUNDS", 5)
    images = tiny.test.images[:4]
    searched = perturbation_benchmark.carlini_wagner(learned, images)
    found = [minimal_perturbation(learned, image) for image in images]
    norms = np.array([perturbation.norm for perturbation in found if perturbation])
    assert np.mean(norms / searched) < 1.01
    assert np.mean(norms / searched) > 0.9, "the search converges, too"


def test_perturbation_of_a_linear_network_is_the_distance_to_the_nearest_boundary() -> None:
    network = made((784, 10), "relu", "softmax", initial_scale=0.01)
    image = np.full((28, 28), 128, np.uint8)  # far from the bounds of the box
    z = logits(network, image.astype(float))
    answer = int(z.argmax())
    W = network.dense_layers[0].W * network.input_scale
    distances = [
        (z[answer] - z[k]) / np.linalg.norm(W[:, k] - W[:, answer])
        for k in range(10)
        if k != answer
    ]
    perturbation = minimal_perturbation(network, image)
    assert perturbation is not None
    assert np.abs(perturbation.change).max() < 127
    assert perturbation.norm == pytest.approx(min(distances), rel=1e-3)


def test_perturbation_of_a_linear_network_is_minimal_within_pixel_bounds() -> None:
    network = Network((784, 10), theta=np.zeros(7850), dtype=np.float64)
    network.dense_layers[0].W[:2, 1] = [1.0, 0.5]  # only two pixels count, and only for a 1
    network.dense_layers[0].b[:] = [1.0, *[0.0] * 9]
    image = np.zeros((28, 28), np.uint8)
    image[0, 0] = 200
    # p/255 + q/510 must reach 1. The way straight up the slope would leave the box.
    perturbation = minimal_perturbation(network, image)
    assert perturbation is not None
    assert (perturbation.answer, perturbation.new_answer) == (0, 1)
    assert perturbation.change.ravel()[:2] == pytest.approx([44, 22], rel=2e-3)
    image[0, 0] = 250
    network.dense_layers[0].b[0] = 1.4
    perturbation = minimal_perturbation(network, image)
    assert perturbation is not None
    assert perturbation.change.ravel()[:2] == pytest.approx([5, 204], abs=0.2)


@pytest.mark.parametrize("scale", [1 / 255, 1.0])
def test_perturbation_respects_the_input_scale(tiny: Dataset, scale: float) -> None:
    network = made((784, 12, 10), "sigmoid", "sigmoid", np.float32, input_scale=scale)
    perturbation = minimal_perturbation(network, tiny.test.images[0])
    if perturbation is not None:
        assert (
            predict_unconverted(network, perturbation.apply(tiny.test.images[0])).argmax()
            == perturbation.new_answer
        )


def test_constant_network_has_no_perturbation(image: np.ndarray) -> None:
    assert minimal_perturbation(Network((784, 5, 10), theta=np.zeros(3985)), image) is None


def test_saliency_does_not_change_network_or_image(learned: Network, image: np.ndarray) -> None:
    theta, gradient, pixels = learned.theta.copy(), learned.gradient.copy(), image.copy()
    gradient_times_input(learned, image, 1)
    occlusion(learned, image, 1)
    minimal_perturbation(learned, image)
    assert np.array_equal(learned.theta, theta)
    assert np.array_equal(learned.gradient, gradient)
    assert np.array_equal(image, pixels)
