"""Generators and attacks shared by the entry points for runs, models and checkpoints."""

import io
import json
import random
import struct
import zipfile
from functools import lru_cache
from typing import Any

import numpy as np

from data_loader import Dataset, Split
from digits.augment import AUGMENTATIONS
from inkling.runs.checkpoint_file import (
    Checkpoint,
    CheckpointInfo,
    checkpoint_bytes,
    fingerprint_of,
)
from inkling.runs.run import Event, RunIdentity, finished_run
from inkling.runs.run_file import (
    run_bytes,
)
from inkling.runs.snapshots import Snapshots
from nn import TrainConfig, Trainer
from nn.storage import model_bytes
from nn.training import Recorder
from tools.fuzz.entrypoint import MIB, VISITOR_ID
from tools.fuzz.generators import (
    DEEPLY_NESTED_JSON,
    mutate_bytes,
    mutate_json,
    pickled_array,
    random_text,
)


@lru_cache
def _tiny_dataset() -> Dataset:
    rng = np.random.default_rng(7)
    parts = [
        Split(rng.integers(0, 256, (n, 28, 28), np.uint8), rng.integers(0, 10, n).astype(np.uint8))
        for n in (60, 20)
    ]
    return Dataset("tiny", "made for the tests", *parts)


@lru_cache
def _valid_files() -> dict[str, list[bytes]]:
    """Return small valid runs, models and checkpoints."""
    files: dict[str, list[bytes]] = {"run": [], "model": [], "checkpoint": []}
    configs = [
        TrainConfig(hidden_sizes=(2,), epochs=2, batch_size=20, validation_size=20),
        TrainConfig(
            hidden_sizes=(),
            epochs=1,
            batch_size=30,
            validation_size=0,
            optimizer="adam",
            activation="tanh",
            output="sigmoid",
            loss="mean-squared-error",
            augmentation=min(AUGMENTATIONS),
        ),
        TrainConfig(
            filters=(2,),
            kernel_size=9,
            shrink="pool",
            hidden_sizes=(),
            epochs=2,
            batch_size=20,
            validation_size=20,
        ),
    ]
    for config in configs:
        recorder = Recorder(Trainer(config, _tiny_dataset()))
        trainer = recorder.trainer
        snapshots = Snapshots(len(trainer.network.theta))
        history = []
        identity = RunIdentity(id=VISITOR_ID, name="a run", visitor_id=VISITOR_ID, created=1e9)
        while not recorder.finished:
            history.append(recorder.step() or recorder.record())
            snapshots.offer(trainer.step_count, trainer.network.theta)
        snapshots.offer(trainer.step_count, trainer.network.theta, last=True)
        info = CheckpointInfo(
            identity=identity,
            config=config,
            fingerprint=fingerprint_of(_tiny_dataset(), config),
            step_count=trainer.step_count,
        )
        checkpoint = Checkpoint(
            info=info,
            learning_rate=config.learning_rate,
            events=(Event(1, 0.05),),
            history=tuple(history),
            snapshots=snapshots.taken,
            distance=snapshots.distance,
            state=recorder.state(),
        )
        run = finished_run(identity, trainer, history, [Event(1, 0.05)], snapshots.taken, "tiny")
        files["run"].append(run_bytes(run))
        files["model"].append(model_bytes(run.network, np.float16))
        files["checkpoint"].append(checkpoint_bytes(checkpoint))
    return files


def safetensors_file(header: Any, body: bytes) -> bytes:
    """Return a safetensors file; the header is taken as it is, or written as JSON."""
    packed = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(packed)) + packed + body


def generate(kind: str, rng: random.Random) -> bytes:
    """Return a mutated file of a kind (sometimes of another kind)."""
    data = rng.choice(_valid_files()[rng.choice([kind, kind, kind, *_valid_files()])])
    if rng.random() < 0.3:
        return mutate_bytes(rng, data)
    (length,) = struct.unpack_from("<Q", data)
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    texts = header["__metadata__"]
    for _ in range(rng.choice([1, 1, 1, 2])):
        choice = rng.random()
        if choice < 0.7:  # metadata
            name = rng.choice(list(texts))
            try:
                texts[name] = json.dumps(mutate_json(rng, json.loads(texts[name])))
            except (TypeError, ValueError):  # plain text, not JSON
                texts[name] = random_text(rng)
        elif choice < 0.8:  # array contents
            body = mutate_bytes(rng, body)[: len(body)].ljust(len(body), b"\0")
        else:
            header = mutate_json(rng, header)
            if not isinstance(header, dict) or not isinstance(header.get("__metadata__"), dict):
                break
            texts = header["__metadata__"]
            if not texts:
                break
    return safetensors_file(header, body)


def attacks(kind: str) -> dict[str, bytes]:
    """Return decompression bombs, huge or inconsistent headers, and the valid files of a kind."""
    data = _valid_files()[kind][0]
    (length,) = struct.unpack_from("<Q", data)
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]

    def with_metadata(**texts: str) -> bytes:
        return safetensors_file(header | {"__metadata__": header["__metadata__"] | texts}, body)

    names = ("network", "run", "config", "result", "events", "history", "label", "digits")
    return {
        "a header of 2^63 bytes": struct.pack("<Q", 2**63) + b"{}",
        "a header of 90 MiB": safetensors_file(b"{" + b" " * 90 * MIB + b"}", b""),
        "a list of 20 million lists": with_metadata(history="[" + "[]," * 20_000_000 + "[]]"),
        "five million lists": with_metadata(history="[" + "[]," * 5_000_000 + "[]]"),
        "five million hidden lists": safetensors_file(
            data[8 : 8 + length].replace(
                b'"history": "', b'"history": "' + rb"\u005b]," * 1_700_000
            ),
            body,
        ),
        "a shape of 2^63 x 0": safetensors_file(
            {"a": {"dtype": "F32", "shape": [0, 2**63], "data_offsets": [0, 0]}}, b""
        ),
        "an unknown number of 5,000 digits": safetensors_file(
            b'{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1],"x":%s}}' % (b"1" * 5_000),
            b"0",
        ),
        "a pickle": b"\x80\x04.",
        "a pickled array": pickled_array(),
        "a zip": _zip_bomb(),
        "UTF-16": safetensors_file(json.dumps(header).encode("utf-16"), body),
        **{f"{name} nested deeply": with_metadata(**{name: DEEPLY_NESTED_JSON}) for name in names},
        **{f"{name} of 5,000 digits": with_metadata(**{name: "1" * 5_000}) for name in names},
        **{f"valid {k}": valid for k, valid in enumerate(_valid_files()[kind])},
    }


def _zip_bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../outside.npy", bytes(100 * MIB))
    return file.getvalue()
