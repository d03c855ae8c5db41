"""Figures in the chapters of the story and in the failure lab, measured over several seeds.

A `Claim` is a figure or a result that a text asserts whatever the visitor's own run shows. It
fails if the words are no longer in the text, or if a seed gives a value outside its range.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from data_loader import load
from digits.augment import augmentation
from digits.neighbours import Neighbours
from inkling.lessons.content import sections
from inkling.lessons.experiment_b_gradient import CompleteDerivative, check_experiment_b
from inkling.lessons.failure_lab import EXPERIMENTS, Failure
from inkling.lessons.story import code_samples
from inkling.lessons.story.experiment_a import one_large_layer, two_small_layers
from inkling.lessons.story.experiment_b import BUILT_IN, HARD_IMAGE
from inkling.lessons.story.first_steps import one_image_at_a_time, three_learning_rates
from inkling.lessons.story.improvements import three_sets_of_labels, well_made, with_neighbours
from nn import Network, TrainConfig, Trainer, TrainRecord, load_pretrained, train
from nn.historical import NormalizedSigmoid
from nn.recipes import recipes
from nn.training import new_network

SEEDS = range(5)

_SMALL, _LARGE = one_large_layer().values()
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
def history(config: TrainConfig, seed: int) -> list[TrainRecord]:
    """Return all records of a run; each is trained once."""
    return list(train(replace(config, seed=seed), _dataset(), augmentation(config.augmentation)))


def last_record(config: TrainConfig, seed: int) -> TrainRecord:
    """Return the end of a run."""
    return history(config, seed)[-1]


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
    return test_probabilities(config, seed).argmax(axis=1)


def rise_of_cost(config: TrainConfig) -> Callable[[int], float]:
    """Return a measure of the last validation cost as a multiple of the lowest."""

    def measure(seed: int) -> float:
        costs = [float(record.validation_loss or 0) for record in history(config, seed)]
        return costs[-1] / min(costs)

    return measure


def loss_of_accuracy(config: TrainConfig) -> Callable[[int], float]:
    """Return a measure of how far the last validation accuracy is below the highest."""

    def measure(seed: int) -> float:
        shares = [float(record.validation_accuracy or 0) for record in history(config, seed)]
        return max(shares) - shares[-1]

    return measure


def share_of_seeds(
    measure: Callable[[int], float], low: float, high: float
) -> Callable[[int], float]:
    """Return a measure, the same for each seed: for how many of them another is in a range."""
    return lambda _: float(np.mean([low <= measure(seed) <= high for seed in SEEDS]))


def test_probabilities(config: TrainConfig, seed: int) -> np.ndarray:
    """Return a network's outputs for all test images."""
    network = last_record(config, seed).network
    assert network is not None
    return network.predict_proba(_dataset().test.images)


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


def answer_to_hard_image(config: TrainConfig) -> Callable[[int], float]:
    """Return a measure of the digit that is the answer to test image 8."""
    return lambda seed: float(answers(config, seed)[HARD_IMAGE])


def nearest_fives(_: int) -> float:
    """Return how many of the eight training images nearest to test image 8 are fives."""
    dataset = _dataset()
    image = dataset.test.images[HARD_IMAGE]
    nearest, _distances = Neighbours(dataset.train.images).nearest(image, 8)
    return float(np.sum(dataset.train.labels[nearest] == 5))


def built_in_accuracy(key: str) -> Callable[[int], float]:
    """Return a measure of a built-in network's test accuracy; no seed changes it."""
    return lambda _: float(np.mean(_built_in_answers(key) == _dataset().test.labels))


def built_in_answers_to_hard_image(_: int) -> float:
    """Return the share of the built-in networks that read test image 8 as its label says."""
    label = _dataset().test.labels[HARD_IMAGE]
    return float(np.mean([_built_in_answers(key)[HARD_IMAGE] == label for key in BUILT_IN]))


@cache
def _built_in_answers(key: str) -> np.ndarray:
    return load_pretrained(key).predict_proba(_dataset().test.images).argmax(axis=1)


def sure_mistakes(config: TrainConfig) -> Callable[[int], float]:
    """Return a measure of the mistakes with more than 99% confidence."""

    def measure(seed: int) -> float:
        P = test_probabilities(config, seed)
        wrong = P.argmax(axis=1) != _dataset().test.labels
        return float(np.sum(wrong & (P.max(axis=1) > 0.99)))

    return measure


