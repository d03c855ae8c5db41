"""A neural network in NumPy, written to be read.

Read it in this order: `activations`, `initializers`, `layers`, `convolution`, `losses`,
`architecture` and `network` define the network; `optimizers`, `schedules`, `config` and `training`
train it; `recipes` holds settings with known results; `gradient_check`, `metrics` and `diagnosis`
evaluate it; `storage` saves and loads it. `pretrained` holds the trained networks that ship.
"""

# ruff: noqa: E402 - the thread count has to be set before NumPy is loaded.
from nn.threads import use_one_blas_thread

use_one_blas_thread()

import nn.historical  # noqa: F401 - adds the variants of experiments A and B to the registries
from nn.config import ConfigError, TrainConfig
from nn.network import Network, cnn, mlp
from nn.pretrained import load_pretrained
from nn.recipes import recipes
from nn.storage import ModelError, load_model, save_model
from nn.training import Trainer, TrainRecord, train

__all__ = [
    "ConfigError",
    "ModelError",
    "Network",
    "TrainConfig",
    "TrainRecord",
    "Trainer",
    "cnn",
    "load_model",
    "load_pretrained",
    "mlp",
    "recipes",
    "save_model",
    "train",
]
