"""A checkpoint as a file, and back: the whole state of a run between two batches.

The format is safetensors, as for runs. Only this program writes checkpoints, and no upload gets
among them. So a file is checked for damage and for age, not for intent: by its format version, a
digest of all its bytes, and the shapes of its arrays. A run that is resumed from a checkpoint ends
with the same weights and records as an uninterrupted one.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
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
    is_time,
    is_whole,
    parse_json,
    read_texts,
    snapshots_from,
)
from inkling.runs.snapshots import Snapshot
from nn import ConfigError, TrainConfig, TrainRecord
from nn.optimizers import OPTIMIZERS
from nn.storage import MAX_BYTES as MAX_MODEL_BYTES
from nn.storage import read_safetensors
from nn.training import BatchResult, HasTrainTest, train_validation_split

MAX_BYTES = 6 * MAX_MODEL_BYTES
"""Of a checkpoint's file: weights, gradient, state of the optimiser, and snapshots."""

_FORMAT = "inkling-checkpoint-2"
_FORMAT_WITHOUT_DIGEST = "inkling-checkpoint-1"  # of version 0.1
_FORMAT_WAITING = "inkling-waiting-run-1"  # settings only
_DIGEST_KEY = b'"digest":"'
_BLANK = "0" * 64  # in place of the digest while it is computed
_DIGEST_STRIDE = 64  # every so many images one goes into the digest of a data set
DAMAGED = (
    "The saved progress of this run is damaged, so it cannot resume. Discard it, then "
    "start the run again."
)


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
    state : dict or None
        The recorder's: weights, optimiser, random state, and the batches since the last record.
        None for a run that has not started: its state follows from its settings.
    """

    info: CheckpointInfo
    learning_rate: float
    events: tuple[Event, ...]
    history: tuple[TrainRecord, ...]
    snapshots: tuple[Snapshot, ...]
    distance: float
    state: dict[str, Any] | None

    @classmethod
    def before_start(cls, info: CheckpointInfo) -> "Checkpoint":
        """Return the checkpoint of a run that waits for a core."""
        return cls(
            info=info,
            learning_rate=info.config.learning_rate,
            events=(),
            history=(),
            snapshots=(),
            distance=0.0,
            state=None,
        )


def _label_of(identity: RunIdentity) -> dict[str, Any]:
    """Return a run's identity under the names of the file, which are those of version 0.1."""
    label = asdict(identity)
    return {"owner": label.pop("visitor_id"), **label}


