"""The first chapters: arrays, digits, a network that guesses, and one image against many."""

# ruff: noqa: RUF001 - minus and times are written as people write them

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_loader import Dataset
from digits.idx import IdxError
from inkling.lessons.story import code_samples
from inkling.lessons.story.chapter import Chapter, ChapterResult, Question, ReportedValue
from nn import TrainConfig
from nn.activations import Sigmoid
from nn.recipes import recipes

_SEEDS = (0, 1, 2)
_Z = (-1000.0, -10.0, 3.0)
_REPORTED_DIGITS = (5, 0, 4, 1, 9, 2, 1, 3, 1, 4)


class Guesses(NamedTuple):
    """What networks with random weights say.

    Attributes
    ----------
    unbounded : ndarray, (10,)
        Outputs of the first version for the first training image.
    bounded : ndarray, (10,)
        Outputs of the later version for the first test image.
    shares : list of float
        Of the test images that the later version reads right, one for each seed.
    """

    unbounded: np.ndarray
    bounded: np.ndarray
    shares: list[float]


Sigmoids = list[tuple[float, tuple[float, str], tuple[float, str]]]
"""A sum, and for both ways to compute its sigmoid the value and what NumPy says to it."""


def _arrays(_: Dataset) -> tuple[np.ndarray, np.ndarray]:
    return code_samples.ramp(), code_samples.wave()


def _array_figures(outcome: ChapterResult) -> list[ReportedValue]:
    ramp, wave = outcome.sketch
    size = f"{ramp.shape[0]} × {ramp.shape[1]}"
    return [
        ReportedValue("Shape of the ramp", size, "100 × 100"),
        ReportedValue("From, to", f"{ramp.min():g}, {ramp.max():g}", "0, 1"),
        ReportedValue("Mean of the wave", f"{wave.mean():.3f}"),
    ]


