"""First chapters: from a digit's numbers to batches."""

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from data_loader import Dataset
from digits.idx import IdxError
from inkling.data.image_ref import with_article
from inkling.lessons.story import by_hand, code_samples
from inkling.lessons.story.chapter import Chapter, ChapterResult, ReportedValue, accuracy_text
from nn import TrainConfig, load_pretrained
from nn.activations import ReLU, Sigmoid
from nn.layers import Dense
from nn.losses import MeanSquaredError, SoftmaxCrossEntropy
from nn.network import Network
from nn.optimizers import SGD
from nn.recipes import recipes

FIRST_IMAGES = 10

_SEEDS = (0, 1, 2)
_OVERFLOWING = -1000.0
_REPORTED_LABELS = (5, 0, 4, 1, 9, 2, 1, 3, 1, 4)
_OPENING = {"open", "open_code", "fromfile"}
_CONNECTING = {"connect", "connect_ex", "sendto", "getaddrinfo", "create_connection"}
_LEARNING_RATES = (0.001, 0.15, 15.0)


class FirstDigits(NamedTuple):
    """Result of reading the data.

    Attributes
    ----------
    ramp, wave : ndarray, (100, 100)
        Tables of numbers that make a picture.
    images : ndarray, (n, 28, 28)
        The training images.
    labels : ndarray, (n,)
    answers : ndarray, (10,)
        Those of the built-in network to the first test images.
    opened, connected : int
        Files that it opened and connections that it made while it read them.
    """

    ramp: np.ndarray
    wave: np.ndarray
    images: np.ndarray
    labels: np.ndarray
    answers: np.ndarray
    opened: int
    connected: int


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


class ManyAtOnce(NamedTuple):
    """Results of the chapter on batches.

    Attributes
    ----------
    slow, fast : float
        Seconds for the gradients of 2,000 images, one by one and at once.
    difference : float
        The largest difference of both gradients, as a share of the largest entry.
    warning : str
        NumPy's warning about 1 / (1 + exp(1000)).
    warm_up : Network
        784-100-3, trained on zeros, ones and twos.
    accuracies : list of float
        Its accuracy on the test images of these digits after each epoch, 0 to 1.
    """

    slow: float
    fast: float
    difference: float
    warning: str
    warm_up: Network
    accuracies: list[float]


def _read_first_digits(dataset: Dataset) -> FirstDigits:
    images, labels = dataset.train.images, dataset.train.labels
    with suppress(OSError, StopIteration, IdxError):  # built-in digits, or files deleted since
        images, labels = code_samples.read_digits(Path(dataset.source))
    network, first = load_pretrained(), dataset.test.images[:FIRST_IMAGES]
    P, called = with_calls(lambda: network.predict_proba(first))
    return FirstDigits(
        code_samples.ramp(),
        code_samples.wave(),
        images,
        labels,
        P.argmax(axis=1),
        sum(name in _OPENING for name in called),
        sum(name in _CONNECTING for name in called),
    )


def with_calls(function: Callable[[], np.ndarray]) -> tuple[np.ndarray, list[str]]:
    """Return what a function returns, and the names of all functions that it called."""
    called = []

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            called.append(frame.f_code.co_name)
        elif event == "c_call":
            called.append(argument.__name__)

    earlier = sys.getprofile()  # of this thread alone
    sys.setprofile(note)
    try:
        return function(), called
    finally:
        sys.setprofile(earlier)


def _number_read(result: ChapterResult) -> int:
    """Return how many of the first test images the built-in network reads."""
    return int(np.sum(result.output.answers == result.dataset.test.labels[:FIRST_IMAGES]))


def _digit_values(result: ChapterResult) -> list[ReportedValue]:
    digits: FirstDigits = result.output
    return [
        ReportedValue(
            "Correct answers for the first test images",
            f"{_number_read(result)} of {len(digits.answers)}",
        ),
        ReportedValue(
            "Training and validation images", " × ".join(f"{n:,}" for n in digits.images.shape)
        ),
        ReportedValue(
            "The first ten labels",
            " ".join(map(str, digits.labels[:FIRST_IMAGES])),
            " ".join(map(str, _REPORTED_LABELS)),
            of_image=True,
        ),
    ]


def _digit_outcome(result: ChapterResult) -> int:
    share = _number_read(result) / len(result.output.answers)
    return 2 if share >= 0.9 else 1 if share >= 0.3 else 0


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
            "Test accuracy of three networks",
            ", ".join(f"{accuracy:.2%}" for accuracy in outputs.accuracies),
            "10.08%, 9.58%, 7.75%",
        ),
        ReportedValue(
            f"First version, given {with_article(first_label)}",
            f"{first.argmax()}, with {first.max():,.1f}",
            "1, with 52,766.9",
            of_image=True,
        ),
        ReportedValue(
            f"With sigmoids, given {with_article(later_label)}",
            f"{later.argmax()}, with {later.max():.3f}",
            "near 0.5",
        ),
    ]


def _random_outcome(result: ChapterResult) -> int:
    mean = float(np.mean(result.output.accuracies))
    return 0 if mean < 0.03 else 1 if mean < 0.2 else 2


