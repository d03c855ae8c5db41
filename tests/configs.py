"""Hypothesis strategy for training configs."""

from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from digits.augment import AUGMENTATIONS
from nn import ConfigError, TrainConfig
from nn.activations import HIDDEN_ACTIVATIONS
from nn.convolution import SHRINK
from nn.initializers import INITIALIZERS
from nn.losses import LOSSES
from nn.optimizers import OPTIMIZERS
from nn.schedules import SCHEDULES


@st.composite
def configs(draw: st.DrawFn) -> TrainConfig:
    """Draw any valid config."""
    values: dict[str, st.SearchStrategy[Any]] = {
        "filters": st.lists(st.integers(1, 64), max_size=4).map(tuple),
        "kernel_size": st.integers(1, 28),
        "shrink": st.sampled_from(list(SHRINK)),
        "hidden_sizes": st.lists(st.integers(1, 600), max_size=10).map(tuple),
        "activation": st.sampled_from(list(HIDDEN_ACTIVATIONS)),
        "initialization": st.sampled_from(list(INITIALIZERS)),
        "initial_scale": st.floats(0, 100),
        "initial_bias": st.floats(-100, 100),
        "input_scale": st.floats(1e-6, 1),
        "dtype": st.sampled_from(["float32", "float64"]),
        "data": st.sampled_from(["mnist", "builtin", "both"]),
        "augmentation": st.sampled_from([None, *AUGMENTATIONS]),
        "training_size": st.none() | st.integers(1, 10_000_000),
        "validation_size": st.integers(0, 50_000),
        "shuffled_labels": st.booleans(),
        "test_each_epoch": st.booleans(),
        "loss": st.sampled_from(list(LOSSES)),
        "optimizer": st.sampled_from(list(OPTIMIZERS)),
        "learning_rate": st.floats(1e-6, 100) | st.integers(1, 100),
        "schedule": st.sampled_from(list(SCHEDULES)),
        "averaging": st.floats(0, 1),
        "batch_size": st.integers(1, 60_000),
        "epochs": st.integers(1, 1_000),
        "sampling": st.sampled_from(["shuffled", "with-replacement"]),
        "update_order": st.sampled_from(["together", "layer-by-layer"]),
        "seed": st.integers(0, 2**32 - 1),
    }
    drawn = draw(st.fixed_dictionaries({}, optional=values))
    loss = drawn.get("loss", TrainConfig().loss)
    drawn["output"] = draw(st.sampled_from(LOSSES[loss].outputs))
    for left_out in ((), ("filters",)):  # many of them do not fit into the image
        try:
            return TrainConfig(**{k: v for k, v in drawn.items() if k not in left_out})
        except ConfigError:
            pass
    assume(False)
    raise AssertionError