def _read(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    folder = Path(dataset.source)
    with suppress(OSError, StopIteration, IdxError):  # drawn, or gone since they were loaded
        return code_samples.read_digits(folder)
    return dataset.train.images, dataset.train.labels


def _read_figures(outcome: ChapterResult) -> list[ReportedValue]:
    images, labels = outcome.sketch
    return [
        ReportedValue("Shape of the images", " × ".join(f"{n:,}" for n in images.shape)),
        ReportedValue(
            "The first ten labels",
            " ".join(map(str, labels[:10])),
            " ".join(map(str, _REPORTED_DIGITS)),
        ),
    ]


def _guess(dataset: Dataset) -> Guesses:
    test = dataset.test
    shares = []
    for seed in _SEEDS:
        A = code_samples.later_version(test.images, np.random.default_rng(seed))
        shares.append(float(np.mean(A.argmax(axis=1) == test.labels)))
    return Guesses(
        code_samples.first_version(dataset.train.images[:1], np.random.default_rng(2))[0],
        code_samples.later_version(test.images[:1], np.random.default_rng(2))[0],
        shares,
    )


def _guess_figures(outcome: ChapterResult) -> list[ReportedValue]:
    guesses: Guesses = outcome.sketch
    first, first_label = guesses.unbounded, outcome.dataset.train.labels[0]
    later, later_label = guesses.bounded, outcome.dataset.test.labels[0]
    return [
        ReportedValue(
            "Right, of the test images",
            ", ".join(f"{share:.2%}" for share in guesses.shares),
            "10.08%, 9.58%, 7.75%",
        ),
        ReportedValue(
            f"First version: its answer to a {first_label}",
            f"{first.argmax()}, with {first.max():,.1f}",
            "1, with 52,766.9",
        ),
        ReportedValue(
            f"Sigmoids: its answer to a {later_label}",
            f"{later.argmax()}, with {later.max():.3f}",
            "near 0.5",
        ),
    ]


def _sigmoids(_: Dataset) -> Sigmoids:
    return [(z, code_samples.sigmoid_as_published(z), code_samples.sigmoid_by_tanh(z)) for z in _Z]


def _loop() -> dict[str, TrainConfig]:
    config = vars(recipes["experiment-a-16-16"]) | {"batch_size": 1, "epochs": 1}
    return {"One image at a time": TrainConfig(**config)}


def _loop_figures(outcome: ChapterResult) -> list[ReportedValue]:
    sigmoids: Sigmoids = outcome.sketch
    (run,) = outcome.runs
    warning = next((warning for _, (_, warning), _ in sigmoids if warning), "nothing")
    images = run.info.epochs * len(outcome.dataset.train.labels)
    return [
        ReportedValue("Seconds for a round", f"{run.info.seconds / run.info.epochs:.1f}", "37.9"),
        ReportedValue("Images a second", f"{images / run.info.seconds:,.0f}"),
        ReportedValue("Right, of the test images", f"{run.info.test_accuracy:.2%}", "14.2%"),
        ReportedValue("NumPy says", warning, "overflow encountered in exp"),
    ]


def _race_figures(outcome: ChapterResult) -> list[ReportedValue]:
    one_by_one, at_once, apart = outcome.sketch
    return [
        ReportedValue("One by one, 2,000 images", f"{1e3 * one_by_one:,.0f} ms"),
        ReportedValue("All at once", f"{1e3 * at_once:,.1f} ms"),
        ReportedValue("Times as fast", f"{one_by_one / at_once:,.0f}"),
        ReportedValue("Largest difference, as a share", f"{apart:.0e}"),
    ]


FIRST_STEPS = (
    Chapter(
        key="arrays",
        title="Numbers as pictures",
        text=(
            "Everything here is made of **arrays**: tables of numbers that NumPy can add, multiply "
            "and draw as a whole. Both experiments that this story retells begin with the two "
            "pictures of NumPy's own first lesson.",
            "Ten thousand numbers in a row become a picture when they are laid out in 100 rows of "
            "100. The first holds the numbers from 0 to 1. The second takes the sine of ten "
            "thousand numbers, squared. Dark is large.",
        ),
        code=(code_samples.ramp, code_samples.wave),
        seconds="At once.",
        sketch=_arrays,
        figures=_array_figures,
        meaning="Nobody drew these patterns: they are what the numbers look like. A digit is "
        "nothing else, only smaller: 28 rows of 28 numbers.",
        question=Question(
            text="A digit has 28 rows of 28 numbers. How many numbers does a network get to see?",
            options=("28", "56", "784", "10,000"),
            right=2,
            why="28 × 28 = 784. For the network the rows are laid end to end, so it does not even "
            "know which pixels are neighbours. Remember the number: every first layer here has 784 "
            "inputs.",
        ),
    ),
    Chapter(
        key="digits",
        title="The first ten digits",
        text=(
            "MNIST is 70,000 digits that employees of the American census bureau and high-school "
            "students wrote around 1990. It comes as four files. Each begins with a few bytes that "
            "say how many numbers follow and in which shape, and then there are only pixels: one "
            "byte each, from 0 to 255.",
            "With each image comes a **label**, which says what the digit is. That is all that the "
            "network will ever be told.",
        ),
        code=(code_samples.read_digits,),
        seconds="Under a second.",
        sketch=_read,
        figures=_read_figures,
        meaning="Look at them as a network has to: three ones, each at a slant of its own, and two "
        "fours that hardly look alike. A rule by hand for what makes a four is not easy to find.",
        question=Question(
            text="60,000 of the images are for training, 10,000 are kept apart for the test. Why?",
            options=(
                "To save time: 10,000 are read faster",
                "Because a network might know the images that it has learned from by heart",
                "Because the test images are harder",
            ),
            right=1,
            why="Whoever has seen the answers passes any exam. Only images that nothing was "
            "learned from, and nothing was chosen by, show whether it can read. That is why "
            "Inkling also holds back 5,000 of the training images: to choose by.",
        ),
    ),
    Chapter(
        key="random",
        title="A network that knows nothing",
        text=(
            "The first network has 784 inputs, two hidden layers of 16 units, and ten outputs, one "
            "for each digit. The largest output is its answer. A unit multiplies each input by a "
            "**weight**, adds everything up and bends the result. So far all weights are random.",
            "The experiment's first version set no bounds to what comes out. Its "
            "outputs were numbers like 52,766.9, and zeros. Later versions bend every sum with a "
            "**sigmoid**, an S-curve from 0 to 1.",
        ),
        code=(code_samples.first_version, code_samples.later_version),
        seconds="Under a second.",
        sketch=_guess,
        figures=_guess_figures,
        meaning="Three networks, three sets of random weights, and each reads about a tenth of "
        "the images right. The outputs of the first version are huge because pixels of up to 255 "
        "are added up by the hundred, layer after layer. Those of the sigmoids are all about 0.5, "
        "because weights of 0.01 hardly move an S-curve from its middle. The experiment called the "
        "largest output its confidence. It is none: nothing has been learned.",
        question=Question(
            text="The weights know nothing of digits. Why are 10% right all the same, and not 0%?",
            options=(
                "Each digit makes up about a tenth of the images, so any answer hits a tenth",
                "Random weights contain a little knowledge by luck",
                "The ten outputs take turns",
            ),
            right=0,
            why="Even a stopped clock is right twice a day. 10% is what guessing is worth with ten "
            "digits, and whatever a network claims has to be compared with that.",
        ),
    ),
    Chapter(
        key="loop",
        title="One image at a time",
        text=(
            "Now it learns. For each image: compute the answer, measure how wrong it is (the "
            "**cost**), find out for every weight which way the cost would grow (the "
            "**gradient**, by backpropagation), and move each weight a little the other way. "
            "The experiment did so for one image after the other, 60,000 times a round.",
            "It was slow, and Python printed a warning: *overflow encountered in exp*. The "
            "S-curve is 1 / (1 + e⁻ᶻ). With pixels of up to 255 the sums z may well be −1,000, and "
            "e to the power of 1,000 is more than a computer can hold.",
        ),
        code=(code_samples.sigmoid_as_published, Sigmoid.forward),
        seconds="About ten seconds.",
        sketch=_sigmoids,
        trainings=_loop,
        figures=_loop_figures,
        meaning="A round of thousands and thousands of steps, and it still guesses. The warning "
        "is not the reason: 1 / (1 + ∞) is 0, which is what it should be. It is a sign. Sums "
        "of −1,000 lie where the S-curve is flat, and a flat curve has no slope to learn from. "
        "Inkling computes the same curve by way of tanh, which cannot overflow.",
        question=Question(
            text="What would help most against sums of −1,000?",
            options=(
                "To switch the warning off",
                "To compute with more digits",
                "To divide the pixels by 255",
            ),
            right=2,
            why="With pixels between 0 and 1 the sums stay near 0, where the curve is steep. The "
            "same loop with scaled pixels and weights of a sensible size reads 92% after one "
            "round. The experiment did not do that, and so its story goes on differently.",
        ),
    ),
    Chapter(
        key="together",
        title="Many images at once",
        text=(
            "Python is slow at loops, and NumPy is fast at tables. So put many images into one "
            "table, a row for each, and multiply it by the weights in one go. One product of two "
            "matrices takes the place of thousands of small ones. The gradient of such a **batch** "
            "is the mean of its images' gradients.",
            "Run takes 2,000 images both ways, once, and compares the results.",
        ),
        code=(code_samples.gradient_one_by_one, code_samples.gradient_at_once),
        seconds="Under a second.",
        sketch=code_samples.race,
        figures=_race_figures,
        meaning="The same gradient, as far as 32-bit numbers can be the same, in a small part of "
        "the time. The experiment's rounds went from 37.9 seconds to under one.",
        question=Question(
            text="All 60,000 images in one batch would be the fastest way through them. What is "
            "the price?",
            options=(
                "None: a round is a round",
                "The weights move only once a round instead of many times",
                "The gradient becomes inexact",
            ),
            right=1,
            why="A gradient of 60,000 images is the most exact one, but it allows one step. With "
            "batches of 100 there are 600 steps a round, each almost as good. The experiment took "
            "10,000, which is six steps.",
        ),
    ),
)
"""From numbers to batches."""
