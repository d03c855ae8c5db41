"""A run as a file, and back.

The format is safetensors, as for models: arrays, and a header of text. Every field is validated;
errors are user-facing sentences. Diagnoses are recomputed from the history, never read from the
file.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO, Any

import numpy as np
import safetensors.numpy

from digits.augment import augmentation
from inkling.runs.run import Event, Run, RunInfo, is_id
from inkling.runs.settings import visible_file_message, visible_message
from inkling.runs.snapshots import Snapshot
from nn import ConfigError, ModelError, TrainConfig, TrainRecord
from nn.diagnosis import NOT_FINITE, Problem, diagnose
from nn.losses import LOSSES
from nn.storage import MAX_BYTES as MAX_MODEL_BYTES
from nn.storage import (
    MAX_HEADER,
    RUN_FORMAT,
    arrays_of,
    describe,
    network_of,
    read_header,
    read_safetensors,
    with_header,
)

MAX_BYTES = 3 * MAX_MODEL_BYTES
"""Of a run's file: a network, its snapshots and its history."""

MAX_NAME, MAX_NOTES = 80, 2_000  # characters
_MAX_RECORDS = 20_000

SUFFIX = ".safetensors"
NO_RUN = "This run does not exist."
_OTHER_FORMAT = "This safetensors file does not contain a run made by Inkling."
_NO_IDENTITY = "The file does not say which run it contains."


class RunError(ValueError):
    """A file is missing or not a valid run; the message gives the reason."""


def run_path(folder: Path, run_id: str, suffix: str = SUFFIX) -> Path:
    """Return where a run's file is in a folder, or would be; raises RunError if that is no id."""
    if not is_id(run_id):
        raise RunError(NO_RUN)
    return folder / f"{run_id}{suffix}"


_IDENTITY_FIELDS = ("id", "name", "notes", "created", "group")
_RESULT_FIELDS = (
    *("data_name", "status", "error", "steps", "epochs", "seconds"),
    *("validation_accuracy", "test_accuracy", "test_images", "finite"),
)
_TEXTS = ("format", "network", "run", "owner", "config", "result", "events", "history")


def run_bytes(run: Run) -> bytes:
    """Return a run as the bytes of a safetensors file."""
    info = asdict(run.info)
    arrays = arrays_of(run.network)
    arrays["snapshots"] = np.stack([snapshot.theta for snapshot in run.snapshots])
    arrays["snapshot_steps"] = np.array([snapshot.step for snapshot in run.snapshots], np.int64)
    metadata = {
        "format": RUN_FORMAT,
        "network": describe(run.network),
        "run": json.dumps({key: info[key] for key in _IDENTITY_FIELDS}),
        "owner": run.info.visitor_id,
        "config": json.dumps(info["config"]),
        "result": json.dumps({key: info[key] for key in _RESULT_FIELDS}),
        "events": json.dumps([asdict(event) for event in run.events]),
        "history": json.dumps(history_columns(run.history)),
    }
    return bytes(safetensors.numpy.save(arrays, metadata))


def run_from_bytes(data: bytes) -> Run:
    """Rebuild a run from the bytes of a safetensors file.

    Raises
    ------
    RunError
        If they are too many, are no such file, or hold something that no run of ours would.
    """
    if len(data) > MAX_BYTES:
        raise RunError(f"The file is larger than any run here ({MAX_BYTES // 2**20} MiB).")
    try:
        arrays, metadata = read_safetensors(data)
        info = _info_from(metadata)
        snapshots, steps = arrays.pop("snapshots", None), arrays.pop("snapshot_steps", None)
        network = network_of(arrays, metadata.get("network"))
    except ModelError as error:
        raise RunError(visible_file_message(error)) from error
    traits = ("architecture", "activation", "output", "input_scale", "dtype")
    # As texts, which leave out the size of filters where there are none.
    if any(str(getattr(network, trait)) != str(getattr(info.config, trait)) for trait in traits):
        raise RunError("The network in the file does not match the settings in it.")
    if bool(np.isfinite(network.theta).all()) != info.finite:
        raise RunError("The file's description of its weights does not match the weights in it.")
    try:
        events = events_from(parse_json(metadata["events"]))
        history = history_from(parse_json(metadata["history"]), info.config)
    except (KeyError, TypeError, ValueError) as error:
        raise RunError("The file's history cannot be read.") from error
    return Run(info, events, history, network, snapshots_from(snapshots, steps, len(network.theta)))


