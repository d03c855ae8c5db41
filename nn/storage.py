"""Saving and loading of trained networks.

The format is safetensors: arrays and a header of text, no executable code. The header describes
the network. Every field is validated, so that untrusted files can be opened.
"""

import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from nn.config import CLASSES, PIXELS, ConfigError, TrainConfig, truncate_repr
from nn.network import Network

MAX_BYTES = 32 * 2**20  # room for MAX_PARAMETERS in float64
MAX_HEADER = 16 * 2**20
"""Largest header in bytes; it holds the history of a run."""
_MAX_BRACKETS = 200_000  # in a header; each becomes a list or a dict many times its size
_FORMAT = "inkling-network-1"
RUN_FORMAT = "inkling-run-1"  # network and history
PART = ".part"  # suffix of files that are being written
ABANDONED = 3600  # seconds after which such a file was left by a writer that died
_DTYPES = ("float16", "float32", "float64")
_CONVOLUTIONS = ("filters", "kernel_size", "shrink")  # described where there are any
_ARRAY_NAME = re.compile(r"layers\.(\d{1,3})\.([Wb])", re.ASCII)
_LAYERS = "which layers its network has"
_UNSAID = {
    "kernel_size": "how large the filters of its network are",
    "shrink": "how the convolutions of its network shrink the image",
}
"""What a file does not say that lacks an entry of its description."""
_NO_SAFETENSORS = "This is not a safetensors file, or it is damaged."


class ModelError(ValueError):
    """A file is not a valid model; the message names the reason."""


def model_bytes(network: Network, dtype: np.typing.DTypeLike | None = None) -> bytes:
    """Return a network as the bytes of a safetensors file.

    Parameters
    ----------
    network : Network
    dtype : numpy dtype, optional
        Type of the stored weights, float16 for a small file; unchanged by default.

    Raises
    ------
    ValueError
        If a weight is not finite, or would not be in this dtype: the file could not be loaded.
    """
    with np.errstate(over="ignore"):  # checked below
        arrays = {
            name: array.astype(dtype or array.dtype) for name, array in arrays_of(network).items()
        }
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise ValueError("a network whose weights are not all finite cannot be saved")
    metadata = {"format": _FORMAT, "network": describe(network)}
    return bytes(safetensors.numpy.save(arrays, metadata))


def arrays_of(network: Network) -> dict[str, np.ndarray]:
    """Return the weights and biases of a network by their names in files."""
    layers = [layer for layer in network.layers if layer.parameters]
    return {
        f"layers.{k}.{name}": array
        for k, layer in enumerate(layers)
        for name, array in zip("Wb", layer.parameters, strict=True)
    }


def describe(network: Network) -> str:
    """Return the description of a network, all but its weights, as JSON."""
    description: dict[str, Any] = {
        "sizes": network.sizes,
        "activation": network.activation,
        "output": network.output,
        "input_scale": network.input_scale,
        "dtype": network.dtype.name,
    }
    if network.filters:
        description |= {name: getattr(network, name) for name in _CONVOLUTIONS}
    return json.dumps(description)


def save_model(
    network: Network, path: str | os.PathLike[str], dtype: np.typing.DTypeLike | None = None
) -> None:
    """Write a network to a file atomically; `dtype` as in `model_bytes`.

    Raises
    ------
    OSError
        If the file cannot be written; an existing file is unchanged.
    """
    write_atomically(path, model_bytes(network, dtype))


