"""Entry point: files of models."""

import ast
from functools import partial
from pathlib import Path

import numpy as np

from inkling.exports.numpy_program import numpy_program
from nn import ModelError
from nn.storage import model_from_bytes
from tools.fuzz.checks import check_sentence
from tools.fuzz.entrypoint import MIB, Entrypoint
from tools.fuzz.safetensors_files import attacks, generate


def exercise(data: bytes, folder: Path) -> bool:
    """Read a model: one that predicts and can be exported, or a `ModelError`."""
    try:
        network = model_from_bytes(data)
    except ModelError as error:
        check_sentence(error)
        return False
    with np.errstate(all="ignore"):  # finite weights may still overflow
        assert network.predict_proba(np.zeros((1, 28, 28), np.uint8)).shape == (1, 10)
    ast.parse(numpy_program(network))
    return True


ENTRYPOINT = Entrypoint(
    "models", partial(generate, "model"), exercise, partial(attacks, "model"), 96 * MIB
)
