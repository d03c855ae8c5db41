"""A checkpoint as a file, and back: the whole state of a run between two batches.

The format is safetensors, as for runs, and every field is validated. A run that is resumed from a
checkpoint ends with the same weights and records as an uninterrupted one.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy

from digits.augment import augmentation
from inkling.runs.run import Event, RunIdentity, is_id
from inkling.runs.run_file import (
    MAX_NAME,
    MAX_NOTES,
    RunError,
    clean_text,
    events_from,
    history_columns,
    history_from,
    is_number,
    is_whole,
    parse_json,
    read_texts,
    snapshots_from,
)
from inkling.runs.snapshots import MAX_SNAPSHOTS, Snapshot
from nn import ConfigError, ModelError, TrainConfig, TrainRecord
from nn.optimizers import OPTIMIZERS
from nn.storage import MAX_BYTES as MAX_MODEL_BYTES
from nn.storage import read_safetensors
from nn.training import BatchResult, HasTrainTest, train_validation_split

MAX_BYTES = 6 * MAX_MODEL_BYTES
"""Of a checkpoint's file: weights, gradient, state of the optimiser, and snapshots."""

_FORMAT = "inkling-checkpoint-1"
_DIGEST_STRIDE = 64  # every so many images one goes into the digest of a data set
DAMAGED = "The checkpoint of this run is damaged, so it cannot go on. Drop it, and start it anew."


@dataclass(frozen=True, kw_only=True)
class DatasetFingerprint:
    """Fingerprint of a data set, to recognise it when a run is resumed.

    Attributes
    ----------
    name : str
        Of the data set.
    training_size : int
        Number of training images, without the validation images.
    digest : str
        32 hexadecimal digits, of all labels and some of the images.
    """

    name: str
    training_size: int
    digest: str


def fingerprint_of(dataset: Any, config: TrainConfig) -> DatasetFingerprint:
    """Return the fingerprint of a data set; raises ConfigError if it is too small."""
    return DatasetFingerprint(
        name=dataset.name,
        training_size=len(train_validation_split(dataset, config)[0].labels),
        digest=dataset_digest(dataset),
    )


def dataset_digest(dataset: HasTrainTest) -> str:
    """Return a digest of all labels and some images of a data set."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (dataset.train, dataset.test):
        digest.update(part.labels.tobytes())
        digest.update(part.images[::_DIGEST_STRIDE].tobytes())
    return digest.hexdigest()


@dataclass(frozen=True, kw_only=True)
class CheckpointInfo:
    """Information about a checkpoint, without its arrays.

    Attributes
    ----------
    identity : RunIdentity
    config : TrainConfig
    fingerprint : DatasetFingerprint
    step_count : int
        Number of batches so far.
    """

    identity: RunIdentity
    config: TrainConfig
    fingerprint: DatasetFingerprint
    step_count: int

    @property
    def epoch(self) -> float:
        """Passes over the training images so far."""
        return self.step_count / -(-self.fingerprint.training_size // self.config.batch_size)


@dataclass(frozen=True, kw_only=True, eq=False)
class Checkpoint:
    """State of a run between two batches.

    Attributes
    ----------
    info : CheckpointInfo
    learning_rate : float
        Eta before the schedule, as it was set last.
    events, history, snapshots
        As in `Run`, so far.
    distance : float
        Between the snapshots; as in `Snapshots`.
    state : dict
        The recorder's: weights, optimiser, random state, and the batches since the last record.
    """

    info: CheckpointInfo
    learning_rate: float
    events: tuple[Event, ...]
    history: tuple[TrainRecord, ...]
    snapshots: tuple[Snapshot, ...]
    distance: float
    state: dict[str, Any]


def _label_of(identity: RunIdentity) -> dict[str, Any]:
    """Return a run's identity under the names of the file, which are those of version 0.1."""
    label = asdict(identity)
    return {"owner": label.pop("visitor_id"), **label}


