"""The app in a test: real pages on a small data set, without a browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import AppTest

from data_loader import BUILTIN, DataError, Dataset, DownloadFailed
from inkling.data import datasets
from inkling.training.session import run_in_thread
from inkling.ui import services
from inkling.ui.widgets import data_choice
from tests.pages.driver import open_app


class Mnist:
    """What is found when MNIST is looked for: a data set, or the reason why there is none."""

    found: Dataset | DataError

    def load(self, folder: str | None = None, progress: object = None) -> Dataset:
        if isinstance(self.found, DataError):
            raise self.found
        return self.found


@pytest.fixture(scope="session")
def component_manager() -> BidiComponentManager:
    """Components of the installed packages, which Streamlit would look for in each session."""
    manager = BidiComponentManager()
    manager.discover_and_register_components(start_file_watching=False)
    return manager


@pytest.fixture(autouse=True)
def _script_errors_fail_the_test(
    monkeypatch: pytest.MonkeyPatch, component_manager: BidiComponentManager
) -> None:
    """Fail a test at the first run of a script that raises."""
    run = AppTest._run

    def checked(app: AppTest, *arguments: Any, **options: Any) -> AppTest:
        app._bidi_component_manager = component_manager
        run(app, *arguments, **options)
        assert not app.exception
        return app

    monkeypatch.setattr(AppTest, "_run", checked)


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
    """The app on a fresh server without saved runs, not yet run."""
    monkeypatch.setenv("RUNS_DIR", str(tmp_path / "runs"))
    builtin = Dataset(BUILTIN, "made for the tests", small.train, small.test)
    st.cache_resource.clear()
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", {})
    monkeypatch.setattr(data_choice, "find_mnist", lambda folder: Path("somewhere"))
    monkeypatch.setattr(datasets, "load_mnist", mnist_place.load)
    monkeypatch.setattr(datasets, "load_builtin", lambda progress: builtin)
    monkeypatch.setattr(services, "WorkerProcesses", lambda: run_in_thread)
    yield open_app()
    st.cache_resource.clear()


@pytest.fixture
def without_mnist(mnist_place: Mnist) -> None:
    """Let MNIST not be found."""
    mnist_place.found = DownloadFailed("There is no network.")
