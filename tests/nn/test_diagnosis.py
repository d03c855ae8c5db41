"""Diagnosis: each problem is named in its situation, and a healthy run has none."""

import numpy as np
import pytest

from nn import TrainConfig, mlp, train
from nn.activations import HIDDEN_ACTIVATIONS
from nn.diagnosis import dead_shares, diagnose, is_finite, overfitting
from nn.losses import LOSSES, MeanSquaredError, SoftmaxCrossEntropy
from nn.training import HasTrainTest

pytestmark = pytest.mark.filterwarnings("error")  # a problem is a message, not a warning

CHANCE = np.log(10)
NAN = float("nan")


@pytest.mark.parametrize(
    ("train_loss", "train_accuracy", "dead", "name"),
    [
        (NAN, 0.1, 0.0, "not finite"),
        (float("inf"), 0.9, 1.0, "not finite"),
        (CHANCE, 0.1, 0.51, "dead units"),
        (0.1, 0.97, 0.51, "dead units"),
        (CHANCE, 0.1, 0.0, "stuck at chance"),
        (CHANCE * 1.019, 0.19, 0.5, "stuck at chance"),
        (CHANCE * 1.6, 0.1, 0.0, "worse than chance"),
        (CHANCE * 1.2, 0.1, 0.0, None),  # still learning
        (CHANCE, 0.5, 0.0, None),  # accurate, though without confidence
        (CHANCE * 1.6, 0.5, 0.0, None),
        (0.05, 0.99, 0.5, None),
    ],
)
def test_diagnosis_matches_situation(
    train_loss: float, train_accuracy: float, dead: float, name: str | None
) -> None:
    problem = diagnose(SoftmaxCrossEntropy(), train_loss, train_accuracy, dead)
    assert (problem.name if problem else None) == name


@pytest.mark.parametrize("loss", LOSSES)
def test_chance_is_known_for_every_loss(loss: str) -> None:
    cost = LOSSES[loss]().at_chance(10)
    problem = diagnose(LOSSES[loss](), cost, 0.1, 0)
    assert problem is not None
    assert problem.name == "stuck at chance"
    assert f"{cost:.2f}" in problem.sentence


def test_vanishing_gradient_is_diagnosed() -> None:
    def name(*norms: float, accuracy: float = 0.1) -> str | None:
        problem = diagnose(SoftmaxCrossEntropy(), CHANCE, accuracy, 0.0, norms)
        return problem.name if problem else None

    assert name(1e-5, 1e-3, 1.0) == "vanishing gradient"
    assert name(0.05, 1.0) == "stuck at chance"
    assert name(0.0, 1.0) == "stuck at chance"  # nothing arrives: the weights are all alike
    assert name(1e-5, 1.0, accuracy=0.9) is None


def test_problem_has_description_and_remedy() -> None:
    problem = diagnose(MeanSquaredError(), 0.1, 0.9, 0.75)
    assert problem is not None
    assert "75%" in problem.sentence
    assert str(problem) == f"{problem.sentence} {problem.advice}"


def test_dead_filters_are_named_beside_the_units() -> None:
    problems = [
        diagnose(SoftmaxCrossEntropy(), CHANCE, 0.1, 0.6, has_filters=has_filters)
        for has_filters in (False, True)
    ]
    assert "60% of the hidden units" in str(problems[0])
    assert "60% of the filters and hidden units" in str(problems[1])


def test_units_inactive_for_every_image_are_dead() -> None:
    network = mlp((784, 4, 10))
    network.dense_layers[0].W[:] = 0
    network.dense_layers[0].b[:] = [-1, 0, 1, 1]  # at 0 a ReLU is off
    assert dead_shares(network, np.zeros((5, 784), np.float32)) == (0.5,)


@pytest.mark.parametrize("activation", [name for name in HIDDEN_ACTIVATIONS if name != "relu"])
def test_saturated_units_are_dead(activation: str) -> None:
    network = mlp((784, 4, 10), activation)
    network.dense_layers[0].W[:] = 0
    network.dense_layers[0].b[:] = [-20, 20, 0, 1]
    assert dead_shares(network, np.zeros((5, 784), np.float32)) == (0.5,)


def test_a_unit_that_is_alive_for_one_image_is_not_dead() -> None:
    network = mlp((784, 1, 10))
    network.dense_layers[0].W[:] = 1
    network.dense_layers[0].b[:] = -1
    X = np.zeros((5, 784), np.float32)
    assert dead_shares(network, X) == (1,)
    X[3, 100] = 2
    assert dead_shares(network, X) == (0,)


