"""Forward and backward pass against worked examples and against `nn`."""

import inspect
from itertools import product

import numpy as np
import pytest

from inkling.analysis.forward_backward import (
    ForwardBackward,
    WeightCheck,
    source_lines,
)
from nn import ConfigError, Network, TrainConfig, mlp
from nn.activations import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS, ReLU, Sigmoid, Softmax
from nn.gradient_check import gradient_check
from nn.layers import Dense
from nn.losses import LOSSES, MeanSquaredError, SoftmaxCrossEntropy
from nn.optimizers import SGD
from tests.nn.test_by_hand import L, assert_close, network

D = -0.07482653608351372  # the hidden delta that is worked out in `tests.nn.test_by_hand`


def combinations() -> list[tuple[str, str, str]]:
    """Return every (activation, output, loss) that can be trained."""
    allowed = []
    for activation, output, loss in product(HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS, LOSSES):
        try:
            TrainConfig(activation=activation, output=output, loss=loss)
        except ConfigError:
            continue
        allowed.append((activation, output, loss))
    return allowed


def random_network(
    sizes: tuple[int, ...], activation: str, output: str, rng: np.random.Generator
) -> Network:
    """Return a network with random weights, biases included."""
    net = mlp(sizes, activation, output, dtype=np.float64)
    net.theta[:] = rng.normal(0, 0.7, net.theta.shape)
    return net


def arrays(passes: ForwardBackward) -> list[np.ndarray]:
    """Return all values of all layers."""
    values = [value for layer in passes.layers for value in vars(layer).values()]
    return [value for value in values if isinstance(value, np.ndarray)]


