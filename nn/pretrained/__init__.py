"""The networks that ship with Inkling; their model card is `README.md` in this folder."""

import json
from pathlib import Path

from nn.network import Network
from nn.storage import load_model

RECIPES = {"conv": "conv", "dense": "pretrained"}
"""The recipe of each network by its name."""
DEFAULT = "conv"
RESULTS = Path(__file__).with_name("results.json")
"""What `python -m benchmarks shipped` measured: SHA-256 and test accuracy of each file."""


def load_pretrained(name: str | None = None) -> Network:
    """Return a new copy of a network that ships.

    Parameters
    ----------
    name : {"conv", "dense"}, optional
        The convolutional or the dense network; by default the convolutional one, which reads pen
        drawings best.

    Raises
    ------
    ValueError
        If there is no network of this name.
    """
    name = DEFAULT if name is None else name
    if name not in RECIPES:
        raise ValueError(f"name: one of {', '.join(map(repr, RECIPES))}, not {name!r}")
    return load_model(Path(__file__).with_name(f"{name}.safetensors"))


def accuracy_on_test_images(name: str) -> float:
    """Return the share of MNIST's 10,000 test images that a network reads correctly."""
    return float(json.loads(RESULTS.read_text(encoding="utf-8"))[name]["test_accuracy"])
