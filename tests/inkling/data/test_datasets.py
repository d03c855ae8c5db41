"""Data sets in memory."""

import numpy as np
import pytest

from data_loader import BUILTIN, Dataset, MissingData, Progress
from inkling.data import datasets as module
from inkling.data.datasets import Datasets


@pytest.fixture
def datasets(monkeypatch: pytest.MonkeyPatch, small: Dataset, tiny: Dataset) -> Datasets:
    """Data sets: MNIST is `small` (missing from any named folder), the built-in digits `tiny`."""
    builtin = Dataset(BUILTIN, tiny.source, tiny.train, tiny.test)

    def load_mnist(folder: str | None, progress: Progress | None) -> Dataset:
        if folder is not None:
            raise MissingData("nothing there")
        return small

    monkeypatch.setattr(module, "load_mnist", load_mnist)
    monkeypatch.setattr(module, "load_builtin", lambda progress: builtin)
    return Datasets()


def test_three_data_sets_are_available_with_mnist(datasets: Datasets, small: Dataset) -> None:
    assert not datasets.searched_for_mnist
    datasets.find_mnist()
    assert datasets.searched_for_mnist
    assert datasets.names == ("mnist", "builtin", "both")
    assert datasets.get("mnist") is small
    assert [datasets.label(name) for name in datasets.names] == [
        "small",
        "Built-in digits",
        "small and built-in digits",
    ]


def test_only_built_in_digits_are_available_without_mnist(datasets: Datasets) -> None:
    datasets.find_mnist("somewhere")
    assert datasets.searched_for_mnist
    assert datasets.mnist_error == "nothing there"
    assert datasets.names == ("builtin",)
    assert datasets.get("builtin").name == BUILTIN


def test_mnist_found_on_second_search_becomes_the_default(datasets: Datasets) -> None:
    datasets.find_mnist("somewhere")
    datasets.find_mnist()
    assert datasets.mnist_error is None
    assert datasets.names[0] == "mnist"


def test_loaded_data_set_is_returned_without_the_lock(
    datasets: Datasets, small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets.find_mnist()
    monkeypatch.setattr(datasets, "_lock", None)  # entering it would raise
    assert datasets.get("mnist") is small


def test_built_in_digits_are_generated_on_first_use(datasets: Datasets) -> None:
    datasets.find_mnist()
    assert not datasets.is_loaded("builtin")
    both = datasets.get("both")
    assert datasets.is_loaded("builtin")
    assert datasets.get("both") is both
    assert np.array_equal(both.train.images[:600], datasets.get("builtin").train.images)
