"""First chapters: arrays, MNIST's files, random weights, single images and batches."""

# ruff: noqa: RUF001 - times signs are typeset

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_loader import Dataset
from digits.idx import IdxError
from inkling.data.image_ref import with_article
from inkling.lessons.story import code_samples
from inkling.lessons.story.chapter import Chapter, ChapterResult, ReportedValue, accuracy_text
from nn import TrainConfig
from nn.activations import Sigmoid
from nn.recipes import recipes

_SEEDS = (0, 1, 2)
_Z = (-1000.0, -10.0, 3.0)
_REPORTED_LABELS = (5, 0, 4, 1, 9, 2, 1, 3, 1, 4)


class RandomOutputs(NamedTuple):
    """Outputs of networks with random weights.

    Attributes
    ----------
    unbounded : ndarray, (10,)
        Outputs of the first version for the first training image.
    bounded : ndarray, (10,)
        Outputs of the later version for the first test image.
    accuracies : list of float
        Test accuracy of the later version for each seed, 0 to 1.
    """

    unbounded: np.ndarray
    bounded: np.ndarray
    accuracies: list[float]


class SigmoidValues(NamedTuple):
    """Sigmoid of a sum, computed in two ways.

    Attributes
    ----------
    z : float
    published : float
        1 / (1 + exp(-z)).
    warning : str
        NumPy's warning about it; empty where it gives none.
    by_tanh : float
        The same as `nn` computes it.
    """

    z: float
    published: float
    warning: str
    by_tanh: float


def _arrays(_: Dataset) -> tuple[np.ndarray, np.ndarray]:
    return code_samples.ramp(), code_samples.wave()


def _array_values(result: ChapterResult) -> list[ReportedValue]:
    ramp, wave = result.output
    size = f"{ramp.shape[0]} × {ramp.shape[1]}"
    return [
        ReportedValue("Shape of the ramp", size, "100 × 100"),
        ReportedValue("From, to", f"{ramp.min():g}, {ramp.max():g}", "0, 1"),
        ReportedValue("Mean of the wave", f"{wave.mean():.3f}"),
    ]


def _read_digits(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    folder = Path(dataset.source)
    with suppress(OSError, StopIteration, IdxError):  # built-in digits, or files deleted since
        return code_samples.read_digits(folder)
    return dataset.train.images, dataset.train.labels


def _digit_values(result: ChapterResult) -> list[ReportedValue]:
    images, labels = result.output
    return [
        ReportedValue("Shape of the images", " × ".join(f"{n:,}" for n in images.shape)),
        ReportedValue(
            "The first ten labels",
            " ".join(map(str, labels[:10])),
            " ".join(map(str, _REPORTED_LABELS)),
        ),
    ]


def _random_outputs(dataset: Dataset) -> RandomOutputs:
    test = dataset.test
    accuracies = []
    for seed in _SEEDS:
        A = code_samples.later_version(test.images, np.random.default_rng(seed))
        accuracies.append(float(np.mean(A.argmax(axis=1) == test.labels)))
    return RandomOutputs(
        code_samples.first_version(dataset.train.images[:1], np.random.default_rng(2))[0],
        code_samples.later_version(test.images[:1], np.random.default_rng(2))[0],
        accuracies,
    )


def _random_output_values(result: ChapterResult) -> list[ReportedValue]:
    outputs: RandomOutputs = result.output
    first, first_label = outputs.unbounded, result.dataset.train.labels[0]
    later, later_label = outputs.bounded, result.dataset.test.labels[0]
    return [
        ReportedValue(
            "Right, of the test images",
            ", ".join(f"{accuracy:.2%}" for accuracy in outputs.accuracies),
            "10.08%, 9.58%, 7.75%",
        ),
        ReportedValue(
            f"First version: its answer to {with_article(first_label)}",
            f"{first.argmax()}, with {first.max():,.1f}",
            "1, with 52,766.9",
        ),
        ReportedValue(
            f"Sigmoids: its answer to {with_article(later_label)}",
            f"{later.argmax()}, with {later.max():.3f}",
            "near 0.5",
        ),
    ]


def _sigmoids(_: Dataset) -> list[SigmoidValues]:
    return [
        SigmoidValues(
            z, *code_samples.sigmoid_as_published(z), float(Sigmoid().forward(np.array([z]))[0])
        )
        for z in _Z
    ]


def _single_images() -> dict[str, TrainConfig]:
    config = vars(recipes["experiment-a-16-16"]) | {"batch_size": 1, "epochs": 1}
    return {"One image at a time": TrainConfig(**config)}


def _single_image_values(result: ChapterResult) -> list[ReportedValue]:
    sigmoids: list[SigmoidValues] = result.output
    (run,) = result.runs
    warning = next((values.warning for values in sigmoids if values.warning), "nothing")
    images = run.info.epochs * len(result.dataset.train.labels)
    return [
        ReportedValue("Seconds for a round", f"{run.info.seconds / run.info.epochs:.1f}", "37.9"),
        ReportedValue("Images a second", f"{images / run.info.seconds:,.0f}"),
        ReportedValue("Right, of the test images", accuracy_text(run.info.test_accuracy), "14.2%"),
        ReportedValue("NumPy says", warning, "overflow encountered in exp"),
    ]


def _time_values(result: ChapterResult) -> list[ReportedValue]:
    one_by_one, at_once, difference = result.output
    return [
        ReportedValue("One by one, 2,000 images", f"{1e3 * one_by_one:,.0f} ms"),
        ReportedValue("All at once", f"{1e3 * at_once:,.1f} ms"),
        ReportedValue("Times as fast", f"{one_by_one / at_once:,.0f}"),
        ReportedValue("Largest difference, as a share", f"{difference:.0e}"),
    ]


FIRST_STEPS = (
    Chapter(
        key="arrays",
        code=(code_samples.ramp, code_samples.wave),
        run_now=_arrays,
        reported_values=_array_values,
    ),
    Chapter(
        key="digits",
        code=(code_samples.read_digits,),
        run_now=_read_digits,
        reported_values=_digit_values,
    ),
    Chapter(
        key="random",
        code=(code_samples.first_version, code_samples.later_version),
        run_now=_random_outputs,
        reported_values=_random_output_values,
    ),
    Chapter(
        key="loop",
        code=(code_samples.sigmoid_as_published, Sigmoid.apply),
        run_now=_sigmoids,
        trainings=_single_images,
        reported_values=_single_image_values,
    ),
    Chapter(
        key="together",
        code=(code_samples.gradient_one_by_one, code_samples.gradient_at_once),
        run_now=code_samples.time_gradients,
        reported_values=_time_values,
    ),
)
"""Chapters from arrays to batches."""