def with_identity(data: bytes, **changes: Any) -> bytes:
    """Return the bytes of a run's file with other values in its identity, not validated.

    All else stays as it is, to the byte, except texts in the header that no run has, which are left
    out. So the file grows by the new values only, however the rest of it is written.

    Parameters
    ----------
    data : bytes
    changes
        New values of `id`, `name`, `notes`, `created`, `group` and `visitor_id` of `RunInfo`.

    Raises
    ------
    RunError
        If there is no identity in it.
    """
    try:
        header = read_header(data)
        if header["__metadata__"]["format"] != RUN_FORMAT:
            raise RunError(_OTHER_FORMAT)
        texts = {key: header["__metadata__"][key] for key in _TEXTS}
        texts["owner"] = changes.pop("visitor_id", texts["owner"])
        identity = parse_json(texts["run"])
        identity = {key: identity[key] for key in _IDENTITY_FIELDS} | changes
        texts["run"] = json.dumps(identity, ensure_ascii=False)
        return with_header(data, header | {"__metadata__": texts})
    except RunError:
        raise
    except ModelError as error:
        raise RunError(str(error)) from error
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise RunError(_NO_IDENTITY) from error


def clean_text(text: str, longest: int, lines: bool = False) -> str:
    """Return text without control characters, at most `longest` characters."""
    printable = "".join(c for c in text if c.isprintable() or (lines and c == "\n"))
    return printable.strip()[:longest]


def read_info(path: Path) -> RunInfo:
    """Read the info of a run from its file's header, without the arrays.

    Raises
    ------
    RunError
        If it is no run, or the file's length differs from its header's.
    """
    return _info_from(read_texts(path))


def read_owner(path: Path) -> str:
    """Return the visitor id in a file's header, also if the rest is damaged; "" if unreadable."""
    try:
        with path.open("rb") as file:
            owner = _read_header(file)["__metadata__"]["owner"]
        return owner if is_id(owner) else ""
    except (OSError, *_NO_HEADER):
        return ""


def read_texts(path: Path) -> dict[str, str]:
    """Read the texts in the header of a safetensors file, without its arrays.

    Raises
    ------
    RunError
        If it is no such file, or its length differs from its header's.
    """
    try:
        with path.open("rb") as file:
            header = _read_header(file)
            length = file.tell()
        texts = header.pop("__metadata__")
        ends = max((entry["data_offsets"][1] for entry in header.values()), default=0)
        if path.stat().st_size != length + ends:
            raise RunError("A part of the file is missing.")
        if not all(isinstance(text, str) for text in texts.values()):
            raise RunError("Its header contains something other than text.")
    except RunError:
        raise
    except OSError as error:
        raise RunError(f"The file cannot be read: {error.strerror}.") from error
    except _NO_HEADER as error:
        raise RunError("This is not a safetensors file, or it is damaged.") from error
    return dict(texts)


_NO_HEADER = (ValueError, TypeError, LookupError, AttributeError, struct.error)


def _read_header(file: IO[bytes]) -> Any:
    """Read a header, not validated, up to its end; raises RunError, OSError or `_NO_HEADER`."""
    (length,) = struct.unpack("<Q", file.read(8))
    if length > MAX_HEADER:
        raise RunError("Its header is too long for a run file.")
    return parse_json(file.read(length).decode())


