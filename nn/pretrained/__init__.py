"""The networks that ship with Inkling; their model card is `README.md` in this folder."""

from pathlib import Path

from nn.network import Network
from nn.storage import load_model

RECIPES = {"conv": "conv", "dense": "pretrained"}
"""The recipe of each network by its name."""
DEFAULT = "conv"


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