def write_atomically(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file atomically, under a temporary name that is then renamed.

    Raises
    ------
    OSError
        If the file cannot be written; an existing file is unchanged.
    """
    path = Path(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=PART)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load_model(path: str | os.PathLike[str]) -> Network:
    """Read a network from a file.

    Raises
    ------
    ModelError
        If the file is not a complete model.
    OSError
        If the file cannot be read.
    """
    path = Path(path)
    if path.stat().st_size > MAX_BYTES:
        raise ModelError(
            f"The file is too large for a network of Inkling ({MAX_BYTES // 2**20} MiB)."
        )
    return model_from_bytes(path.read_bytes())


def model_from_bytes(data: bytes) -> Network:
    """Rebuild a network from the bytes of a safetensors file.

    Raises
    ------
    ModelError
        If there are too many, they are no safetensors file, the description is invalid, or an
        array has another name, shape or type than described, or is not finite.
    """
    if len(data) > MAX_BYTES:
        raise ModelError(
            f"The file is too large for a network of Inkling ({MAX_BYTES // 2**20} MiB)."
        )
    arrays, metadata = read_safetensors(data)
    if metadata.get("format") == RUN_FORMAT:
        raise ModelError(
            "This file contains a whole run. Load it on the Train page, under Saved runs."
        )
    if metadata.get("format") != _FORMAT:
        raise ModelError("This safetensors file was not made by Inkling.")
    network = network_of(arrays, metadata.get("network"))
    for name, array in arrays_of(network).items():
        if not np.isfinite(array).all():
            raise ModelError(
                f"Some of the {_in_words(name)} in this file are not valid numbers: they "
                "overflowed."
            )
    return network


def read_safetensors(data: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Return the arrays and the metadata of a safetensors file.

    Raises
    ------
    ModelError
        If it is no complete safetensors file, or its header is too large.
    """
    header = read_header(data)
    try:
        arrays = safetensors.numpy.load(data)
    except (safetensors.SafetensorError, KeyError, ValueError, TypeError) as error:
        raise ModelError(_NO_SAFETENSORS) from error
    return arrays, header.get("__metadata__") or {}


def read_header(data: bytes) -> dict[str, Any]:
    """Return the header of a safetensors file, parsed, whose entries are not validated.

    Raises
    ------
    ModelError
        If it is incomplete, no JSON object, or too large.
    """
    length = int.from_bytes(data[:8], "little")
    if not 8 < 8 + length <= len(data):
        raise ModelError(_NO_SAFETENSORS)
    brackets = data.count(b"[", 8, 8 + length) + data.count(b"{", 8, 8 + length)
    if length > MAX_HEADER or brackets > _MAX_BRACKETS:
        raise ModelError("This file was not made by Inkling: its header is too long.")
    try:
        header = json.loads(data[8 : 8 + length])
    except (ValueError, RecursionError) as error:
        raise ModelError(_NO_SAFETENSORS) from error
    if not isinstance(header, dict):
        raise ModelError(_NO_SAFETENSORS)
    return header


def with_header(data: bytes, header: dict[str, Any]) -> bytes:
    """Return a safetensors file with another header before the same arrays.

    The header is written in the shortest form of JSON, padded to a multiple of eight bytes.
    """
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    old = int.from_bytes(data[:8], "little")
    return len(text).to_bytes(8, "little") + text + data[8 + old :]


def _in_words(name: str) -> str:
    """Return what an untrusted name of an array stands for, such as "weights of layer 1"."""
    if parts := _ARRAY_NAME.fullmatch(name):
        return f"{'weights' if parts[2] == 'W' else 'biases'} of layer {int(parts[1]) + 1}"
    return truncate_repr(name)


def _listed(names: list[str]) -> str:
    """Return the names of arrays for an error message, of bounded length."""
    text = ", ".join(map(_in_words, names[:3]))
    return text if len(names) <= 3 else f"{text} and {len(names) - 3} more"


def network_of(arrays: dict[str, np.ndarray], description: str | None) -> Network:
    """Rebuild a network from the results of `arrays_of` and `describe`.

    Raises
    ------
    ModelError
        If the description is invalid, or an array has another name, shape or type. Values that
        are not finite are accepted.
    """
    described = _read_description(description)
    network = Network(
        described.sizes,
        described.activation,
        described.output,
        filters=described.filters,
        kernel_size=described.kernel_size,
        shrink=described.shrink,
        input_scale=described.input_scale,
        dtype=described.dtype,
    )
    expected = arrays_of(network)
    if set(arrays) != set(expected):
        differences = {
            "lacks": sorted(expected.keys() - arrays),
            "has no place for": sorted(arrays.keys() - expected),
        }
        parts = (f"{verb} {_listed(names)}" for verb, names in differences.items() if names)
        raise ModelError(
            "The weights in this file do not belong to the layers that it describes: it "
            f"{' and '.join(parts)}. Save the network again."
        )
    for name, parameter in expected.items():
        array = arrays[name]
        if array.shape != parameter.shape:
            raise ModelError(
                f"The {_in_words(name)} in this file have the shape {array.shape}, not "
                f"{parameter.shape}."
            )
        if array.dtype.name not in _DTYPES:
            raise ModelError(
                f"The {_in_words(name)} in this file are {array.dtype.name}, not floating point."
            )
        with np.errstate(over="ignore"):
            parameter[:] = array
    return network


def _read_description(description: str | None) -> TrainConfig:
    """Return the description of a network as a validated config."""
    try:
        described = json.loads(description or "")
        inputs, *hidden, outputs = described["sizes"]
        config = TrainConfig(
            hidden_sizes=tuple(hidden),
            activation=described["activation"],
            output=described["output"],
            input_scale=described["input_scale"],
            dtype=described["dtype"],
            loss="mean-squared-error",  # compatible with every output
            batch_size=1,
            **{name: described[name] for name in _CONVOLUTIONS if described.get("filters")},
        )
    except ConfigError as error:
        raise ModelError(
            f"The file describes layers or settings that cannot be used: {error}."
        ) from error
    except KeyError as error:
        raise ModelError(f"The file does not say {_UNSAID.get(error.args[0], _LAYERS)}.") from error
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelError(f"The file does not say {_LAYERS}.") from error
    if (inputs, outputs) != (PIXELS, CLASSES):
        raise ModelError(
            f"The file describes layers for {truncate_repr(inputs)} pixels and "
            f"{truncate_repr(outputs)} classes; {PIXELS} and {CLASSES} are needed."
        )
    return config
