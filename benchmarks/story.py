"""Figures in the chapters of the story and in the failure lab, measured over several seeds.

A `Claim` is a figure or a result that a text asserts whatever the visitor's own run shows. It
fails if the words are no longer in the text, or if a seed gives a value outside its range.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np

from data_loader import load
from digits.augment import augmentation
from inkling.lessons.content import sections
from inkling.lessons.experiment_b_gradient import CompleteDerivative, check_experiment_b
from inkling.lessons.failure_lab import EXPERIMENTS, Failure
from inkling.lessons.story import code_samples
from inkling.lessons.story.experiment_a import one_large_layer, two_small_layers
from inkling.lessons.story.experiment_b import HARD_IMAGE
from inkling.lessons.story.first_steps import three_learning_rates
from inkling.lessons.story.improvements import three_sets_of_labels, well_made, with_neighbours
from nn import TrainConfig, TrainRecord, train
from nn.historical import NormalizedSigmoid
from nn.recipes import recipes

SEEDS = range(5)

_LARGE = one_large_layer()["784-128-10"]
_SIXTEEN = replace(
    _LARGE,
    hidden_sizes=(16,),
    initialization="xavier",
    initial_scale=1.0,
    input_scale=1 / 255,
    batch_size=10,
    epochs=3,
)
_512 = replace(_LARGE, hidden_sizes=(512,))


class Claim(NamedTuple):
    """Assertion of a text.

    Attributes
    ----------
    file : str
        Path below `content/`, without ".md".
    words : str
        As they stand in it.
    measure : callable
        Seed -> the value.
    low, high : float
        Bounds that the words allow.
    """

    file: str
    words: str
    measure: Callable[[int], float]
    low: float
    high: float

    @property
    def is_written(self) -> bool:
        """Whether the words are in the text."""
        return self.words in "\n".join(sections(self.file).values())


_Unplaced = tuple[str, Callable[[int], float], float, float]  # a claim without its file

_dataset = cache(load)


@cache
def last_record(config: TrainConfig, seed: int) -> TrainRecord:
    """Return the end of a run; each is trained once."""
    *_, last = train(replace(config, seed=seed), _dataset(), augmentation(config.augmentation))
    return last


def accuracy(config: TrainConfig) -> Callable[[int], float]:
    """Return a measure of the validation accuracy, or of the test accuracy where there is none."""

    def measure(seed: int) -> float:
        last = last_record(config, seed)
        share = last.test_accuracy if last.validation_accuracy is None else last.validation_accuracy
        assert share is not None
        return share

    return measure


def of_last_record(config: TrainConfig, name: str) -> Callable[[int], float]:
    """Return a measure of a field of the last record, such as "train_accuracy"."""
    return lambda seed: float(getattr(last_record(config, seed), name))


def answers(config: TrainConfig, seed: int) -> np.ndarray:
    """Return a network's answers to all test images."""
    images = _dataset().test.images
    network = last_record(config, seed).network
    assert network is not None
    return network.predict_proba(images).argmax(axis=1)


def number_of_answers(config: TrainConfig) -> Callable[[int], float]:
    """Return a measure of how many digits a network ever answers."""
    return lambda seed: len(np.unique(answers(config, seed)))


def confidence_in_hard_image(config: TrainConfig) -> Callable[[int], float]:
    """Return a measure of the confidence of the answer to test image 8."""

    def measure(seed: int) -> float:
        network = last_record(config, seed).network
        assert network is not None
        image = _dataset().test.images[HARD_IMAGE : HARD_IMAGE + 1]
        return float(network.predict_proba(image).max())

    return measure


def difference(better: TrainConfig, other: TrainConfig) -> Callable[[int], float]:
    """Return a measure of how much larger one accuracy is than another."""
    return lambda seed: accuracy(better)(seed) - accuracy(other)(seed)


def random_accuracy(seed: int) -> float:
    """Return the test accuracy of a network with random weights."""
    test = _dataset().test
    outputs = code_samples.later_version(test.images, np.random.default_rng(seed))
    return float(np.mean(outputs.argmax(axis=1) == test.labels))


