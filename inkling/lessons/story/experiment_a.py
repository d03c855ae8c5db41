"""Chapters on experiment A: 784-16-16-10, 128 units, the learning rate."""

from dataclasses import replace

import numpy as np

from inkling.lessons.story.chapter import (
    Chapter,
    ChapterResult,
    ReportedValue,
    accuracy_text,
    prediction_value,
)
from inkling.runs.run import Run
from inkling.runs.settings import SETTINGS
from nn import TrainConfig
from nn.activations import Sigmoid
from nn.losses import MeanSquaredError
from nn.optimizers import SGD
from nn.recipes import recipes

_FIRST_REPORT = 20  # rounds


def two_small_layers() -> dict[str, TrainConfig]:
    """Return 784-16-16-10: raw pixels, sigmoids, weights of 0.01, batches of 10,000, 100 epochs."""
    return {"784-16-16-10": recipes["experiment-a-16-16"]}


def one_large_layer() -> dict[str, TrainConfig]:
    """Return the same with one hidden layer of 16, and with one of 128."""
    large = recipes["experiment-a-128"]
    return {
        "784-16-10": replace(large, hidden_sizes=(16,), epochs=20),
        "784-128-10": large,
    }


def three_etas() -> dict[str, TrainConfig]:
    """Return one epoch with 20,000 images for fast-97's network, at three learning rates."""
    config = replace(
        recipes["fast-97"],
        training_size=20_000,
        epochs=1,
        optimizer="sgd",
        schedule="constant",
    )
    return {
        SETTINGS["learning_rate"].phrase(eta): replace(config, learning_rate=eta)
        for eta in (0.001, 0.15, 15.0)
    }


def _two_layer_values(result: ChapterResult) -> list[ReportedValue]:
    (run,) = result.runs
    test = result.dataset.test
    answers = run.network.predict_proba(test.images).argmax(axis=1)
    most_frequent = int(np.bincount(answers, minlength=10).argmax())
    share = float(np.mean(answers == most_frequent))
    images, labelled = len(test.labels), int(np.sum(test.labels == most_frequent))
    return [
        ReportedValue("Cost, in the beginning", f"{run.history[0].train_loss:.3f}", "1.046"),
        ReportedValue("Cost, at the end", f"{run.history[-1].train_loss:.4f}", "0.4499"),
        ReportedValue("Cost of answering 0.1 ten times", f"{MeanSquaredError().at_chance(10):.2f}"),
        ReportedValue("Right, of the test images", accuracy_text(run.info.test_accuracy), "11.35%"),
        ReportedValue(f"Answers that are {most_frequent}", f"{share:.0%}"),
        ReportedValue(
            f"Test images that are {most_frequent}",
            f"{labelled:,} of {images:,}: {labelled / images:.2%}",
        ),
        ReportedValue("Seconds a round", f"{run.info.seconds / run.info.epochs:.2f}", "under 1"),
    ]


def _one_layer_values(result: ChapterResult) -> list[ReportedValue]:
    small, large = result.runs
    values = [
        ReportedValue(
            f"16 units, {small.info.epochs:.0f} rounds", accuracy_text(small.info.test_accuracy)
        ),
        *_values_after(large, _FIRST_REPORT, "0.1078, 89.09%"),
    ]
    if large.info.epochs > _FIRST_REPORT:
        values += _values_after(large, round(large.info.epochs), "0.0431, 94.17%")
    values.append(
        prediction_value("First test image", large.network, result.dataset.test, 0, "7, with 0.96")
    )
    return values


def _values_after(run: Run, rounds: int, reported: str) -> list[ReportedValue]:
    """Return cost and test accuracy after a number of epochs; empty if the run ended before."""
    found = [record for record in run.history if record.epoch == rounds]
    if not found or found[0].test_accuracy is None:
        return []
    measured = f"{found[0].train_loss:.4f}, {found[0].test_accuracy:.2%}"
    return [ReportedValue(f"128 units, {rounds} rounds: cost, right", measured, reported)]


def _eta_values(result: ChapterResult) -> list[ReportedValue]:
    return [
        ReportedValue(
            f"Eta {run.info.config.learning_rate:g}: cost, right",
            f"{run.history[-1].train_loss:.2f}, {accuracy_text(run.info.test_accuracy, 1)}",
        )
        for run in result.runs
    ]


EXPERIMENT_A = (
    Chapter(
        key="sixteen",
        code=(MeanSquaredError.value,),
        trainings=two_small_layers,
        reported_values=_two_layer_values,
    ),
    Chapter(
        key="128",
        code=(Sigmoid.gradient,),
        trainings=one_large_layer,
        reported_values=_one_layer_values,
    ),
    Chapter(
        key="eta",
        code=(three_etas, SGD.step),
        trainings=three_etas,
        reported_values=_eta_values,
    ),
)
"""Chapters from 11.35% to 94%."""
