"""Experiments of the failure lab: prose files, results on MNIST, outcomes of any run."""

from dataclasses import replace

import numpy as np
import pytest

from data_loader import Dataset
from inkling.lessons import content
from inkling.lessons.answer_key import EXPERIMENTS_ON_MNIST
from inkling.lessons.failure_lab import (
    EXPERIMENTS,
    FAILURES,
    GRADIENT_CHECK,
    RACE,
    accuracy_of,
    accuracy_sentence,
)
from inkling.runs.run import Event, Run, RunIdentity, new_id
from inkling.training.job import TrainingJob
from inkling.training.runner import JobRunner
from nn import TrainConfig
from nn.diagnosis import NOT_FINITE


def trained(config: TrainConfig, dataset: Dataset) -> Run:
    identity = RunIdentity(id=new_id(), name="test", visitor_id="tests", created=0.0)
    job = TrainingJob(config, dataset, identity)
    JobRunner(lambda run, data: None).run(job)
    assert job.run is not None, job.error
    return job.run


def failed_and_corrected(key: str, mnist: Dataset) -> tuple[Run, Run]:
    """Train an experiment's two configs; assert that the mended run has another outcome."""
    failure = FAILURES[key]
    run, corrected = trained(failure.config, mnist), trained(failure.corrected, mnist)
    assert failure.outcome(run) != failure.outcome(corrected)
    assert "%" in failure.result(corrected)
    return run, corrected


@pytest.fixture(scope="module")
def stuck(tiny: Dataset) -> Run:
    """Run that goes to its end and learns nothing."""
    config = replace(FAILURES["zero-weights"].config, validation_size=100, epochs=1)
    return trained(config, tiny)


def changed(run: Run, **info: object) -> Run:
    return replace(run, info=replace(run.info, **info))  # type: ignore[arg-type]


def test_nine_experiments_of_which_all_but_two_train() -> None:
    assert len(EXPERIMENTS) == 9
    assert {*EXPERIMENTS} - {*FAILURES} == {GRADIENT_CHECK.key, RACE.key}


def test_each_experiment_has_one_prose_file() -> None:
    assert {path.stem for path in (content.FOLDER / "failure_lab").iterdir()} == {*EXPERIMENTS}


@pytest.mark.parametrize("key", EXPERIMENTS)
def test_experiment_has_all_sections_and_different_options(key: str) -> None:
    experiment = EXPERIMENTS[key]
    headings = {"Set-up", "Question", "Options", "Result", "Why", "The fix"}
    if key == GRADIENT_CHECK.key:
        headings.remove("The fix")
    if key == RACE.key:
        headings.remove("Result")
    assert content.sections(f"failure_lab/{key}").keys() == headings
    assert experiment.question.endswith("?")
    assert 3 <= len(experiment.options) <= 4
    assert len(set(experiment.options)) == len(experiment.options)


def test_two_layers_of_16_end_at_the_cost_of_guessing(mnist: Dataset) -> None:
    failure = FAILURES["small-layers"]
    run, corrected = failed_and_corrected(failure.key, mnist)
    assert failure.outcome(run) == EXPERIMENTS_ON_MNIST[failure.key]
    assert run.info.test_accuracy == 0.1135, "it answers 1 to everything"
    assert run.history[-1].train_loss == pytest.approx(0.45, abs=0.001)
    norms = run.history[-1].layer_gradient_norms
    assert norms[0] < norms[-1] / 20
    assert "11.35%" in failure.result(run)
    assert accuracy_of(corrected) > 0.9


@pytest.mark.parametrize("key", ["high-eta", "raw-pixels"])
def test_too_long_steps_leave_dead_units(key: str, mnist: Dataset) -> None:
    failure = FAILURES[key]
    run, corrected = failed_and_corrected(failure.key, mnist)
    assert failure.outcome(run) == EXPERIMENTS_ON_MNIST[key]
    assert run.history[-1].dead_share > 0.95
    assert run.history[-1].train_loss == pytest.approx(np.log(10), abs=0.1)
    assert max(record.train_loss for record in run.history) > 4
    assert accuracy_of(corrected) > 0.97