def experiment_b(output: type[NormalizedSigmoid], learning_rate: float) -> Callable[[int], float]:
    """Return a measure of the test accuracy of the chapter's training of experiment B."""

    @cache
    def measure(seed: int) -> float:
        rng = np.random.default_rng(seed)
        return code_samples.train_experiment_b(_dataset(), output(), learning_rate, rng)

    return measure


def gradient_error(seed: int) -> float:
    """Return the relative error of experiment B's published gradient: the smaller of two layers."""
    layers = check_experiment_b(_dataset(), seed)
    return min(layer.published.relative_error for layer in layers)


def gradient_length(of_layers: Callable[[list[float]], float]) -> Callable[[int], float]:
    """Return a measure of how many times as long the published gradient is as the true one."""
    return lambda seed: of_layers(
        [
            float(
                np.linalg.norm(layer.published.analytic) / np.linalg.norm(layer.published.numerical)
            )
            for layer in check_experiment_b(_dataset(), seed)
        ]
    )


def gradient_ratio(config: TrainConfig) -> Callable[[int], float]:
    """Return a measure of the first layer's gradient as a share of the last layer's."""

    def measure(seed: int) -> float:
        norms = last_record(config, seed).layer_gradient_norms
        return float(norms[0] / norms[-1])

    return measure


def failing(key: str, **changes: object) -> TrainConfig:
    """Return the config of a failure of the failure lab."""
    experiment = EXPERIMENTS[key]
    assert isinstance(experiment, Failure)
    return TrainConfig(**(vars(experiment.config) | changes))


