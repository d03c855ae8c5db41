"""What the tests share: real MNIST where it can be had, and a tiny set where it need not be."""

import os
from collections.abc import Callable
from typing import NoReturn

import numpy as np
import pytest
from hypothesis import settings

import nn  # noqa: F401 - before NumPy computes anything: it sets the number of BLAS threads
from data_loader import DataError, Dataset, Split, find_mnist, load_mnist

IN_CI = bool(os.environ.get("CI"))

settings.register_profile("inkling", deadline=None)
settings.load_profile("inkling")


@pytest.fixture(scope="session")
def missing() -> Callable[[str], NoReturn]:
    """Skip a test whose requirement is missing; in CI, where nothing may be missing, fail."""

    def skip(what: str) -> NoReturn:
        if IN_CI:
            pytest.fail(f"{what} (in CI no test is skipped)")
        pytest.skip(what)

    return skip


@pytest.fixture(scope="session")
def mnist(missing: Callable[[str], NoReturn]) -> Dataset:
    """Real MNIST; downloaded in CI, only looked for on a person's machine."""
    try:
        if not IN_CI and find_mnist() is None:
            missing("needs MNIST: start the app once, or set MNIST_DIR")
        return load_mnist()
    except DataError as error:
        missing(f"needs MNIST: {error}")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261120)


def tiny_split(rng: np.random.Generator, n: int) -> Split:
    """Return n images of ten patterns that are easily told apart, with noise."""
    labels = (np.arange(n) % 10).astype(np.uint8)
    images = rng.integers(0, 40, (n, 28, 28), np.uint8)
    for label in range(10):
        images[labels == label, 2 * label : 2 * label + 6, 4:24] += 200
    return Split(images, labels)


@pytest.fixture(scope="session")
def tiny() -> Dataset:
    """Six hundred training and two hundred test images that any network learns at once."""
    rng = np.random.default_rng(7)
    return Dataset("tiny", "made for the tests", tiny_split(rng, 600), tiny_split(rng, 200))


@pytest.fixture(scope="session")
def small() -> Dataset:
    """As `tiny`, but large enough for the usual 5,000 validation images."""
    rng = np.random.default_rng(8)
    return Dataset("small", "made for the tests", tiny_split(rng, 7_000), tiny_split(rng, 500))