def test_weights_of_zero_stay_zero(mnist: Dataset) -> None:
    failure = FAILURES["zero-weights"]
    run, corrected = failed_and_corrected(failure.key, mnist)
    assert failure.outcome(run) == EXPERIMENTS_ON_MNIST[failure.key]
    assert not any(layer.W.any() for layer in run.network.dense_layers)
    assert run.network.dense_layers[-1].b.any()
    assert " 0 of its 101,632 weights are other than 0." in failure.result(run)
    assert accuracy_of(corrected) > 0.97


def test_gradient_vanishes_in_six_sigmoid_layers(mnist: Dataset) -> None:
    failure = FAILURES["deep-sigmoids"]
    run, corrected = failed_and_corrected(failure.key, mnist)
    assert failure.outcome(run) == EXPERIMENTS_ON_MNIST[failure.key]
    norms = run.history[-1].layer_gradient_norms
    assert norms[0] < norms[-1] / 300
    norms = corrected.history[-1].layer_gradient_norms
    assert norms[0] > norms[-1] / 3
    assert accuracy_of(corrected) > 0.95


def test_shuffled_labels_are_memorised(mnist: Dataset) -> None:
    failure = FAILURES["shuffled-labels"]
    run, corrected = failed_and_corrected(failure.key, mnist)
    assert failure.outcome(run) == EXPERIMENTS_ON_MNIST[failure.key]
    assert run.history[-1].train_accuracy > 0.99
    assert accuracy_of(run) < 0.16
    assert corrected.history[-1].train_accuracy > 0.99
    assert accuracy_of(corrected) > 0.88
    assert failure.outcome(corrected) == 2


def test_hundred_images_are_memorised(mnist: Dataset) -> None:
    failure = FAILURES["hundred-images"]
    run, corrected = failed_and_corrected(failure.key, mnist)
    assert failure.outcome(run) == EXPERIMENTS_ON_MNIST[failure.key]
    assert run.history[-1].train_accuracy == 1
    assert 0.6 < accuracy_of(run) < 0.8
    costs = [record.validation_loss or 0.0 for record in run.history]
    assert costs[-1] > 1.2 * min(costs)
    assert corrected.info.steps == run.info.steps
    assert accuracy_of(corrected) > 0.9


@pytest.mark.parametrize("key", FAILURES)
def test_stopped_run_has_no_outcome(key: str, stuck: Run) -> None:
    assert FAILURES[key].outcome(changed(stuck, status="stopped")) is None


@pytest.mark.parametrize("key", FAILURES)
def test_run_with_a_changed_learning_rate_has_no_outcome(key: str, stuck: Run) -> None:
    assert FAILURES[key].outcome(replace(stuck, events=(Event(1, 0.1),))) is None


@pytest.mark.parametrize("key", FAILURES)
@pytest.mark.parametrize("accuracy", [0.0, 0.1, 0.3, 0.6, 0.92, 1.0])
def test_each_accuracy_gives_an_option(key: str, accuracy: float, stuck: Run) -> None:
    failure = FAILURES[key]
    outcome = failure.outcome(changed(stuck, validation_accuracy=accuracy))
    assert outcome in range(len(failure.options))


def test_outcome_depends_on_accuracy(stuck: Run) -> None:
    outcome = FAILURES["high-eta"].outcome
    assert [outcome(changed(stuck, validation_accuracy=a)) for a in (0.95, 0.5, 0.1)] == [0, 1, 2]


def test_overflow_is_an_outcome_although_the_run_ends_early(stuck: Run) -> None:
    last = replace(stuck.history[-1], problem=NOT_FINITE)
    run = changed(replace(stuck, history=(last,)), status="stopped", finite=False)
    assert FAILURES["high-eta"].outcome(run) == 3
    assert FAILURES["raw-pixels"].outcome(run) == 2


def test_run_without_validation_images_is_judged_on_test_images(stuck: Run) -> None:
    run = changed(stuck, validation_accuracy=None, test_accuracy=0.5)
    assert accuracy_of(run) == 0.5
    assert accuracy_sentence(run) == "Test accuracy: 50.00%."
    assert (
        accuracy_sentence(changed(run, validation_accuracy=0.25)) == "Validation accuracy: 25.00%."
    )


@pytest.mark.parametrize("key", FAILURES)
def test_experiment_runs_on_another_data_set(key: str, small: Dataset) -> None:
    failure = FAILURES[key]
    config = replace(failure.config, epochs=min(failure.config.epochs, 2))
    run = trained(config, small)
    assert failure.outcome(run) in range(len(failure.options))
    assert "accuracy: " in failure.result(run)
