"""All settings of a training run, in one frozen dataclass that validates itself."""

import reprlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from nn.activations import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS
from nn.architecture import Architecture
from nn.batches import SAMPLERS
from nn.convolution import SHRINK, numbers_per_image
from nn.initializers import INITIALIZERS
from nn.losses import LOSSES
from nn.optimizers import OPTIMIZERS, UPDATES
from nn.schedules import SCHEDULES

SIDE = 28
PIXELS = SIDE * SIDE
CLASSES = 10
MAX_PARAMETERS = 4_000_000
MAX_NUMBERS = 2**25
"""Most numbers in the patches and sums of a batch, 134 MB in float32: its largest arrays."""
MAX_CONVOLUTIONS, MAX_FILTERS = 4, 256
WHOLE_RANGES: dict[str, tuple[int, int]] = {
    "kernel_size": (1, SIDE),
    "validation_size": (0, 50_000),
    "batch_size": (1, 60_000),
    "epochs": (1, 1_000),
    "seed": (0, 2**32 - 1),
}
"""Lowest and highest value of the settings that are whole numbers."""
REAL_RANGES: dict[str, tuple[float, float]] = {
    "initial_scale": (0, 100),
    "initial_bias": (-100, 100),
    "input_scale": (1e-6, 1),
    "learning_rate": (1e-6, 100),
    "averaging": (0, 1),
}
"""Lowest and highest value of the settings that are real numbers."""


class ConfigError(ValueError):
    """A setting is out of its range, or more images than a data set has."""


