"""TrainConfig: every field is validated, and errors name it."""

import json
import re
from collections.abc import Sequence
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import numpy as np
import pytest

from nn import ConfigError, TrainConfig, recipes
from nn.config import MAX_NUMBERS
from nn.convolution import numbers_per_image
from nn.losses import LOSSES

FIELDS = [field.name for field in fields(TrainConfig)]

REFUSED: dict[str, Sequence[Any]] = {
    "filters": [(0,), (257,), (16, 4.0), (True,), "16", 16, None, (4,) * 5, (4,) * 4],
    "kernel_size": [0, 29, 5.0, None],
    "shrink": ["crop", None],
    "hidden_sizes": [
        (0,),
        (4097,),
        (128, -1),
        (12.0,),
        (True,),
        "12",
        128,
        None,
        (8,) * 11,
        (4096, 4096),
    ],
    "activation": ["softmax", "ReLU", "", None],
    "output": ["relu", "", None],
    "initialization": ["zeros", None],
    "initial_scale": [-0.1, 101, float("nan"), "1", None],
    "initial_bias": [-101, 101, float("inf"), None],
    "input_scale": [0, -1, 1.1, 1e-7, float("nan"), None],
    "dtype": ["float16", "int8", np.float32, None],
    "data": ["cifar", None],
    "augmentation": [5, True],
    "training_size": [0, -1, 1.5, 10_000_001],
    "validation_size": [-1, 50_001, 0.1, None],
    "shuffled_labels": ["no", 1, None],
    "test_each_epoch": ["no", 1, None],
    "loss": ["hinge", None],
    "optimizer": ["SGD", None],
    "learning_rate": [0, -1, 1e-7, 101, float("nan"), float("inf"), 10**400, "0.1", None, True],
    "schedule": ["step", None],
    "averaging": [-0.1, 1.1, float("nan"), "0.1", None, True],
    "batch_size": [0, 60_001, 32.0, True, None],
    "epochs": [0, 1001, 2.5, True, None],
    "sampling": ["random", None],
    "update_order": ["backwards", None],
    "seed": [-1, 2**32, 0.5, None],
}


def test_every_config_field_has_refused_values() -> None:
    assert list(REFUSED) == FIELDS


@pytest.mark.parametrize(
    ("field", "value"),
    [(field, value) for field, values in REFUSED.items() for value in values],
    ids=lambda part: str(part)[:20],
)
def test_a_value_out_of_range_is_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=f"^{field}"):
        TrainConfig(**{field: value})


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", [["nonsense"], object()], ids=["list", "object"])
def test_value_of_another_type_is_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=f"^{field}"):
        TrainConfig(**{field: value})


@pytest.mark.parametrize(
    ("field", "low", "high"),
    [
        ("filters", (), (256, 256)),
        ("kernel_size", 1, 28),
        ("hidden_sizes", (), (512,) * 10),
        ("initial_scale", 0, 100),
        ("initial_bias", -100, 100.0),
        ("input_scale", 1e-6, 1),
        ("training_size", 1, 10_000_000),
        ("validation_size", 0, 50_000),
        ("learning_rate", 1e-6, 100),
        ("averaging", 0, 1),
        ("batch_size", 1, 60_000),
        ("epochs", 1, 1_000),
        ("seed", 0, 2**32 - 1),
    ],
)
def test_range_bounds_are_inclusive(field: str, low: Any, high: Any) -> None:
    for value in (low, high):
        assert getattr(TrainConfig(**{field: value}), field) == value


def test_error_message_names_allowed_range() -> None:
    with pytest.raises(ConfigError, match=r"epochs: a whole number from 1 to 1,000, not 0"):
        TrainConfig(epochs=0)
    with pytest.raises(ConfigError, match=r"schedule: one of 'constant', .*'cosine', not 'step'"):
        TrainConfig(schedule="step")


def test_a_config_cannot_be_changed_and_can_be_compared() -> None:
    config = TrainConfig()
    with pytest.raises(FrozenInstanceError):
        config.epochs = 3  # type: ignore[misc]
    assert config == TrainConfig()
    assert config != replace(config, seed=1)
    assert len({config, TrainConfig(), replace(config, seed=1)}) == 2


def test_hidden_sizes_may_be_a_list() -> None:
    config = TrainConfig(hidden_sizes=[64, 32])  # type: ignore[arg-type]
    assert config.hidden_sizes == (64, 32)
    assert config == TrainConfig(hidden_sizes=(64, 32))
    assert config.sizes == (784, 64, 32, 10)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"filters": (8,), "kernel_size": 28, "shrink": "pool"}, "filters: convolution 1 gets"),
        ({"filters": (8, 8, 8)}, "filters: convolution 3 gets images of 4 . 4 pixels, too few"),
        ({"filters": (256, 256), "hidden_sizes": (600,)}, "hidden_sizes: layers with up to 4,000"),
        (
            {"filters": (16, 32), "shrink": "pool", "batch_size": 1_000},
            "batch_size: at most [0-9]+ images with these filters, or a batch takes too much",
        ),
    ],
)
def test_impossible_convolutions_are_refused_in_words(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{message}"):
        TrainConfig(**settings)


def test_the_largest_batch_keeps_patches_and_sums_within_the_limit() -> None:
    config = TrainConfig(filters=(16, 48), batch_size=100)
    most = MAX_NUMBERS // numbers_per_image(28, config.filters, config.kernel_size, config.shrink)
    assert replace(config, batch_size=most).batch_size == most
    with pytest.raises(ConfigError, match=f"at most {most:,} images"):
        replace(config, batch_size=most + 1)


@pytest.mark.parametrize("loss", LOSSES)
def test_loss_requires_its_output_activation(loss: str) -> None:
    for output in ("softmax", "sigmoid", "normalized-sigmoid"):
        if output in LOSSES[loss].outputs:
            assert TrainConfig(loss=loss, output=output).output == output
        else:
            with pytest.raises(ConfigError, match="output"):
                TrainConfig(loss=loss, output=output)


def test_layerwise_update_requires_sgd() -> None:
    with pytest.raises(ConfigError, match="update_order"):
        TrainConfig(update_order="layer-by-layer", optimizer="adam")


@pytest.mark.parametrize(
    ("changes", "historical"),
    [
        ({}, False),
        ({"activation": "published-sigmoid"}, True),
        ({"output": "normalized-sigmoid", "loss": "mean-squared-error"}, True),
        ({"update_order": "layer-by-layer", "optimizer": "sgd"}, True),
    ],
)
def test_is_historical_detects_historical_variants(
    changes: dict[str, Any], historical: bool
) -> None:
    assert TrainConfig(**changes).historical is historical


def test_config_dict_round_trip() -> None:
    for config in recipes.values():
        assert TrainConfig.from_dict(json.loads(json.dumps(vars(config)))) == config
    assert TrainConfig.from_dict({}) == TrainConfig()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epoch": 3}, "there is no setting 'epoch'"),
        ({3: 3, "a": 1}, "there is no setting"),
        ({"epochs": 0}, "epochs: a whole number"),
        ([], "settings: fields and their values"),
        (None, "settings: fields and their values"),
    ],
)
def test_a_dict_that_describes_no_config_is_refused(settings: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        TrainConfig.from_dict(settings)