def spread_of_outputs(config: TrainConfig) -> Callable[[int], float]:
    """Return a measure of how much an output differs between images: its standard deviation."""
    return lambda seed: float(test_probabilities(config, seed).std(axis=0).max())


def first_sums(network: Network) -> np.ndarray:
    """Return the sums of a network's first layer for the first thousand test images."""
    return network.layers[0].apply(network.inputs(_dataset().test.images[:1_000]))


def size_of_first_sums(config: TrainConfig) -> Callable[[int], float]:
    """Return a measure of the mean size of the first layer's sums before training."""

    def measure(seed: int) -> float:
        network = new_network(config, np.random.default_rng(seed))
        return float(np.abs(first_sums(network)).mean())

    return measure


def share_of_flat_sums(config: TrainConfig) -> Callable[[int], float]:
    """Return a measure of how many of the first layer's sums are beyond 4, where slopes are low."""

    def measure(seed: int) -> float:
        network = last_record(config, seed).network
        assert network is not None
        return float(np.mean(np.abs(first_sums(network)) > 4))

    return measure


def nonzero_weights(config: TrainConfig) -> Callable[[int], float]:
    """Return a measure of the number of weights that are not 0."""

    def measure(seed: int) -> float:
        network = last_record(config, seed).network
        assert network is not None
        return float(sum(np.count_nonzero(layer.W) for layer in network.dense_layers))

    return measure


def difference(better: TrainConfig, other: TrainConfig) -> Callable[[int], float]:
    """Return a measure of how much larger one accuracy is than another."""
    return lambda seed: accuracy(better)(seed) - accuracy(other)(seed)


def ratio_of_mistakes(better: TrainConfig, other: TrainConfig) -> Callable[[int], float]:
    """Return a measure of the mistakes of one network as a share of another's."""
    return lambda seed: (1 - accuracy(better)(seed)) / (1 - accuracy(other)(seed))


def random_outputs(seed: int) -> float:
    """Return the largest distance of an output from 0.5, in a network with random weights."""
    images = _dataset().test.images
    return float(
        np.abs(code_samples.later_version(images, np.random.default_rng(seed)) - 0.5).max()
    )


def random_accuracy(seed: int) -> float:
    """Return the test accuracy of a network with random weights."""
    test = _dataset().test
    outputs = code_samples.later_version(test.images, np.random.default_rng(seed))
    return float(np.mean(outputs.argmax(axis=1) == test.labels))


@cache
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


def ratio_of_spreads(config: TrainConfig, other: TrainConfig) -> Callable[[int], float]:
    """Return a measure of how much more the logits differ between images before training."""

    def spread(config: TrainConfig, seed: int) -> float:
        network = new_network(config, np.random.default_rng(seed))
        logits = network.apply(network.inputs(_dataset().test.images[:1_000]))
        return float(np.sqrt(logits.var(axis=0).mean()))

    return lambda seed: spread(config, seed) / spread(other, seed)


def ratio_of_first_steps(config: TrainConfig, other: TrainConfig) -> Callable[[int], float]:
    """Return a measure of how many times as far the first step moves the logits."""
    return lambda seed: _first_step(config, seed) / _first_step(other, seed)


@cache
def _first_step(config: TrainConfig, seed: int) -> float:
    trainer = Trainer(replace(config, seed=seed), _dataset())
    X = trainer.network.inputs(_dataset().test.images[:1_000])
    before = trainer.network.apply(X)
    trainer.step()
    return float(np.linalg.norm(trainer.network.apply(X) - before))


def spread_left_by_a_layer(config: TrainConfig) -> Callable[[int], float]:
    """Return a measure of how much activations differ between images, before training.

    It is their standard deviation as a share of that in the layer below: of all layers above the
    first, the share that is farthest from a quarter.
    """

    def measure(seed: int) -> float:
        network = new_network(config, np.random.default_rng(seed))
        activations = network.activations(network.inputs(_dataset().test.images[:1_000]))
        spreads = [np.sqrt(A.var(axis=0).mean()) for A in activations[:-1]]  # no outputs
        shares = [float(upper / lower) for lower, upper in pairwise(spreads)]
        return max(shares, key=lambda share: abs(share - 0.25))

    return measure


