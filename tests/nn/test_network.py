"""Network: accepted inputs, probabilities, copies and thread safety."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from nn import Network, cnn, mlp
from nn.activations import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS
from nn.losses import SoftmaxCrossEntropy


@pytest.fixture
def network() -> Network:
    return mlp((784, 12, 10), rng=np.random.default_rng(3))


@pytest.fixture(params=["stride", "pool"])
def convolutional(request: pytest.FixtureRequest) -> Network:
    return cnn((3, 4), (784, 12, 10), shrink=request.param, rng=np.random.default_rng(3))


@pytest.fixture(params=["dense", "convolutional"])
def either(request: pytest.FixtureRequest) -> Network:
    """Return a network without convolutions, and one with."""
    if request.param == "dense":
        return mlp((784, 12, 10), rng=np.random.default_rng(3))
    return cnn((3, 4), (784, 12, 10), rng=np.random.default_rng(3))


@pytest.fixture
def images(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 256, (20, 28, 28), np.uint8)


def test_three_image_formats_are_equivalent(network: Network, images: np.ndarray) -> None:
    P = network.predict_proba(images)
    assert P.shape == (20, 10)
    assert P.dtype == np.float32
    flat = images.reshape(20, 784)
    np.testing.assert_array_equal(network.predict_proba(flat), P)
    for scaled in (flat / 255, (flat / 255).astype(np.float32)):
        np.testing.assert_allclose(network.predict_proba(scaled), P, rtol=1e-4)


def test_only_uint8_is_scaled(network: Network, images: np.ndarray) -> None:
    unscaled = images.reshape(20, 784).astype(np.float32)
    np.testing.assert_array_equal(network.inputs(unscaled), unscaled)
    np.testing.assert_allclose(network.inputs(images), unscaled / 255, rtol=1e-6)


def test_integer_types_other_than_uint8_are_refused(network: Network, images: np.ndarray) -> None:
    """Pixels 0..255 in int64, if taken as scaled, would give meaningless probabilities."""
    with pytest.raises(ValueError, match="int64"):
        network.predict_proba(images.astype(np.int64))


def test_inputs_are_a_copy(network: Network, images: np.ndarray) -> None:
    scaled = network.inputs(images)
    assert not np.shares_memory(network.inputs(scaled), scaled)


@pytest.mark.parametrize("shape", [(784,), (28, 28), (3, 783), (3, 28, 27), (3, 785)], ids=str)
def test_a_wrong_number_of_pixels_is_refused(network: Network, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="784"):
        network.predict_proba(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("output", OUTPUT_ACTIVATIONS)
@pytest.mark.parametrize("activation", HIDDEN_ACTIVATIONS)
def test_probabilities_sum_to_one(activation: str, output: str, images: np.ndarray) -> None:
    P = mlp((784, 12, 10), activation, output).predict_proba(images)
    assert P.min() >= 0
    np.testing.assert_allclose(P.sum(axis=1), 1, rtol=1e-5)


def test_sigmoid_outputs_that_are_all_zero_still_become_probabilities(images: np.ndarray) -> None:
    network = mlp((784, 10), output="sigmoid", initial_scale=0, initial_bias=-100)
    np.testing.assert_allclose(network.predict_proba(images).sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("n", [0, 1, 1999, 2000, 2001, 4003])
def test_prediction_does_not_depend_on_batch_size(
    either: Network, rng: np.random.Generator, n: int
) -> None:
    many = rng.integers(0, 256, (n, 784), np.uint8)
    P = either.predict_proba(many)
    assert P.shape == (n, 10)
    for k in {0, 1998, 1999, 2000, 2001, n - 1} & set(range(n)):
        np.testing.assert_allclose(P[k], either.predict_proba(many[k : k + 1])[0], rtol=1e-4)


def test_parameters_and_gradients_are_views_of_two_vectors(network: Network) -> None:
    assert [array.shape for array in network.parameters] == [(784, 12), (12,), (12, 10), (10,)]
    for vector, arrays in (
        (network.theta, network.parameters),
        (network.gradient, network.gradients),
    ):
        vector[:] = np.arange(len(vector))
        np.testing.assert_array_equal(np.concatenate([array.ravel() for array in arrays]), vector)
        arrays[-1][-1] = -1
        assert vector[-1] == -1


def test_initial_weights_depend_on_generator_and_biases_on_argument() -> None:
    def draw(seed: int) -> Network:
        return mlp((6, 4, 3), initial_bias=0.1, rng=np.random.default_rng(seed))

    np.testing.assert_array_equal(draw(1).theta, draw(1).theta)
    assert not np.array_equal(draw(1).theta, draw(2).theta)
    assert all((layer.b == np.float32(0.1)).all() for layer in draw(1).dense_layers)


def test_hidden_layers_have_one_activation_and_the_outputs_another() -> None:
    kinds = [type(layer) for layer in mlp((6, 5, 4, 3), "tanh", "sigmoid").activation_layers]
    tanh, sigmoid = HIDDEN_ACTIVATIONS["tanh"], OUTPUT_ACTIVATIONS["sigmoid"]
    assert kinds == [tanh, tanh, sigmoid]


@pytest.mark.parametrize("sizes", [(), (784,), (784, 0, 10)], ids=str)
def test_impossible_sizes_are_refused(sizes: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="sizes"):
        mlp(sizes)


def test_forward_apply_and_activations_agree(network: Network, images: np.ndarray) -> None:
    X = network.inputs(images)
    hidden, A = network.activations(X)
    assert hidden.shape == (20, 12)
    np.testing.assert_array_equal(network.forward(X), network.apply(X))
    np.testing.assert_array_equal(network.output_activation.apply(network.apply(X)), A)


def test_a_convolutional_network_ends_in_its_dense_layers(
    convolutional: Network, images: np.ndarray
) -> None:
    shapes = [array.shape for array in convolutional.parameters]
    assert shapes[:4] == [(3, 1, 5, 5), (3,), (4, 3, 5, 5), (4,)]
    assert shapes[4:] == [(64, 12), (12,), (12, 10), (10,)]
    X = convolutional.inputs(images)
    first, second, hidden, A = convolutional.activations(X)
    assert first.shape == (3, 12, 12, 20)
    assert second.shape == (4, 4, 4, 20)
    assert hidden.shape == (20, 12)
    np.testing.assert_array_equal(convolutional.forward(X), convolutional.apply(X))
    np.testing.assert_array_equal(convolutional.output_activation.apply(convolutional.apply(X)), A)


def test_a_batch_of_another_size_changes_no_result(
    convolutional: Network, images: np.ndarray
) -> None:
    def gradient(n: int) -> np.ndarray:
        loss = SoftmaxCrossEntropy(convolutional.output_activation)
        logits = convolutional.forward(convolutional.inputs(images[:n]))
        loss.forward(logits, np.arange(n) % 10)
        convolutional.backward(loss.backward())
        return convolutional.gradient.copy()

    before = gradient(20)
    gradient(7)
    np.testing.assert_array_equal(gradient(20), before)


def test_convolutions_are_initialised_like_dense_layers_of_one_patch() -> None:
    def draw(seed: int) -> Network:
        return cnn((64, 64), initial_bias=0.1, rng=np.random.default_rng(seed))

    network = draw(1)
    np.testing.assert_array_equal(network.theta, draw(1).theta)
    assert not np.array_equal(network.theta, draw(2).theta)
    for layer, inputs in zip(network.convolutions, (25, 64 * 25), strict=True):
        assert layer.W.std() == pytest.approx(np.sqrt(2 / inputs), rel=0.05)
        np.testing.assert_array_equal(layer.b, np.float32(0.1))


def test_convolutions_need_a_square_image() -> None:
    with pytest.raises(ValueError, match="a square image, not 783 pixels"):
        cnn((3,), (783, 10))


def test_prediction_bounds_the_memory_of_patches(
    monkeypatch: pytest.MonkeyPatch, images: np.ndarray
) -> None:
    network = cnn((3, 4))
    batches = []
    inputs = network.inputs

    def counted(rows: np.ndarray) -> np.ndarray:
        batches.append(len(rows))
        return inputs(rows)

    monkeypatch.setattr(network, "inputs", counted)
    # Patches and sums of an image: (25 + 3) * 12**2 + (3 * 25 + 4) * 4**2 = 5,296 numbers.
    monkeypatch.setattr("nn.network._NUMBERS", 5_296 * 8)
    network.predict_proba(images)
    assert batches == [8, 8, 4]


def test_copy_of_a_convolutional_network(convolutional: Network, images: np.ndarray) -> None:
    copy = convolutional.copy()
    for attribute in ("sizes", "filters", "kernel_size", "shrink"):
        assert getattr(copy, attribute) == getattr(convolutional, attribute)
    np.testing.assert_array_equal(copy.predict_proba(images), convolutional.predict_proba(images))
    assert not np.shares_memory(copy.theta, convolutional.theta)


def test_copy_is_complete_and_independent(images: np.ndarray) -> None:
    network = mlp((784, 12, 10), "tanh", "sigmoid", input_scale=0.5, dtype=np.float64)
    network.theta *= 1.5  # not what a new network begins with
    copy = network.copy()
    for attribute in ("sizes", "activation", "output", "input_scale", "dtype"):
        assert getattr(copy, attribute) == getattr(network, attribute)
    P = network.predict_proba(images)
    np.testing.assert_array_equal(copy.predict_proba(images), P)

    assert not np.shares_memory(copy.theta, network.theta)
    copy.theta[:] = 0
    copy.gradient[:] = 1
    np.testing.assert_array_equal(network.predict_proba(images), P)
    assert not network.gradient.any()


def test_predict_between_forward_and_backward_changes_no_gradient(
    either: Network, images: np.ndarray
) -> None:
    """So that a page may call predict_proba on the network that a worker is training."""
    X, labels = either.inputs(images[:10]), np.arange(10)

    def gradient(ask: bool) -> np.ndarray:
        loss = SoftmaxCrossEntropy(either.output_activation)
        loss.forward(either.forward(X), labels)
        if ask:
            either.predict_proba(images)
            either.activations(either.inputs(images))
        either.backward(loss.backward())
        return either.gradient.copy()

    np.testing.assert_array_equal(gradient(ask=True), gradient(ask=False))


def test_predict_proba_is_thread_safe(either: Network, rng: np.random.Generator) -> None:
    batches = [rng.integers(0, 256, (n, 784), np.uint8) for n in range(50, 90)]
    sequential = [either.predict_proba(batch) for batch in batches]
    with ThreadPoolExecutor(8) as pool:
        for answers, expected in zip(
            pool.map(either.predict_proba, batches), sequential, strict=True
        ):
            np.testing.assert_array_equal(answers, expected)


def test_copy_to_float64(images: np.ndarray) -> None:
    network = mlp((784, 12, 10))
    precise = network.copy(np.float64)
    assert network.dtype == np.float32
    assert precise.dtype == np.float64
    np.testing.assert_array_equal(precise.theta, network.theta)
    np.testing.assert_allclose(
        precise.predict_proba(images), network.predict_proba(images), atol=1e-6
    )
