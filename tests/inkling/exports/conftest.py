"""Fixtures for tests of exports: random networks, images, and ruff's output."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from nn import Network

ROOT = Path(__file__).parents[3]


@pytest.fixture
def make_network(rng: np.random.Generator) -> Callable[..., Network]:
    """Return a function that makes networks with random weights and biases."""

    def make(
        hidden: tuple[int, ...] = (12,),
        activation: str = "relu",
        output: str = "softmax",
        dtype: str = "float32",
        input_scale: float = 1 / 255,
    ) -> Network:
        sizes = (784, *hidden, 10)
        parameters = sum(inputs * units + units for inputs, units in pairwise(sizes))
        return Network(
            sizes,
            activation,
            output,
            input_scale=input_scale,
            theta=rng.normal(0, 0.2, parameters),
            dtype=dtype,
        )

    return make


@pytest.fixture
def images(rng: np.random.Generator) -> np.ndarray:
    """Return seven images of noise over the whole range of uint8."""
    return rng.integers(0, 256, (7, 28, 28), np.uint8)


@pytest.fixture
def ruff_output(tmp_path: Path) -> Callable[[Sequence[str]], str]:
    """Return a function that runs ruff with this project's settings on sources."""

    def run_ruff(sources: Sequence[str]) -> str:
        assert sources
        for k, source in enumerate(sources):
            (tmp_path / f"source{k}.py").write_text(source, encoding="utf-8")
        output = ""
        for command in (["check"], ["format", "--diff"]):
            arguments = [*command, "--quiet", "--no-cache", f"--config={ROOT / 'pyproject.toml'}"]
            done = subprocess.run(
                [sys.executable, "-m", "ruff", *arguments, tmp_path], capture_output=True, text=True
            )
            assert done.returncode in (0, 1), done.stderr
            output += done.stdout + done.stderr
        return output

    return run_ruff
