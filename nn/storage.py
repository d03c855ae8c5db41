"""A trained network in a file, and back.

The format is safetensors: arrays and a header of text, nothing that could run. What is needed to
rebuild the network beside its weights stands in the header, and nothing in the file is believed
before it has been checked, so that a file from a stranger can be opened.
"""

import json
import os
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy

from nn.activations import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS
from nn.network import Network

MAX_BYTES = 64 * 2**20
MAX_UNITS = 4_096
MAX_LAYERS = 11
_FORMAT = "inkling-network-1"
_DTYPES = ("float16", "float32", "float64")


class ModelError(ValueError):
    """A file that is not a model this program can use; the message says why."""


def model_bytes(network: Network, dtype: np.typing.DTypeLike | None = None) -> bytes:
    """Return a network as the bytes of a safetensors file.

    Parameters
    ----------
    network : Network
    dtype : numpy dtype, optional
        How the weights are stored, float16 for a small file; as they are if left out.
    """
    names = _array_names(len(network.sizes) - 1)
    arrays = {
        name: np.ascontiguousarray(array, dtype or array.dtype)
        for name, array in zip(names, network.parameters, strict=True)
    }
    description = {
        "sizes": network.sizes,
        "activation": network.activation,
        "output": network.output,
        "input_scale": network.input_scale,
        "dtype": network.dtype.name,
    }
    metadata = {"format": _FORMAT, "network": json.dumps(description)}
    return bytes(safetensors.numpy.save(arrays, metadata))


def save_model(
    network: Network, path: str | os.PathLike[str], dtype: np.typing.DTypeLike | None = None
) -> None:
    """Write a network to a file, whole or not at all; `dtype` as in `model_bytes`.

    Raises
    ------
    OSError
        If the file cannot be written; what was there before is still there then.
    """
    path = Path(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(model_bytes(network, dtype))
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
        If the file is not a model, or not a whole one.
    OSError
        If the file cannot be read.
    """
    path = Path(path)
    if path.stat().st_size > MAX_BYTES:
        raise ModelError(f"The file is larger than any model here ({MAX_BYTES // 2**20} MiB).")
    return model_from_bytes(path.read_bytes())


def model_from_bytes(data: bytes) -> Network:
    """Rebuild a network from the bytes of a safetensors file.

    Raises
    ------
    ModelError
        If they are too many, are no safetensors file, describe no network of ours, or hold arrays
        of other names, shapes or types than described, or numbers that are not finite.
    """
    if len(data) > MAX_BYTES:
        raise ModelError(f"The file is larger than any model here ({MAX_BYTES // 2**20} MiB).")
    try:
        arrays = safetensors.numpy.load(data)
    except (safetensors.SafetensorError, KeyError, ValueError, TypeError) as error:
        raise ModelError("This is not a safetensors file, or it is damaged.") from error
    sizes, activation, output, input_scale, dtype = _read_description(data)

    names = _array_names(len(sizes) - 1)
    if set(arrays) != set(names):
        raise ModelError(f"The file holds the arrays {sorted(arrays)}, not {sorted(names)}.")
    shapes = [shape for m, n in pairwise(sizes) for shape in ((m, n), (n,))]
    for name, shape in zip(names, shapes, strict=True):
        array = arrays[name]
        if array.shape != shape:
            raise ModelError(f"The array {name} has the shape {array.shape}, not {shape}.")
        if array.dtype.name not in _DTYPES:
            raise ModelError(f"The array {name} holds {array.dtype.name}, not floating point.")
        if not np.isfinite(array).all():
            raise ModelError(f"The array {name} holds numbers that are not finite.")

    theta = np.concatenate([arrays[name].ravel() for name in names])
    return Network(sizes, activation, output, input_scale=input_scale, theta=theta, dtype=dtype)


def _array_names(layers: int) -> list[str]:
    return [f"layers.{k}.{array}" for k in range(layers) for array in ("W", "b")]


def _read_description(data: bytes) -> tuple[tuple[int, ...], str, str, float, str]:
    """Return sizes, activation, output, input_scale and dtype from a file's header, checked."""
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    metadata = header.get("__metadata__", {})
    if metadata.get("format") != _FORMAT:
        raise ModelError("This safetensors file was not made by Inkling.")
    try:
        described = json.loads(metadata["network"])
        sizes = tuple(described["sizes"])
        activation, output = described["activation"], described["output"]
        input_scale, dtype = described["input_scale"], described["dtype"]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ModelError("The file does not say what network it holds.") from error

    whole = all(isinstance(size, int) and 1 <= size <= MAX_UNITS for size in sizes)
    if not (whole and 2 <= len(sizes) <= MAX_LAYERS and (sizes[0], sizes[-1]) == (784, 10)):
        raise ModelError(
            f"The network has the layers {sizes!r}: 784, up to 4096 each, 10 expected."
        )
    if activation not in HIDDEN_ACTIVATIONS or output not in OUTPUT_ACTIVATIONS:
        raise ModelError(f"The activations {activation!r} and {output!r} are not known here.")
    if not (isinstance(input_scale, float | int) and 0 < input_scale <= 1):
        raise ModelError(f"Pixels scaled by {input_scale!r}: a number up to 1 expected.")
    if dtype not in _DTYPES[1:]:
        raise ModelError(f"A network computes in float32 or float64, not in {dtype!r}.")
    return sizes, activation, output, float(input_scale), dtype
