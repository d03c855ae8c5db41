"""Model files: bit-exact round trips, and errors for everything that is not a model."""

import json
import os
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

import nn.storage
from nn import ModelError, Network, cnn, load_model, mlp, save_model
from nn.activations import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS
from nn.convolution import SHRINK
from nn.storage import MAX_BYTES, arrays_of, describe, model_bytes, model_from_bytes

pytestmark = pytest.mark.filterwarnings("error")

FORMAT = "inkling-network-1"
DESCRIPTION: dict[str, Any] = {
    "sizes": [784, 2, 10],
    "activation": "relu",
    "output": "softmax",
    "input_scale": 1 / 255,
    "dtype": "float32",
}
ARRAYS = {
    "layers.0.W": np.full((784, 2), 0.5, np.float32),
    "layers.0.b": np.zeros(2, np.float32),
    "layers.1.W": np.ones((2, 10), np.float32),
    "layers.1.b": np.zeros(10, np.float32),
}


def file(
    arrays: dict[str, np.ndarray] | None = None, network: str | None = None, **description: Any
) -> bytes:
    """Return the bytes of a valid model file with the given parts replaced."""
    text = json.dumps(DESCRIPTION | description) if network is None else network
    return safetensors.numpy.save(
        ARRAYS if arrays is None else arrays, {"format": FORMAT, "network": text}
    )


