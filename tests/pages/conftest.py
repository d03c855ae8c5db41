"""The app in a test: real pages on a small data set, without a browser."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from data_loader import BUILTIN, DataError, Dataset, DownloadFailed
from inkling.data import datasets
from inkling.training.session import run_in_thread
from inkling.ui import services
from inkling.ui.widgets import data_choice

RunUntil = Callable[[Callable[[], object]], None]
APP = str(Path(__file__).parents[2] / "app.py")


def button(app: AppTest, label: str) -> Button:
    """Return the first button with a label."""
    return next(b for b in app.button if b.label == label)


def text(app: AppTest) -> str:
    """Return the Markdown of all text elements."""
    return "\n".join(markdown.value for markdown in app.markdown)


class Mnist:
    """What is found when MNIST is looked for: a data set, or the reason why there is none."""

    found: Dataset | DataError

    def load(self, folder: str | None = None, progress: object = None) -> Dataset:
        if isinstance(self.found, DataError):
            raise self.found
        return self.found


@pytest.fixture
def mnist_place(small: Dataset) -> Mnist:
    """`small` stands in for MNIST; a test may hide it."""
    place = Mnist()
    place.found = small
    return place


@pytest.fixture
def app(
    mnist_place: Mnist, small: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[AppTest]:
    """The app on a fresh server without kept runs, not yet run."""
    monkeypatch.setenv("RUNS_DIR", str(tmp_path / "runs"))
    builtin = Dataset(BUILTIN, "made for the tests", small.train, small.test)
    st.cache_resource.clear()
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", {})
    monkeypatch.setattr(data_choice, "find_mnist", lambda folder: Path("somewhere"))
    monkeypatch.setattr(datasets, "load_mnist", mnist_place.load)
    monkeypatch.setattr(datasets, "load_builtin", lambda progress: builtin)
    monkeypatch.setattr(services, "WorkerProcesses", lambda: run_in_thread)
    yield AppTest.from_file(APP, default_timeout=30)
    st.cache_resource.clear()


@pytest.fixture
def without_mnist(mnist_place: Mnist) -> None:
    """Let MNIST not be found."""
    mnist_place.found = DownloadFailed("There is no network.")


@pytest.fixture
def run_until(app: AppTest) -> RunUntil:
    """Run the app again and again, as its fragments would, until something is so."""

    def run(condition: Callable[[], object]) -> None:
        for _ in range(300):
            app.run()
            assert not app.exception
            if condition():
                return
            time.sleep(0.05)
        pytest.fail("it did not happen")

    return run