def random_image(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(1, 256, (4, 5), np.uint8)


@pytest.fixture
def sigmoids() -> ForwardBackward:
    """The network 2-2-2 that is worked out by hand, on the pixels 1 and 2, label 0."""
    net = network(
        (2, 2, 2),
        "sigmoid",
        "sigmoid",
        [[2, -1], [-1, 0.5]],
        [0, L],
        [[3, -3], [-2, 2]],
        [0, -L],
    )
    return ForwardBackward(net, np.array([[1.0, 2.0]]), 0)


def relus(image: list[float]) -> ForwardBackward:
    """The network 3-2-2 that is worked out by hand, on one of its two images, label 1."""
    net = network(
        (3, 2, 2),
        "relu",
        "softmax",
        [[1, -3], [1, 0.5], [1, 1]],
        [-1, 0.5],
        [[1, 0], [1 - L, 0.5]],
        [L, 2],
    )
    return ForwardBackward(net, np.array([image], float), 1)


def test_forward_is_as_worked_out_by_hand(sigmoids: ForwardBackward) -> None:
    hidden, output = sigmoids.layers
    assert_close(hidden.X, [1, 2])
    assert_close(hidden.Z, [0, L])
    assert_close(hidden.A, [0.5, 0.75])
    assert_close(output.X, [0.5, 0.75])
    assert_close(output.Z, [0, -L])
    assert_close(output.A, [0.5, 0.25])
    assert_close(sigmoids.loss_value, 0.15625)
    assert_close(sigmoids.probabilities, [2 / 3, 1 / 3])
    assert isinstance(sigmoids.loss, MeanSquaredError)


def test_contributions_are_as_worked_out_by_hand(sigmoids: ForwardBackward) -> None:
    assert_close(sigmoids.contributions(0, 0), [2, -2])
    assert_close(sigmoids.contributions(0, 1), [-1, 1])
    assert_close(sigmoids.contributions(1, 0), [1.5, -1.5])


def test_backward_is_as_worked_out_by_hand(sigmoids: ForwardBackward) -> None:
    hidden, output = sigmoids.layers
    assert_close(output.delta, [-0.125, 0.046875])
    assert_close(output.dW, [[-0.0625, 0.0234375], [-0.09375, 0.03515625]])
    assert_close(sigmoids.backpropagated(0, 0), [3 * -0.125, -3 * 0.046875])
    assert_close(sigmoids.backpropagated(0, 1), [-2 * -0.125, 2 * 0.046875])
    assert_close(hidden.delta, [-0.12890625, 0.064453125])
    assert_close(hidden.dW, [[-0.12890625, 0.064453125], [-0.2578125, 0.12890625]])


def test_updates_are_as_worked_out_by_hand(sigmoids: ForwardBackward) -> None:
    assert_close(np.array(sigmoids.update(0, 0, 0, 2)), [2, -0.12890625, 2.2578125])
    assert_close(sigmoids.update(0, 1, 1, 2).after, 0.2421875)
    assert_close(sigmoids.update(1, 0, 1, 2).after, -3.046875)
    assert sigmoids.prediction_after_step(2).loss < 0.15625


def test_prediction_after_step_is_as_worked_out_by_hand(
    sigmoids: ForwardBackward,
) -> None:
    stepped = network(
        (2, 2, 2),
        "sigmoid",
        "sigmoid",
        [[2.2578125, -1.12890625], [-0.484375, 0.2421875]],
        [0.2578125, L - 0.12890625],
        [[3.125, -3.046875], [-1.8125, 1.9296875]],
        [0.25, -L - 0.09375],
    )
    X = np.array([[1.0, 2.0]])
    after = sigmoids.prediction_after_step(2)
    assert_close(after.loss, MeanSquaredError().value(stepped.outputs(X), np.array([0])))
    assert_close(after.probabilities, stepped.predict_proba(X)[0])


def test_softmax_and_cross_entropy_are_as_worked_out_by_hand() -> None:
    first, second = relus([1, 0, 2]), relus([0, 1, 1])
    assert_close(first.layers[0].Z, [2, -0.5])
    assert_close(first.layers[0].A, [2, 0])
    assert_close(first.layers[1].Z, [2 + L, 2])
    assert_close(first.probabilities, [0.75, 0.25])
    assert_close(second.layers[0].Z, [1, 2])
    assert_close(second.layers[1].Z, [3 - L, 3])
    assert_close(second.probabilities, [0.25, 0.75])
    # By hand it is a batch of two: its loss and its gradients are the means of these.
    assert_close((first.loss_value + second.loss_value) / 2, 0.8369882167858358)
    assert_close(first.layers[1].delta, [0.75, -0.75])
    assert_close(second.layers[1].delta, [0.25, -0.25])
    assert_close(first.layers[0].delta, [0.75, 0])
    assert_close(second.layers[0].delta, [0.25, 2 * D])
    dW1, dW2 = ((first.layers[k].dW + second.layers[k].dW) / 2 for k in (0, 1))
    assert_close(dW1, [[0.375, 0], [0.125, D], [0.875, D]])
    assert_close(dW2, [[0.875, -0.875], [0.25, -0.25]])


@pytest.mark.parametrize("sizes", [(20, 4), (20, 6, 4), (20, 6, 5, 4)], ids=str)
@pytest.mark.parametrize(("activation", "output", "loss"), combinations())
def test_values_equal_those_of_the_network(
    sizes: tuple[int, ...], activation: str, output: str, loss: str, rng: np.random.Generator
) -> None:
    net, image, label = random_network(sizes, activation, output, rng), random_image(rng), 2
    passes = ForwardBackward(net, image, label, loss)

    twin, labels = net.copy(), np.array([label])
    function = LOSSES[loss](twin.output_activation)
    X = twin.inputs(image[None])
    for layer, A in zip(passes.layers, twin.activations(X), strict=True):
        np.testing.assert_array_equal(layer.A, A[0])
    assert passes.loss_value == function.forward(twin.forward(X), labels)
    twin.backward(function.backward())
    np.testing.assert_array_equal(passes.network.gradient, twin.gradient)
    for layer, own in zip(passes.layers, twin.dense_layers, strict=True):
        np.testing.assert_array_equal(layer.dW, own.dW)
        np.testing.assert_array_equal(layer.delta, own.db)
        np.testing.assert_allclose(layer.dW, np.outer(layer.X, layer.delta), rtol=1e-12)
    np.testing.assert_array_equal(passes.probabilities, net.predict_proba(image[None])[0])

    SGD(twin.theta).step(twin.theta, twin.gradient, 0.3)
    np.testing.assert_array_equal(
        passes.prediction_after_step(0.3).probabilities, twin.predict_proba(image[None])[0]
    )


def test_contributions_and_backpropagated_terms_add_up(rng: np.random.Generator) -> None:
    passes = ForwardBackward(
        random_network((20, 6, 5, 4), "tanh", "softmax", rng), random_image(rng), 1
    )
    for k, layer in enumerate(passes.layers):
        for unit in range(len(layer.b)):
            total = passes.contributions(k, unit).sum() + layer.b[unit]
            assert total == pytest.approx(layer.Z[unit], rel=1e-12)
    for k, layer in enumerate(passes.layers[:-1]):
        for unit, A in enumerate(layer.A):
            dA = passes.backpropagated(k, unit).sum()
            assert dA * (1 - A * A) == pytest.approx(layer.delta[unit], rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_given_network_is_not_changed(
    dtype: np.typing.DTypeLike, rng: np.random.Generator
) -> None:
    net = mlp((20, 6, 4), rng=rng, dtype=dtype)
    before = net.theta.copy(), net.gradient.copy()
    net.theta.setflags(write=False)
    passes = ForwardBackward(net, random_image(rng), 3)
    passes.prediction_after_step(1.0)
    passes.update(0, 3, 2, 1.0)
    passes.weight_checks(0, 3, 2, [1e-6])
    np.testing.assert_array_equal(net.theta, before[0])
    np.testing.assert_array_equal(net.gradient, before[1])
    assert not any(np.shares_memory(layer.W, net.theta) for layer in passes.layers)


def test_prediction_after_step_does_not_change_the_values(rng: np.random.Generator) -> None:
    passes = ForwardBackward(mlp((20, 6, 4), rng=rng), random_image(rng), 3)
    before = [array.copy() for array in arrays(passes)]
    passes.prediction_after_step(1.0)
    passes.weight_checks(0, 3, 2, [1e-6])
    for one, other in zip(before, arrays(passes), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("activation", "output", "loss"), combinations())
def test_checks_agree_for_every_derivative_but_the_historical_one(
    activation: str, output: str, loss: str, rng: np.random.Generator
) -> None:
    net = random_network((20, 6, 4), activation, output, rng)
    net.theta *= 0.3  # or the units saturate, and there is nothing to compare
    passes = ForwardBackward(net, random_image(rng), 2, loss)
    right = output != "normalized-sigmoid"
    for layer in (0, 1):
        found = passes.weight_checks(layer, *passes.largest_gradient(layer), [1e-5])[0]
        assert found.numerical != 0
        assert (found.digits > 6) == right
        assert (found.digits < 3) != right


def test_check_is_of_the_requested_weight(rng: np.random.Generator) -> None:
    passes = ForwardBackward(
        random_network((20, 6, 5, 4), "tanh", "softmax", rng), random_image(rng), 0
    )
    for layer, source, unit in ((0, 19, 5), (1, 2, 3), (2, 4, 0)):
        found = passes.weight_checks(layer, source, unit, [1e-6])[0]
        assert found.analytic == pytest.approx(passes.layers[layer].dW[source, unit], rel=1e-12)


def test_checks_of_float32_networks_are_in_float64(rng: np.random.Generator) -> None:
    passes = ForwardBackward(mlp((20, 6, 4), "tanh", rng=rng), random_image(rng), 0)
    assert passes.weight_checks(0, *passes.largest_gradient(0), [1e-6])[0].digits > 6


def test_one_check_for_each_distance(rng: np.random.Generator) -> None:
    passes = ForwardBackward(mlp((20, 6, 4), "tanh", rng=rng), random_image(rng), 0)
    source, unit = passes.largest_gradient(0)
    far, near, too_near = passes.weight_checks(0, source, unit, [1.0, 1e-5, 1e-12])
    assert far.analytic == near.analytic == too_near.analytic
    assert near == passes.weight_checks(0, source, unit, [1e-5])[0]
    assert near.digits > max(far.digits, too_near.digits)


def test_number_of_agreeing_digits() -> None:
    assert WeightCheck(1, 1, 0).digits == 16
    assert WeightCheck(1, 1, 1e-20).digits == 16
    assert WeightCheck(1, 1.00002, 1e-5).digits == pytest.approx(5)
    assert WeightCheck(1, -1, 1).digits == 0
    assert WeightCheck(0, 0, 0).digits == 16


def test_weight_index_is_the_position_in_theta(rng: np.random.Generator) -> None:
    passes = ForwardBackward(mlp((20, 6, 5, 4)), random_image(rng), 1)
    for layer, (inputs, units) in enumerate([(20, 6), (6, 5), (5, 4)]):
        source, unit = inputs - 2, units - 1
        passes.network.theta[passes.weight_index(layer, source, unit)] = 77
        assert passes.network.dense_layers[layer].W[source, unit] == 77


def test_largest_gradient(rng: np.random.Generator) -> None:
    passes = ForwardBackward(
        random_network((20, 6, 4), "tanh", "softmax", rng), random_image(rng), 1
    )
    for layer, values in enumerate(passes.layers):
        source, unit = passes.largest_gradient(layer)
        assert abs(values.dW[source, unit]) == np.abs(values.dW).max()
        source, unit = passes.largest_gradient(layer, 2)
        assert unit == 2
        assert abs(values.dW[source, 2]) == np.abs(values.dW[:, 2]).max()


def test_largest_gradient_of_an_inactive_unit_is_at_the_largest_input() -> None:
    passes = relus([1, 0, 2])  # its second unit is off
    assert np.all(passes.layers[0].dW[:, 1] == 0)
    assert passes.largest_gradient(0, 1) == (2, 1)


def test_influential_units_are_ascending_and_include_the_chosen_one(
    rng: np.random.Generator,
) -> None:
    passes = ForwardBackward(
        random_network((20, 9, 4), "relu", "softmax", rng), random_image(rng), 1
    )
    influence = passes.layers[0].A * np.linalg.norm(passes.layers[1].W, axis=1)
    order = np.argsort(-influence, kind="stable")
    np.testing.assert_array_equal(passes.influential_units(0, 3), np.sort(order[:3]))
    last = int(order[-1])
    chosen = passes.influential_units(0, 3, last)
    np.testing.assert_array_equal(chosen, np.sort([*order[:2], last]))
    np.testing.assert_array_equal(passes.influential_units(1, 16), np.arange(4))


def test_overflow_makes_finite_false(rng: np.random.Generator) -> None:
    net = mlp((20, 6, 4), rng=rng)
    assert ForwardBackward(net, random_image(rng), 1).finite
    for theta in (np.nan, np.inf, np.finfo(np.float32).max):
        net.theta[:] = theta
        assert not ForwardBackward(net, random_image(rng), 1).finite


@pytest.mark.parametrize(
    ("function", "line", "file"),
    [
        (Network.inputs, "X *= self.input_scale", "nn/network.py"),
        (Dense.apply, "Z = np.matmul(X, self.W, out=out)", "nn/layers.py"),
        (ReLU.apply, "return np.maximum(Z, 0, out=Z)", "nn/activations.py"),
        (Softmax.apply, "np.exp(Z, out=Z)", "nn/activations.py"),
        (Sigmoid.gradient, "return np.multiply(dA, 1 - A, out=dA)", "nn/activations.py"),
        (SoftmaxCrossEntropy.value, "p = A[np.arange(len(A)), labels]", "nn/losses.py"),
        (SoftmaxCrossEntropy.backward, "dZ[np.arange(len(dZ)), self.labels] -= 1", "nn/losses.py"),
        (Dense.parameter_gradients, "np.matmul(self.X.T, dZ, out=self.dW)", "nn/layers.py"),
        (Dense.input_gradient, "np.matmul(dZ, self.W.T, out=", "nn/layers.py"),
        (SGD.step, "theta -= np.multiply(gradient, learning_rate", "nn/optimizers.py"),
        (gradient_check, "(above - below) / (2 * epsilon)", "nn/gradient_check.py"),
    ],
)
def test_source_lines_omit_the_docstring(function: object, line: str, file: str) -> None:
    source = source_lines(function)  # type: ignore[arg-type]
    assert line in source.text
    assert source.text.startswith("def ")
    assert '"""' not in source.text
    assert "\n\n\n" not in source.text
    assert source.file == file
    compile(source.text, source.file, "exec")
    first = inspect.getsourcelines(function)[1]  # type: ignore[arg-type]
    assert source.line == first


def test_source_lines_of_a_function_without_docstring() -> None:
    source = source_lines(in_short)
    assert source.text == "def in_short() -> int:\n    return 1"


def in_short() -> int:
    return 1