def claims() -> tuple[Claim, ...]:
    """Return all claims, quick ones first."""
    slow, suitable, fast = three_learning_rates().values()
    plain, shuffled, distorted = three_sets_of_labels().values()
    (good,) = well_made().values()
    (conv,) = with_neighbours().values()
    (small,) = two_small_layers().values()
    plain_descent = replace(good, optimizer="sgd", schedule="constant", learning_rate=0.6)
    deep = failing("deep-sigmoids")
    return (
        *chapter("random", ("About 10%, as often as a blind guess", random_accuracy, 0.05, 0.16)),
        *chapter(
            "eta",
            ("0.15 read best", accuracy(suitable), 0.85, 1),
            ("With 0.001 the cost falls too", accuracy(slow), 0.1, 0.7),
            ("the network often ends up guessing", accuracy(fast), 0, 0.3),
            ("Its cost then stays at 2.30 or above", of_last_record(fast, "train_loss"), 2.29, 9),
        ),
        *chapter(
            "well-made",
            ("more than 95% in two epochs", accuracy(good), 0.95, 1),
            ("add 0.3 to 1.2 percentage points", difference(good, plain_descent), 0.0025, 0.0125),
        ),
        *chapter(
            "by-heart",
            ("It learns them by heart", of_last_record(shuffled, "train_accuracy"), 0.9, 1),
            ("no better than a guess", accuracy(shuffled), 0.05, 0.2),
            (
                "works against learning by heart",
                of_last_record(distorted, "train_accuracy"),
                0,
                0.999,
            ),
            ("Distorting the images works", accuracy(distorted), 0.9, 1),
            ("With the images as they are", accuracy(plain), 0.8, 0.92),
        ),
        *chapter(
            "missing-term",
            ("At 2 it moves slowly", experiment_b(CompleteDerivative, 2), 0, 0.45),
            ("read most here", experiment_b(NormalizedSigmoid, 2), 0.3, 0.8),
            (
                "80% to 89% after three epochs in four of five random starts",
                experiment_b(CompleteDerivative, 20),
                0.1,
                0.89,
            ),
            ("two to twelve times too long", gradient_length(min), 1.9, 12),
            ("The published numbers can all be too large", gradient_error, 0.5, 1),
        ),
        *chapter(
            "index-8",
            (
                "with 49% to 88% confidence",
                confidence_in_hard_image(good),
                0.485,
                0.885,
            ),
        ),
        *failure(
            "high-eta",
            ("a test accuracy of about 97%", of_last_record(good, "test_accuracy"), 0.965, 0.98),
            (
                "A cost near 2.30 is the sign",
                of_last_record(failing("high-eta"), "train_loss"),
                2.25,
                2.4,
            ),
            (
                "With all hidden units dead",
                of_last_record(failing("high-eta"), "dead_share"),
                0.99,
                1,
            ),
        ),
        *failure(
            "zero-weights",
            ("It learns nothing, and only guesses", accuracy(failing("zero-weights")), 0.05, 0.15),
        ),
        *failure(
            "raw-pixels",
            ("dead, all of them", of_last_record(failing("raw-pixels"), "dead_share"), 0.99, 1),
            (
                "the network learns, but not as well",
                accuracy(failing("raw-pixels", learning_rate=0.001)),
                0.85,
                0.96,
            ),
        ),
        *failure(
            "deep-sigmoids",
            ("So the network learns only how frequent each digit is", accuracy(deep), 0.05, 0.15),
            ("one or two thousandths are left at most", gradient_ratio(deep), 0, 0.002),
        ),
        *failure(
            "shuffled-labels",
            ("about one in ten", accuracy(failing("shuffled-labels")), 0.05, 0.2),
        ),
        *failure(
            "hundred-images",
            (
                "It found one",
                of_last_record(failing("hundred-images"), "train_accuracy"),
                0.99,
                1,
            ),
        ),
        *failure(
            "missing-term",
            (
                "77% to 81% after ten epochs",
                of_last_record(replace(recipes["experiment-b"], epochs=10), "test_accuracy"),
                0.765,
                0.815,
            ),
            ("two to twelve times in eight random starts", gradient_length(max), 1.9, 12),
        ),
        *failure(
            "small-layers",
            (
                "Ten outputs of 0.1 lower the cost to 0.45",
                of_last_record(failing("small-layers"), "train_loss"),
                0.445,
                0.455,
            ),
        ),
        *chapter("neighbours", ("It reached more than 98.7%", accuracy(conv), 0.987, 1)),
        *chapter(
            "128",
            ("16 units read about 93%", accuracy(_SIXTEEN), 0.92, 0.945),
            (
                "32 units read 29% to 45%",
                accuracy(replace(_LARGE, hidden_sizes=(32,))),
                0.285,
                0.455,
            ),
            ("128 units 85% to 91%", accuracy(_LARGE), 0.85, 0.91),
            ("512 units give at most four different answers", number_of_answers(_512), 1, 4),
            (
                "At a quarter of this learning rate, 512 units read about 91%",
                accuracy(replace(_512, learning_rate=_LARGE.learning_rate / 4)),
                0.9,
                0.92,
            ),
        ),
        *chapter(
            "sixteen",
            ("gave the same answer to every image", number_of_answers(small), 1, 1),
            ("That costs about 0.45", of_last_record(small, "train_loss"), 0.445, 0.455),
        ),
    )


def chapter(key: str, *claims: _Unplaced) -> list[Claim]:
    """Return the claims of a chapter."""
    return [Claim(f"chapters/{key}", *claim) for claim in claims]


def failure(key: str, *claims: _Unplaced) -> list[Claim]:
    """Return the claims of an experiment of the failure lab."""
    return [Claim(f"failure_lab/{key}", *claim) for claim in claims]


def main() -> None:
    """Print a table of all claims; exit with 1 if one of them is wrong."""
    wrong = 0
    print("| text | words | measured | |")
    print("| --- | --- | --- | --- |")
    for claim in claims():
        values = [claim.measure(seed) for seed in SEEDS]
        holds = claim.is_written and all(claim.low <= value <= claim.high for value in values)
        wrong += not holds
        measured = f"{min(values):.4g} to {max(values):.4g}"
        print(f"| {claim.file} | {claim.words} | {measured} | {'' if holds else 'WRONG'} |")
        sys.stdout.flush()
    if wrong:
        sys.exit(1)
