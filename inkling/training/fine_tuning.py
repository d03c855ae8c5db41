"""Fine-tuning of a copy of a network on a few drawings, with or without rehearsal.

A network trained on new examples alone loses accuracy on the old ones: catastrophic forgetting
(McCloskey and Cohen 1989). Mixing in images from its training prevents this (rehearsal: Ratcliff
1990; Robins 1995).

The settings were chosen by MNIST's validation images, with mirrored and turned digits as drawings
in an unusual handwriting, for accuracy on other digits in that handwriting and little forgetting.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from data_loader import Dataset, Split
from digits.augment import augmentation
from inkling.data.user_drawings import UserDrawings
from inkling.training.background_job import Computation
from inkling.training.session import RunControls
from nn import Network, TrainConfig, Trainer
from nn.diagnosis import is_finite
from nn.losses import usual_loss
from nn.training import HasTrainTest, LabelledImages, train_validation_split

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


@dataclass(frozen=True, eq=False)
class FineTuningRequest:
    """Request to teach a copy of a network.

    Attributes
    ----------
    network : Network
        Left as it is.
    drawings : UserDrawings
        At least one.
    rehearse : bool
    seed : int
        Decides which images are rehearsed, in what order, and how the drawings are distorted.
    """

    network: Network
    drawings: UserDrawings
    rehearse: bool
    seed: int


class FineTuning(Computation):
    """A copy of a network that is taught; dropped if it is stopped before its end.

    Parameters
    ----------
    network : Network
    drawings : UserDrawings
    dataset : Dataset
        What is rehearsed are training images of it; its validation images judge.
    visitor_id : str
    rehearse : bool
    seed : int

    Attributes
    ----------
    network : Network
        The original.
    drawings : UserDrawings
    result : FineTuningResult or None
        Result; None before the end, or if it was stopped or failed.
    """

    def __init__(
        self,
        network: Network,
        drawings: UserDrawings,
        dataset: Dataset,
        visitor_id: str,
        *,
        rehearse: bool = True,
        seed: int = 0,
    ) -> None:
        request = FineTuningRequest(network, drawings, rehearse, seed)
        super().__init__("fine-tuning", visitor_id, fine_tune, request, dataset)
        self.network, self.drawings, self.rehearse = network, drawings, rehearse
        self._progress = 0.0
        self.result: FineTuningResult | None = None

    @property
    def progress(self) -> float:
        """Share of the steps that are done, from 0 to 1."""
        return self._progress

    def _keep_message(self, message: float) -> None:
        self._progress = message

    def _keep_result(self, result: FineTuningResult | None) -> None:
        self.result = result
        if result is None and not self.channel.controls.stop:
            self.error = "The copy's numbers overflowed, so it was discarded."


def fine_tune(
    request: FineTuningRequest,
    dataset: HasTrainTest,
    read_controls: Callable[[], RunControls],
    emit: Callable[[float], None],
) -> FineTuningResult | None:
    """Teach a copy of a network and emit the progress; the `Task` of a `FineTuning`.

    Returns
    -------
    FineTuningResult or None
        None if it was stopped, or if the copy's weights are not finite.
    """
    began = time.perf_counter()
    network, drawings = request.network, request.drawings
    trainer = new_trainer(network, drawings, dataset, rehearse=request.rehearse, seed=request.seed)
    while not trainer.finished:
        if read_controls().stop:
            return None
        trainer.step()
        emit(trainer.step_count / trainer.steps)
    copy = trainer.network
    seconds = time.perf_counter() - began
    if not is_finite(copy):
        return None
    _, held_back = train_validation_split(dataset, TrainConfig())
    return FineTuningResult(
        copy,
        held_back.labels,
        predicted_digits(network, held_back.images),
        predicted_digits(copy, held_back.images),
        predicted_digits(network, drawings.images),
        predicted_digits(copy, drawings.images),
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
    loss = usual_loss(network.output)
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
    return min(REHEARSED, len(_known_images(dataset).labels))


def _known_images(dataset: HasTrainTest) -> LabelledImages:
    """Return the training images that runs do not hold back by default."""
    return train_validation_split(dataset, TrainConfig())[0]


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
    old, count = _known_images(dataset), rehearsal_size(dataset)
    copies = max(len(drawings), round(count * SHARE / (1 - SHARE)))
    which = np.arange(copies) % len(drawings)
    images, labels = drawings.images[which], drawings.labels[which]
    distort = augmentation(_DISTORTION)
    assert distort is not None
    rest = slice(len(drawings), None)  # the first of each stays as it was drawn
    images[rest] = distort(images[rest], rng)
    if not rehearse:
        return Split(images, labels)
    again = np.sort(rng.choice(len(old.labels), count, replace=False))
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
    copy = network.copy(input_scale=scale)
    if network.input_scale != scale:
        copy.parameters[0][:] *= network.input_scale / scale
    return copy
