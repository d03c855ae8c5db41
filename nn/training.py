"""Training: forward pass, backward pass and parameter update, batch by batch.

`Trainer` holds a run and processes one batch a step. `Recorder` runs its steps and makes a
`TrainRecord` several times an epoch. `train` is a generator of these records; the consumer may
stop at any time.
"""

import math
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from nn.batches import SAMPLERS, Augment
from nn.config import CLASSES, PIXELS, ConfigError, TrainConfig
from nn.diagnosis import Problem, dead_shares, diagnose, is_finite
from nn.losses import LOSSES, Loss
from nn.metrics import accuracy
from nn.network import Network, initialize
from nn.optimizers import OPTIMIZERS, UPDATES
from nn.schedules import SCHEDULES

RECORDS_PER_EPOCH = 4
_PROBE = 1_000  # images used to find dead units


class LabelledImages(Protocol):
    """Images and their labels."""

    @property
    def images(self) -> np.ndarray:
        """(n, 28, 28) uint8: 0 paper, 255 ink."""

    @property
    def labels(self) -> np.ndarray:
        """(n,) uint8."""


class HasTrainTest(Protocol):
    """Data set with training and test images."""

    @property
    def train(self) -> LabelledImages:
        """Images to learn from, the validation images included."""

    @property
    def test(self) -> LabelledImages:
        """Images that are evaluated once, at the end of a run."""


class _Part(NamedTuple):
    images: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True, kw_only=True)
class TrainRecord:
    """State of a run after a step.

    Attributes
    ----------
    step, epoch : int, float
        Batches and passes over the training images so far.
    seconds : float
        Time spent so far, evaluation included.
    learning_rate : float
        Of the last step, schedule included.
    train_loss, train_accuracy : float
        Mean over the batches since the last record, each before its update.
    validation_loss, validation_accuracy : float or None
        None without validation images.
    test_accuracy : float or None
        In the last record of a run, and after each epoch if `test_each_epoch`; else None.
    gradient_norm : float
        Norm of the last step's gradient.
    layer_gradient_norms : tuple of float
        The same for each layer, the first layer first.
    dead_share : float
        Share of dead or saturated units and filters among all hidden ones: see
        `nn.diagnosis.dead_shares`.
    layer_dead_shares : tuple of float
        The same for each hidden layer.
    problem : Problem or None
        Diagnosis.
    network : Network or None
        The network itself, not a copy: it changes with the next step.
    """

    step: int
    epoch: float
    seconds: float
    learning_rate: float
    train_loss: float
    train_accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    test_accuracy: float | None
    gradient_norm: float
    layer_gradient_norms: tuple[float, ...]
    dead_share: float
    layer_dead_shares: tuple[float, ...]
    problem: Problem | None
    network: Network | None


