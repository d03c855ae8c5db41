"""The model that ships with Inkling; its model card is `README.md` in this folder."""

from pathlib import Path

from nn.network import Network
from nn.storage import load_model


def load_pretrained() -> Network:
    """Return a new copy of the network trained by recipe "pretrained"."""
    return load_model(Path(__file__).with_name("model.safetensors"))
