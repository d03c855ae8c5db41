"""Fine-tuning of a copy of a network on a few drawings, with or without rehearsal.

A network trained on new examples alone loses accuracy on the old ones: catastrophic forgetting
(McCloskey and Cohen 1989). Mixing in images from its training prevents this (rehearsal: Ratcliff
1990; Robins 1995).

The settings were chosen by MNIST's validation images, with mirrored and turned digits as drawings
in an unusual handwriting, for accuracy on other digits in that handwriting and little forgetting.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np

from data_loader import Split
from digits.augment import augmentation
from inkling.data.held_out import validation_images
from inkling.data.user_drawings import UserDrawings
from inkling.training.background_task import BackgroundTask
from nn import Network, TrainConfig, Trainer
from nn.diagnosis import is_finite
from nn.losses import LOSSES
from nn.training import HasTrainTest, LabelledImages

REHEARSED = 10_000
"""Training images that come up again at most, drawn at random from those not held back."""

SHARE = 0.1
"""Of what it learns from with a rehearsal: the drawings and distorted copies of them."""

_STEPS = 300  # at least, rounded up to whole epochs
_BATCH_SIZE = 100
# Of Adam, falling to 0 along a cosine: a constant one forgets more. The squared error of a network
# that is sure of itself hardly has a slope, so it needs larger steps.
_ETA = {"cross-entropy": 1e-3, "mean-squared-error": 1e-2}
_DISTORTION = "affine-elastic"  # without it, less than half as many others like them are read


@dataclass(frozen=True, eq=False)
class FineTuningResult:
    """Result of fine-tuning: the copy, and predictions before and after.

    Attributes
    ----------
    network : Network
        The copy.
    labels : ndarray, (n,)
        Of the validation images.
    before, after : ndarray, (n,) int64
        Predicted digits of the network and of the copy.
    drawn_before, drawn_after : ndarray, (k,) int64
        The same for the drawings.
    seconds : float
        Training time.
    """

    network: Network
    labels: np.ndarray
    before: np.ndarray
    after: np.ndarray
    drawn_before: np.ndarray
    drawn_after: np.ndarray
    seconds: float

    @property
    def accuracy_before(self) -> float:
        """On the validation images, from 0 to 1."""
        return float(np.mean(self.before == self.labels))

    @property
    def accuracy_after(self) -> float:
        """On the validation images, from 0 to 1."""
        return float(np.mean(self.after == self.labels))

    @property
    def forgotten(self) -> np.ndarray:
        """Validation images, (m,) int64, that were read right before and are not any more."""
        return np.flatnonzero((self.before == self.labels) & (self.after != self.labels))

    @property
    def gained(self) -> np.ndarray:
        """Validation images, (m,) int64, that were not read right before and are now."""
        return np.flatnonzero((self.before != self.labels) & (self.after == self.labels))


class FineTuning(BackgroundTask):
    """A copy of a network that is taught; dropped if it is stopped before its end.

    Parameters
    ----------
    network : Network
        Left as it is.
    drawings : UserDrawings
        At least one.
    dataset : HasTrainTest
        What is rehearsed are training images of it; its validation images judge.
    core : callable
        As for `BackgroundTask`.
    rehearse : bool
    seed : int
        Decides which images are rehearsed, in what order, and how the drawings are distorted.

    Attributes
    ----------
    progress : float
        Share of the steps that are done, from 0 to 1.
    taught : FineTuningResult or None
        Result; None before the end, or if it was stopped or failed.
    """

    def __init__(
        self,
        network: Network,
        drawings: UserDrawings,
        dataset: HasTrainTest,
        core: Callable[[], AbstractContextManager[None]],
        *,
        rehearse: bool = True,
        seed: int = 0,
    ) -> None:
        super().__init__("fine-tuning", core)
        self.network, self.drawings, self.dataset = network, drawings, dataset
        self.rehearse, self.seed = rehearse, seed
        self.progress = 0.0
        self.taught: FineTuningResult | None = None

    def _run(self) -> None:
        began = time.perf_counter()
        trainer = new_trainer(
            self.network, self.drawings, self.dataset, rehearse=self.rehearse, seed=self.seed
        )
        while not (trainer.finished or self._stop.is_set()):
            trainer.step()
            self.progress = trainer.step_count / trainer.steps
        if not trainer.finished:
            return
        copy = trainer.network
        seconds = time.perf_counter() - began
        if not is_finite(copy):
            self.error = "The copy's numbers grew out of bounds, so it was dropped."
            return
        held_back = validation_images(self.dataset)
        self.taught = FineTuningResult(
            copy,
            held_back.labels,
            predicted_digits(self.network, held_back.images),
            predicted_digits(copy, held_back.images),
            predicted_digits(self.network, self.drawings.images),
            predicted_digits(copy, self.drawings.images),
            seconds,
        )


def predicted_digits(network: Network, images: np.ndarray) -> np.ndarray:
    """Return the predicted digit (n,) int64 of each image."""
    return network.predict_proba(images).argmax(axis=1)


def new_trainer(
    network: Network,
    drawings: UserDrawings,
    dataset: HasTrainTest,
    *,
    rehearse: bool = True,
    seed: int = 0,
) -> Trainer:
    """Return a run that teaches a copy of a network; arguments as `FineTuning`."""
    rng = np.random.default_rng(seed)
    examples = rehearsal_set(drawings, dataset, rng, rehearse=rehearse)
    steps_per_epoch = -(-len(examples.labels) // _BATCH_SIZE)
    loss = next(name for name, loss in LOSSES.items() if network.output in loss.outputs)
    config = TrainConfig(
        output=network.output,
        loss=loss,
        optimizer="adam",
        learning_rate=_ETA[loss],
        schedule="cosine",
        batch_size=_BATCH_SIZE,
        epochs=-(-_STEPS // steps_per_epoch),
        validation_size=0,
        seed=seed,
    )
    return Trainer(config, _TrainingOnly(examples), network=with_scaled_pixels(network))


def rehearsal_size(dataset: HasTrainTest) -> int:
    """Return how many training images come up again in a rehearsal."""
    return min(REHEARSED, _trained_on_size(dataset))


def _trained_on_size(dataset: HasTrainTest) -> int:
    """Return how many training images are not held back; they are the first ones."""
    return len(dataset.train.labels) - len(validation_images(dataset).labels)


def rehearsal_set(
    drawings: UserDrawings, dataset: HasTrainTest, rng: np.random.Generator, *, rehearse: bool
) -> LabelledImages:
    """Return the training images: drawings, distorted copies of them, and old images.

    Parameters
    ----------
    drawings : UserDrawings
    dataset : HasTrainTest
    rng : numpy.random.Generator
    rehearse : bool
        Whether there are old images among them; never any that are held back.
    """
    old, count = dataset.train, rehearsal_size(dataset)
    copies = max(len(drawings), round(count * SHARE / (1 - SHARE)))
    which = np.arange(copies) % len(drawings)
    images, labels = drawings.images[which], drawings.labels[which]
    distort = augmentation(_DISTORTION)
    assert distort is not None
    rest = slice(len(drawings), None)  # the first of each stays as it was drawn
    images[rest] = distort(images[rest], rng)
    if not rehearse:
        return Split(images, labels)
    again = np.sort(rng.choice(_trained_on_size(dataset), count, replace=False))
    return Split(
        np.concatenate([old.images[again], images]), np.concatenate([old.labels[again], labels])
    )


@dataclass(frozen=True)
class _TrainingOnly:
    """A data set without test images."""

    train: LabelledImages

    @property
    def test(self) -> LabelledImages:
        return Split(self.train.images[:0], self.train.labels[:0])


def with_scaled_pixels(network: Network) -> Network:
    """Return a copy that gives the same answers and takes pixels from 0 to 1.

    One step size must suit all weights. Behind pixels up to 255 a step in the first layer would do
    255 times as much as elsewhere.
    """
    scale = 1 / 255
    copy = Network(
        network.sizes,
        network.activation,
        network.output,
        input_scale=scale,
        theta=network.theta,
        dtype=network.dtype,
    )
    if network.input_scale != scale:
        copy.dense_layers[0].W *= network.input_scale / scale
    return copy
