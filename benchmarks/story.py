"""Figures in the chapters of the story, measured over several seeds.

A `Claim` is a figure or a result that a chapter asserts whatever the visitor's own run shows. It
fails if the words are no longer in the chapter, or if a seed gives a value outside its range.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from data_loader import Dataset, load
from digits.augment import augmentation
from inkling.lessons.content import sections
from inkling.lessons.experiment_b_gradient import CompleteDerivative
from inkling.lessons.story import code_samples
from inkling.lessons.story.experiment_a import one_large_layer, two_small_layers
from inkling.lessons.story.first_steps import three_learning_rates
from inkling.lessons.story.improvements import three_sets_of_labels, well_made, with_neighbours
from nn import Network, TrainConfig, train
from nn.historical import NormalizedSigmoid

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


class Claim(NamedTuple):
    """Assertion of a chapter.

    Attributes
    ----------
    chapter : str
        Key of the chapter.
    words : str
        As they stand in it.
    measure : callable
        (Dataset, seed) -> the value.
    low, high : float
        Bounds that the words allow.
    """

    chapter: str
    words: str
    measure: Callable[[Dataset, int], float]
    low: float
    high: float


def accuracy(config: TrainConfig) -> Callable[[Dataset, int], float]:
    """Return a measure of the validation accuracy, or of the test accuracy where there is none."""

    def measure(dataset: Dataset, seed: int) -> float:
        seeded = replace(config, seed=seed)
        *_, last = train(seeded, dataset, augmentation(config.augmentation))
        share = last.test_accuracy if last.validation_accuracy is None else last.validation_accuracy
        assert share is not None
        return share

    return measure


def training_accuracy(config: TrainConfig) -> Callable[[Dataset, int], float]:
    """Return a measure of the accuracy on the images of the last batches."""

    def measure(dataset: Dataset, seed: int) -> float:
        *_, last = train(replace(config, seed=seed), dataset, augmentation(config.augmentation))
        return last.train_accuracy

    return measure


def number_of_answers(config: TrainConfig) -> Callable[[Dataset, int], float]:
    """Return a measure of how many digits a network ever answers."""

    def measure(dataset: Dataset, seed: int) -> float:
        network: Network | None = None
        for record in train(replace(config, seed=seed), dataset):
            network = record.network
        assert network is not None
        return len(np.unique(network.predict_proba(dataset.test.images).argmax(axis=1)))

    return measure


def random_accuracy(dataset: Dataset, seed: int) -> float:
    """Return the test accuracy of a network with random weights."""
    outputs = code_samples.later_version(dataset.test.images, np.random.default_rng(seed))
    return float(np.mean(outputs.argmax(axis=1) == dataset.test.labels))


def experiment_b(
    output: type[NormalizedSigmoid], learning_rate: float
) -> Callable[[Dataset, int], float]:
    """Return a measure of the test accuracy of the chapter's training of experiment B."""

    def measure(dataset: Dataset, seed: int) -> float:
        rng = np.random.default_rng(seed)
        return code_samples.train_experiment_b(dataset, output(), learning_rate, rng)

    return measure


def claims() -> tuple[Claim, ...]:
    """Return all claims, quick ones first."""
    slow, suitable, fast = three_learning_rates().values()
    plain, shuffled, distorted = three_sets_of_labels().values()
    (good,) = well_made().values()
    (conv,) = with_neighbours().values()
    (small,) = two_small_layers().values()
    return (
        Claim("random", "About 10%, as often as a blind guess", random_accuracy, 0.05, 0.16),
        Claim("eta", "0.15 read best", accuracy(suitable), 0.85, 1),
        Claim("eta", "With 0.001 the cost falls too", accuracy(slow), 0.1, 0.7),
        Claim("eta", "the network often ends up guessing", accuracy(fast), 0, 0.3),
        Claim("well-made", "more than 95% in two epochs", accuracy(good), 0.95, 1),
        Claim("by-heart", "It learns them by heart", training_accuracy(shuffled), 0.9, 1),
        Claim("by-heart", "no better than a guess", accuracy(shuffled), 0.05, 0.2),
        Claim(
            "by-heart", "works against learning by heart", training_accuracy(distorted), 0, 0.999
        ),
        Claim("by-heart", "Distorting the images works", accuracy(distorted), 0.9, 1),
        Claim("by-heart", "With the images as they are", accuracy(plain), 0.8, 0.92),
        Claim("128", "16 units read about 93%", accuracy(_SIXTEEN), 0.92, 0.945),
        Claim("neighbours", "It reached more than 98.7%", accuracy(conv), 0.987, 1),
        Claim("missing-term", "At 2 it moves slowly", experiment_b(CompleteDerivative, 2), 0, 0.45),
        Claim(
            "missing-term",
            "80% to 89% after three epochs in four of five random starts",
            experiment_b(CompleteDerivative, 20),
            0.1,
            0.89,
        ),
        Claim("missing-term", "read most here", experiment_b(NormalizedSigmoid, 2), 0.3, 0.8),
        Claim(
            "128",
            "32 units read 29% to 45%",
            accuracy(replace(_LARGE, hidden_sizes=(32,))),
            0.285,
            0.455,
        ),
        Claim("128", "128 units 85% to 91%", accuracy(_LARGE), 0.85, 0.91),
        Claim("sixteen", "gave the same answer to every image", number_of_answers(small), 1, 1),
        Claim(
            "128",
            "512 units give at most four different answers",
            number_of_answers(replace(_LARGE, hidden_sizes=(512,))),
            1,
            4,
        ),
    )


def main() -> None:
    """Print a table of all claims; exit with 1 if one of them is wrong."""
    dataset = load()
    wrong = 0
    print("| chapter | words | measured | |")
    print("| --- | --- | --- | --- |")
    for claim in claims():
        text = "\n".join(sections(f"chapters/{claim.chapter}").values())
        values = [claim.measure(dataset, seed) for seed in SEEDS]
        holds = claim.words in text and all(claim.low <= value <= claim.high for value in values)
        wrong += not holds
        measured = f"{min(values):.4g} to {max(values):.4g}"
        print(f"| {claim.chapter} | {claim.words} | {measured} | {'' if holds else 'WRONG'} |")
        sys.stdout.flush()
    if wrong:
        sys.exit(1)