def parse_json(text: str) -> Any:
    """Parse untrusted JSON; raises ValueError if it is invalid."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _info_from(metadata: dict[str, str]) -> RunInfo:
    """Return the validated info in a header."""
    if metadata.get("format") != RUN_FORMAT:
        raise RunError(_OTHER_FORMAT)
    try:
        about, result = parse_json(metadata["run"]), parse_json(metadata["result"])
        info = RunInfo(
            **{key: about[key] for key in _IDENTITY_FIELDS},
            **{key: result[key] for key in _RESULT_FIELDS},
            visitor_id=metadata["owner"],
            config=TrainConfig.from_dict(parse_json(metadata["config"])),
        )
        augmentation(info.config.augmentation)
        texts = (info.name, info.notes, info.visitor_id, info.group, info.data_name, info.error)
        known = (
            is_id(info.id)
            and info.status in ("done", "stopped")
            and all(isinstance(text, str) and len(text) <= MAX_NOTES for text in texts)
            and is_time(info.created)
            and all(_is_number(n) for n in (info.epochs, info.seconds))
            and all(is_whole(n) for n in (info.steps, info.test_images))
            and all(_is_share(n) for n in (info.validation_accuracy, info.test_accuracy))
            and isinstance(info.finite, bool)
        )
    except ConfigError as error:
        message = visible_message(error)
        raise RunError(f"The file has settings that cannot be used: {message}.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(_NO_IDENTITY) from error
    if not known:
        raise RunError(_NO_IDENTITY)
    return replace(
        info,
        name=clean_text(info.name, MAX_NAME) or "run",
        notes=clean_text(info.notes, MAX_NOTES, lines=True),
        data_name=clean_text(info.data_name, MAX_NAME),
        error=clean_text(info.error, MAX_NOTES),
    )


def _is_number(value: Any) -> bool:
    """Whether a value from a file is a number such as an epoch."""
    return type(value) in (int, float) and 0 <= value < 1e12


def is_time(value: Any) -> bool:
    """Whether a value from a file is a Unix time; `datetime` can show none after the year 9999."""
    return _is_number(value) and value < 1e11


def is_whole(value: Any) -> bool:
    """Whether a value from a file is a whole number such as a count of batches."""
    return type(value) is int and 0 <= value < 10**12


def _is_share(value: Any) -> bool:
    return value is None or (type(value) in (int, float) and 0 <= value <= 1)


_NUMBERS = (
    *("epoch", "seconds", "learning_rate", "train_loss", "train_accuracy"),
    *("gradient_norm", "dead_share"),
)
_OPTIONAL_NUMBERS = ("validation_loss", "validation_accuracy", "test_accuracy")
_LAYER_NUMBERS = ("layer_gradient_norms", "layer_dead_shares")


def history_columns(history: Sequence[TrainRecord]) -> dict[str, list[Any]]:
    """Return a history as columns, with all that `diagnose` needs."""
    columns: dict[str, list[Any]] = {
        name: [getattr(record, name) for record in history]
        for name in ("step", *_NUMBERS, *_OPTIONAL_NUMBERS, *_LAYER_NUMBERS)
    }
    columns["finite"] = [record.problem != NOT_FINITE for record in history]
    return columns


def history_from(columns: Any, config: TrainConfig) -> tuple[TrainRecord, ...]:
    """Return the records of `history_columns`; raises ValueError, TypeError or KeyError."""
    count = len(columns["step"])
    layers = config.architecture.depth
    checks = {
        "step": is_whole,
        "finite": lambda value: type(value) is bool,
        **dict.fromkeys(_NUMBERS, _is_real),
        **dict.fromkeys(_OPTIONAL_NUMBERS, lambda value: value is None or _is_real(value)),
        "layer_gradient_norms": lambda value: _are_numbers(value, layers),
        "layer_dead_shares": lambda value: _are_numbers(value, layers - 1),
    }
    for name, check in checks.items():
        if len(columns[name]) != count or not all(map(check, columns[name])):
            raise ValueError(name)
    if not 1 <= count <= _MAX_RECORDS or columns["step"] != sorted(set(columns["step"])):
        raise ValueError("step")
    loss = LOSSES[config.loss]()
    records = []
    for k in range(count):
        values = {name: columns[name][k] for name in ("step", *_NUMBERS, *_OPTIONAL_NUMBERS)}
        norms, dead = (tuple(columns[name][k]) for name in _LAYER_NUMBERS)
        problem: Problem | None = NOT_FINITE
        if columns["finite"][k]:
            problem = diagnose(
                loss,
                values["train_loss"],
                values["train_accuracy"],
                values["dead_share"],
                norms,
                has_filters=bool(config.filters),
            )
        records.append(
            TrainRecord(
                **values,
                layer_gradient_norms=norms,
                layer_dead_shares=dead,
                problem=problem,
                network=None,
            )
        )
    return tuple(records)


def _is_real(value: Any) -> bool:
    """Whether a value from a file is a number, infinity or NaN that fits a float."""
    return type(value) is float or (type(value) is int and abs(value) < 10**300)


def _are_numbers(value: Any, count: int) -> bool:
    return isinstance(value, list) and len(value) == count and all(map(_is_real, value))


def events_from(events: Any) -> tuple[Event, ...]:
    """Return events from JSON; raises ValueError, TypeError or KeyError."""
    found = tuple(Event(event["step"], event["learning_rate"]) for event in events)
    steps = [event.step for event in found]
    rates = [event.learning_rate for event in found]
    if not (
        all(is_whole(step) for step in steps)
        and steps == sorted(steps)
        and all(type(rate) in (int, float) and 1e-6 <= rate <= 100 for rate in rates)
    ):
        raise ValueError("events")
    return found


def snapshots_from(
    arrays: np.ndarray | None, steps: np.ndarray | None, parameters: int
) -> tuple[Snapshot, ...]:
    """Return the snapshots of a network with `parameters` parameters; raises RunError."""
    if (
        arrays is None
        or steps is None
        or steps.dtype != np.int64
        or steps.ndim != 1
        or arrays.dtype != np.float16
        or arrays.shape != (len(steps), parameters)
        or len(steps) == 0
        or (np.diff(steps) <= 0).any()
        or steps[0] < 0
    ):
        raise RunError("The file's snapshots do not match its network.")
    return tuple(Snapshot(int(k), theta) for k, theta in zip(steps, arrays, strict=True))