def checkpoint_bytes(checkpoint: Checkpoint) -> bytes:
    """Return a checkpoint as the bytes of a safetensors file."""
    info, state = checkpoint.info, checkpoint.state
    trainer, batches = state["trainer"], state["batches"]
    arrays = {
        "theta": trainer["theta"],
        "gradient": state["gradient"],
        "order": trainer["order"],
        "snapshots": np.stack([snapshot.theta for snapshot in checkpoint.snapshots]),
        "snapshot_steps": np.array([snapshot.step for snapshot in checkpoint.snapshots], np.int64),
        "losses": np.array([batch.loss for batch in batches], np.float64),
        "right": np.array([batch.right for batch in batches], np.int64),
        "sizes": np.array([batch.size for batch in batches], np.int64),
        **{f"optimizer.{name}": array for name, array in trainer["optimizer"].items()},
    }
    metadata = {
        "format": _FORMAT,
        "label": json.dumps(_label_of(info.identity)),
        "config": json.dumps(asdict(info.config)),
        "digits": json.dumps(asdict(info.fingerprint)),
        "course": json.dumps(
            {
                "step_count": info.step_count,
                "learning_rate": checkpoint.learning_rate,
                "trainers_rate": trainer["learning_rate"],
                "last_rate": state["learning_rate"],
                "seconds": state["seconds"],
                "distance": checkpoint.distance,
            }
        ),
        "rng": json.dumps(trainer["rng"]),
        "events": json.dumps([asdict(event) for event in checkpoint.events]),
        "history": json.dumps(history_columns(checkpoint.history)),
    }
    return bytes(safetensors.numpy.save(arrays, metadata))


def read_checkpoint_info(path: Path) -> CheckpointInfo:
    """Read the info of a checkpoint from its file's header, without the arrays.

    Raises
    ------
    RunError
        If it is no checkpoint, or the file's length differs from its header's.
    """
    return _info_from(read_texts(path))