def truncate_repr(value: Any) -> str:
    """Return the repr of an untrusted value for an error message, of bounded length."""
    text = reprlib.repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Settings of one training run; the defaults reach 97% on MNIST in seconds.

    Raises
    ------
    ConfigError
        If a value is out of range, or two values are incompatible.
    """

    # The network: convolutions, if there are filters, then dense layers.
    filters: tuple[int, ...] = ()  # of each convolution
    kernel_size: int = 5  # rows and columns of a filter
    shrink: str = "stride"  # what halves the image in each convolution
    hidden_sizes: tuple[int, ...] = (128,)
    activation: str = "relu"
    output: str = "softmax"
    initialization: str = "he"
    initial_scale: float = 1.0
    initial_bias: float = 0.0
    input_scale: float = 1 / 255
    dtype: str = "float32"

    # The data: training and validation images.
    data: str = "mnist"
    augmentation: str | None = None
    training_size: int | None = None  # number of first images; None: all but validation
    validation_size: int = 5_000  # fewer of a small data set: see `training.validation_count`
    shuffled_labels: bool = False  # permute the training labels
    test_each_epoch: bool = False  # only to reproduce historical experiments

    # The training.
    loss: str = "cross-entropy"
    optimizer: str = "nesterov"
    learning_rate: float = 0.15
    schedule: str = "warm-up-linear"
    averaging: float = 0.0  # last share of the steps, whose mean weights the run ends with
    batch_size: int = 100
    epochs: int = 5
    sampling: str = "shuffled"
    update_order: str = "together"
    seed: int = 0

    def __post_init__(self) -> None:
        """Validate all fields."""
        _tuple_of_whole(self, "filters", "filters", "convolutions", MAX_CONVOLUTIONS, MAX_FILTERS)
        _tuple_of_whole(self, "hidden_sizes", "units", "layers", 10, 4_096)
        for field, (low, high) in WHOLE_RANGES.items():
            _whole(field, getattr(self, field), low, high)
        _one_of("shrink", self.shrink, SHRINK)
        self._check_size()
        if self.training_size is not None:
            _whole("training_size", self.training_size, 1, 10_000_000)
        for field, bounds in REAL_RANGES.items():
            _real(field, getattr(self, field), *bounds)

        _one_of("shuffled_labels", self.shuffled_labels, (False, True))
        _one_of("test_each_epoch", self.test_each_epoch, (False, True))
        if not isinstance(self.augmentation, str | None):
            raise ConfigError(
                f"augmentation: a name or None, not {truncate_repr(self.augmentation)}"
            )
        _one_of("activation", self.activation, HIDDEN_ACTIVATIONS)
        _one_of("output", self.output, OUTPUT_ACTIVATIONS)
        _one_of("initialization", self.initialization, INITIALIZERS)
        _one_of("dtype", self.dtype, ("float32", "float64"))
        _one_of("data", self.data, ("mnist", "builtin", "both"))
        _one_of("loss", self.loss, LOSSES)
        _one_of("optimizer", self.optimizer, OPTIMIZERS)
        _one_of("schedule", self.schedule, SCHEDULES)
        _one_of("sampling", self.sampling, SAMPLERS)
        _one_of("update_order", self.update_order, UPDATES)
        _one_of(f"output with loss {self.loss!r}", self.output, LOSSES[self.loss].outputs)
        if self.update_order == "layer-by-layer" and self.optimizer != "sgd":
            raise ConfigError("update_order: 'layer-by-layer' works with optimizer 'sgd' only")

    def _check_size(self) -> None:
        """Refuse filters that do not fit into the image, and networks and batches too large."""
        try:
            parameters = self.architecture.parameters
        except ValueError as error:
            raise ConfigError(f"filters: {error}") from error
        if parameters > MAX_PARAMETERS:
            raise ConfigError(
                f"hidden_sizes: layers with up to {MAX_PARAMETERS:,} parameters in all, "
                f"not {parameters:,}"
            )
        if self.filters:
            most = MAX_NUMBERS // numbers_per_image(
                SIDE, self.filters, self.kernel_size, self.shrink
            )
            if self.batch_size > most:
                raise ConfigError(
                    f"batch_size: at most {most:,} images with these filters, or a batch takes "
                    f"too much memory, not {self.batch_size:,}"
                )

    @classmethod
    def from_dict(cls, settings: Any) -> "TrainConfig":
        """Return the config for a mapping of fields to values.

        Parameters
        ----------
        settings : mapping
            As from `vars(config)` or a file; missing fields have their defaults.

        Raises
        ------
        ConfigError
            If it is no mapping, or has an unknown field or a value out of range.
        """
        if not isinstance(settings, Mapping):
            raise ConfigError(f"settings: fields and their values, not {truncate_repr(settings)}")
        unknown = settings.keys() - {field.name for field in fields(cls)}
        if unknown:
            raise ConfigError(
                f"there is no setting {', '.join(map(truncate_repr, sorted(unknown, key=str)))}"
            )
        return cls(**settings)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of every dense layer, with the pixels first and the outputs last."""
        return (PIXELS, *self.hidden_sizes, CLASSES)

    @property
    def architecture(self) -> Architecture:
        """The layers of the network."""
        return Architecture(self.sizes, self.filters, self.kernel_size, self.shrink)

    @property
    def historical(self) -> bool:
        """Whether the run reproduces a published variant that does not follow the true gradient."""
        return (
            HIDDEN_ACTIVATIONS[self.activation].historical
            or OUTPUT_ACTIVATIONS[self.output].historical
            or self.update_order == "layer-by-layer"
        )


def _tuple_of_whole(
    config: TrainConfig, field: str, what: str, layers: str, most: int, high: int
) -> None:
    """Validate a number for each layer, and make a tuple of a list."""
    value = getattr(config, field)
    if not isinstance(value, tuple | list) or len(value) > most:
        given = truncate_repr(value)
        raise ConfigError(f"{field}: the {what} of up to {most} {layers}, not {given}")
    object.__setattr__(config, field, tuple(value))
    for size in value:
        _whole(field, size, 1, high)


def _whole(field: str, value: Any, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ConfigError(
            f"{field}: a whole number from {low:,} to {high:,}, not {truncate_repr(value)}"
        )


def _real(field: str, value: Any, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ConfigError(f"{field}: a number from {low:g} to {high:g}, not {truncate_repr(value)}")


def _one_of(field: str, value: Any, allowed: Iterable[Any]) -> None:
    if not any(type(value) is type(name) and value == name for name in allowed):
        raise ConfigError(
            f"{field}: one of {', '.join(map(repr, allowed))}, not {truncate_repr(value)}"
        )
