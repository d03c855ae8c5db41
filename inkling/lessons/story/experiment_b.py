"""The chapters on experiment B: its parameters, its three digits, index 8, and the missing term."""

# ruff: noqa: RUF001 - minus and times are written as people write them

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from data_loader import Dataset
from inkling.lessons.failures import CheckedLayer, check_experiment_b
from inkling.lessons.story import code_samples
from inkling.lessons.story.chapter import Chapter, ChapterResult, Question, ReportedValue
from nn import Network, TrainConfig
from nn.activations import NormalizedSigmoid, Sigmoid
from nn.gradient_check import gradient_check
from nn.recipes import recipes

INDEX = 8
"""The test image that the experiment gets wrong to the end, a 5."""

FIRST = 10
"""Test images whose outputs the experiment prints."""


class WarmUp(NamedTuple):
    """What came of the three digits.

    Attributes
    ----------
    network : Network
        784-100-3.
    shares : list of float
        Of the test images of these digits that are read right, after each epoch.
    parameters : int
        Of experiment B's own network, 784-100-10.
    """

    network: Network
    shares: list[float]
    parameters: int


def _warm_up(dataset: Dataset) -> WarmUp:
    network, shares = code_samples.warm_up(dataset, np.random.default_rng(0))
    return WarmUp(network, shares, code_samples.count_parameters(784, 100, 10))


def _warm_up_figures(outcome: ChapterResult) -> list[ReportedValue]:
    warm_up: WarmUp = outcome.sketch
    network = warm_up.network
    return [
        ReportedValue("Parameters of 784-100-10", f"{warm_up.parameters:,}", "79,510"),
        ReportedValue("Parameters of 784-100-3", f"{len(network.theta):,}"),
        ReportedValue("Right of 0, 1 and 2, after 1 epoch", f"{warm_up.shares[0]:.1%}"),
        ReportedValue(f"After {len(warm_up.shares)} epochs", f"{warm_up.shares[-1]:.1%}"),
    ]


def one_epoch_and_many() -> dict[str, TrainConfig]:
    """784-100-10 as published: once for one epoch, once for forty."""
    config = recipes["experiment-b"]
    return {
        "Experiment B, 1 epoch": replace(config, epochs=1),
        "Experiment B": replace(config, epochs=40),
    }


def _many_figures(outcome: ChapterResult) -> list[ReportedValue]:
    one, many = outcome.runs
    test = outcome.dataset.test
    first, labels = test.images[:FIRST], test.labels[:FIRST]
    figures = []
    for run, reported in ((one, "poor"), (many, "9 after 300 epochs")):
        right = int(np.sum(run.network.predict_proba(first).argmax(axis=1) == labels))
        epochs = f"{run.info.epochs:.0f} epoch" + "s" * (run.info.epochs > 1)
        figures += [
            ReportedValue(f"After {epochs}: right of the first ten", f"{right}", reported),
            ReportedValue(f"After {epochs}: right of all", f"{run.info.test_accuracy:.1%}"),
        ]
    P = many.network.predict_proba(test.images[INDEX : INDEX + 1])[0]
    figures.append(
        ReportedValue(
            f"Index {INDEX}, a {test.labels[INDEX]}",
            f"{P.argmax()}, with {P.max():.2f}",
            "wrong after 300 epochs",
        )
    )
    return figures


def _check_figures(outcome: ChapterResult) -> list[ReportedValue]:
    layers: tuple[CheckedLayer, ...] = outcome.sketch
    published = ", ".join(f"{layer.published.relative_error:.0%}" for layer in layers)
    complete = max(layer.complete.relative_error for layer in layers)
    return [
        ReportedValue("As published, off by (layer 1, layer 2)", published),
        ReportedValue("With the term put back, off by at most", f"{complete:.0e}"),
    ]


