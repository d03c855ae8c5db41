"""The active run in the frame of the pages."""

import hashlib

import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from inkling.training.job import TrainingJob
from inkling.ui import services
from inkling.ui.widgets import active_run
from nn import TrainConfig
from tests.pages.driver import APP, run_until

SECRET = "a" * 32


@pytest.fixture
def job(app: AppTest, small: Dataset) -> TrainingJob:
    """A visitor's run, paused before its first batch."""
    config = TrainConfig(hidden_sizes=(8,), epochs=1)
    visitor_id = hashlib.sha256(SECRET.encode()).hexdigest()[:32]
    return services.queue().submit(config, small, visitor_id, "my run", paused=True)


def links(secret: str) -> list[str]:
    """Open the first page as a visitor; return the links to active runs."""
    app = AppTest.from_file(APP, default_timeout=30)  # it draws the frame in its first run only
    app.session_state["inkling_connection"] = ""
    app.session_state["inkling_visitor"] = secret
    app.run()
    return [
        link.proto.label for link in app.get("page_link") if link.proto.label.endswith(" · my run")
    ]


def test_progress_of_a_run_is_shown_until_it_ends(app: AppTest, job: TrainingJob) -> None:
    assert links(SECRET) == ["**Paused at 0%** · my run"]
    services.queue().resume(job)
    run_until(app, lambda: not job.active)
    assert links(SECRET) == []


def test_train_is_drawn_again_for_a_run_that_another_tab_started(
    app: AppTest, job: TrainingJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    active = [None, job, job, job]  # none when the page is drawn, one when it is polled
    monkeypatch.setattr(active_run, "_active_job", lambda: active.pop(0))
    app.run()
    assert active == []


def test_another_visitors_run_is_not_shown(job: TrainingJob) -> None:
    assert job.active
    assert links("b" * 32) == []
