"""Limits of the server in AppTest."""

import pytest
from streamlit.testing.v1 import AppTest

from inkling.ui import services, session_keys, visitor


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click()
    app.run()
    assert not app.exception


def test_form_shows_exceeded_limit_and_disables_start(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKLING_MAX_EPOCHS", "1")
    app.run()
    assert "epochs: at most 1 on this server, not 2" in [error.value for error in app.error]
    assert next(b for b in app.button if b.label == "Start").disabled
    app.slider(key=f"{session_keys.FORM_FIELD}epochs").set_value(1).run()
    assert not app.error
    assert not next(b for b in app.button if b.label == "Start").disabled


def test_sweep_beyond_the_limits_is_rejected(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKLING_MAX_UNITS", "64")
    app.run()
    app.button_group(key=session_keys.TRAIN_VIEW).set_value("Many runs").run()
    app.slider(key=f"{session_keys.FORM_FIELD}first").set_value(64).run()
    press(app, next(b.label for b in app.button if b.label.startswith("Start all")))
    assert any("at most 64 units a layer" in error.value for error in app.error)
    assert services.sweeps_of(visitor.visitor_id()) == []


def test_full_queue_shows_an_error(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    app.run()
    queue = services.queue()
    monkeypatch.setattr(queue, "_runs", [object()] * 200)
    press(app, "Start")
    assert any("200 runs are waiting for a free core" in error.value for error in app.error)


def test_invalid_environment_variable_shows_an_error_instead_of_the_page(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKLING_MAX_QUEUE", "many")
    app.run()
    assert not app.exception
    (error,) = app.error
    assert "INKLING" in error.value
    assert "a whole number from 1 to 1,000,000" in error.value
