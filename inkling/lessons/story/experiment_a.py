"""Chapters on experiment A: 784-16-16-10, and 128 units."""

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
from nn import TrainConfig
from nn.activations import Sigmoid
from nn.losses import MeanSquaredError
from nn.recipes import recipes

_FIRST_REPORT, _LAST_REPORT = 20, 100  # epochs
_READS = 0.5  # test accuracy


def two_small_layers() -> dict[str, TrainConfig]:
    """Return 784-16-16-10: raw pixels, sigmoids, weights of 0.01, batches of 10,000, 100 epochs."""
    return {"784-16-16-10": recipes["experiment-a-16-16"]}


def one_large_layer() -> dict[str, TrainConfig]:
    """Return the same with one hidden layer of 16, and with one of 128, for 20 epochs."""
    large = replace(recipes["experiment-a-128"], epochs=_FIRST_REPORT)
    return {"784-16-10": replace(large, hidden_sizes=(16,)), "784-128-10": large}


def _two_layer_values(result: ChapterResult) -> list[ReportedValue]:
    (run,) = result.runs
    test = result.dataset.test
    answers = run.network.predict_proba(test.images).argmax(axis=1)
    most_frequent = int(np.bincount(answers, minlength=10).argmax())
    share = float(np.mean(answers == most_frequent))
    images, labelled = len(test.labels), int(np.sum(test.labels == most_frequent))
    return [
        ReportedValue("Cost at the beginning", f"{run.history[0].train_loss:.3f}", "1.046"),
        ReportedValue("Cost at the end", f"{run.history[-1].train_loss:.4f}", "0.4499"),
        ReportedValue("Cost of answering 0.1 ten times", f"{MeanSquaredError().at_chance(10):.2f}"),
        ReportedValue("Test accuracy", accuracy_text(run.info.test_accuracy), "11.35%"),
        ReportedValue(f"Answers that are {most_frequent}", f"{share:.0%}"),
        ReportedValue(
            f"Test images that are {most_frequent}",
            f"{labelled:,} of {images:,}: {labelled / images:.2%}",
        ),
        ReportedValue("Seconds an epoch", f"{run.info.seconds / run.info.epochs:.2f}", "under 1"),
    ]


def _one_layer_values(result: ChapterResult) -> list[ReportedValue]:
    small, large = result.runs
    values = [
        ReportedValue(
            f"16 units, {small.info.epochs:.0f} epochs: test accuracy",
            accuracy_text(small.info.test_accuracy),
        ),
        *_values_after(large, _FIRST_REPORT, "0.1078, 89.09%"),
    ]
    values += _values_after(large, _LAST_REPORT, "0.0431, 94.17%") or [
        ReportedValue(_name_after(_LAST_REPORT), "not run", "0.0431, 94.17%")
    ]
    values.append(
        prediction_value("First test image", large.network, result.dataset.test, 0, "7, with 0.96")
    )
    return values


def _values_after(run: Run, epochs: int, reported: str) -> list[ReportedValue]:
    """Return cost and test accuracy after a number of epochs; empty if the run ended before."""
    found = [record for record in run.history if record.epoch == epochs]
    if not found or found[0].test_accuracy is None:
        return []
    measured = f"{found[0].train_loss:.4f}, {found[0].test_accuracy:.2%}"
    return [ReportedValue(_name_after(epochs), measured, reported)]


def _name_after(epochs: int) -> str:
    return f"128 units, {epochs} epochs: cost, test accuracy"


def _number_of_answers(result: ChapterResult) -> int:
    """Return how many digits the network ever answers."""
    (run,) = result.runs
    return len(np.unique(run.network.predict_proba(result.dataset.test.images).argmax(axis=1)))


def _two_layer_outcome(result: ChapterResult) -> int:
    answers = _number_of_answers(result)
    return 2 if answers == 1 else 1 if answers < 6 else 0


def _one_layer_outcome(result: ChapterResult) -> int:
    small, large = (run.info.test_accuracy or 0 for run in result.runs)
    if large < _READS:
        return 0
    return 2 if small >= _READS else 1


TWO_LAYERS = Chapter(
    key="sixteen",
    code=(MeanSquaredError.value,),
    trainings=two_small_layers,
    reported_values=_two_layer_values,
    outcome=_two_layer_outcome,
)
ONE_LAYER = Chapter(
    key="128",
    code=(Sigmoid.gradient,),
    trainings=one_large_layer,
    reported_values=_one_layer_values,
    outcome=_one_layer_outcome,
)
