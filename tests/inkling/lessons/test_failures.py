"""The failure lab's experiments: each run for real on MNIST, and read by its numbers."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from data_loader import Dataset
from inkling.lessons.failures import (
    FAILURES,
    GRADIENT_CHECK,
    LESSONS,
    RACE,
    CheckedLayer,
    accuracy_of,
    check_experiment_b,
    check_outcome,
    check_result,
    reads,
)
from inkling.runs.run import Event, Run, RunIdentity, new_id
from inkling.training.queue import TrainingJob
from nn import TrainConfig, recipes
from nn.diagnosis import NOT_FINITE

RunOf = Callable[[TrainConfig], Run]


def trained(config: TrainConfig, dataset: Dataset) -> Run:
    label = RunIdentity(id=new_id(), name="test", visitor_id="tests", created=0.0)
    job = TrainingJob(config, dataset, label)
    job.train(abandoned=lambda: False, keep=lambda run: None)
    assert job.run is not None, job.error
    return job.run


@pytest.fixture(scope="module")
def run_of(mnist: Dataset) -> RunOf:
    """Train on MNIST, each config once: three experiments are mended into the same one."""
    return cache(lambda config: trained(config, mnist))


@pytest.fixture(scope="module")
def stuck(tiny: Dataset) -> Run:
    """A run that goes to its end and learns nothing."""
    config = replace(FAILURES["zero-weights"].config, validation_size=100, epochs=1)
    return trained(config, tiny)


def changed(run: Run, **info: object) -> Run:
    return replace(run, info=replace(run.info, **info))  # type: ignore[arg-type]


def test_there_are_nine_and_all_but_two_train() -> None:
    assert len(LESSONS) == 9
    assert {*LESSONS} - {*FAILURES} == {GRADIENT_CHECK.key, RACE.key}


@pytest.mark.parametrize("key", LESSONS)
def test_every_experiment_is_told_in_full(key: str) -> None:
    lesson = LESSONS[key]
    assert lesson.key == key
    assert lesson.question.endswith("?")
    assert 3 <= len(lesson.options) <= 4
    assert len(set(lesson.options)) == len(lesson.options)
    assert 2 <= len(lesson.why) <= 4


# What is said to happen, and the number that says so


def test_two_layers_of_16_are_stuck_at_the_cost_of_guessing(run_of: RunOf) -> None:
    failure = FAILURES["small-layers"]
    run = run_of(failure.config)
    assert failure.outcome(run) == 0
    assert run.info.test_accuracy == 0.1135, "it answers 1 to everything"
    assert run.history[-1].train_loss == pytest.approx(0.45, abs=0.001)
    norms = run.history[-1].layer_gradient_norms
    assert norms[0] < norms[-1] / 20
    assert "11.35%" in failure.result(run)
    assert accuracy_of(run_of(failure.mended)) > 0.9


@pytest.mark.parametrize(("key", "option"), [("high-eta", 2), ("raw-pixels", 3)])
def test_steps_too_long_kill_the_units(key: str, option: int, run_of: RunOf) -> None:
    failure = FAILURES[key]
    run = run_of(failure.config)
    assert failure.outcome(run) == option
    assert run.history[-1].dead_share > 0.95
    assert run.history[-1].train_loss == pytest.approx(np.log(10), abs=0.1)
    assert max(record.train_loss for record in run.history) > 4
    assert accuracy_of(run_of(failure.mended)) > 0.97


def test_weights_of_zero_stay_zero(run_of: RunOf) -> None:
    failure = FAILURES["zero-weights"]
    run = run_of(failure.config)
    assert failure.outcome(run) == 0
    assert not any(layer.W.any() for layer in run.network.layers)
    assert run.network.layers[-1].b.any()
    assert " 0 of its 101,632 weights are other than 0." in failure.result(run)
    assert accuracy_of(run_of(failure.mended)) > 0.97


def test_the_gradient_fades_through_six_layers_of_sigmoids(run_of: RunOf) -> None:
    failure = FAILURES["deep-sigmoids"]
    run = run_of(failure.config)
    assert failure.outcome(run) == 2
    norms = run.history[-1].layer_gradient_norms
    assert norms[0] < norms[-1] / 300
    mended = run_of(failure.mended)
    norms = mended.history[-1].layer_gradient_norms
    assert norms[0] > norms[-1] / 3
    assert accuracy_of(mended) > 0.95


def test_shuffled_labels_are_learned_by_heart(run_of: RunOf) -> None:
    failure = FAILURES["shuffled-labels"]
    run = run_of(failure.config)
    assert failure.outcome(run) == 1
    assert run.history[-1].train_accuracy > 0.99
    assert accuracy_of(run) < 0.16
    mended = run_of(failure.mended)
    assert mended.history[-1].train_accuracy > 0.99
    assert accuracy_of(mended) > 0.88
    assert failure.outcome(mended) == 2


def test_a_hundred_images_are_learned_by_heart(run_of: RunOf) -> None:
    failure = FAILURES["hundred-images"]
    run = run_of(failure.config)
    assert failure.outcome(run) == 1
    assert run.history[-1].train_accuracy == 1
    assert 0.6 < accuracy_of(run) < 0.8
    costs = [record.validation_loss or 0.0 for record in run.history]
    assert costs[-1] > 1.2 * min(costs)
    mended = run_of(failure.mended)
    assert mended.info.steps == run.info.steps
    assert accuracy_of(mended) > 0.9


@pytest.mark.parametrize("key", FAILURES)
def test_what_is_mended_would_be_no_failure(key: str, run_of: RunOf) -> None:
    failure = FAILURES[key]
    failed, mended = (failure.outcome(run_of(c)) for c in (failure.config, failure.mended))
    assert failed != mended
    assert failure.result(run_of(failure.mended)).count("%") >= 1


# What is read off a run


@pytest.mark.parametrize("key", FAILURES)
def test_a_stopped_run_decides_nothing(key: str, stuck: Run) -> None:
    assert FAILURES[key].outcome(changed(stuck, status="stopped")) is None


@pytest.mark.parametrize("key", FAILURES)
def test_a_run_whose_eta_was_changed_by_hand_decides_nothing(key: str, stuck: Run) -> None:
    assert FAILURES[key].outcome(replace(stuck, events=(Event(1, 0.1),))) is None


@pytest.mark.parametrize("key", FAILURES)
@pytest.mark.parametrize("accuracy", [0.0, 0.1, 0.3, 0.6, 0.92, 1.0])
def test_any_accuracy_is_one_of_the_options(key: str, accuracy: float, stuck: Run) -> None:
    failure = FAILURES[key]
    outcome = failure.outcome(changed(stuck, validation_accuracy=accuracy))
    assert outcome in range(len(failure.options))


def test_better_runs_come_to_other_outcomes(stuck: Run) -> None:
    outcome = FAILURES["high-eta"].outcome
    assert [outcome(changed(stuck, validation_accuracy=a)) for a in (0.95, 0.5, 0.1)] == [0, 1, 2]


def test_numbers_that_overflow_are_an_outcome_though_the_run_ends_early(stuck: Run) -> None:
    last = replace(stuck.history[-1], problem=NOT_FINITE)
    run = changed(replace(stuck, history=(last,)), status="stopped", finite=False)
    assert FAILURES["high-eta"].outcome(run) == 3
    assert FAILURES["raw-pixels"].outcome(run) == 2


def test_historical_runs_are_judged_on_the_test_images(stuck: Run) -> None:
    run = changed(stuck, validation_accuracy=None, test_accuracy=0.5)
    assert accuracy_of(run) == 0.5
    assert reads(run) == "It reads 50.00% of the test images right."
    assert reads(changed(run, validation_accuracy=0.25)).startswith("It reads 25.00% of the images")


@pytest.mark.parametrize("key", FAILURES)
def test_every_experiment_runs_on_other_digits(key: str, small: Dataset) -> None:
    failure = FAILURES[key]
    config = replace(failure.config, epochs=min(failure.config.epochs, 2))
    run = trained(config, small)
    assert failure.outcome(run) in range(len(failure.options))
    assert "It reads " in failure.result(run)


# The gradient check


@pytest.fixture(scope="module")
def checked(mnist: Dataset) -> tuple[CheckedLayer, ...]:
    return check_experiment_b(mnist)


def test_the_check_finds_the_missing_term(checked: tuple[CheckedLayer, ...]) -> None:
    assert len(checked) == 2
    for layer in checked:
        assert layer.published.relative_error > 0.5
    assert check_outcome(checked) == 2


def test_it_clears_the_gradient_with_the_term_put_back(checked: tuple[CheckedLayer, ...]) -> None:
    for layer in checked:
        assert np.linalg.norm(layer.complete.numerical) > 1e-4, "nothing would be compared"
        assert layer.complete.relative_error < 1e-6
        np.testing.assert_array_equal(layer.complete.numerical, layer.published.numerical)
    assert "agree to 7 digits" in check_result(checked) or "8 digits" in check_result(checked)


def test_the_outcome_is_that_of_the_worse_layer(checked: tuple[CheckedLayer, ...]) -> None:
    first, second = checked
    right = replace(first, published=first.complete)
    almost = replace(second, published=replace(second.published, relative_error=0.05))
    assert check_outcome((right, replace(second, published=second.complete))) == 0
    assert check_outcome((right, almost)) == 1
    assert check_outcome((right, second)) == 2


def test_the_largest_gradients_are_shown(checked: tuple[CheckedLayer, ...]) -> None:
    layer = checked[0]
    shown = layer.largest(3)
    sizes = np.abs(layer.complete.numerical)
    assert sorted(sizes[shown], reverse=True) == list(sizes[shown])
    assert sizes[shown].max() == sizes.max()


def test_the_recipe_of_experiment_b_is_what_is_checked(checked: tuple[CheckedLayer, ...]) -> None:
    parameters = 784 * 100 + 100 + 100 * 10 + 10
    assert recipes["experiment-b"].sizes == (784, 100, 10)
    first, second = (layer.published.indices for layer in checked)
    assert first.max() < 784 * 100
    assert second.min() >= 784 * 100 + 100
    assert second.max() < parameters - 10
