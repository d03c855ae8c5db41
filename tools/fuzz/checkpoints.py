"""Entry point: files of checkpoints."""

from functools import partial
from pathlib import Path

from inkling.runs.checkpoint_file import (
    checkpoint_bytes,
    checkpoint_from_bytes,
    read_checkpoint_info,
)
from inkling.runs.run_file import RunError
from tools.fuzz.checks import check_sentence
from tools.fuzz.entrypoint import MIB, VISITOR_ID, Entrypoint
from tools.fuzz.safetensors_files import attacks, generate


def exercise(data: bytes, folder: Path) -> bool:
    """Read a checkpoint: one that can be saved again, or a `RunError`."""
    path = folder / f"{VISITOR_ID}.safetensors"
    path.write_bytes(data)
    try:
        read_checkpoint_info(path)
    except RunError as error:
        check_sentence(error)
    try:
        checkpoint = checkpoint_from_bytes(data)
    except RunError as error:
        check_sentence(error)
        return False
    assert checkpoint_from_bytes(checkpoint_bytes(checkpoint)).info == checkpoint.info
    return True


ENTRYPOINT = Entrypoint(
    "checkpoints",
    partial(generate, "checkpoint"),
    exercise,
    partial(attacks, "checkpoint"),
    576 * MIB,
)