EXPERIMENT_B = (
    Chapter(
        key="three-digits",
        title="Count every number, begin with three digits",
        text=(
            "Somebody else went another way: 784 inputs, 100 units, ten outputs. Every unit has a "
            "weight for each input, and one **bias** that is added to its sum. So the numbers to "
            "be learned can be counted: 784 × 100 + 100, and then 100 × 10 + 10.",
            "Before the ten digits came a warm-up, to see whether anything learns at all: only "
            "zeros, ones and twos, and three outputs. Here is the whole of it. The loop in it is "
            "all that training is.",
        ),
        code=(code_samples.count_parameters, code_samples.warm_up),
        seconds="A second or two.",
        sketch=_warm_up,
        figures=_warm_up_figures,
        meaning="It learns, and quickly. Three digits are easier than ten, not only because there "
        "are fewer of them: nothing looks like a 3 and a 5 do, or a 4 and a 9.",
        question=Question(
            text="How many numbers has this network to learn with three outputs instead of ten?",
            options=("79,510, as before", "78,803", "About a third: 26,503", "303"),
            right=1,
            why="784 × 100 + 100 = 78,500 for the first layer, whatever the outputs are, and "
            "100 × 3 + 3 = 303 for the second. Nearly all of a network's numbers are where the "
            "pixels come in.",
        ),
    ),
    Chapter(
        key="index-8",
        title="After one epoch, and after many",
        text=(
            "Now all ten digits. The experiment printed what the network says to the first ten "
            "test images, rounded to two digits: after one epoch, and after 300. The ten outputs "
            "of an image are sigmoids, divided by their sum, so that they add up to 1.",
            "After one epoch that is poor. In the end nine of ten are right. One is not: the image "
            "with **index 8**, a 5. Is its label wrong? Is the image? Or the network?",
        ),
        code=(NormalizedSigmoid.forward,),
        seconds="About half a minute.",
        trainings=one_epoch_and_many,
        figures=_many_figures,
        meaning="Index 8 is a 5 that leans so far that its lower bow all but closes, as in a 6. "
        "This network goes back and forth between the two. On the way it may well say 5, then "
        "it says 6 again: it has not understood what makes a 5.",
        question=Question(
            text="Index 8: what is to blame?",
            options=(
                "The label: it is a 6",
                "The image: nobody could tell",
                "The network: carefully trained ones read a 5, and are sure of it",
            ),
            right=2,
            why="Networks that learned with care give the 5 a probability of up to 0.99, from the "
            "same training images, and people read a 5 as well. In this one most S-curves are soon "
            "at their flat ends, where little is learned any more, and its gradient is not quite "
            "right, as the next chapter shows. You will see the image once more at the end.",
        ),
    ),
    Chapter(
        key="missing-term",
        title="The term that was forgotten",
        text=(
            "A gradient can be checked without any theory. Change one weight a little, up and "
            "down, and see how much the cost changes. That is far too slow to learn with, but it "
            "owes nothing to any formula. Experiment B was published without such a check.",
            "Its outputs are divided by their sum. If one of them rises, so does the sum, and the "
            "nine others fall. The published gradient treats each output as if it stood alone.",
        ),
        code=(Sigmoid.backward, gradient_check),
        seconds="A second.",
        sketch=check_experiment_b,
        figures=_check_figures,
        meaning="As published, the gradient is off by most of its length. With the division "
        "put back, both ways agree to many digits. It learns all the same, because every error "
        "has the right sign: the right digit is pushed up, the others down. But it does not go "
        "down the slope of the cost that is shown.",
        question=Question(
            text="A network learns. What does that say of its gradient?",
            options=(
                "That it is right",
                "Little: a wrong one can learn as well, only worse or differently",
                "That it is wrong by less than 10%",
            ),
            right=1,
            why="That is what makes such slips so hard to find: nothing breaks. Check each new "
            "derivative once, on a few images, in 64-bit numbers. On the page *Inside* you can do "
            "so for any weight, and in the *failure lab* see more of this one.",
        ),
    ),
)
"""From three digits to a gradient check."""