def raw(header: object, body: bytes = b"") -> bytes:
    """Return a safetensors file with any header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def refusal(data: bytes) -> str:
    with pytest.raises(ModelError) as refused:
        model_from_bytes(data)
    message = str(refused.value)
    assert message.endswith(".")
    assert len(message) < 500, "an untrusted file does not fill the page"
    return message


def network(dtype: type[np.floating] = np.float32) -> Network:
    return mlp((784, 7, 5, 10), "tanh", "sigmoid", input_scale=0.25, initial_bias=0.1, dtype=dtype)


# Round trips.


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_saved_network_is_loaded_bit_for_bit(tmp_path: Path, dtype: type[np.floating]) -> None:
    saved = network(dtype)
    save_model(saved, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    np.testing.assert_array_equal(loaded.theta, saved.theta, strict=True)
    for attribute in ("sizes", "activation", "output", "input_scale", "dtype"):
        assert getattr(loaded, attribute) == getattr(saved, attribute)
    images = np.random.default_rng(0).integers(0, 256, (9, 28, 28), np.uint8)
    np.testing.assert_array_equal(loaded.predict_proba(images), saved.predict_proba(images))


def test_half_precision_halves_the_size_and_changes_little() -> None:
    saved = network()
    small = model_bytes(saved, np.float16)
    assert len(small) < 0.6 * len(model_bytes(saved))
    loaded = model_from_bytes(small)
    assert loaded.dtype == np.float32, "it computes as before"
    np.testing.assert_allclose(loaded.theta, saved.theta, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("output", OUTPUT_ACTIVATIONS)
@pytest.mark.parametrize("activation", HIDDEN_ACTIVATIONS)
def test_every_kind_of_network_round_trips(activation: str, output: str) -> None:
    loaded = model_from_bytes(model_bytes(mlp((784, 3, 10), activation, output)))
    assert (loaded.activation, loaded.output) == (activation, output)


def test_network_without_hidden_layers_round_trips() -> None:
    saved = mlp((784, 10))
    np.testing.assert_array_equal(model_from_bytes(model_bytes(saved)).theta, saved.theta)


@pytest.mark.parametrize("shrink", SHRINK)
def test_convolutional_network_round_trips(shrink: str) -> None:
    saved = cnn((3, 4), (784, 7, 10), "tanh", kernel_size=3, shrink=shrink)
    loaded = model_from_bytes(model_bytes(saved))
    np.testing.assert_array_equal(loaded.theta, saved.theta, strict=True)
    for attribute in ("sizes", "filters", "kernel_size", "shrink", "activation"):
        assert getattr(loaded, attribute) == getattr(saved, attribute)
    names = [f"layers.{k}.{name}" for k in range(4) for name in "Wb"]
    assert list(arrays_of(loaded)) == names
    assert arrays_of(loaded)["layers.1.W"].shape == (4, 3, 3, 3)


@pytest.mark.parametrize(
    ("convolutions", "message"),
    [
        ({"filters": [3, 4, 5]}, "too few"),
        ({"filters": [10**6]}, "from 1 to 256"),
        ({"filters": "3"}, "up to 4 convolutions"),
        ({"filters": [3], "kernel_size": 0}, "kernel_size"),
        ({"filters": [3], "shrink": "fold"}, "shrink"),
        ({"filters": [3]}, "that it describes: it lacks weights of layer 3, biases of layer 3"),
    ],
)
def test_invalid_convolutions_are_refused(convolutions: dict[str, Any], message: str) -> None:
    complete: dict[str, Any] = {"kernel_size": 5, "shrink": "stride"} | convolutions
    assert message in refusal(file(**complete))


@pytest.mark.parametrize(
    ("missing", "message"),
    [("kernel_size", "how large the filters"), ("shrink", "how the convolutions")],
)
def test_incomplete_convolutions_are_refused(missing: str, message: str) -> None:
    described: dict[str, Any] = {"filters": [3], "kernel_size": 5, "shrink": "stride"}
    del described[missing]
    assert f"does not say {message}" in refusal(file(**described))


def test_networks_without_convolutions_are_described_as_before() -> None:
    assert json.loads(describe(mlp((784, 2, 10)))) == DESCRIPTION


def test_file_is_valid_safetensors(tmp_path: Path) -> None:
    saved = network()
    save_model(saved, tmp_path / "model")
    arrays = safetensors.numpy.load_file(tmp_path / "model")
    assert list(arrays) == [f"layers.{k}.{name}" for k in range(3) for name in "Wb"]
    for array, parameter in zip(arrays.values(), saved.parameters, strict=True):
        np.testing.assert_array_equal(array, parameter, strict=True)


# Atomic writes.


def test_save_replaces_file_without_leftovers(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_text("old")
    save_model(network(), path)
    assert load_model(path).sizes == (784, 7, 5, 10)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("failing", ["replace", "model_bytes"])
def test_failed_save_leaves_the_old_file_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def fail(*arguments: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(os if failing == "replace" else nn.storage, failing, fail)
    path = tmp_path / "model"
    path.write_text("old")
    with pytest.raises(OSError, match="disk is full"):
        save_model(network(), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_missing_folder_raises_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        save_model(network(), tmp_path / "missing" / "model")
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "missing" / "model")


@pytest.mark.parametrize(("weight", "dtype"), [(np.nan, None), (1e5, np.float16)])
def test_unloadable_network_is_not_saved(weight: float, dtype: type | None) -> None:
    saved = network()
    saved.theta[0] = weight
    with pytest.raises(ValueError, match="finite"):
        model_bytes(saved, dtype)


# Invalid files.


def test_unmodified_fixture_file_loads() -> None:
    np.testing.assert_array_equal(model_from_bytes(file()).dense_layers[0].W, ARRAYS["layers.0.W"])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 8,
        b"\xff" * 100,
        b"PK\3\4 a zip file",
        pickle.dumps(ARRAYS),
        file()[:-1],
        file()[:100],
        file()[:7],
        file() + b"\0",
        raw(b"{"),
        raw(b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}"),
        raw({"__metadata__": "text"}),
        raw({"__metadata__": {"format": 1}}),
        raw({"a": {"dtype": "F8_E4M3", "shape": [1], "data_offsets": [0, 1]}}, b"\0"),
        raw({"a": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}, b"\0\0"),
        raw({"a": {"dtype": "F32", "shape": [0, 2**64 - 1], "data_offsets": [0, 0]}}),
        raw({"a": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}),
        raw({"a": {"dtype": "F32", "shape": [1] * 100, "data_offsets": [0, 4]}}, b"\0" * 4),
    ],
    ids=[
        "empty",
        "zero length",
        "huge length",
        "zip",
        "pickle",
        "last byte missing",
        "cut in header",
        "cut in length",
        "extra byte",
        "header not JSON",
        "header nested deeply",
        "metadata a string",
        "metadata a number",
        "dtype F8",
        "dtype BF16",
        "shape overflows",
        "data missing",
        "100 dimensions",
    ],
)
def test_malformed_safetensors_file_is_refused(data: bytes) -> None:
    assert "not a safetensors file" in refusal(data)


@pytest.mark.parametrize(
    "data",
    [
        raw({}),
        raw({"__metadata__": None}),
        raw({"__metadata__": {}}),
        safetensors.numpy.save(ARRAYS),
        safetensors.numpy.save(ARRAYS, {"format": "pt"}),
        safetensors.numpy.save(ARRAYS, {"network": json.dumps(DESCRIPTION)}),
        safetensors.numpy.save(ARRAYS, {"format": "inkling-network-2", "network": "{}"}),
    ],
    ids=["empty", "null", "no metadata", "none", "foreign", "no format", "later format"],
)
def test_foreign_safetensors_file_is_refused(data: bytes) -> None:
    assert "not made by Inkling" in refusal(data)


def test_a_missing_description_is_refused() -> None:
    data = safetensors.numpy.save(ARRAYS, {"format": FORMAT})
    assert "does not say" in refusal(data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "7",
        "{}",
        "{",
        '{"sizes": 784}',
        '{"sizes": null}',
        "[" * 100_000,
        '{"sizes": ' + "[" * 900 + "]" * 900 + "}",
        '{"sizes": [' + "9" * 5000 + "]}",
        *(json.dumps({k: v for k, v in DESCRIPTION.items() if k != key}) for key in DESCRIPTION),
    ],
    ids=lambda text: text[:30],
)
def test_malformed_description_is_refused(text: str) -> None:
    assert "does not say" in refusal(file(network=text))


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("sizes", [], "layers"),
        ("sizes", [784], "layers"),
        ("sizes", [783, 2, 10], "layers"),
        ("sizes", [784, 2, 11], "layers"),
        ("sizes", [784, 0, 10], "layers"),
        ("sizes", [784, -2, 10], "layers"),
        ("sizes", [784, 2.0, 10], "layers"),
        ("sizes", [784, "2", 10], "layers"),
        ("sizes", [784, None, 10], "layers"),
        ("sizes", [784, 4097, 10], "layers"),
        ("sizes", [784, 10**12, 10], "layers"),
        ("sizes", [784, *[2] * 100_000, 10], "layers"),
        ("sizes", "784", "layers"),
        ("sizes", {"784": 1, "10": 2}, "layers"),
        ("activation", "softmax", "softmax"),
        ("activation", "eval", "eval"),
        ("activation", ["relu"], "relu"),
        ("activation", None, "None"),
        ("activation", "x" * 100_000, "x"),
        ("output", "relu", "relu"),
        ("output", {}, "{}"),
        ("input_scale", float("nan"), "nan"),
        ("input_scale", float("inf"), "inf"),
        ("input_scale", 0, "0"),
        ("input_scale", -1, "-1"),
        ("input_scale", 1.5, "1.5"),
        ("input_scale", 10**400, "input_scale"),
        ("input_scale", "1", "'1'"),
        ("input_scale", True, "True"),
        ("dtype", "int8", "int8"),
        ("dtype", "float16", "float16"),
        ("dtype", ["float32"], "float32"),
        ("dtype", None, "None"),
    ],
    ids=lambda part: repr(part)[:30],
)
def test_invalid_description_value_is_refused(key: str, value: Any, expected: str) -> None:
    assert expected in refusal(file(**{key: value}))


def test_boolean_layer_size_is_refused() -> None:
    one_unit = {
        "layers.0.W": np.zeros((784, 1), np.float32),
        "layers.0.b": np.zeros(1, np.float32),
        "layers.1.W": np.zeros((1, 10), np.float32),
        "layers.1.b": np.zeros(10, np.float32),
    }
    assert model_from_bytes(file(one_unit, sizes=[784, 1, 10])).sizes == (784, 1, 10)
    assert "layers" in refusal(file(one_unit, sizes=[784, True, 10]))


def test_huge_layers_are_refused_before_allocation() -> None:
    names = [f"layers.{k}.{name}" for k in range(10) for name in "Wb"]
    arrays = {name: np.zeros(1, np.float32) for name in names}
    assert "4,000,000 parameters" in refusal(file(arrays, sizes=[784, *[4096] * 9, 10]))
    assert "shape" in refusal(file(arrays, sizes=[784, *[512] * 9, 10]))


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {name: ARRAYS[name] for name in list(ARRAYS)[:-1]},
        ARRAYS | {"layers.2.W": np.zeros(1, np.float32)},
        {name.upper(): array for name, array in ARRAYS.items()},
        ARRAYS | {f"layers.{k}.W": np.zeros(1, np.float32) for k in range(1000)},
    ],
    ids=["none", "one missing", "one more", "other names", "a thousand more"],
)
def test_arrays_not_matching_description_are_refused(arrays: dict[str, np.ndarray]) -> None:
    said = refusal(file(arrays))
    assert "do not belong to the layers that it describes: it " in said
    assert "[" not in said
    assert len(said) < 500


@pytest.mark.parametrize(
    ("name", "array", "expected"),
    [
        ("layers.0.W", np.zeros((2, 784), np.float32), "shape"),
        ("layers.0.W", np.zeros(1568, np.float32), "shape"),
        ("layers.0.b", np.zeros((1, 2), np.float32), "shape"),
        ("layers.1.b", np.zeros(0, np.float32), "shape"),
        ("layers.1.b", np.zeros(10, np.int32), "int32"),
        ("layers.1.b", np.zeros(10, np.uint8), "uint8"),
        ("layers.1.b", np.zeros(10, bool), "bool"),
        ("layers.1.b", np.zeros(10, np.complex64), "complex64"),
        ("layers.0.b", np.array([0, np.nan], np.float32), "overflowed"),
        ("layers.0.b", np.array([0, -np.inf], np.float16), "overflowed"),
        ("layers.0.b", np.array([0, 1e300], np.float64), "overflowed"),  # infinite in float32
    ],
    ids=lambda part: str(part)[:20],
)
def test_array_of_wrong_shape_dtype_or_value_is_refused(
    name: str, array: np.ndarray, expected: str
) -> None:
    message = refusal(file(ARRAYS | {name: array}))
    assert {"W": "weights", "b": "biases"}[name[-1]] + f" of layer {int(name[7]) + 1}" in message
    assert expected in message


def test_too_large_file_is_refused_without_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "large"
    with path.open("wb") as large:
        large.truncate(MAX_BYTES + 1)  # a hole: it takes no room on the disk
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail("it was read"))
    with pytest.raises(ModelError, match="32 MiB"):
        load_model(path)


def test_too_many_bytes_are_refused() -> None:
    assert "32 MiB" in refusal(bytes(MAX_BYTES + 1))


def assert_loads_or_raises_model_error(data: bytes) -> None:
    try:
        opened = model_from_bytes(data)
    except ModelError:
        return
    assert np.isfinite(opened.theta).all()
    assert opened.sizes[0] == 784


@given(st.binary(max_size=200), st.booleans())
def test_arbitrary_bytes_load_or_raise_model_error(data: bytes, framed: bool) -> None:
    assert_loads_or_raises_model_error(raw(data) if framed else data)


GOOD = file()
HEADER = 8 + int.from_bytes(GOOD[:8], "little")


@given(st.integers(0, HEADER), st.integers(0, 3), st.binary(max_size=3))
def test_damaged_header_loads_or_raises_model_error(start: int, removed: int, added: bytes) -> None:
    assert_loads_or_raises_model_error(GOOD[:start] + added + GOOD[start + removed :])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(st.sampled_from(list(DESCRIPTION)), json_values)
def test_arbitrary_description_loads_or_raises_model_error(key: str, value: Any) -> None:
    assert_loads_or_raises_model_error(file(**{key: value}))


@given(json_values)
def test_arbitrary_header_loads_or_raises_model_error(header: Any) -> None:
    assert_loads_or_raises_model_error(raw(header))
    assert_loads_or_raises_model_error(raw({"__metadata__": header}))
    assert_loads_or_raises_model_error(raw({"layers.0.W": header}))
    assert_loads_or_raises_model_error(file(network=json.dumps(header)))