def test_dead_units_are_counted_in_every_hidden_layer() -> None:
    network = mlp((784, 6, 2, 10))
    network.dense_layers[1].b[:] = -1e9
    assert dead_shares(network, np.ones((5, 784), np.float32))[1] == 1
    network.dense_layers[0].b[:] = 1e6  # all six alive
    assert dead_shares(network, np.ones((5, 784), np.float32)) == (0, 1)


def test_without_hidden_layers_nothing_is_dead() -> None:
    assert dead_shares(mlp((784, 10)), np.zeros((5, 784), np.float32)) == ()


def test_dead_units_change_no_weight_and_no_gradient(rng: np.random.Generator) -> None:
    network = mlp((784, 4, 10))
    theta, gradient = network.theta.copy(), network.gradient.copy()
    dead_shares(network, rng.normal(size=(5, 784)).astype(np.float32))
    np.testing.assert_array_equal(network.theta, theta)
    np.testing.assert_array_equal(network.gradient, gradient)


@pytest.mark.parametrize(
    ("weights", "train_loss", "finite"),
    [
        ([1, -1], 2.3, True),
        ([1, -1], NAN, False),
        ([NAN, 1], 2.3, False),
        ([np.inf, 1], 2.3, False),
        ([np.inf, -np.inf], 2.3, False),
        ([3e38, 3e38], 2.3, True),  # each a number, though not their sum
    ],
)
def test_finite_covers_every_weight_and_the_loss(
    weights: list[float], train_loss: float, finite: bool
) -> None:
    network = mlp((784, 10))
    network.theta[:2] = weights
    assert is_finite(network, train_loss) is finite


def problems(config: TrainConfig, dataset: HasTrainTest) -> list[str | None]:
    return [record.problem.name if record.problem else None for record in train(config, dataset)]


def test_a_healthy_run_ends_without_a_problem(tiny: HasTrainTest) -> None:
    config = TrainConfig(hidden_sizes=(32,), validation_size=0, batch_size=50, epochs=4)
    assert problems(config, tiny)[4:] == [None] * 12  # the first epoch may stand at chance


def test_too_high_rate_gives_dead_relus_without_ending_run(tiny: HasTrainTest) -> None:
    config = TrainConfig(
        hidden_sizes=(32,),
        validation_size=0,
        optimizer="sgd",
        learning_rate=100,
        schedule="constant",
        batch_size=50,
        epochs=4,
    )
    names = problems(config, tiny)
    assert len(names) == 16
    assert names[-1] == "dead units"


def test_overflow_ends_run_with_diagnosis(tiny: HasTrainTest) -> None:
    config = TrainConfig(
        hidden_sizes=(32,) * 8,
        validation_size=0,
        optimizer="sgd",
        learning_rate=100,
        schedule="constant",
        batch_size=50,
        epochs=4,
    )
    names = problems(config, tiny)
    assert names[-1] == "not finite"
    assert "not finite" not in names[:-1]
    assert len(names) < 16


def test_identical_weights_are_stuck_at_chance(tiny: HasTrainTest) -> None:
    config = TrainConfig(
        hidden_sizes=(32,), activation="tanh", initial_scale=0, validation_size=0, epochs=2
    )
    assert set(problems(config, tiny)) == {"stuck at chance"}


@pytest.mark.parametrize(
    ("train", "held_back", "found"),
    [
        ([1.0, 0.1, 0.01], [1.0, 0.5, 0.8], True),
        ([1.0, 0.1, 0.01], [1.0, 0.5, 0.6], False),  # a little more is no matter
        ([1.0, 0.1, 0.01], [1.0, 0.5, 0.4], False),
        ([1.0, 0.5, 0.9], [1.0, 0.5, 0.8], False),  # the whole run went wrong
        ([1.0, 0.1, 0.01], [None, None, None], False),
        ([1.0, 0.1, NAN], [1.0, 0.5, NAN], False),
    ],
)
def test_overfitting_is_diagnosed(
    train: list[float], held_back: list[float | None], found: bool
) -> None:
    problem = overfitting(train, held_back)
    assert (problem is not None) == found
    if problem is not None:
        assert "0.50 to 0.80" in problem.sentence


def test_a_new_network_is_finite() -> None:
    network = mlp((784, 4, 10))
    assert is_finite(network)
    assert is_finite(network, np.zeros((2, 10)), 1.5)


def test_infinite_parameters_or_values_are_detected() -> None:
    network = mlp((784, 4, 10))
    assert not is_finite(network, np.zeros(10), np.nan)
    assert not is_finite(network, np.array([0, np.inf]))
    network.theta[3] = np.inf
    assert not is_finite(network, np.zeros(10))
