"""The chapters on experiment A: what 11.35% means, why 128 units, and how far a step may go."""

# ruff: noqa: RUF001 - minus and times are written as people write them

from dataclasses import replace

import numpy as np

from inkling.lessons.story.chapter import Chapter, ChapterResult, Question, ReportedValue
from inkling.runs.run import Run
from nn import TrainConfig
from nn.activations import Sigmoid
from nn.losses import MeanSquaredError
from nn.optimizers import SGD
from nn.recipes import recipes

_ROUNDS = 20  # after which the experiment reports for the first time


def two_small_layers() -> dict[str, TrainConfig]:
    """784-16-16-10: raw pixels, sigmoids, weights of 0.01, 10,000 images at once, 100 rounds."""
    return {"784-16-16-10": recipes["experiment-a-16-16"]}


def one_large_layer() -> dict[str, TrainConfig]:
    """The same with one hidden layer of 128; and, for comparison, with one of 16."""
    large = recipes["experiment-a-128"]
    return {
        "784-16-10": replace(large, hidden_sizes=(16,), epochs=20),
        "784-128-10": large,
    }


def three_etas() -> dict[str, TrainConfig]:
    """One round with 20,000 images for a well-made network, at three learning rates."""
    config = replace(
        recipes["fast-97"],
        training_size=20_000,
        epochs=1,
        optimizer="sgd",
        schedule="constant",
    )
    return {f"eta {eta:g}": replace(config, learning_rate=eta) for eta in (0.001, 0.15, 15.0)}


def _small_figures(outcome: ChapterResult) -> list[ReportedValue]:
    (run,) = outcome.runs
    test = outcome.dataset.test
    answers = run.network.predict_proba(test.images).argmax(axis=1)
    often = int(np.bincount(answers, minlength=10).argmax())
    share = float(np.mean(answers == often))
    images, frequent = len(test.labels), np.bincount(test.labels, minlength=10)
    return [
        ReportedValue("Cost, in the beginning", f"{run.history[0].train_loss:.3f}", "1.046"),
        ReportedValue("Cost, at the end", f"{run.history[-1].train_loss:.4f}", "0.4499"),
        ReportedValue("Cost of answering 0.1 ten times", f"{MeanSquaredError().at_chance(10):.2f}"),
        ReportedValue("Right, of the test images", f"{run.info.test_accuracy:.2%}", "11.35%"),
        ReportedValue(f"Answers that are {often}", f"{share:.0%}"),
        ReportedValue(
            f"Test images that are {often}",
            f"{frequent[often]:,} of {images:,}: {frequent[often] / images:.2%}",
        ),
        ReportedValue("Seconds a round", f"{run.info.seconds / run.info.epochs:.2f}", "under 1"),
    ]


def _large_figures(outcome: ChapterResult) -> list[ReportedValue]:
    small, large = outcome.runs
    test = outcome.dataset.test
    P = large.network.predict_proba(test.images[:1])[0]
    figures = [
        ReportedValue(
            f"16 units, {small.info.epochs:.0f} rounds", f"{small.info.test_accuracy:.2%}"
        ),
        *_after(large, _ROUNDS, "0.1078, 89.09%"),
    ]
    if large.info.epochs > _ROUNDS:
        figures += _after(large, round(large.info.epochs), "0.0431, 94.17%")
    figures.append(
        ReportedValue(
            f"First test image, a {test.labels[0]}",
            f"{P.argmax()}, with {P.max():.2f}",
            "7, with 0.96",
        )
    )
    return figures


def _after(run: Run, rounds: int, reported: str) -> list[ReportedValue]:
    """Return cost and test accuracy after so many rounds, where it has come that far."""
    found = [record for record in run.history if record.epoch == rounds]
    if not found or found[0].test_accuracy is None:
        return []
    here = f"{found[0].train_loss:.4f}, {found[0].test_accuracy:.2%}"
    return [ReportedValue(f"128 units, {rounds} rounds: cost, right", here, reported)]


def _eta_figures(outcome: ChapterResult) -> list[ReportedValue]:
    return [
        ReportedValue(
            f"Eta {run.info.config.learning_rate:g}: cost, right",
            f"{run.history[-1].train_loss:.2f}, {run.info.test_accuracy:.1%}",
        )
        for run in outcome.runs
    ]


