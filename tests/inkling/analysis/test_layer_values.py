"""Values of convolutions in a forward and backward pass, by hand and against `nn`."""

import numpy as np
import pytest

from inkling.analysis.forward_backward import ForwardBackward
from inkling.analysis.layer_values import ConvolutionValues, DenseValues
from nn import Network, cnn
from nn.activations import HIDDEN_ACTIVATIONS
from nn.convolution import SHRINK
from tests.nn.test_by_hand import L, assert_close

SIDE = 15


def random_cnn(
    rng: np.random.Generator,
    shrink: str,
    activation: str = "tanh",
    filters: tuple[int, ...] = (3, 4),
    hidden: tuple[int, ...] = (6,),
) -> Network:
    """Return a convolutional network of 15 x 15 pixels with random weights, biases included."""
    net = cnn(
        filters, (SIDE**2, *hidden, 4), activation, kernel_size=3, shrink=shrink, dtype=np.float64
    )
    net.theta[:] = rng.normal(0, 0.4, net.theta.shape)
    return net


def random_passes(
    rng: np.random.Generator, shrink: str, activation: str = "tanh"
) -> ForwardBackward:
    image = rng.integers(1, 256, (SIDE, SIDE), np.uint8)
    return ForwardBackward(random_cnn(rng, shrink, activation), image, 2)


def convolutions(passes: ForwardBackward) -> list[ConvolutionValues]:
    return [values for values in passes.layers if isinstance(values, ConvolutionValues)]


@pytest.fixture
def by_hand() -> ForwardBackward:
    """A filter of 2 x 2 on 3 x 3 pixels, max pooling to one number, and two outputs."""
    net = cnn((1,), (9, 2), kernel_size=2, shrink="pool", dtype=np.float64)
    net.convolutions[0].W[:] = [[[[1, 0], [0, -1]]]]  # upper left less lower right
    net.convolutions[0].b[:] = 0.5
    net.dense_layers[0].W[:] = [[2 * L, 0]]
    image = np.array([[[1.0, 2, 0], [0, 1, 3], [2, 0, 1]]])
    return ForwardBackward(net, image.reshape(3, 3), 0)


def test_forward_is_as_worked_out_by_hand(by_hand: ForwardBackward) -> None:
    (values,) = convolutions(by_hand)
    assert_close(values.Z, [[[0.5, -0.5], [0.5, 0.5]]])
    assert_close(values.pooled, [[[0.5]]])
    assert values.winner.tolist() == [[[0]]]
    assert_close(values.A, [[[0.5]]])
    assert_close(by_hand.probabilities, [0.75, 0.25])
    assert_close(values.inputs_of(1), [2, 0, 1, 3])
    assert_close(values.contributions(1), [2, 0, 0, -3])


def test_backward_is_as_worked_out_by_hand(by_hand: ForwardBackward) -> None:
    (values,) = convolutions(by_hand)
    assert_close(by_hand.layers[1].delta, [-0.25, 0.25])
    assert_close(by_hand.backpropagated(0, 0), [-0.5 * L, 0])
    assert_close(values.pooled_delta, [[[-0.5 * L]]])
    assert_close(values.delta, [[[-0.5 * L, 0], [0, 0]]])
    assert_close(values.dW, [[[[-0.5 * L, -L], [0, -0.5 * L]]]])
    assert_close(values.inputs_under(1), [[2, 0], [1, 3]])


def test_terms_of_an_input_are_as_worked_out_by_hand() -> None:
    """The middle pixel lies under all four weights, one at each place of the filter."""
    values = ConvolutionValues(
        X=np.zeros((1, 3, 3)),
        W=np.array([[[[1.0, 2], [3, 4]]]]),
        b=np.zeros(1),
        Z=np.zeros((1, 2, 2)),
        A=np.zeros((1, 2, 2)),
        delta=np.array([[[10.0, 20], [30, 40]]]),
        dW=np.zeros((1, 1, 2, 2)),
        activation=HIDDEN_ACTIVATIONS["relu"](),
        stride=1,
        pool_size=1,
        pooled=np.zeros((1, 2, 2)),
        winner=np.zeros((1, 2, 2), np.intp),
        pooled_delta=np.zeros((1, 2, 2)),
    )
    assert_close(values.sent_back(4), [[[10 * 4, 20 * 3], [30 * 2, 40 * 1]]])
    assert_close(values.sent_back(2), [[[0, 20 * 2], [0, 0]]])


@pytest.mark.parametrize("shrink", SHRINK)
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_values_equal_those_of_the_network(
    shrink: str, activation: str, rng: np.random.Generator
) -> None:
    passes = random_passes(rng, shrink, activation)
    twin = random_cnn(np.random.default_rng(0), shrink, activation)
    twin.theta[:] = passes.network.theta
    X, labels = twin.inputs(passes.image[None]), np.array([2])
    assert [type(values) for values in passes.layers] == [
        *[ConvolutionValues] * 2,
        *[DenseValues] * 2,
    ]
    for values, A in zip(passes.layers, twin.activations(X), strict=True):
        maps = A[..., 0] if isinstance(values, ConvolutionValues) else A[0]
        np.testing.assert_array_equal(values.A, maps)
    loss = type(passes.loss)(twin.output_activation)
    assert loss.forward(twin.forward(X), labels) == passes.loss_value
    twin.backward(loss.backward())
    np.testing.assert_array_equal(passes.network.gradient, twin.gradient)
    for values, layer in zip(passes.layers, [*twin.convolutions, *twin.dense_layers], strict=True):
        dW, db = layer.gradients
        np.testing.assert_array_equal(values.dW, dW)
        delta = values.delta.reshape(len(values.delta), -1)
        np.testing.assert_allclose(delta.sum(axis=1), db, rtol=1e-12)


