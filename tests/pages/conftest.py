"""The app in a test: real pages on a small data set, without a browser."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import frame, state
from data_loader import Dataset

RunUntil = Callable[[Callable[[], object]], None]
APP = str(Path(__file__).parents[2] / "app.py")


@pytest.fixture
def app(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The app on a fresh server, not yet run."""
    st.cache_resource.clear()
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", {})
    monkeypatch.setattr(frame, "find_mnist", lambda folder: Path("somewhere"))
    monkeypatch.setattr(state, "load_mnist", lambda folder, progress: small)
    yield AppTest.from_file(APP, default_timeout=30)
    st.cache_resource.clear()


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