def validation_count(config: TrainConfig, images: int) -> int:
    """Return how many of a data set's training images are held back for validation.

    They are `validation_size` images where at least as many remain to learn from, else a fifth of
    the training images.

    Parameters
    ----------
    config : TrainConfig
    images : int
        Training images of the data set, at least 1. At least 1 remains to learn from.
    """
    if config.validation_size <= images - config.validation_size:
        return config.validation_size
    return min(max(1, images // 5), images - 1)


def train_validation_split(
    dataset: HasTrainTest, config: TrainConfig
) -> tuple[LabelledImages, LabelledImages]:
    """Return the training images without the validation images, and the validation images.

    The last `validation_count` images are for validation, for any seed and `training_size`. MNIST
    is ordered by writer, so most of their writers do not occur among the training images.

    Returns
    -------
    (LabelledImages, LabelledImages)
        Training and validation images: views, not copies.

    Raises
    ------
    ConfigError
        If the data set is too small for the config's `training_size`.
    """
    images, labels = dataset.train.images, dataset.train.labels
    held_back = validation_count(config, len(images))
    usable = len(images) - held_back
    size = usable if config.training_size is None else config.training_size
    if size > usable:
        raise ConfigError(
            f"A network can learn from at most {usable:,} images of this data set, not {size:,}: "
            f"of its {len(images):,} training images, {held_back:,} are validation images"
        )
    training_labels = labels[:size]
    if config.shuffled_labels:
        training_labels = np.random.default_rng((config.seed, 1)).permutation(training_labels)
    return _Part(images[:size], training_labels), _Part(images[usable:], labels[usable:])


class BatchResult(NamedTuple):
    """Result of a step: mean loss of the batch, number of correct predictions, batch size."""

    loss: float
    right: int
    size: int


class Trainer:
    """Training run, processed batch by batch.

    Parameters
    ----------
    config : TrainConfig
    dataset : HasTrainTest
    augment : Augment, optional
        Distorts every batch before the forward pass.
    network : Network, optional
        Network to train further, instead of a new one.

    Raises
    ------
    ConfigError
        If the data set is too small for `training_size`, or the network is incompatible with the
        config.

    Attributes
    ----------
    network : Network
    learning_rate : float
        Learning rate without the schedule. May be set at any time.
    step_count, steps, steps_per_epoch : int
        Batches so far, in the whole run, and in an epoch.
    average : ndarray, (parameters,)
        Mean weights so far of the steps that `averaging` names; empty if it is 0.
    """

    def __init__(
        self,
        config: TrainConfig,
        dataset: HasTrainTest,
        augment: Augment | None = None,
        network: Network | None = None,
    ) -> None:
        self.config = config
        self.examples, self.validation = train_validation_split(dataset, config)
        self.test = dataset.test
        self.rng = np.random.default_rng(config.seed)
        if network is None:
            network = new_network(config, self.rng)
        elif network.output not in LOSSES[config.loss].outputs:
            raise ConfigError(f"loss: {config.loss!r} does not go with {network.output!r} outputs")
        elif (network.sizes[0], network.sizes[-1]) != (PIXELS, CLASSES):
            raise ConfigError(f"network: {PIXELS} inputs and {CLASSES} outputs are needed")
        self.network = network
        self.loss: Loss = LOSSES[config.loss](network.output_activation)
        self.optimizer = OPTIMIZERS[config.optimizer](self.network.theta)
        self.average = np.zeros_like(network.theta[: None if config.averaging else 0])
        self.learning_rate = config.learning_rate
        self.step_count = 0
        self.batches = SAMPLERS[config.sampling](
            self.examples.images,
            self.examples.labels,
            config.batch_size,
            self.rng,
            scale=network.input_scale,
            dtype=network.dtype,
            augment=augment,
        )
        self.steps_per_epoch = self.batches.per_epoch
        self.steps = self.steps_per_epoch * config.epochs

    @property
    def finished(self) -> bool:
        """Whether all epochs are completed."""
        return self.step_count >= self.steps

    @property
    def scheduled_rate(self) -> float:
        """The learning rate of the next step."""
        schedule = SCHEDULES[self.config.schedule]
        # The middle of the step: neither the first nor the last step is wasted on a rate of 0.
        return self.learning_rate * schedule.factor(min(1.0, (self.step_count + 0.5) / self.steps))

    def step(self) -> BatchResult:
        """Process one batch and update the parameters.

        Raises
        ------
        StopIteration
            If the run is finished.
        """
        if self.finished:
            raise StopIteration("the run is finished")
        rate = self.scheduled_rate
        X, labels = self.batches.batch(self.step_count)
        # A run that diverges overflows. That is reported in words, not as warnings.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            loss = self.loss.forward(self.network.forward(X), labels)
            right = int(np.count_nonzero(self.loss.A.argmax(axis=1) == labels))
            update = UPDATES[self.config.update_order]
            update(self.network, self.loss.backward(), self.optimizer, rate)
        self.step_count += 1
        self._average_weights()
        return BatchResult(loss, right, len(labels))

    def _average_weights(self) -> None:
        """Update the mean of the last weights, and make it the weights after the last step.

        The mean a of weights w is a += (w - a) / n with the n-th of them (Izmailov et al. 2018,
        "Averaging weights leads to wider optima and better generalization", algorithm 1).
        """
        averaged = max(1, round(self.config.averaging * self.steps))
        number = self.step_count - (self.steps - averaged)
        if self.average.size == 0 or number < 1:
            return
        theta = self.network.theta
        with np.errstate(over="ignore", invalid="ignore"):
            self.average += (theta - self.average) / number
        if self.finished:
            theta[:] = self.average

    def state(self) -> dict[str, Any]:
        """Return copies of all state that determines the next steps, for `restore`."""
        return {
            "theta": self.network.theta.copy(),
            "optimizer": {name: array.copy() for name, array in self.optimizer.state.items()},
            "average": self.average.copy(),
            "order": self.batches.order.copy(),
            "step_count": self.step_count,
            "learning_rate": self.learning_rate,
            "rng": self.rng.bit_generator.state,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Restore a result of `state`, in a run of the same config."""
        self.network.theta[:] = state["theta"]
        for name, array in state["optimizer"].items():
            self.optimizer.state[name][:] = array
        self.average[:] = state["average"]
        self.batches.order = state["order"].copy()
        self.step_count = state["step_count"]
        self.learning_rate = state["learning_rate"]
        self.rng.bit_generator.state = state["rng"]


def new_network(
    config: TrainConfig,
    rng: np.random.Generator | None = None,
    theta: np.ndarray | None = None,
) -> Network:
    """Return a network as the config describes it: untrained, or with the weights `theta`."""
    network = Network(
        config.sizes,
        config.activation,
        config.output,
        filters=config.filters,
        kernel_size=config.kernel_size,
        shrink=config.shrink,
        input_scale=config.input_scale,
        theta=theta,
        dtype=config.dtype,
    )
    if theta is None:
        initialize(
            network,
            rng,
            initialization=config.initialization,
            scale=config.initial_scale,
            bias=config.initial_bias,
        )
    return network


class Recorder:
    """Runs the steps of a trainer and makes records.

    Parameters
    ----------
    trainer : Trainer
        Changes to it, of the learning rate for example, apply from the next step on.
    """

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.finished = trainer.finished
        self._seconds, self._rate = 0.0, 0.0
        self._batches: list[BatchResult] = []
        self._probe = trainer.network.inputs(trainer.examples.images[:_PROBE])

    @property
    def seconds(self) -> float:
        """Seconds spent so far, evaluation included."""
        return self._seconds

    def step(self) -> TrainRecord | None:
        """Process one batch; return a record if one is due.

        The run is finished after its last epoch, or when a record finds a loss or weight that is
        not finite.
        """
        started = time.perf_counter()
        self._rate = self.trainer.scheduled_rate
        self._batches.append(self.trainer.step())
        self._seconds += time.perf_counter() - started
        return self.record() if self._due() else None

    def _due(self) -> bool:
        """Whether the last batch completed one of the `RECORDS_PER_EPOCH` parts of an epoch."""
        steps = self.trainer.steps_per_epoch
        position = 1 + (self.trainer.step_count - 1) % steps
        return RECORDS_PER_EPOCH * position // steps != RECORDS_PER_EPOCH * (position - 1) // steps

    def record(self) -> TrainRecord:
        """Return a record of the run; at least one batch after the last record."""
        started = time.perf_counter()
        trainer, network = self.trainer, self.trainer.network
        images = sum(batch.size for batch in self._batches)
        train_loss = sum(batch.loss * batch.size for batch in self._batches) / images
        train_accuracy = sum(batch.right for batch in self._batches) / images
        self._batches.clear()
        finite = is_finite(network, train_loss)
        self.finished = trainer.finished or not finite
        whole_epoch = trainer.step_count % trainer.steps_per_epoch == 0
        validation_loss, validation_accuracy = evaluate(network, trainer.validation, trainer.loss)
        test_accuracy = None
        if self.finished or (trainer.config.test_each_epoch and whole_epoch):
            _, test_accuracy = evaluate(network, trainer.test, trainer.loss)
        norm = np.linalg.norm
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            dead = dead_shares(network, self._probe)
            norms = [
                math.hypot(*map(norm, layer.gradients))
                for layer in network.layers
                if layer.parameters
            ]
        units = trainer.config.filters + trainer.config.hidden_sizes
        dead_share = float(np.dot(dead, units) / sum(units)) if units else 0.0
        self._seconds += time.perf_counter() - started
        return TrainRecord(
            step=trainer.step_count,
            epoch=trainer.step_count / trainer.steps_per_epoch,
            seconds=self._seconds,
            learning_rate=self._rate,
            train_loss=train_loss,
            train_accuracy=train_accuracy,
            validation_loss=validation_loss,
            validation_accuracy=validation_accuracy,
            test_accuracy=test_accuracy,
            gradient_norm=float(np.linalg.norm(norms)),
            layer_gradient_norms=tuple(norms),
            dead_share=dead_share,
            layer_dead_shares=dead,
            problem=diagnose(
                trainer.loss,
                train_loss if finite else np.nan,
                train_accuracy,
                dead_share,
                norms,
                has_filters=bool(trainer.config.filters),
            ),
            network=network,
        )

    def state(self) -> dict[str, Any]:
        """Return copies of all state that determines the next steps and records, for `restore`."""
        return {
            "trainer": self.trainer.state(),
            "gradient": self.trainer.network.gradient.copy(),  # used by `record`
            "batches": tuple(self._batches),
            "seconds": self._seconds,
            "learning_rate": self._rate,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Restore a result of `state`, in a run of the same config."""
        self.trainer.restore(state["trainer"])
        self.trainer.network.gradient[:] = state["gradient"]
        self._batches = list(state["batches"])
        self._seconds, self._rate = state["seconds"], state["learning_rate"]
        self.finished = self.trainer.finished


def train(
    config: TrainConfig, dataset: HasTrainTest, augment: Augment | None = None
) -> Generator[TrainRecord, None, None]:
    """Train a network; yield records.

    A run whose loss or weights are no longer finite ends early, with that record as its last.

    Parameters
    ----------
    config : TrainConfig
    dataset : HasTrainTest
    augment : Augment, optional
        Distorts every batch before the forward pass.

    Yields
    ------
    TrainRecord
        `RECORDS_PER_EPOCH` times an epoch, or after each batch if an epoch has fewer.

    Raises
    ------
    ConfigError
        If the data set is too small for the config's `training_size`.
    """
    recorder = Recorder(Trainer(config, dataset, augment))
    while not recorder.finished:
        record = recorder.step()
        if record is not None:
            yield record


def evaluate(
    network: Network, examples: LabelledImages, loss: Loss
) -> tuple[float, float] | tuple[None, None]:
    """Return mean loss and accuracy on images, or (None, None) if there are none."""
    if len(examples.labels) == 0:
        return None, None
    A = network.outputs(examples.images)
    with np.errstate(over="ignore", invalid="ignore"):
        return loss.value(A, examples.labels), accuracy(A, examples.labels)