@pytest.mark.parametrize("shrink", SHRINK)
def test_terms_add_up_for_every_unit(shrink: str, rng: np.random.Generator) -> None:
    passes = random_passes(rng, shrink)
    for k, values in enumerate(convolutions(passes)):
        for unit, Z in enumerate(values.Z.ravel()):
            f, row, column = place = values.pooled_place(unit)
            total = passes.contributions(k, unit).sum() + values.b[values.place(unit)[0]]
            assert total == pytest.approx(Z, rel=1e-10, abs=1e-12)
            dA = passes.backpropagated(k, unit).sum()
            slope = 1 - values.A[place] ** 2
            assert dA * slope == pytest.approx(values.pooled_delta[place], rel=1e-10, abs=1e-14)
            if unit in values.square(f, row, column):
                wins = unit == values.winning_unit(f, row, column)
                expected = values.pooled_delta[place] if wins else 0
                assert values.delta.ravel()[unit] == expected
            else:
                assert values.delta.ravel()[unit] == 0


@pytest.mark.parametrize("shrink", SHRINK)
def test_gradient_of_a_weight_is_a_sum_over_places(shrink: str, rng: np.random.Generator) -> None:
    passes = random_passes(rng, shrink)
    for values in convolutions(passes):
        for f, source in ((0, 0), (2, values.W[0].size - 1), (1, 4)):
            terms = values.inputs_under(source) * values.delta[f]
            assert terms.sum() == pytest.approx(values.dW[f].ravel()[source], rel=1e-10)


@pytest.mark.parametrize("shrink", SHRINK)
def test_checks_agree_for_weights_of_both_kinds_of_layers(
    shrink: str, rng: np.random.Generator
) -> None:
    passes = random_passes(rng, shrink)
    for layer, values in enumerate(passes.layers):
        source, unit = passes.largest_gradient(layer)
        found = passes.weight_checks(layer, source, unit, [1e-5])[0]
        assert found.analytic == pytest.approx(values.gradients_of(unit)[source], rel=1e-10)
        assert abs(found.analytic) == pytest.approx(np.abs(values.dW).max(), rel=1e-10)
        assert found.digits > 6


def test_weight_index_is_the_position_in_theta(rng: np.random.Generator) -> None:
    passes = random_passes(rng, "stride")
    first, second = convolutions(passes)
    for layer, source, unit in ((0, 5, first.unit(2, 1, 1)), (1, 26, second.unit(3, 0, 1))):
        passes.network.theta[passes.weight_index(layer, source, unit)] = 77
        assert (
            passes.network.convolutions[layer].W[unit_filter(layer, passes, unit)].ravel()[source]
            == 77
        )
    passes.network.theta[passes.weight_index(3, 5, 2)] = 77
    assert passes.network.dense_layers[1].W[5, 2] == 77


def unit_filter(layer: int, passes: ForwardBackward, unit: int) -> int:
    values = passes.layers[layer]
    assert isinstance(values, ConvolutionValues)
    return values.place(unit)[0]


@pytest.mark.parametrize("shrink", SHRINK)
def test_groups_add_up_to_sums_and_to_what_is_sent_back(
    shrink: str, rng: np.random.Generator
) -> None:
    passes = random_passes(rng, shrink)
    for below, values in zip(passes.layers, passes.layers[1:], strict=False):
        groups = len(below.A)
        bias = values.b.reshape(-1, *[1] * (values.Z.ndim - 1))
        sums = (values.Z - bias).reshape(len(values.b), -1).sum(axis=1)
        np.testing.assert_allclose(values.group_contributions(groups).sum(axis=0), sums)
        sent = [values.sent_back(index).sum() for index in range(values.X.size)]
        np.testing.assert_allclose(
            values.group_sent_back(groups).sum(axis=1), np.reshape(sent, (groups, -1)).sum(axis=1)
        )
        norms = values.weight_norms(groups)
        assert norms.shape == (groups,)
        assert np.linalg.norm(norms) == pytest.approx(np.linalg.norm(values.W))


def test_influential_units_of_a_convolution_are_filters(rng: np.random.Generator) -> None:
    passes = random_passes(rng, "pool")
    assert passes.influential_units(0, 8).tolist() == [0, 1, 2]
    influence = [
        np.linalg.norm(A) * np.linalg.norm(passes.layers[1].W[:, f])
        for f, A in enumerate(passes.layers[0].A)
    ]
    assert passes.influential_units(0, 1).tolist() == [int(np.argmax(influence))]


def test_update_is_of_the_weight_of_a_filter(rng: np.random.Generator) -> None:
    passes = random_passes(rng, "stride")
    values = convolutions(passes)[1]
    update = passes.update(1, 10, values.unit(2, 1, 0), 0.1)
    assert update.before == values.W[2].ravel()[10]
    assert update.gradient == values.dW[2].ravel()[10]
    assert update.after == update.before - 0.1 * update.gradient


def test_rows_that_fill_no_square_belong_to_the_nearest(rng: np.random.Generator) -> None:
    image = rng.integers(1, 256, (SIDE, SIDE), np.uint8)
    net = random_cnn(rng, "pool", filters=(2,), hidden=())
    values = convolutions(ForwardBackward(net, image, 1))[0]
    assert values.Z.shape == (2, 13, 13)
    assert values.A.shape == (2, 6, 6)
    assert values.pooled_place(values.unit(1, 12, 3)) == (1, 5, 1)
    assert values.delta[:, 12].any() == np.False_


def test_overflow_makes_finite_false(rng: np.random.Generator) -> None:
    passes = random_passes(rng, "pool")
    assert passes.finite
    net = passes.network.copy()
    net.convolutions[0].W[:] = np.nan
    assert not ForwardBackward(net, passes.image, 2).finite
