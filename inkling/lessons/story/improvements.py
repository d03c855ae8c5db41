"""Last chapters: ReLU, softmax and He initialisation; distorted images."""

from dataclasses import replace

import numpy as np

from data_loader import Dataset
from inkling.lessons.story import code_samples
from inkling.lessons.story.chapter import Chapter, ChapterResult, ReportedValue, accuracy_text
from inkling.lessons.story.experiment_b import hard_image_value
from nn import TrainConfig, load_pretrained
from nn.activations import ReLU
from nn.initializers import he
from nn.losses import SoftmaxCrossEntropy
from nn.metrics import accuracy
from nn.recipes import recipes


def well_made() -> dict[str, TrainConfig]:
    """Return 784-128-10 with ReLU, He's weights, softmax and cross-entropy: two epochs."""
    return {"784-128-10, well made": recipes["fast-97"]}


def distorted_digits() -> dict[str, TrainConfig]:
    """Return 784-512-10 with 20 epochs, each image distorted anew every time it is seen."""
    config = replace(recipes["fast-98"], hidden_sizes=(512,), epochs=20)
    return {"784-512-10, distorted": replace(config, augmentation="affine-elastic")}


def _well_made_values(result: ChapterResult) -> list[ReportedValue]:
    (run,) = result.runs
    return [
        ReportedValue(
            "Right, of the test images", accuracy_text(run.info.test_accuracy), "97.4% to 97.5%"
        ),
        ReportedValue("Epochs", f"{run.info.epochs:.0f}", "2"),
        ReportedValue("Seconds", f"{run.info.seconds:.1f}", "0.4 to 0.8"),
        hard_image_value(run.network, result.dataset.test),
    ]


def _distort_first_image(dataset: Dataset) -> np.ndarray:
    return code_samples.distort_one(dataset.train.images[0], np.random.default_rng(0))


def _distorted_values(result: ChapterResult) -> list[ReportedValue]:
    (run,) = result.runs
    test = result.dataset.test
    shipped = accuracy(load_pretrained("dense").predict_proba(test.images), test.labels)
    return [
        ReportedValue(
            "Right, of the test images", accuracy_text(run.info.test_accuracy), "99.28%, 186 epochs"
        ),
        ReportedValue("Seconds", f"{run.info.seconds:.0f}", "150"),
        hard_image_value(run.network, test, "5, with 0.99"),
        ReportedValue("The dense network that comes with Inkling", f"{shipped:.2%}", "99.44%"),
    ]


IMPROVEMENTS = (
    Chapter(
        key="well-made",
        code=(SoftmaxCrossEntropy.backward, ReLU.apply, he),
        trainings=well_made,
        reported_values=_well_made_values,
    ),
    Chapter(
        key="distortion",
        code=(code_samples.distort_one,),
        run_now=_distort_first_image,
        trainings=distorted_digits,
        reported_values=_distorted_values,
    ),
)
"""Chapters from 94% to 99%."""
