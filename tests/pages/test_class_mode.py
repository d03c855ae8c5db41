"""Class mode: which runs of others a visitor sees, and what the teacher can do with them."""

import hashlib
import json
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextInput

from data_loader import Dataset
from inkling.runs.run import Run, RunInfo
from inkling.server.secret_attempts import INTERVAL, SecretAttempts
from inkling.server.teacher_token import is_teacher_token, teacher_token
from inkling.server.visitor_id import visitor_id_of
from inkling.ui import services, session_keys
from nn import TrainConfig
from tests.pages.driver import buttons, open_app, open_page, press, run_until, text

SECRET = "a long enough secret"
ANN = visitor_id_of("a" * 32)
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


def saved_runs_text(app: AppTest) -> str:
    open_page(app, "train", "Saved runs")
    return text(app)


def sign_in(app: AppTest, secret: str) -> None:
    open_page(app, "teacher")
    secret_box(app).set_value(secret)
    press(app, "Open")


def secret_box(app: AppTest) -> TextInput:
    return next(box for box in app.text_input if box.label == "Teacher's secret")


def connect(monkeypatch: pytest.MonkeyPatch, cookie: str = "", websocket: str = "") -> None:
    """Let the next runs come from a websocket with this cookie and this key."""
    cookies = {"inkling_visitor": cookie} if cookie else {}
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", cookies)
    headers = {"Sec-WebSocket-Key": websocket}
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.headers", headers)


def cookie_written(app: AppTest) -> str:
    """Return the value of the cookie that the next run writes."""
    written = [json.loads(each.proto.json) for each in app.run().get("bidi_component")]
    return next(
        str(data["value"]) for data in written if isinstance(data, dict) and "seconds" in data
    )


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
    assert "Shown to the class by its owner." in text(in_class)
    assert not [b for b in in_class.button if b.key == f"delete_{other_visitors_run.id}"]


def test_unpublished_run_of_another_visitor_cannot_be_opened_by_id(
    in_class: AppTest, other_visitors_run: RunInfo
) -> None:
    in_class.session_state[session_keys.SHOWN_RUN] = other_visitors_run.id
    open_page(in_class, "train")
    assert "Somebody's" not in text(in_class)
    in_class.session_state[session_keys.MODEL] = other_visitors_run.id
    open_page(in_class, "inside")
    assert in_class.selectbox(key=session_keys.MODEL).value == "pretrained"


def test_teacher_page_opens_only_with_the_secret(
    in_class: AppTest, other_visitors_run: RunInfo
) -> None:
    sign_in(in_class, SECRET[:-1])
    assert "That is not the secret" in in_class.error[0].value
    assert "Somebody's" not in text(in_class)
    sign_in(in_class, SECRET)
    assert "Somebody's" in text(in_class)


def test_the_teachers_sign_in_does_not_hold_for_another_cookie(
    in_class: AppTest, other_visitors_run: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, "a" * 32)
    sign_in(in_class, SECRET)
    connect(monkeypatch, "b" * 32)  # who knows the id of the session can connect to it
    in_class.run()
    assert "Somebody's" not in text(in_class)
    assert secret_box(in_class)
    connect(monkeypatch, "a" * 32)
    in_class.run()
    assert "Somebody's" in text(in_class)


def test_buttons_of_a_row_name_its_run_and_its_visitor(
    in_class: AppTest, other_visitors_run: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, "a" * 32)
    sign_in(in_class, SECRET)
    delete = in_class.button(key=f"teacher_delete_{other_visitors_run.id}").label
    assert delete == f"Delete :small[Somebody's, visitor {other_visitors_run.visitor_id[:6]}]"


def test_a_button_of_the_teachers_page_does_nothing_for_another_cookie(
    in_class: AppTest, other_visitors_run: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, "a" * 32)
    sign_in(in_class, SECRET)
    connect(monkeypatch, "b" * 32)
    in_class.button(key=f"teacher_delete_{other_visitors_run.id}").click().run()
    assert services.run_store().runs() == [other_visitors_run]


def test_sign_in_outlives_a_reload_by_a_cookie_of_the_same_visitor(
    in_class: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, "a" * 32)
    sign_in(in_class, SECRET)
    ticket = in_class.session_state["teacher_ticket"][0]
    assert is_teacher_token(ticket, "sign in", ANN)
    cookie = teacher_token("cookie", ANN)
    for visitor, teacher in (("a" * 32, cookie), ("b" * 32, cookie), ("a" * 32, ticket)):
        cookies = {"inkling_visitor": visitor, "inkling_teacher": teacher}
        monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", cookies)
        reloaded = open_page(open_app().run(), "teacher")
        signed_in = (visitor, teacher) == ("a" * 32, cookie)
        assert ("Sign out" in buttons(reloaded)) == signed_in
        if signed_in:
            press(reloaded, "Sign out")
            assert "Sign out" not in buttons(reloaded.run())
            ticket = reloaded.session_state["teacher_ticket"][0]
            assert is_teacher_token(ticket, "sign out", ANN)


