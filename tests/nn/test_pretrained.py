"""The networks that ship."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from data_loader import Dataset
from digits.builtin import draw_digits
from nn import load_pretrained, pretrained, recipes
from nn.metrics import accuracy

BYTES = {"conv": 400_000, "dense": 1_200_000}


@pytest.mark.parametrize("name", BYTES)
def test_pretrained_network_matches_its_recipe(name: str) -> None:
    network, config = load_pretrained(name), recipes[pretrained.RECIPES[name]]
    assert network.architecture == config.architecture
    assert network.activation == config.activation
    assert network.input_scale == config.input_scale


def test_default_network_is_one_of_the_two() -> None:
    assert load_pretrained().architecture == load_pretrained(pretrained.DEFAULT).architecture


def test_unknown_network_is_refused_with_the_names_of_those_that_ship() -> None:
    with pytest.raises(ValueError, match="'conv', 'dense', not 'resnet'"):
        load_pretrained("resnet")


@pytest.mark.parametrize(("name", "most"), BYTES.items())
def test_pretrained_file_is_small(name: str, most: int) -> None:
    file = Path(pretrained.__file__).with_name(f"{name}.safetensors")
    assert file.stat().st_size <= most
    assert {array.dtype for array in load_file(file).values()} == {np.dtype("float16")}


@pytest.mark.parametrize("name", BYTES)
def test_stored_results_are_those_of_the_files_that_ship(name: str) -> None:
    stored = json.loads(pretrained.RESULTS.read_text(encoding="utf-8"))[name]
    file = Path(pretrained.__file__).with_name(f"{name}.safetensors")
    renew = "run python -m benchmarks shipped"
    assert stored["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest(), renew
    assert 0.99 < pretrained.accuracy_on_test_images(name) < 1


@pytest.mark.parametrize("name", BYTES)
def test_pretrained_accuracy_on_mnist(mnist: Dataset, name: str) -> None:
    P = load_pretrained(name).predict_proba(mnist.test.images)
    assert accuracy(P, mnist.test.labels) >= 0.994


@pytest.mark.parametrize("name", BYTES)
def test_pretrained_accuracy_on_builtin_digits(name: str) -> None:
    images, labels = draw_digits(1_000, 987)
    # A thick pen has filled the loops of some until nobody can read them.
    assert accuracy(load_pretrained(name).predict_proba(images), labels) >= 0.91
