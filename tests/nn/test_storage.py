"""A model on disk: what is saved is loaded to the bit, and nothing else passes as a model."""

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
from nn import ModelError, Network, load_model, mlp, save_model
from nn.activations import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS
from nn.storage import MAX_BYTES, model_bytes, model_from_bytes

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
    """Return the bytes of a good model, except for what is given."""
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
    assert len(message) < 500, "a stranger's file does not fill the page"
    return message


def network(dtype: type[np.floating] = np.float32) -> Network:
    return mlp((784, 7, 5, 10), "tanh", "sigmoid", input_scale=0.25, initial_bias=0.1, dtype=dtype)


# There and back.


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_saved_is_loaded_to_the_bit(tmp_path: Path, dtype: type[np.floating]) -> None:
    saved = network(dtype)
    save_model(saved, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    np.testing.assert_array_equal(loaded.theta, saved.theta, strict=True)
    for attribute in ("sizes", "activation", "output", "input_scale", "dtype"):
        assert getattr(loaded, attribute) == getattr(saved, attribute)
    images = np.random.default_rng(0).integers(0, 256, (9, 28, 28), np.uint8)
    np.testing.assert_array_equal(loaded.predict_proba(images), saved.predict_proba(images))


def test_half_precision_is_half_the_size_and_nearly_the_same() -> None:
    saved = network()
    small = model_bytes(saved, np.float16)
    assert len(small) < 0.6 * len(model_bytes(saved))
    loaded = model_from_bytes(small)
    assert loaded.dtype == np.float32, "it computes as before"
    np.testing.assert_allclose(loaded.theta, saved.theta, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("output", OUTPUT_ACTIVATIONS)
@pytest.mark.parametrize("activation", HIDDEN_ACTIVATIONS)
def test_every_kind_of_network_can_be_kept(activation: str, output: str) -> None:
    loaded = model_from_bytes(model_bytes(mlp((784, 3, 10), activation, output)))
    assert (loaded.activation, loaded.output) == (activation, output)


def test_a_network_without_hidden_layers_can_be_kept() -> None:
    saved = mlp((784, 10))
    np.testing.assert_array_equal(model_from_bytes(model_bytes(saved)).theta, saved.theta)


def test_the_file_is_plain_safetensors(tmp_path: Path) -> None:
    saved = network()
    save_model(saved, tmp_path / "model")
    arrays = safetensors.numpy.load_file(tmp_path / "model")
    assert list(arrays) == [f"layers.{k}.{name}" for k in range(3) for name in "Wb"]
    for array, parameter in zip(arrays.values(), saved.parameters, strict=True):
        np.testing.assert_array_equal(array, parameter, strict=True)


# Whole or not at all.


def test_saving_replaces_the_file_and_leaves_no_other(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_text("old")
    save_model(network(), path)
    assert load_model(path).sizes == (784, 7, 5, 10)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("failing", ["replace", "model_bytes"])
def test_a_failure_leaves_the_old_file_and_nothing_else(
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


def test_a_missing_folder_is_an_error_of_the_file_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        save_model(network(), tmp_path / "missing" / "model")
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "missing" / "model")


@pytest.mark.parametrize(("weight", "dtype"), [(np.nan, None), (1e5, np.float16)])
def test_what_could_not_be_loaded_is_not_saved(weight: float, dtype: type | None) -> None:
    saved = network()
    saved.theta[0] = weight
    with pytest.raises(ValueError, match="finite"):
        model_bytes(saved, dtype)


# Nothing else passes as a model.


def test_the_file_that_the_others_spoil_is_good() -> None:
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
def test_what_is_no_safetensors_file_is_refused(data: bytes) -> None:
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
def test_a_file_from_elsewhere_is_refused(data: bytes) -> None:
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
def test_a_description_that_is_none_is_refused(text: str) -> None:
    assert "does not say" in refusal(file(network=text))


@pytest.mark.parametrize(
    ("key", "value", "said"),
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
def test_a_description_of_no_network_of_ours_is_refused(key: str, value: Any, said: str) -> None:
    assert said in refusal(file(**{key: value}))


def test_true_is_no_number_of_units() -> None:
    one_unit = {
        "layers.0.W": np.zeros((784, 1), np.float32),
        "layers.0.b": np.zeros(1, np.float32),
        "layers.1.W": np.zeros((1, 10), np.float32),
        "layers.1.b": np.zeros(10, np.float32),
    }
    assert model_from_bytes(file(one_unit, sizes=[784, 1, 10])).sizes == (784, 1, 10)
    assert "layers" in refusal(file(one_unit, sizes=[784, True, 10]))


def test_huge_layers_are_refused_before_room_is_made_for_them() -> None:
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
def test_other_arrays_than_described_are_refused(arrays: dict[str, np.ndarray]) -> None:
    assert "arrays" in refusal(file(arrays))


@pytest.mark.parametrize(
    ("name", "array", "said"),
    [
        ("layers.0.W", np.zeros((2, 784), np.float32), "shape"),
        ("layers.0.W", np.zeros(1568, np.float32), "shape"),
        ("layers.0.b", np.zeros((1, 2), np.float32), "shape"),
        ("layers.1.b", np.zeros(0, np.float32), "shape"),
        ("layers.1.b", np.zeros(10, np.int32), "int32"),
        ("layers.1.b", np.zeros(10, np.uint8), "uint8"),
        ("layers.1.b", np.zeros(10, bool), "bool"),
        ("layers.1.b", np.zeros(10, np.complex64), "complex64"),
        ("layers.0.b", np.array([0, np.nan], np.float32), "finite"),
        ("layers.0.b", np.array([0, -np.inf], np.float16), "finite"),
        ("layers.0.b", np.array([0, 1e300], np.float64), "finite"),  # infinite in float32
    ],
    ids=lambda part: str(part)[:20],
)
def test_an_array_of_another_kind_is_refused(name: str, array: np.ndarray, said: str) -> None:
    message = refusal(file(ARRAYS | {name: array}))
    assert name in message
    assert said in message


def test_a_file_too_large_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "large"
    with path.open("wb") as large:
        large.truncate(MAX_BYTES + 1)  # a hole: it takes no room on the disk
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail("it was read"))
    with pytest.raises(ModelError, match="32 MiB"):
        load_model(path)


def test_bytes_that_are_too_many_are_refused() -> None:
    assert "32 MiB" in refusal(bytes(MAX_BYTES + 1))


def opens_or_is_refused(data: bytes) -> None:
    try:
        opened = model_from_bytes(data)
    except ModelError:
        return
    assert np.isfinite(opened.theta).all()
    assert opened.sizes[0] == 784


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_do_any_harm(data: bytes, framed: bool) -> None:
    opens_or_is_refused(raw(data) if framed else data)


GOOD = file()
HEADER = 8 + int.from_bytes(GOOD[:8], "little")


@given(st.integers(0, HEADER), st.integers(0, 3), st.binary(max_size=3))
def test_no_damage_to_the_header_does_any_harm(start: int, removed: int, added: bytes) -> None:
    opens_or_is_refused(GOOD[:start] + added + GOOD[start + removed :])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(st.sampled_from(list(DESCRIPTION)), json_values)
def test_no_value_in_the_description_does_any_harm(key: str, value: Any) -> None:
    opens_or_is_refused(file(**{key: value}))


@given(json_values)
def test_no_header_does_any_harm(header: Any) -> None:
    opens_or_is_refused(raw(header))
    opens_or_is_refused(raw({"__metadata__": header}))
    opens_or_is_refused(raw({"layers.0.W": header}))
    opens_or_is_refused(file(network=json.dumps(header)))
