"""Entry point: files that the server keeps for a visitor."""

import json
import random
from functools import lru_cache
from pathlib import Path

import numpy as np

from inkling.analysis.verdicts import Verdicts, verdicts_as_csv
from inkling.data import user_drawings
from inkling.lessons.story.progress import OptionCounts, Progress
from inkling.server import visitor_files
from tools.fuzz.checks import check_table
from tools.fuzz.entrypoint import MIB, VISITOR_ID, Entrypoint
from tools.fuzz.generators import DEEPLY_NESTED_JSON, mutate_bytes, mutated_json_bytes, random_text

_OPTION_COUNTS = {"first": OptionCounts(3, 2), "second": OptionCounts(4, 3)}

_PROGRESS = {
    "chapter": "first",
    "ran": ["first"],
    "runs": {"first": [VISITOR_ID]},
    "answers": {"first": 1},
    "predictions": {"first": 0},
    "notes": {"first": "Ten digits."},
    "numbers": {"first": 784.0},
    "figures": {"first": ["Test accuracy: 97.6%"]},
    "code": True,
    "before": {"1": 0},
    "after": {"12": 3},
}

_VERDICTS = {"MNIST": {"8": "network", "947": "label"}, "tiny": {}}


@lru_cache
def _drawings() -> bytes:
    drawn = np.zeros((28, 28), np.uint8)
    drawn[4:20, 10:14] = 255
    return user_drawings.to_bytes(
        user_drawings.NO_DRAWINGS.with_label(drawn, 1).with_label(drawn.T.copy(), 7)
    )


def generate(rng: random.Random) -> tuple[str, str, bytes]:
    """Return a visitor id, a file name and the content of a small file."""
    data = rng.choice(
        [
            lambda: mutated_json_bytes(rng, _PROGRESS),
            lambda: mutated_json_bytes(rng, _VERDICTS),
            lambda: mutate_bytes(rng, _drawings()),
        ]
    )()
    visitor_id = VISITOR_ID if rng.random() < 0.5 else random_text(rng)
    name = rng.choice(["progress.json", "verdicts.json", "drawings.idx"])
    return visitor_id, name if rng.random() < 0.5 else random_text(rng), data


def exercise(visitor_file: tuple[str, str, bytes], folder: Path) -> bool:
    """Read a visitor's file: only values that the program itself could have written."""
    visitor_id, name, data = visitor_file
    progress = Progress.from_bytes(data, _OPTION_COUNTS)
    assert progress.chapter in {"", *_OPTION_COUNTS}
    assert progress.ran | set(progress.runs) | set(progress.answers) <= set(_OPTION_COUNTS)
    assert all(
        0 <= answer < _OPTION_COUNTS[key].question for key, answer in progress.answers.items()
    )
    assert Progress.from_bytes(progress.to_bytes(), _OPTION_COUNTS) == progress

    verdicts = Verdicts.read(data)
    assert Verdicts.read(verdicts.to_bytes()) == verdicts
    shares = np.full((1_000, 10), 0.1)
    for dataset_name in verdicts.by_dataset:
        table = verdicts_as_csv(
            verdicts.of(dataset_name), np.zeros(1_000, np.uint8), shares, has_votes=True
        )
        check_table(table)

    drawings = user_drawings.from_bytes(data)
    assert drawings.images.shape == (len(drawings), 28, 28)
    assert len(drawings) <= user_drawings.MAX_DRAWINGS
    assert all(label < 10 for label in drawings.labels)

    try:
        path = visitor_files.VisitorFiles(folder)._path(visitor_id, name)
    except ValueError:
        return False
    assert path.resolve().parent == folder.resolve() / visitor_id
    return bool(progress.chapter or verdicts.by_dataset or len(drawings))


def attacks() -> dict[str, tuple[str, str, bytes]]:
    """Return known attacks, and valid files."""
    name = "progress.json"
    return {
        "another's folder": (VISITOR_ID, "../" + "f" * 32 + "/progress.json", b"{}"),
        "above": ("../../../../../../tmp/xxxxxxxxxxxx", name, b"{}"),
        "a line more": (VISITOR_ID + "\n", name + "\n", b"{}"),
        "nested deeply": (VISITOR_ID, name, DEEPLY_NESTED_JSON.encode()),
        "a number of 5,000 digits": (VISITOR_ID, name, b"1" * 5_000),
        "lists for everything": (
            VISITOR_ID,
            name,
            json.dumps(
                {"chapter": [], "ran": [[]], "runs": {"first": [[]]}, "answers": []}
            ).encode(),
        ),
        "a verdict that is a list": (VISITOR_ID, "verdicts.json", b'{"MNIST": {"1": []}}'),
        "two million lists": (VISITOR_ID, name, b"[" + b"[]," * 1_300_000 + b"[]]"),
        "UTF-16": (VISITOR_ID, name, "{}".encode("utf-16")),
        "a pickle": (VISITOR_ID, name, b"\x80\x04."),
        "progress": (VISITOR_ID, name, json.dumps(_PROGRESS).encode()),
        "verdicts": (VISITOR_ID, "verdicts.json", json.dumps(_VERDICTS).encode()),
        "drawings": (VISITOR_ID, "drawings.idx", _drawings()),
    }


ENTRYPOINT = Entrypoint("visitors' files", generate, exercise, attacks, 256 * MIB)