def checkpoint_from_bytes(data: bytes) -> Checkpoint:
    """Rebuild a checkpoint from the bytes of a safetensors file.

    Raises
    ------
    RunError
        If they are too many, are no such file, or hold something that no run of ours would.
    """
    if len(data) > MAX_BYTES:
        raise RunError(f"The file is larger than any checkpoint here ({MAX_BYTES // 2**20} MiB).")
    try:
        arrays, texts = read_safetensors(data)
    except ModelError as error:
        raise RunError(DAMAGED) from error
    info = _info_from(texts)
    parameters = sum(m * n + n for m, n in pairwise(info.config.sizes))
    snapshots = snapshots_from(
        arrays.pop("snapshots", None), arrays.pop("snapshot_steps", None), parameters
    )
    try:
        return _checkpoint_of(info, arrays, texts, snapshots)
    except (ConfigError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise RunError(DAMAGED) from error


def _info_from(texts: dict[str, str]) -> CheckpointInfo:
    """Return the validated info in a header."""
    if texts.get("format") != _FORMAT:
        raise RunError("This file holds no checkpoint made by Inkling.")
    try:
        label = parse_json(texts["label"])
        identity = RunIdentity(visitor_id=label.pop("owner"), **label)
        config = TrainConfig.from_dict(parse_json(texts["config"]))
        augmentation(config.augmentation)
        fingerprint = DatasetFingerprint(**parse_json(texts["digits"]))
        step_count = parse_json(texts["course"])["step_count"]
        known = (
            is_id(identity.id)
            and all(
                isinstance(text, str) and len(text) <= MAX_NOTES
                for text in (identity.name, identity.visitor_id, identity.group, fingerprint.name)
            )
            and is_number(identity.created)
            and is_whole(fingerprint.training_size)
            and fingerprint.training_size > 0
            and is_id(fingerprint.digest)
            and is_whole(step_count)
        )
    except ConfigError as error:
        raise RunError(f"The checkpoint has settings that cannot be used: {error}.") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise RunError(DAMAGED) from error
    if not known:
        raise RunError(DAMAGED)
    return CheckpointInfo(
        identity=replace(identity, name=clean_text(identity.name, MAX_NAME) or "run"),
        config=config,
        fingerprint=replace(fingerprint, name=clean_text(fingerprint.name, MAX_NAME)),
        step_count=step_count,
    )


def _checkpoint_of(
    info: CheckpointInfo,
    arrays: dict[str, np.ndarray],
    texts: dict[str, str],
    snapshots: tuple[Snapshot, ...],
) -> Checkpoint:
    """Return a validated checkpoint; raises ConfigError, KeyError, TypeError, ValueError, ...

    Numbers of the run itself, weights for one, may be anything: a run may have blown up.
    """
    config, step_count = info.config, info.step_count
    course = parse_json(texts["course"])
    for name, check in _COURSE_CHECKS.items():
        _require(check(course[name]), name)
    for name in ("learning_rate", "trainers_rate"):
        replace(config, learning_rate=course[name])

    events = events_from(parse_json(texts["events"]))
    columns = parse_json(texts["history"])
    has_started = columns != history_columns(())
    history = history_from(columns, config) if has_started else ()
    recorded = history[-1].step if has_started else 0
    _require(all(event.step <= step_count for event in events), "events")
    _require(len(snapshots) <= MAX_SNAPSHOTS and snapshots[-1].step <= step_count, "snapshots")

    theta, gradient = arrays.pop("theta"), arrays.pop("gradient")
    order = arrays.pop("order")
    batches = _batches_from(arrays, config)
    steps = config.epochs * -(-info.fingerprint.training_size // config.batch_size)
    _require(recorded + len(batches) == step_count <= steps, "batches")
    parameters = sum(m * n + n for m, n in pairwise(config.sizes))
    fresh = np.zeros(parameters, config.dtype)
    for array in (theta, gradient):
        _require(_same_dtype_and_shape(array, fresh), "theta")
    optimizer = _optimizer_state_from(arrays, OPTIMIZERS[config.optimizer](fresh).state, step_count)
    _check_order(order, info)
    return Checkpoint(
        info=info,
        learning_rate=course["learning_rate"],
        events=events,
        history=history,
        snapshots=snapshots,
        distance=course["distance"],
        state={
            "trainer": {
                "theta": theta,
                "optimizer": optimizer,
                "order": order,
                "step_count": step_count,
                "learning_rate": course["trainers_rate"],
                "rng": _rng_state(parse_json(texts["rng"])),
            },
            "gradient": gradient,
            "batches": batches,
            "seconds": course["seconds"],
            "learning_rate": course["last_rate"],
        },
    )


def _is_power_of_two(value: Any) -> bool:
    return type(value) is float and value >= 1 and math.log2(value).is_integer()


_COURSE_CHECKS = {"seconds": is_number, "last_rate": is_number, "distance": _is_power_of_two}


def _optimizer_state_from(
    arrays: dict[str, np.ndarray], expected: dict[str, np.ndarray], step_count: int
) -> dict[str, np.ndarray]:
    """Return the validated state of the optimiser; `expected` is that of a new one."""
    _require(arrays.keys() == {f"optimizer.{name}" for name in expected}, "optimizer")
    optimizer = {name: arrays[f"optimizer.{name}"] for name in expected}
    for name, array in optimizer.items():
        _require(_same_dtype_and_shape(array, expected[name]), name)
        if array.dtype.kind == "i":  # a count of steps, by which Adam divides
            _require((array == step_count).all(), name)
    return optimizer


def _require(condition: Any, field: str) -> None:
    if not condition:
        raise ValueError(field)


def _same_dtype_and_shape(array: np.ndarray, other: np.ndarray) -> bool:
    return array.dtype == other.dtype and array.shape == other.shape


def _batches_from(arrays: dict[str, np.ndarray], config: TrainConfig) -> tuple[BatchResult, ...]:
    """Take the batches since the last record out of the arrays."""
    losses, right, sizes = (arrays.pop(name) for name in ("losses", "right", "sizes"))
    _require(losses.dtype == np.float64 and losses.ndim == 1, "losses")
    for counts in (right, sizes):
        _require(counts.dtype == np.int64 and counts.shape == losses.shape, "counts")
    _require(((right >= 0) & (right <= sizes) & (sizes >= 1)).all(), "right")
    _require((sizes <= config.batch_size).all(), "sizes")
    rows: Sequence[Any] = list(zip(losses.tolist(), right.tolist(), sizes.tolist(), strict=True))
    return tuple(BatchResult(*row) for row in rows)


def _check_order(order: np.ndarray, info: CheckpointInfo) -> None:
    """Raise ValueError unless the order is a permutation of the training images."""
    _require(order.dtype == np.int64 and order.ndim == 1, "order")
    shuffled = info.config.sampling == "shuffled" and info.step_count > 0
    size = info.fingerprint.training_size if shuffled else 0
    _require(len(order) == size, "order")
    _require(np.array_equal(np.sort(order), np.arange(size)), "order")


def _rng_state(state: Any) -> dict[str, Any]:
    """Return the validated state of a PCG64 generator."""
    large, small = (state["state"][name] for name in ("state", "inc")), state["uinteger"]
    known = (
        state["bit_generator"] == "PCG64"
        and all(type(number) is int and 0 <= number < 2**128 for number in large)
        and type(small) is int
        and 0 <= small < 2**32
        and type(state["has_uint32"]) is int
        and state["has_uint32"] in (0, 1)
    )
    _require(known, "rng")
    rng = np.random.default_rng(0)
    rng.bit_generator.state = state
    return dict(rng.bit_generator.state)
