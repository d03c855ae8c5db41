"""ONNX files: same probabilities as the network, for every kind of network."""

import json
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

import inkling
from data_loader import Dataset
from inkling.exports.onnx_model import onnx_bytes
from nn import Network, cnn, load_pretrained
from nn.activations import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS

TOLERANCE = {"float32": 1e-5, "float64": 1e-12}  # the second only holds if nothing is float32


def answers(network: Network, images: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(onnx_bytes(network), providers=["CPUExecutionProvider"])
    (probabilities,) = session.run(["probabilities"], {"images": images})
    return np.asarray(probabilities)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("output", OUTPUT_ACTIVATIONS)
@pytest.mark.parametrize("activation", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize("hidden", [(), (12,), (12, 9)], ids=str)
def test_onnxruntime_agrees_with_predict_proba(
    make_network: Any,
    images: np.ndarray,
    hidden: tuple[int, ...],
    activation: str,
    output: str,
    dtype: str,
) -> None:
    network = make_network(hidden, activation, output, dtype)
    for n in (1, len(images)):
        probabilities, expected = answers(network, images[:n]), network.predict_proba(images[:n])
        assert probabilities.dtype == expected.dtype
        assert expected.std() > 1e-3, "the answers differ, so that agreeing means something"
        np.testing.assert_allclose(probabilities, expected, rtol=0, atol=TOLERANCE[dtype])


@pytest.mark.parametrize("output", OUTPUT_ACTIVATIONS)
@pytest.mark.parametrize("activation", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize(("filters", "shrink"), [((3,), "stride"), ((3, 5), "pool")])
def test_onnxruntime_agrees_with_a_convolutional_network(
    images: np.ndarray,
    filters: tuple[int, ...],
    shrink: str,
    activation: str,
    output: str,
    dtype: str,
) -> None:
    sizes = (784, 12, 10)
    network = cnn(filters, sizes, activation, output, shrink=shrink, kernel_size=4, dtype=dtype)
    for layer in network.convolutions:
        layer.b[:] = np.linspace(-0.1, 0.1, len(layer.b))
    for n in (1, len(images)):
        probabilities, expected = answers(network, images[:n]), network.predict_proba(images[:n])
        assert expected.std() > 1e-3, "the answers differ, so that agreeing means something"
        assert probabilities.dtype == expected.dtype
        np.testing.assert_allclose(probabilities, expected, rtol=0, atol=TOLERANCE[dtype])


def test_onnx_metadata_names_the_filters() -> None:
    model = onnx.load_from_string(onnx_bytes(cnn((3, 5))))
    layers = next(entry.value for entry in model.metadata_props if entry.key == "layers")
    assert layers == "784-3C5S2-5C5S2-128-10"


def test_the_shipped_model_agrees(images: np.ndarray, tiny: Dataset) -> None:
    network = load_pretrained()
    for some in (images, tiny.test.images):
        np.testing.assert_allclose(
            answers(network, some), network.predict_proba(some), rtol=0, atol=1e-5
        )


def test_raw_pixels(make_network: Any, images: np.ndarray) -> None:
    network = make_network(input_scale=1.0, output="sigmoid", activation="sigmoid")
    np.testing.assert_allclose(
        answers(network, images), network.predict_proba(images), rtol=0, atol=1e-5
    )


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_outputs_that_are_all_0_become_equal_shares(
    make_network: Any, images: np.ndarray, dtype: str
) -> None:
    network = make_network(output="sigmoid", dtype=dtype)
    network.dense_layers[-1].b[:] = -10_000
    assert not network.outputs(images).any()
    np.testing.assert_allclose(answers(network, images), np.full((7, 10), 0.1), rtol=1e-6)


def test_empty_batch_gives_empty_output(make_network: Any, images: np.ndarray) -> None:
    for network in (make_network(), cnn((2,)), cnn((2,), dtype=np.float64)):
        assert answers(network, images[:0]).shape == (0, 10)


def test_onnx_metadata_describes_the_network(make_network: Any) -> None:
    model = onnx.load_from_string(onnx_bytes(make_network((12,), "tanh", "sigmoid")))
    assert model.producer_name == "Inkling"
    assert "Inkling" in model.doc_string
    assert {entry.key: entry.value for entry in model.metadata_props} == {
        "layers": "784-12-10",
        "activation": "tanh",
        "output": "sigmoid",
        "class_names": '["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]',
        "input_scale": repr(1 / 255),
    }
    assert model.producer_version == inkling.__version__
    assert model.model_version == 1


def test_onnxruntime_reads_class_names_input_scale_and_versions(
    make_network: Any, images: np.ndarray
) -> None:
    network = make_network(input_scale=0.01)
    session = onnxruntime.InferenceSession(onnx_bytes(network), providers=["CPUExecutionProvider"])
    about = session.get_modelmeta()
    assert (about.producer_name, about.version) == ("Inkling", 1)
    names = json.loads(about.custom_metadata_map["class_names"])
    (P,) = session.run(["probabilities"], {"images": images})
    assert [names[k] for k in np.asarray(P).argmax(axis=1)] == [
        str(digit) for digit in network.predict_proba(images).argmax(axis=1)
    ]
    scale = float(about.custom_metadata_map["input_scale"])
    scaled = images.reshape(len(images), -1).astype(network.dtype) * network.dtype.type(scale)
    np.testing.assert_allclose(P, network.predict_proba(scaled), rtol=0, atol=1e-5)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_non_finite_network_is_refused(make_network: Any, value: float) -> None:
    network = make_network()
    network.theta[5] = value
    with pytest.raises(ValueError, match="finite"):
        onnx_bytes(network)
