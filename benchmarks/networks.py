"""Networks named on the command line of a benchmark."""

import argparse
from pathlib import Path

from nn import Network, load_model, load_pretrained
from nn.pretrained import RECIPES


def add_networks(parser: argparse.ArgumentParser) -> None:
    """Add the argument `networks`: files; by default the networks that ship."""
    parser.add_argument("networks", nargs="*", metavar="FILE", help="a saved network")


def named_networks(files: list[str]) -> dict[str, Network]:
    """Return networks by the names of their files, or those that ship."""
    if not files:
        return {name: load_pretrained(name) for name in RECIPES}
    return {Path(file).stem: load_model(file) for file in files}
