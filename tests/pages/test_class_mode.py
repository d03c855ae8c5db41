"""Class mode: which runs of others a visitor sees, and what the teacher can do with them."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from inkling.runs.run import Run, RunInfo
from inkling.ui import services, session_keys
from nn import TrainConfig

SECRET = "a long enough secret"
CONFIG = TrainConfig(hidden_sizes=(4,), epochs=1)


@pytest.fixture
def in_class(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("INKLING_CLASS", "1")
    monkeypatch.setenv("INKLING_TEACHER_SECRET", SECRET)
    app.run()
    return app


@pytest.fixture
def other_visitors_run(in_class: AppTest, trained: Callable[..., Run], small: Dataset) -> RunInfo:
    """Saved run of another visitor."""
    run = trained(CONFIG, small, steps=2, name="Somebody's", visitor_id="e" * 32)
    services.run_store().save(run)
    return run.info


def visible_text(app: AppTest) -> str:
    return "\n".join(element.value for element in (*app.markdown, *app.info, *app.caption))


def saved_runs_text(app: AppTest) -> str:
    app.switch_page("pages/train.py").run()
    app.button_group(key=session_keys.TRAIN_VIEW).set_value("Kept runs").run()
    assert not app.exception
    return visible_text(app)


def sign_in(app: AppTest, secret: str) -> None:
    app.switch_page("pages/teacher.py").run()
    app.text_input[0].set_value(secret)
    app.button[0].click().run()
    assert not app.exception


def press(app: AppTest, key: str) -> None:
    app.button(key=key).click().run()
    assert not app.exception


def test_without_class_mode_every_run_is_listed(
    app: AppTest, trained: Callable[..., Run], small: Dataset
) -> None:
    app.run()
    services.run_store().save(
        trained(CONFIG, small, steps=2, name="Somebody's", visitor_id="e" * 32)
    )
    assert "Somebody's" in saved_runs_text(app)


def test_in_class_mode_the_run_of_another_visitor_is_listed_once_published(
    in_class: AppTest, other_visitors_run: RunInfo
) -> None:
    assert "Somebody's" not in saved_runs_text(in_class)
    services._published_runs().publish(other_visitors_run.id)
    assert "Somebody's" in saved_runs_text(in_class)
    assert "Somebody published this run to the class." in visible_text(in_class)
    assert not [b for b in in_class.button if b.key == f"delete_{other_visitors_run.id}"]


def test_unpublished_run_of_another_visitor_cannot_be_opened_by_id(
    in_class: AppTest, other_visitors_run: RunInfo
) -> None:
    in_class.session_state[session_keys.SHOWN_RUN] = other_visitors_run.id
    in_class.switch_page("pages/train.py").run()
    assert not in_class.exception
    assert "Somebody's" not in visible_text(in_class)
    in_class.session_state[session_keys.MODEL] = other_visitors_run.id
    in_class.switch_page("pages/inside.py").run()
    assert not in_class.exception
    assert in_class.selectbox(key=session_keys.MODEL).value == "pretrained"


def test_teacher_page_opens_only_with_the_secret(
    in_class: AppTest, other_visitors_run: RunInfo
) -> None:
    sign_in(in_class, SECRET[:-1])
    assert "That is not the secret" in in_class.error[0].value
    assert "Somebody's" not in visible_text(in_class)
    sign_in(in_class, SECRET)
    assert "Somebody's" in visible_text(in_class)


def test_teacher_removes_a_run(in_class: AppTest, other_visitors_run: RunInfo) -> None:
    sign_in(in_class, SECRET)
    press(in_class, f"teacher_remove_{other_visitors_run.id}")
    assert "Somebody's" not in visible_text(in_class)
    assert services.run_store().runs() == []


def test_teacher_hides_a_published_run(in_class: AppTest, other_visitors_run: RunInfo) -> None:
    services._published_runs().publish(other_visitors_run.id)
    sign_in(in_class, SECRET)
    press(in_class, f"teacher_hide_{other_visitors_run.id}")
    assert services._published_runs().published() == set()


def test_teacher_stops_the_run_of_another_visitor(in_class: AppTest, small: Dataset) -> None:
    job = services.queue().submit(
        TrainConfig(hidden_sizes=(4,), epochs=1_000), small, "e" * 32, name="Endless"
    )
    sign_in(in_class, SECRET)
    assert "Endless" in visible_text(in_class)
    press(in_class, f"teacher_stop_{job.id}")
    for _ in range(200):
        if not job.active:
            break
        in_class.run()
    assert not job.active
    assert job.error == "The teacher stopped this run."


def test_without_class_mode_there_is_no_teacher_page(app: AppTest) -> None:
    app.run()
    with pytest.raises(ValueError, match="Could not find a navigation page"):
        app.switch_page("pages/teacher.py")