def checkpoint_bytes(checkpoint: Checkpoint) -> bytes:
    """Return a checkpoint as the bytes of a safetensors file."""
    info, state = checkpoint.info, checkpoint.state
    about = {
        "digest": _BLANK,
        "label": json.dumps(_label_of(info.identity)),
        "config": json.dumps(asdict(info.config)),
        "digits": json.dumps(asdict(info.fingerprint)),
    }
    if state is None:
        course = json.dumps({"step_count": info.step_count})
        return _with_digest({}, {"format": _FORMAT_WAITING, **about, "course": course})
    trainer, batches = state["trainer"], state["batches"]
    arrays = {
        "theta": trainer["theta"],
        "gradient": state["gradient"],
        "average": trainer["average"],
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
        **about,
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
    return _with_digest(arrays, metadata)


def _with_digest(arrays: dict[str, np.ndarray], metadata: dict[str, str]) -> bytes:
    data = bytes(safetensors.numpy.save(arrays, metadata))
    start, end = _digest_place(data)
    return data[:start] + _digest(data) + data[end:]


def _digest_place(data: bytes) -> tuple[int, int]:
    """Return start and end of the digest in a file; raises ValueError if there is none."""
    # Quotes within a text are escaped, so this is the key and no part of a text.
    start = data.index(_DIGEST_KEY, 0, 8 + int.from_bytes(data[:8], "little")) + len(_DIGEST_KEY)
    return start, start + len(_BLANK)


def _digest(data: bytes) -> bytes:
    """Return the SHA-256 of a file, in hexadecimal digits, with zeros in place of its digest."""
    (start, end), view = _digest_place(data), memoryview(data)
    digest = hashlib.sha256(view[:start])
    digest.update(_BLANK.encode())
    digest.update(view[end:])
    return digest.hexdigest().encode()


def read_checkpoint_info(path: Path) -> CheckpointInfo:
    """Read the info of a checkpoint from its file's header, without the arrays and the digest.

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
        If they are too many, are no such file, or have changed since they were written.
    """
    if len(data) > MAX_BYTES:
        raise RunError(f"The file is larger than any checkpoint here ({MAX_BYTES // 2**20} MiB).")
    try:
        arrays, texts = read_safetensors(data)
        if texts.get("format") != _FORMAT_WITHOUT_DIGEST or "digest" in texts:
            start, end = _digest_place(data)
            if data[start:end] != _digest(data):
                raise RunError(DAMAGED)
        info = _info_from(texts)
        if texts["format"] == _FORMAT_WAITING:
            return Checkpoint.before_start(info)
        return _checkpoint_of(info, arrays, texts)
    except RunError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise RunError(DAMAGED) from error


def _info_from(texts: dict[str, str]) -> CheckpointInfo:
    """Return the validated info in a header."""
    if texts.get("format") not in (_FORMAT, _FORMAT_WITHOUT_DIGEST, _FORMAT_WAITING):
        raise RunError(
            "This file does not contain a checkpoint that this version of Inkling can read."
        )
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
            and is_time(identity.created)
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
    info: CheckpointInfo, arrays: dict[str, np.ndarray], texts: dict[str, str]
) -> Checkpoint:
    """Return a checkpoint; raises ValueError if an array is of another shape, KeyError, TypeError.

    Numbers of the run itself, weights for one, may be anything: a run may have blown up.
    """
    course, columns = parse_json(texts["course"]), parse_json(texts["history"])
    has_started = columns != history_columns(())
    theta = np.zeros(info.config.architecture.parameters, info.config.dtype)
    optimizer = OPTIMIZERS[info.config.optimizer](theta).state
    average = theta[: None if info.config.averaging else 0]
    arrays.setdefault("average", average)  # not in files from before there was averaging
    fresh = {"theta": theta, "gradient": theta, "average": average}
    fresh |= {f"optimizer.{name}": array for name, array in optimizer.items()}
    shapes = {name: (array.dtype, array.shape) for name, array in fresh.items()}
    shuffled = info.config.sampling == "shuffled" and info.step_count > 0
    order_size = info.fingerprint.training_size if shuffled else 0
    shapes["order"] = (np.dtype(np.int64), (order_size,))
    for name, shape in shapes.items():
        if (arrays[name].dtype, arrays[name].shape) != shape:
            raise ValueError(name)
    batches = zip(*(arrays[name].tolist() for name in ("losses", "right", "sizes")), strict=True)
    return Checkpoint(
        info=info,
        learning_rate=course["learning_rate"],
        events=events_from(parse_json(texts["events"])),
        history=history_from(columns, info.config) if has_started else (),
        snapshots=snapshots_from(arrays["snapshots"], arrays["snapshot_steps"], len(theta)),
        distance=course["distance"],
        state={
            "trainer": {
                "theta": arrays["theta"],
                "optimizer": {name: arrays[f"optimizer.{name}"] for name in optimizer},
                "average": arrays["average"],
                "order": arrays["order"],
                "step_count": info.step_count,
                "learning_rate": course["trainers_rate"],
                "rng": parse_json(texts["rng"]),
            },
            "gradient": arrays["gradient"],
            "batches": tuple(BatchResult(*batch) for batch in batches),
            "seconds": course["seconds"],
            "learning_rate": course["last_rate"],
        },
    )
