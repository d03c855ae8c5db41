"""The data sets that all visitors share."""

import numpy as np
import pytest

from data_loader import BUILTIN, Dataset, MissingData, Progress
from inkling.data import datasets as module
from inkling.data.datasets import Datasets


@pytest.fixture
def datasets(monkeypatch: pytest.MonkeyPatch, small: Dataset, tiny: Dataset) -> Datasets:
    """Data sets in which `small` is found, unless a folder is named, and `tiny` is built in."""
    builtin = Dataset(BUILTIN, tiny.source, tiny.train, tiny.test)

    def load_mnist(folder: str | None, progress: Progress | None) -> Dataset:
        if folder is not None:
            raise MissingData("nothing there")
        return small

    monkeypatch.setattr(module, "load_mnist", load_mnist)
    monkeypatch.setattr(module, "load_builtin", lambda progress: builtin)
    return Datasets()


def test_with_mnist_there_are_three(datasets: Datasets, small: Dataset) -> None:
    assert not datasets.settled
    datasets.find_mnist()
    assert datasets.settled
    assert datasets.names == ("mnist", "builtin", "both")
    assert datasets.get("mnist") is small
    assert [datasets.label(name) for name in datasets.names] == [
        "small",
        "Built-in digits",
        "small and built-in digits",
    ]


def test_without_mnist_there_are_the_built_in_digits(datasets: Datasets) -> None:
    datasets.find_mnist("somewhere")
    assert datasets.settled
    assert datasets.problem == "nothing there"
    assert datasets.names == ("builtin",)
    assert datasets.get("builtin").name == BUILTIN


def test_mnist_that_is_found_later_takes_its_place(datasets: Datasets) -> None:
    datasets.find_mnist("somewhere")
    datasets.find_mnist()
    assert datasets.problem is None
    assert datasets.names[0] == "mnist"


def test_digits_that_are_there_are_had_while_others_are_still_looked_for(
    datasets: Datasets, small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets.find_mnist()
    monkeypatch.setattr(datasets, "_lock", None)  # who would wait for it breaks off here
    assert datasets.get("mnist") is small


def test_nothing_is_drawn_before_it_is_asked_for(datasets: Datasets) -> None:
    datasets.find_mnist()
    assert not datasets.is_loaded("builtin")
    both = datasets.get("both")
    assert datasets.is_loaded("builtin")
    assert datasets.get("both") is both
    assert np.array_equal(both.train.images[:600], datasets.get("builtin").train.images)
