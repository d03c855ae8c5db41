"""Networks named on the command line of a benchmark."""

import argparse
from pathlib import Path

from nn import Network, load_model, load_pretrained


def add_networks(parser: argparse.ArgumentParser) -> None:
    """Add the argument `networks`: files; the built-in network by default."""
    parser.add_argument("networks", nargs="*", metavar="FILE", help="a saved network")


def named_networks(files: list[str]) -> dict[str, Network]:
    """Return networks by the names of their files, or the built-in network."""
    if not files:
        return {"built-in": load_pretrained()}
    return {Path(file).stem: load_model(file) for file in files}
