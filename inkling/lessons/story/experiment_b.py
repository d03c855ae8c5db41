"""Chapters on experiment B: three digits, test image 8, the term missing in its gradient."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from data_loader import Dataset, Split
from inkling.lessons.experiment_b_gradient import CheckedLayer, check_experiment_b
from inkling.lessons.story import code_samples
from inkling.lessons.story.chapter import (
    Chapter,
    ChapterResult,
    ReportedValue,
    accuracy_text,
    prediction_value,
)
from inkling.runs.run import Run
from nn import Network, TrainConfig
from nn.activations import Sigmoid
from nn.gradient_check import gradient_check
from nn.historical import NormalizedSigmoid
from nn.recipes import recipes

HARD_IMAGE = 8
"""Index of the test image, a 5, that the experiment gets wrong to the end."""

PRINTED_IMAGES = 10
"""Number of test images whose outputs the experiment prints."""


class WarmUp(NamedTuple):
    """Result of training on the digits 0, 1 and 2.

    Attributes
    ----------
    network : Network
        784-100-3.
    accuracies : list of float
        Accuracy on the test images of these digits after each epoch, 0 to 1.
    parameters : int
        Of experiment B's own network, 784-100-10.
    """

    network: Network
    accuracies: list[float]
    parameters: int


def _warm_up(dataset: Dataset) -> WarmUp:
    network, accuracies = code_samples.warm_up(dataset, np.random.default_rng(0))
    return WarmUp(network, accuracies, code_samples.count_parameters(784, 100, 10))


def _warm_up_values(result: ChapterResult) -> list[ReportedValue]:
    warm_up: WarmUp = result.output
    network = warm_up.network
    return [
        ReportedValue("Parameters of 784-100-10", f"{warm_up.parameters:,}", "79,510"),
        ReportedValue("Parameters of 784-100-3", f"{len(network.theta):,}"),
        ReportedValue("Right of 0, 1 and 2, after 1 epoch", f"{warm_up.accuracies[0]:.1%}"),
        ReportedValue(f"After {len(warm_up.accuracies)} epochs", f"{warm_up.accuracies[-1]:.1%}"),
    ]


def one_epoch_and_many() -> dict[str, TrainConfig]:
    """Return 784-100-10 as published, with 1 epoch and with 40."""
    config = recipes["experiment-b"]
    return {
        "Experiment B, 1 epoch": replace(config, epochs=1),
        "Experiment B": replace(config, epochs=40),
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
            ReportedValue(f"After {epochs}: right of the first ten", f"{right}", reported),
            ReportedValue(
                f"After {epochs}: right of all", accuracy_text(run.info.test_accuracy, 1)
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


def _check_values(result: ChapterResult) -> list[ReportedValue]:
    layers: tuple[CheckedLayer, ...] = result.output
    published = ", ".join(f"{layer.published.relative_error:.0%}" for layer in layers)
    complete = max(layer.complete.relative_error for layer in layers)
    return [
        ReportedValue("As published, off by (layer 1, layer 2)", published),
        ReportedValue("With the term put back, off by at most", f"{complete:.0e}"),
    ]


EXPERIMENT_B = (
    Chapter(
        key="three-digits",
        code=(code_samples.count_parameters, code_samples.warm_up),
        run_now=_warm_up,
        reported_values=_warm_up_values,
    ),
    Chapter(
        key="index-8",
        code=(NormalizedSigmoid.apply,),
        trainings=one_epoch_and_many,
        reported_values=_epoch_values,
    ),
    Chapter(
        key="missing-term",
        code=(Sigmoid.gradient, gradient_check),
        run_now=check_experiment_b,
        reported_values=_check_values,
    ),
)
"""Chapters from three digits to a gradient check."""