def gradient_ratio(config: TrainConfig) -> Callable[[int], float]:
    """Return a measure of the first layer's gradient as a share of the last layer's."""

    def measure(seed: int) -> float:
        norms = last_record(config, seed).layer_gradient_norms
        return float(norms[0] / norms[-1])

    return measure


def failing(key: str, **changes: object) -> TrainConfig:
    """Return the config of a failure of the failure lab."""
    return replace(_failure(key).config, **changes)  # type: ignore[arg-type]


def corrected(key: str) -> TrainConfig:
    """Return the config that mends a failure of the failure lab."""
    return _failure(key).corrected


def _failure(key: str) -> Failure:
    experiment = EXPERIMENTS[key]
    assert isinstance(experiment, Failure)
    return experiment


def claims() -> tuple[Claim, ...]:
    """Return all claims, quick ones first."""
    slow, suitable, fast = three_learning_rates().values()
    plain, shuffled, distorted = three_sets_of_labels().values()
    (good,) = well_made().values()
    (conv,) = with_neighbours().values()
    (small,) = two_small_layers().values()
    plain_descent = replace(good, optimizer="sgd", schedule="constant", learning_rate=0.6)
    deep = failing("deep-sigmoids")
    single_images = one_image_at_a_time()["One image at a time"]
    return (
        *chapter(
            "random",
            ("About 10%, as often as a blind guess", random_accuracy, 0.05, 0.16),
            ("the outputs stay near 0.5", random_outputs, 0, 0.05),
        ),
        *chapter(
            "eta",
            ("0.15 read best", accuracy(suitable), 0.85, 1),
            ("With 0.001 the cost falls too", accuracy(slow), 0.1, 0.7),
            ("nearly all units can end up giving 0", of_last_record(fast, "dead_share"), 0.95, 1),
            ("Then the network only guesses", accuracy(fast), 0, 0.3),
            ("its cost stays at 2.30 or above", of_last_record(fast, "train_loss"), 2.29, 9),
        ),
        *chapter(
            "well-made",
            ("more than 95% in two epochs", accuracy(good), 0.95, 1),
            ("On MNIST it reaches more than 95%", accuracy(good), 0.95, 1),
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
            (
                "training accuracy is measured on distorted images, which are harder",
                lambda seed: (
                    accuracy(distorted)(seed) - last_record(distorted, seed).train_accuracy
                ),
                0.02,
                0.2,
            ),
            (
                "the validation accuracy is a little above the test accuracy",
                lambda seed: accuracy(plain)(seed) - of_last_record(plain, "test_accuracy")(seed),
                0.01,
                0.04,
            ),
        ),
        *chapter(
            "missing-term",
            ("the steps at 2 are short", experiment_b(CompleteDerivative, 2), 0, 0.45),
            ("read most here", experiment_b(NormalizedSigmoid, 2), 0.3, 0.8),
            (
                "80% to 89% of MNIST after three epochs in four of five random starts",
                experiment_b(CompleteDerivative, 20),
                0.1,
                0.89,
            ),
            ("two to twelve times too large", gradient_length(min), 1.9, 12),
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
            (
                "most read a 5 or a 6",
                share_of_seeds(answer_to_hard_image(good), 5, 6),
                0.6,
                1,
            ),
            (
                "Networks that have seen distorted digits tend to read a 5",
                share_of_seeds(answer_to_hard_image(distorted), 5, 5),
                0.6,
                1,
            ),
            (
                "Of the eight training images most like it, pixel by pixel, seven are fives",
                nearest_fives,
                7,
                7,
            ),
            ("The built-in networks read a 5", built_in_answers_to_hard_image, 1, 1),
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
            ("So no weight ever moves", nonzero_weights(failing("zero-weights")), 0, 0),
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
            (
                "only about a quarter as much between images",
                spread_left_by_a_layer(deep),
                0.21,
                0.26,
            ),
            ("one or two thousandths are left at most", gradient_ratio(deep), 0, 0.002),
            ("use ReLU, whose slope is 1", accuracy(corrected("deep-sigmoids")), 0.95, 1),
            ("Tanh works as well", accuracy(replace(deep, activation="tanh")), 0.95, 1),
            (
                "so it gets even these sigmoids to learn",
                accuracy(replace(deep, optimizer="adam", learning_rate=0.003)),
                0.8,
                0.95,
            ),
        ),
        *failure(
            "shuffled-labels",
            ("about one in ten", accuracy(failing("shuffled-labels")), 0.05, 0.2),
            (
                "It can learn anything by heart",
                of_last_record(failing("shuffled-labels"), "train_accuracy"),
                0.99,
                1,
            ),
            (
                "And the validation cost rises",
                rise_of_cost(failing("shuffled-labels")),
                1.5,
                3,
            ),
            (
                "With correct labels the same network does not end like this",
                accuracy(corrected("shuffled-labels")),
                0.88,
                0.92,
            ),
        ),
        *failure(
            "hundred-images",
            (
                "It found one",
                of_last_record(failing("hundred-images"), "train_accuracy"),
                0.99,
                1,
            ),
            (
                "the validation cost turns and rises",
                rise_of_cost(failing("hundred-images")),
                1.2,
                1.6,
            ),
            (
                "The accuracy hardly suffers",
                loss_of_accuracy(failing("hundred-images")),
                0,
                0.01,
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
            (
                "At 20 the true gradient learns faster in most random starts",
                share_of_seeds(
                    lambda seed: (
                        experiment_b(CompleteDerivative, 20)(seed)
                        - experiment_b(NormalizedSigmoid, 2)(seed)
                    ),
                    0,
                    1,
                ),
                0.6,
                1,
            ),
        ),
        *failure(
            "small-layers",
            (
                "Ten outputs of 0.1 lower the cost to 0.45",
                of_last_record(failing("small-layers"), "train_loss"),
                0.445,
                0.455,
            ),
            (
                "push the sums of the first layer to 15 to 20 on average",
                size_of_first_sums(small),
                15,
                20,
            ),
            (
                "the lower layers get a far smaller gradient",
                gradient_ratio(failing("small-layers")),
                0,
                0.06,
            ),
            (
                "Scaled pixels alone change nothing",
                accuracy(failing("small-layers", input_scale=1 / 255)),
                0.1,
                0.12,
            ),
            (
                "better weights or smaller batches alone help little",
                accuracy(failing("small-layers", initialization="xavier", initial_scale=1.0)),
                0.15,
                0.45,
            ),
            (
                "smaller batches alone help little",
                accuracy(failing("small-layers", batch_size=10, epochs=3)),
                0.1,
                0.3,
            ),
            ("Together they do", accuracy(corrected("small-layers")), 0.92, 0.94),
        ),
        *failure(
            "race",
            ("As published, neither network learns anything", accuracy(single_images), 0.09, 0.12),
        ),
        *chapter(
            "together",
            (
                "they teach this network to read 85% to 92% of MNIST",
                accuracy(replace(single_images, input_scale=1 / 255)),
                0.85,
                0.92,
            ),
        ),
        *chapter(
            "neighbours",
            ("It reached more than 98.7%", accuracy(conv), 0.987, 1),
            ("on MNIST it reaches more than 98.7%", accuracy(conv), 0.987, 1),
            ("with far fewer mistakes", ratio_of_mistakes(conv, good), 0, 0.6),
            ("A network can be wrong and very sure at once", sure_mistakes(conv), 1, 100),
        ),
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
            ("about three times as strong", ratio_of_spreads(_LARGE, _SMALL), 2.5, 3.5),
            ("so small that on MNIST learning hardly starts", accuracy(_SMALL), 0.09, 0.25),
            (
                "the first step moves the outputs four to ten times as far",
                ratio_of_first_steps(_LARGE, _SMALL),
                4,
                10.5,
            ),
            ("about four times as far again", ratio_of_first_steps(_512, _LARGE), 3.4, 4.6),
            ("512 units give at most four different answers", number_of_answers(_512), 1, 4),
            ("in its first hidden layer and reads over 99%", built_in_accuracy("dense"), 0.99, 1),
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
            ("it is always 11.35%, to the last digit", accuracy(small), 0.11349, 0.11351),
            (
                "0.6 gives figures close to the published ones",
                of_last_record(small, "train_loss"),
                0.4497,
                0.4501,
            ),
            (
                "almost none of the difference between two images reach the outputs",
                spread_of_outputs(small),
                0,
                0.0001,
            ),
            ("almost none of the error finds its way back", gradient_ratio(small), 0, 0.06),
            (
                "make sums so large that its S-curves are flat",
                share_of_flat_sums(small),
                0.95,
                1,
            ),
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
