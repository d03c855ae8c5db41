"""What the tests share: real MNIST where it can be had, and a tiny set where it need not be."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from hypothesis import settings

import nn  # noqa: F401 - before NumPy computes anything: it sets the number of BLAS threads
from data_loader import DataError, Dataset, Split, find_mnist, load_mnist
from digits.idx import write_idx
from inkling.runs.run import Event, Run, RunIdentity, finished_run, new_id
from inkling.runs.snapshots import Snapshots
from nn import TrainConfig, Trainer
from nn.training import Recorder

IN_CI = bool(os.environ.get("CI"))

for profile, examples in {"fast": 20, "ci": 50, "long": 1_000}.items():
    settings.register_profile(profile, deadline=None, max_examples=examples)
settings.load_profile("ci" if IN_CI else "fast")  # the option --hypothesis-profile wins


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes `-n auto` starts: one above the cores, as many tests wait."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def missing() -> Callable[[str], NoReturn]:
    """Skip a test whose requirement is missing; in CI, where nothing may be missing, fail."""

    def skip(what: str) -> NoReturn:
        if IN_CI:
            pytest.fail(f"{what} (in CI no test is skipped)")
        pytest.skip(what)

    return skip


@pytest.fixture(scope="session")
def found_mnist(missing: Callable[[str], NoReturn]) -> Dataset | None:
    """MNIST; downloaded in CI, elsewhere None unless its files are found."""
    try:
        return load_mnist() if IN_CI or find_mnist() else None
    except DataError as error:
        if IN_CI:
            missing(f"needs MNIST: {error}")
        return None


@pytest.fixture(scope="session")
def mnist(found_mnist: Dataset | None, missing: Callable[[str], NoReturn]) -> Dataset:
    """MNIST, for tests that assert its own figures."""
    return found_mnist or missing("needs MNIST: start the app once, or set MNIST_DIR")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261120)


def tiny_split(rng: np.random.Generator, n: int) -> Split:
    """Return n images of ten patterns that are easily distinguished, with noise."""
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
    return Dataset("small", "made for the tests", tiny_split(rng, 10_000), tiny_split(rng, 500))


@pytest.fixture(scope="session")
def small_folder(small: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the four files of `small`, for MNIST_DIR."""
    folder = tmp_path_factory.mktemp("small") / "small-digits"
    folder.mkdir()
    for name, split in (("train", small.train), ("t10k", small.test)):
        write_idx(split.images, folder / f"{name}-images-idx3-ubyte")
        write_idx(split.labels, folder / f"{name}-labels-idx1-ubyte")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _runs_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let no test leave a run among the user's own."""
    os.environ["RUNS_DIR"] = str(tmp_path_factory.mktemp("runs") / "runs")


@pytest.fixture(scope="session")
def trained() -> Callable[..., Run]:
    """A function that trains a run, a record after every batch."""

    def train(config: TrainConfig, dataset: Dataset, steps: int = 10**6, **label: Any) -> Run:
        """Return a run of at most so many steps."""
        recorder = Recorder(Trainer(config, dataset))
        network = recorder.trainer.network
        snapshots = Snapshots(len(network.theta))
        history = []
        while not recorder.finished and recorder.trainer.step_count < steps:
            history.append(recorder.step() or recorder.record())
            snapshots.offer(recorder.trainer.step_count, network.theta)
        snapshots.offer(recorder.trainer.step_count, network.theta, last=True)
        known: dict[str, Any] = {"id": new_id(), "name": "run", "visitor_id": "ann", "created": 1e9}
        return finished_run(
            RunIdentity(**(known | label)),
            recorder.trainer,
            history,
            [Event(3, 0.05)],
            snapshots.taken,
            dataset.name,
        )

    return train
