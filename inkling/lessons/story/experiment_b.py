"""Chapters on experiment B: the term missing in its gradient, and test image 8."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from data_loader import Dataset, Split
from inkling.lessons.experiment_b_gradient import (
    CheckedLayer,
    CompleteDerivative,
    check_experiment_b,
)
from inkling.lessons.story import code_samples
from inkling.lessons.story.chapter import (
    Chapter,
    ChapterResult,
    ReportedValue,
    accuracy_text,
    prediction_value,
)
from inkling.runs.run import Run
from nn import Network, TrainConfig, load_pretrained
from nn.gradient_check import gradient_check
from nn.historical import NormalizedSigmoid
from nn.recipes import recipes

HARD_IMAGE = 8
"""Index of the test image, a 5, that the experiment gets wrong to the end."""

PRINTED_IMAGES = 10
"""Number of test images whose outputs the experiment prints."""

BUILT_IN = {"dense": "Built-in dense network", "conv": "Built-in convolutional network"}
"""Names of the built-in networks, by their keys."""

_MANY_EPOCHS = 20  # the experiment's 300 would take minutes


class MissingTerm(NamedTuple):
    """Result of the chapter on experiment B's gradient.

    Attributes
    ----------
    layers : tuple of CheckedLayer
        The published gradient against brute force.
    accuracies : dict of str to float
        Test accuracy after three epochs, 0 to 1, by gradient and learning rate.
    parameters, fewer_parameters : int
        Of 784-100-10, and of 784-100-3.
    """

    layers: tuple[CheckedLayer, ...]
    accuracies: dict[str, float]
    parameters: int
    fewer_parameters: int


def _missing_term(dataset: Dataset) -> MissingTerm:
    trained = {
        "Published gradient, learning rate 2": (NormalizedSigmoid, 2.0),
        "Complete gradient, learning rate 2": (CompleteDerivative, 2.0),
        "Complete gradient, learning rate 20": (CompleteDerivative, 20.0),
    }
    return MissingTerm(
        check_experiment_b(dataset),
        {
            name: code_samples.train_experiment_b(
                dataset, output(), learning_rate, np.random.default_rng(0)
            )
            for name, (output, learning_rate) in trained.items()
        },
        code_samples.count_parameters(784, 100, 10),
        code_samples.count_parameters(784, 100, 3),
    )


def _missing_term_values(result: ChapterResult) -> list[ReportedValue]:
    output: MissingTerm = result.output
    published = ", ".join(f"{layer.published.relative_error:.0%}" for layer in output.layers)
    complete = max(layer.complete.relative_error for layer in output.layers)
    return [
        ReportedValue("Parameters of 784-100-10", f"{output.parameters:,}", "79,510"),
        ReportedValue("Parameters of 784-100-3", f"{output.fewer_parameters:,}"),
        ReportedValue("Published gradient: error in layers 1 and 2", published),
        ReportedValue("Complete gradient: error at most", f"{complete:.6%}"),
        *(
            ReportedValue(f"{name}: test accuracy", accuracy_text(accuracy, 1))
            for name, accuracy in output.accuracies.items()
        ),
    ]


def _missing_term_outcome(result: ChapterResult) -> int:
    return int(np.argmax(list(result.output.accuracies.values())))


def one_epoch_and_many() -> dict[str, TrainConfig]:
    """Return 784-100-10 as published, with 1 epoch and with 20."""
    config = recipes["experiment-b"]
    return {
        "Experiment B, 1 epoch": replace(config, epochs=1),
        "Experiment B": replace(config, epochs=_MANY_EPOCHS),
    }


def _epoch_values(result: ChapterResult) -> list[ReportedValue]:
    one, many = result.runs
    test = result.dataset.test
    first, labels = test.images[:PRINTED_IMAGES], test.labels[:PRINTED_IMAGES]
    values = []
    for run, reported in ((one, "poor"), (many, "9 after 300 epochs")):
        right = int(np.sum(run.network.predict_proba(first).argmax(axis=1) == labels))
        epochs = epochs_text(run)
        values += [
            ReportedValue(f"After {epochs}: first ten, correct", f"{right}", reported),
            ReportedValue(
                f"After {epochs}: test accuracy", accuracy_text(run.info.test_accuracy, 1)
            ),
        ]
    values.append(hard_image_value(many.network, test, "wrong after 300 epochs"))
    return values


def epochs_text(run: Run) -> str:
    """Return the number of epochs of a run, such as "1 epoch" or "40 epochs"."""
    return f"{run.info.epochs:.0f} epoch" + "s" * (run.info.epochs > 1)


def hard_image_value(network: Network, test: Split, reported: str = "") -> ReportedValue:
    """Return a network's answer to the `HARD_IMAGE`."""
    return prediction_value(f"Index {HARD_IMAGE}", network, test, HARD_IMAGE, reported)


def votes(result: ChapterResult) -> dict[str, int]:
    """Return the answer to the `HARD_IMAGE` of every network at hand, by its name.

    These are the built-in networks, those of the chapter, and the visitor's other ones.
    """
    image = result.dataset.test.images[HARD_IMAGE : HARD_IMAGE + 1]
    networks = {run.info.name: run.network for run in (*result.other_runs, *result.runs)}
    networks |= {name: load_pretrained(key) for key, name in BUILT_IN.items()}
    return {name: int(network.predict_proba(image).argmax()) for name, network in networks.items()}


def _vote_outcome(result: ChapterResult) -> int:
    answers = votes(result).values()
    correct = sum(answer == result.dataset.test.labels[HARD_IMAGE] for answer in answers)
    return 0 if correct == 0 else 2 if correct == len(answers) else 1


MISSING_TERM = Chapter(
    key="missing-term",
    code=(
        code_samples.count_parameters,
        NormalizedSigmoid.apply,
        CompleteDerivative.gradient,
        gradient_check,
        code_samples.train_experiment_b,
    ),
    run_now=_missing_term,
    reported_values=_missing_term_values,
    outcome=_missing_term_outcome,
)
IMAGE_8 = Chapter(
    key="index-8",
    code=(NormalizedSigmoid.apply,),
    trainings=one_epoch_and_many,
    reported_values=_epoch_values,
    outcome=_vote_outcome,
    needs_mnist=True,
)
