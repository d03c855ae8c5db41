"""What is done by hand in the story: a unit, a ball on a curve, a network of four weights."""

import numpy as np
import pytest

from inkling.lessons.story import by_hand
from inkling.lessons.story.by_hand import (
    BLAME_INPUT,
    BLAME_LEARNING_RATE,
    BLAME_NETWORK,
    BLAME_TARGET,
    SmallNetwork,
)
from inkling.lessons.story.chapters import CHAPTERS
from nn import mlp


def test_unit_computes_what_a_layer_of_the_network_computes() -> None:
    pixels, weights, bias = (0.5, 1.0, 0.25), (2.0, -1.0, 3.0), -0.5
    layer = mlp((3, 1)).dense_layers[0]
    layer.W[:, 0], layer.b[0] = weights, bias
    expected = layer.apply(np.array([pixels], np.float32))[0, 0]
    assert by_hand.unit_sum(pixels, weights, bias) == pytest.approx(expected)
    assert by_hand.unit_output((0, 1, 0), weights, bias) == 0


def test_task_of_the_unit_is_open_at_first_and_can_be_solved() -> None:
    assert not by_hand.finds_middle((1, 1, 1), 0)
    assert by_hand.finds_middle((-1, 1, -1), 0)


def test_prediction_about_the_unit_is_what_it_computes() -> None:
    outputs = [
        by_hand.unit_output(pixels, (1, 1, 1), 0) for pixels in by_hand.UNIT_PICTURES.values()
    ]
    assert CHAPTERS["unit"].prediction.correct == np.argmax(outputs)


def test_slope_is_that_of_the_cost() -> None:
    for weight in (-2.0, 0.5, 4.0):
        rise = by_hand.valley_cost(weight + 1e-6) - by_hand.valley_cost(weight - 1e-6)
        assert by_hand.valley_slope(weight) == pytest.approx(rise / 2e-6)


@pytest.mark.parametrize(("rate", "arrives"), [(0.1, True), (0.9, True), (1.1, False)])
def test_ball_arrives_unless_its_steps_are_too_long(rate: float, arrives: bool) -> None:
    weight = by_hand.START_WEIGHT
    for _ in range(40):
        weight = by_hand.step_downhill(weight, rate)
    assert (abs(weight - by_hand.BEST_WEIGHT) < 0.01) == arrives


@pytest.mark.parametrize("network", [BLAME_NETWORK, SmallNetwork(1.0, -0.5, 1.5, -1.0)])
def test_gradient_of_four_weights_is_the_numerical_one(network: SmallNetwork) -> None:
    for k, slope in enumerate(network.gradient(BLAME_INPUT, BLAME_TARGET)):
        up, down = [*network], [*network]
        up[k] += 1e-6
        down[k] -= 1e-6
        rise = SmallNetwork(*up).cost(BLAME_INPUT, BLAME_TARGET) - SmallNetwork(*down).cost(
            BLAME_INPUT, BLAME_TARGET
        )
        assert slope == pytest.approx(rise / 2e-6, abs=1e-6)


def test_chapter_on_blame_names_the_numbers_of_its_network() -> None:
    assert BLAME_NETWORK.hidden(BLAME_INPUT) == (2, 1)
    assert BLAME_NETWORK.output(BLAME_INPUT) == 2
    gradient = BLAME_NETWORK.gradient(BLAME_INPUT, BLAME_TARGET)
    assert gradient == (3, -2, 2, 1)
    assert max(gradient) == gradient.w1
    assert "w₁" in CHAPTERS["blame"].prediction.options[CHAPTERS["blame"].prediction.correct].text


def test_step_against_the_gradient_lowers_the_cost() -> None:
    after = BLAME_NETWORK.after_step(BLAME_INPUT, BLAME_TARGET, BLAME_LEARNING_RATE)
    assert after.cost(BLAME_INPUT, BLAME_TARGET) < 0.1 * BLAME_NETWORK.cost(
        BLAME_INPUT, BLAME_TARGET
    )