def _costs_of_answers(_: Dataset) -> dict[str, tuple[float, float]]:
    """Return both costs of three answers to an image of a 7."""
    undecided = np.full(10, 0.1)
    right, wrong = np.full(10, 0.01), np.full(10, 0.01)
    right[7], wrong[1] = 0.91, 0.91
    return {
        "Undecided: 0.1 for each digit": code_samples.costs(undecided, 7),
        "Sure and correct: 0.91 for the 7": code_samples.costs(right, 7),
        "Sure and wrong: 0.91 for the 1": code_samples.costs(wrong, 7),
    }


def _cost_values(result: ChapterResult) -> list[ReportedValue]:
    return [
        ReportedValue(name, f"{squared:.2f} squared, {cross_entropy:.2f} cross-entropy")
        for name, (squared, cross_entropy) in result.output.items()
    ]


def _cost_outcome(result: ChapterResult) -> int:
    undecided, _, wrong = (squared for squared, _ in result.output.values())
    return 0 if undecided > wrong else 1 if wrong > undecided else 2


def three_learning_rates() -> dict[str, TrainConfig]:
    """Return one epoch with 20,000 images for fast-97's network, at three learning rates."""
    config = replace(
        recipes["fast-97"],
        training_size=20_000,
        epochs=1,
        optimizer="sgd",
        schedule="constant",
    )
    return {
        f"Learning rate {rate:g}": replace(config, learning_rate=rate) for rate in _LEARNING_RATES
    }


def _learning_rate_values(result: ChapterResult) -> list[ReportedValue]:
    return [
        ReportedValue(
            f"Learning rate {run.info.config.learning_rate:g}: validation cost, accuracy",
            f"{run.history[-1].validation_loss or 0:.2f}, "
            f"{accuracy_text(run.info.validation_accuracy, 1)}",
        )
        for run in result.runs
    ]


def _learning_rate_outcome(result: ChapterResult) -> int:
    return int(np.argmax([run.info.validation_accuracy or 0 for run in result.runs]))


def _many_at_once(dataset: Dataset) -> ManyAtOnce:
    _, warning = code_samples.sigmoid_as_published(_OVERFLOWING)
    warm_up, accuracies = code_samples.warm_up(dataset, np.random.default_rng(0))
    return ManyAtOnce(*code_samples.time_gradients(dataset), warning, warm_up, accuracies)


def one_image_at_a_time() -> dict[str, TrainConfig]:
    """Return one epoch of 784-16-16-10 as published, in batches of a single image."""
    config = vars(recipes["experiment-a-16-16"]) | {"batch_size": 1, "epochs": 1}
    return {"One image at a time": TrainConfig(**config)}


def _together_values(result: ChapterResult) -> list[ReportedValue]:
    output: ManyAtOnce = result.output
    (run,) = result.runs
    images = run.info.epochs * len(result.dataset.train.labels)
    return [
        ReportedValue("2,000 gradients, one by one", f"{1e3 * output.slow:,.0f} ms"),
        ReportedValue("The same at once", f"{1e3 * output.fast:,.1f} ms"),
        ReportedValue("Largest relative difference", f"{output.difference:.5%}"),
        ReportedValue(
            "One at a time, seconds an epoch", f"{run.info.seconds / run.info.epochs:.1f}", "37.9"
        ),
        ReportedValue("Images a second", f"{images / run.info.seconds:,.0f}"),
        ReportedValue("Its test accuracy", accuracy_text(run.info.test_accuracy), "14.2%"),
        ReportedValue(
            "1 / (1 + exp(1000)) in NumPy", output.warning, "overflow encountered in exp"
        ),
        ReportedValue("0, 1 and 2 only, after 1 epoch", f"{output.accuracies[0]:.1%}"),
        ReportedValue(f"After {len(output.accuracies)} epochs", f"{output.accuracies[-1]:.1%}"),
    ]


def _together_outcome(result: ChapterResult) -> int:
    ratio = result.output.slow / result.output.fast
    return 0 if ratio < 2 else 1 if ratio < 10 else 2


DIGITS = Chapter(
    key="digits",
    code=(code_samples.ramp, code_samples.wave, code_samples.read_digits),
    run_now=_read_first_digits,
    reported_values=_digit_values,
    outcome=_digit_outcome,
)
UNIT = Chapter(key="unit", code=(by_hand.unit_sum, by_hand.unit_output, Dense.apply, ReLU.apply))
RANDOM = Chapter(
    key="random",
    code=(code_samples.first_version, code_samples.later_version),
    run_now=_random_outputs,
    reported_values=_random_output_values,
    outcome=_random_outcome,
)
COST = Chapter(
    key="cost",
    code=(MeanSquaredError.value, SoftmaxCrossEntropy.value, code_samples.costs),
    run_now=_costs_of_answers,
    reported_values=_cost_values,
    outcome=_cost_outcome,
)
DOWNHILL = Chapter(
    key="eta",
    code=(by_hand.valley_slope, by_hand.step_downhill, SGD.step),
    trainings=three_learning_rates,
    reported_values=_learning_rate_values,
    outcome=_learning_rate_outcome,
)
BLAME = Chapter(key="blame", code=(by_hand.SmallNetwork.gradient, Dense.backward))
TOGETHER = Chapter(
    key="together",
    code=(
        code_samples.gradient_one_by_one,
        code_samples.gradient_at_once,
        code_samples.warm_up,
        Sigmoid.apply,
    ),
    run_now=_many_at_once,
    trainings=one_image_at_a_time,
    reported_values=_together_values,
    outcome=_together_outcome,
)
