"""Chapters on what makes networks better: a good design, varied images, convolutions."""

import hashlib
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from data_loader import Dataset
from inkling.data.user_drawings import UserDrawings
from inkling.lessons.story import code_samples
from inkling.lessons.story.chapter import (
    Act,
    Chapter,
    ChapterResult,
    ReportedValue,
    accuracy_text,
)
from inkling.runs.run import Run
from inkling.training.fine_tuning import new_trainer
from nn import Network, TrainConfig
from nn.activations import ReLU
from nn.convolution import Conv2D
from nn.initializers import he
from nn.losses import SoftmaxCrossEntropy
from nn.metrics import accuracy
from nn.recipes import recipes
from nn.storage import model_bytes, model_from_bytes

_FEW_IMAGES = 1_000
_EPOCHS = 40
_LEARNT = 0.9  # training accuracy
_USED, _TAUGHT = 100, 10  # digits


class Reading(NamedTuple):
    """What reading the test images changes in a network: nothing.

    Attributes
    ----------
    before, after : str
        Beginning of the SHA-256 digest of its weights.
    """

    before: str
    after: str


def well_made() -> dict[str, TrainConfig]:
    """Return 784-128-10 with ReLU, He's weights, softmax and cross-entropy: two epochs."""
    return {"784-128-10, well made": recipes["fast-97"]}


def three_sets_of_labels() -> dict[str, TrainConfig]:
    """Return 40 epochs with 1,000 images: as they are, with shuffled labels, and distorted."""
    config = replace(recipes["fast-97"], training_size=_FEW_IMAGES, epochs=_EPOCHS)
    return {
        "1,000 images": config,
        "1,000 images, shuffled labels": replace(config, shuffled_labels=True),
        "1,000 images, distorted": replace(config, augmentation="affine-elastic"),
    }


def with_neighbours() -> dict[str, TrainConfig]:
    """Return two convolutions before the hidden layer: three epochs."""
    return {"Two convolutions": recipes["conv-99"]}


def read_and_compare(network: Network, images: np.ndarray) -> Reading:
    """Return the digests of a network's weights before and after it reads images."""
    before = _digest(network)
    network.predict_proba(images)
    return Reading(before, _digest(network))


def _digest(network: Network) -> str:
    return hashlib.sha256(network.theta.tobytes()).hexdigest()[:8]


def _well_made_values(result: ChapterResult) -> list[ReportedValue]:
    (run,) = result.runs
    return [
        ReportedValue("Validation accuracy", accuracy_text(run.info.validation_accuracy)),
        ReportedValue("Test accuracy", accuracy_text(run.info.test_accuracy)),
        ReportedValue("Steps", f"{run.info.steps:,}"),
        ReportedValue("Seconds", f"{run.info.seconds:.1f}"),
    ]


def _use(result: ChapterResult) -> list[ReportedValue]:
    """Return the fingerprint of the network before and after it reads some digits."""
    reading = read_and_compare(result.runs[0].network, result.dataset.test.images[:_USED])
    return [
        ReportedValue("Before it is used: fingerprint", reading.before),
        ReportedValue(f"After it read {_USED} digits", reading.after),
    ]


def _teach(result: ChapterResult) -> list[ReportedValue]:
    """Return the fingerprints of the network and of a copy that learned some labelled digits."""
    network, train = result.runs[0].network, result.dataset.train
    examples = UserDrawings(train.images[:_TAUGHT].copy(), train.labels[:_TAUGHT].copy())
    trainer = new_trainer(network, examples, result.dataset, rehearse=False)
    while not trainer.finished:
        trainer.step()
    return [
        ReportedValue(f"The copy, after {trainer.steps} steps", _digest(trainer.network)),
        ReportedValue("The network that was copied", _digest(network)),
    ]


def _well_made_outcome(result: ChapterResult) -> int:
    share = _validated(result.runs[0])
    return 0 if share < 0.5 else 1 if share < 0.95 else 2


def _validated(run: Run) -> float:
    return run.info.validation_accuracy or 0.0


def _distort_first_image(dataset: Dataset) -> np.ndarray:
    return code_samples.distort_one(dataset.train.images[0], np.random.default_rng(0))


def _by_heart_values(result: ChapterResult) -> list[ReportedValue]:
    values = []
    for run in result.runs:
        shares = (
            run.history[-1].train_accuracy,
            run.info.validation_accuracy,
            run.info.test_accuracy,
        )
        measured = " · ".join(accuracy_text(share, 1) for share in shares)
        values.append(ReportedValue(f"{run.info.name}: training · validation · test", measured))
    return values


def _read_from_file(result: ChapterResult) -> list[ReportedValue]:
    """Return the test accuracy of the first network, and of one made from its file alone."""
    network, test = result.runs[0].network, result.dataset.test
    file = model_bytes(network)
    copy = model_from_bytes(file)
    images = _FEW_IMAGES * test.images[0].nbytes
    return [
        ReportedValue("Weights and biases in the file", f"{len(copy.theta):,}"),
        ReportedValue(
            "Size of the file, of the 1,000 images",
            f"{len(file) / 1e6:.2f}\N{NO-BREAK SPACE}MB, {images / 1e6:.2f}\N{NO-BREAK SPACE}MB",
        ),
        *(
            ReportedValue(
                name, accuracy_text(accuracy(each.predict_proba(test.images), test.labels))
            )
            for name, each in (
                ("Test accuracy of the network", network),
                ("Test accuracy from the file alone", copy),
            )
        ),
    ]


def _by_heart_outcome(result: ChapterResult) -> int:
    shuffled = result.runs[1]
    if _validated(shuffled) >= 0.3:
        return 2
    return 1 if shuffled.history[-1].train_accuracy >= _LEARNT else 0


def _neighbour_values(result: ChapterResult) -> list[ReportedValue]:
    (run,) = result.runs
    P = run.network.predict_proba(result.dataset.test.images)
    labels = result.dataset.test.labels
    wrong = P.argmax(axis=1) != labels
    sure = P.max(axis=1) > 0.99
    return [
        ReportedValue("Validation accuracy", accuracy_text(run.info.validation_accuracy)),
        ReportedValue("Test accuracy", accuracy_text(accuracy(P, labels))),
        ReportedValue("Parameters", f"{len(run.network.theta):,}"),
        ReportedValue("Mistakes", f"{wrong.sum():,} of {len(labels):,}"),
        ReportedValue("Mistakes with more than 99% confidence", f"{(wrong & sure).sum():,}"),
    ]


def _neighbour_outcome(result: ChapterResult) -> int:
    share = _validated(result.runs[0])
    return 0 if share < 0.98 else 1 if share < 0.987 else 2


WELL_MADE = Chapter(
    key="well-made",
    code=(SoftmaxCrossEntropy.backward, ReLU.apply, he),
    trainings=well_made,
    reported_values=_well_made_values,
    outcome=_well_made_outcome,
    acts=(Act("Use it", _use), Act("Teach a copy", _teach)),
)
BY_HEART = Chapter(
    key="by-heart",
    code=(code_samples.distort_one,),
    run_now=_distort_first_image,
    trainings=three_sets_of_labels,
    reported_values=_by_heart_values,
    outcome=_by_heart_outcome,
    acts=(Act("Read without the images", _read_from_file),),
)
NEIGHBOURS = Chapter(
    key="neighbours",
    code=(Conv2D.apply,),
    trainings=with_neighbours,
    reported_values=_neighbour_values,
    outcome=_neighbour_outcome,
)
