"""ONNX files: same probabilities as the network, for every kind of network."""

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from data_loader import Dataset
from inkling.exports.onnx_model import onnx_bytes
from nn import Network, load_pretrained
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
    assert answers(make_network(), images[:0]).shape == (0, 10)


def test_onnx_metadata_describes_the_network(make_network: Any) -> None:
    model = onnx.load_from_string(onnx_bytes(make_network((12,), "tanh", "sigmoid")))
    assert model.producer_name == "Inkling"
    assert "Inkling" in model.doc_string
    assert {entry.key: entry.value for entry in model.metadata_props} == {
        "layers": "784-12-10",
        "activation": "tanh",
        "output": "sigmoid",
    }


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_non_finite_network_is_refused(make_network: Any, value: float) -> None:
    network = make_network()
    network.theta[5] = value
    with pytest.raises(ValueError, match="finite"):
        onnx_bytes(network)
