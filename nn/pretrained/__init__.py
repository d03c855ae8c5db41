"""The model that ships with Inkling; `README.md` beside this file is its model card."""

from pathlib import Path

from nn.network import Network
from nn.storage import load_model


def load_pretrained() -> Network:
    """Return the network that recipe "pretrained" gave; a new one each time."""
    return load_model(Path(__file__).with_name("model.safetensors"))
