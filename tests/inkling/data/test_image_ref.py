"""Reference to an image: its name, and its form in an address, which is untrusted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_loader import BUILTIN, Dataset
from inkling.data import datasets as datasets_module
from inkling.data.datasets import Datasets
from inkling.data.image_ref import ImageRef, ImageRefError, with_article

FIRST = ImageRef("mnist", "train", 0)
INDEX = st.one_of(st.integers().map(str), st.floats().map(str), st.text(), st.just("9" * 330))
WORD = st.one_of(st.sampled_from(["train", "test", "small", BUILTIN]), st.text())


@pytest.fixture
def datasets(small: Dataset, tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> Datasets:
    """`small` as MNIST, `tiny` as the built-in digits."""
    monkeypatch.setattr(datasets_module, "load_mnist", lambda folder, progress: small)
    monkeypatch.setattr(datasets_module, "load_builtin", lambda progress: tiny)
    datasets = Datasets()
    datasets.find_mnist()
    return datasets


def test_a_reference_has_an_image_a_label_and_a_name(datasets: Datasets, tiny: Dataset) -> None:
    ref = ImageRef("builtin", "test", 7)
    assert np.array_equal(ref.image(datasets), tiny.test.images[7])
    assert ref.label(datasets) == tiny.test.labels[7]
    assert ref.name == "Test image 7"
    assert ImageRef("mnist", "train", 1234).name == "Training image 1,234"


@pytest.mark.parametrize("ref", [ImageRef("builtin", "train", 3), ImageRef("mnist", "test", 499)])
def test_an_address_names_the_same_image_again(datasets: Datasets, ref: ImageRef) -> None:
    assert ImageRef.from_query(ref.to_query(datasets), datasets, FIRST) == ref


def test_missing_parameters_are_those_of_the_default(datasets: Datasets) -> None:
    default = ImageRef("builtin", "test", 0)
    assert ImageRef.from_query({}, datasets, default) is None
    assert ImageRef.from_query({"data": "small"}, datasets, default) is None
    assert ImageRef.from_query({"index": "7"}, datasets, default) == ImageRef("builtin", "test", 7)
    assert ImageRef.from_query({"split": "train"}, datasets, default) == ImageRef(
        "builtin", "train", 0
    )


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"index": "10000"}, "No such training image: they are numbered 0 to 9,999."),
        (
            {"split": "test", "index": "500"},
            "No such test image: they are numbered 0 to 499.",
        ),
        ({"index": "1e400"}, "No such training image"),
        ({"index": "\u0661"}, "No such training image"),
        ({"index": ""}, "No such training image"),
        ({"split": "both", "index": "1"}, "choose training images or test images"),
        ({"data": "no such", "index": "1"}, "a data set that is not available here"),
    ],
)
def test_an_address_without_such_an_image_is_refused(
    datasets: Datasets, query: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ImageRefError, match=sentence):
        ImageRef.from_query(query, datasets, FIRST)


def test_an_untrusted_address_names_an_existing_image_or_is_refused(datasets: Datasets) -> None:
    parameters = st.fixed_dictionaries({}, optional={"data": WORD, "split": WORD, "index": INDEX})

    @given(parameters)
    def check(query: dict[str, str]) -> None:
        try:
            ref = ImageRef.from_query(query, datasets, FIRST)
        except ImageRefError:
            return
        if ref is not None:
            assert ref.image(datasets).shape == (28, 28)
            assert 0 <= ref.label(datasets) <= 9

    check()


def test_article_of_a_digit() -> None:
    assert [with_article(digit) for digit in (0, 1, 8)] == ["a 0", "a 1", "an 8"]