def test_without_a_cookie_the_sign_in_holds_for_its_connection_alone(
    in_class: AppTest, other_visitors_run: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, websocket="first")
    sign_in(in_class, SECRET)
    in_class.run()
    assert "Somebody's" in text(in_class)
    cookie = in_class.session_state["inkling_visitor"]
    connect(monkeypatch, websocket="second")
    in_class.run()
    assert "Somebody's" not in text(in_class)
    connect(monkeypatch, cookie, websocket="third")
    in_class.run()
    assert "Somebody's" in text(in_class)


def test_a_visitors_cookie_is_not_told_to_another_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = "from inkling.ui import visitor; visitor.remember_visitor()"
    session = AppTest.from_string(script)
    connect(monkeypatch, websocket="first")
    cookie = cookie_written(session)
    assert cookie_written(session) == cookie
    connect(monkeypatch, websocket="second")
    assert cookie_written(session) != cookie
    connect(monkeypatch, cookie, websocket="third")
    assert cookie_written(session) == cookie


def test_wrong_secrets_of_all_sessions_are_slowed_together_and_logged_without_the_secret(
    in_class: AppTest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    waits: list[float] = []
    attempts = SecretAttempts(clock=lambda: 0.0, sleep=waits.append)
    monkeypatch.setattr(services, "secret_attempts", lambda: attempts)
    sign_in(in_class, "a wrong secret")
    other = open_app().run()
    sign_in(other, "another wrong one")
    sign_in(other, SECRET)
    assert waits == [0.0, INTERVAL, 2 * INTERVAL]
    logged = [record.getMessage() for record in caplog.records if "secret" in record.getMessage()]
    assert len(logged) == 2
    assert "number 2" in logged[1]
    assert "wrong one" not in caplog.text
    assert SECRET not in caplog.text


def test_teacher_removes_a_run(in_class: AppTest, other_visitors_run: RunInfo) -> None:
    sign_in(in_class, SECRET)
    in_class.button(key=f"teacher_delete_{other_visitors_run.id}").click().run()
    assert services.run_store().runs() == []
    owner = other_visitors_run.visitor_id
    assert services.class_files().notices(owner) == ["The teacher deleted your run Somebody's."]
    press(in_class, "Undo")
    assert services.run_store().runs() == [other_visitors_run]
    assert services.class_files().notices(owner)[1:] == [
        "The teacher restored your run Somebody's."
    ]
    assert "Undo" not in buttons(in_class)


def test_teacher_hides_a_published_run(in_class: AppTest, other_visitors_run: RunInfo) -> None:
    services._published_runs().publish(other_visitors_run.id)
    sign_in(in_class, SECRET)
    in_class.button(key=f"teacher_hide_{other_visitors_run.id}").click().run()
    assert services._published_runs().published() == set()


def test_teacher_stops_the_run_of_another_visitor(in_class: AppTest, small: Dataset) -> None:
    job = services.queue().submit(
        TrainConfig(hidden_sizes=(4,), epochs=1_000), small, "e" * 32, name="Endless"
    )
    sign_in(in_class, SECRET)
    assert "Endless" in text(in_class)
    in_class.button(key=f"teacher_stop_{job.id}").click().run()
    run_until(in_class, lambda: not job.active)
    assert job.error == "The teacher stopped this run."
    told = services.class_files().notices("e" * 32)
    assert told == ["The teacher stopped your run Endless."]


def test_damaged_run_is_shown_to_its_owner_and_the_teacher(
    in_class: AppTest,
    trained: Callable[..., Run],
    small: Dataset,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cookie = "1" * 32
    owner = hashlib.sha256(cookie.encode()).hexdigest()[:32]
    run = trained(CONFIG, small, steps=2, visitor_id=owner)
    services.run_store().save(run)
    path = services.run_store().folder / f"{run.info.id}.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    assert "Damaged" not in saved_runs_text(in_class)
    sign_in(in_class, SECRET)
    assert f"{run.info.id[:8]}…, visitor {owner[:6]}" in text(in_class)
    connect(monkeypatch, cookie)
    assert "Damaged" in saved_runs_text(in_class)
    in_class.button(key=f"delete_{run.info.id}").click().run()
    assert services.run_store().runs() == []


def test_without_class_mode_there_is_no_teacher_page(app: AppTest) -> None:
    app.run()
    with pytest.raises(ValueError, match="Could not find a navigation page"):
        app.switch_page("pages/teacher.py")
