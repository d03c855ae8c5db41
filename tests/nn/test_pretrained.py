"""The pretrained model."""

from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from data_loader import Dataset
from digits.builtin import draw_digits
from nn import load_pretrained, pretrained, recipes
from nn.metrics import accuracy

FILE = Path(pretrained.__file__).with_name("model.safetensors")


def test_pretrained_network_matches_its_recipe() -> None:
    network, config = load_pretrained(), recipes["pretrained"]
    assert network.sizes == config.sizes
    assert network.activation == config.activation
    assert network.input_scale == config.input_scale


def test_pretrained_file_is_small() -> None:
    assert FILE.stat().st_size <= 1_200_000
    assert {array.dtype for array in load_file(FILE).values()} == {np.dtype("float16")}


def test_pretrained_accuracy_on_mnist(mnist: Dataset) -> None:
    P = load_pretrained().predict_proba(mnist.test.images)
    assert accuracy(P, mnist.test.labels) >= 0.994


def test_pretrained_accuracy_on_builtin_digits() -> None:
    images, labels = draw_digits(1_000, 987)
    assert accuracy(load_pretrained().predict_proba(images), labels) >= 0.95