EXPERIMENT_A = (
    Chapter(
        key="sixteen",
        title="Why 11.35% is no accident",
        text=(
            "10,000 images at once, two hidden layers of 16 units, 100 rounds. The cost falls, and "
            "falls, and stays where it is. The accuracy: 11.35%, round after round, in one attempt "
            "as in the next. A riddle: why this number, and why always the same?",
            "The cost is half the sum of the squared distances between the ten outputs and what "
            "they should be, 1 for the right digit and 0 for the others.",
        ),
        code=(MeanSquaredError.value,),
        seconds="About fifteen seconds.",
        trainings=two_small_layers,
        figures=_small_figures,
        meaning="It gives the same answer to every image. Where a network can tell nothing apart, "
        "the cheapest answer is how often each digit occurs: 0.1 for each. That costs "
        "(0.9² + 9 × 0.1²) / 2 = 0.45, and that is where the cost stands. The most frequent "
        "digit gets a little more than the others, and among the training images that is the 1. So "
        "it says 1, always.",
        question=Question(
            text="So why 11.35%, to the last digit?",
            options=(
                "It has learned to read the ones, and nothing else",
                "Of 10,000 test images 1,135 are ones, and it says 1 to all of them",
                "It is 10%, and a little luck",
            ),
            right=1,
            why="It cannot read ones: it says 1 to a 7 as well. Whenever you see 11.35% on MNIST, "
            "you know what has happened. The reason: the tiny weights of so few units hand on "
            "next to nothing of what differs from image to image. It has faded before it reaches "
            "the outputs, and so has the error on its way back.",
        ),
    ),
    Chapter(
        key="128",
        title="Why 128 units",
        text=(
            "The experiment then took away a layer and made the other one eight times as large: "
            "128 units. Everything else stayed: raw pixels, weights of 0.01, sigmoids.",
            "Run trains it for 100 rounds, after a small one with a single layer of 16 for "
            "comparison. So you see which of the two changes it was.",
        ),
        code=(Sigmoid.backward,),
        seconds="About a minute. You may look at other pages meanwhile.",
        trainings=one_large_layer,
        figures=_large_figures,
        meaning="To take a layer away is not enough: with 16 units it still answers 1. With 128 it "
        "reads. Every unit starts with a small random opinion on each image. An output adds up "
        "128 of them instead of 16, so what differs between images arrives eight times as strong, "
        "and the outputs have eight times as many weights to learn with.",
        question=Question(
            text="With the same settings 32 units read 31% after 20 rounds and 128 units 89%. 512 "
            "units give one answer to everything: 10%. What does that say of the number 128?",
            options=(
                "Handwriting needs about 128 features",
                "128 suits these weights and this eta: fewer push too weakly, more overshoot",
                "More than 128 units are always too many",
            ),
            right=1,
            why="Nothing in the digits asks for 128. With pixels between 0 and 1 and weights of a "
            "suitable size 16 units read over 90%, and 512 more than 98%. The number fits the "
            "other settings. More units can do more, at a price: each costs 795 more weights "
            "and biases, and time.",
        ),
    ),
    Chapter(
        key="eta",
        title="How far a step may go",
        text=(
            "The gradient says which way is down, but not how far. **Eta**, the learning rate, "
            "says that: each weight moves by eta times its gradient. It is the one setting that no "
            "formula gives.",
            "Run teaches the same network from the same start three times, with an eta that is "
            "too small, one that is about right, and one that is a hundred times that.",
        ),
        code=(three_etas, SGD.step),
        seconds="A few seconds.",
        trainings=three_etas,
        figures=_eta_figures,
        meaning="With 0.001 the cost goes down, too, only so slowly that it would need more than "
        "a hundred rounds. With 15 the first steps leap over the valley, land higher than they "
        "began, and end where nothing moves any more: with the cost of guessing, or worse.",
        question=Question(
            text="A cost curve jumps up and down and ends above 2.3. What would you try first?",
            options=("More epochs", "A smaller eta", "More units", "A larger eta"),
            right=1,
            why="2.30 is the cost of guessing among ten digits, ln 10. A network that ends there "
            "has lost its footing, and more epochs do not bring it back. Try a tenth of eta. If "
            "the curve then falls smoothly but slowly, try three times that.",
        ),
    ),
)
"""From 11.35% to 94%."""
