"""What the address restores after a reload, and when the visitor goes back to it."""

import pytest
from streamlit.testing.v1 import AppTest

from inkling.lessons.failure_lab import FAILURES
from inkling.ui import session_keys
from inkling.ui.mistakes import quiz
from inkling.ui.train.one_run import TIME_MACHINE
from inkling.ui.widgets import address
from tests.pages.driver import APP, button, buttons, open_page, press, run_until, text, train


@pytest.fixture(autouse=True)
def _same_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a reloaded page be the same visitor's, and the browser be never late."""
    cookies = {"inkling_visitor": "a" * 32}
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", cookies)
    monkeypatch.setattr(address, "_LATE", -1.0)


def reload(app: AppTest, page: str) -> AppTest:
    """Return a new session at the address of an open page."""
    reloaded = AppTest.from_file(APP, default_timeout=30).switch_page(f"pages/{page}.py")
    go_to(reloaded, query(app))
    return reloaded


def query(app: AppTest) -> dict[str, str]:
    return {k: v if isinstance(v, str) else v[0] for k, v in app.query_params.items()}


def go_to(app: AppTest, named: dict[str, str]) -> None:
    """Go to an address of the open page, as Back and Forward do."""
    app.query_params.clear()
    app.query_params.update(named)
    app.run()


def test_reload_restores_the_run_and_its_details(app: AppTest) -> None:
    app.run()
    app.slider(key="form_epochs").set_value(1).run()
    train(app)
    first = app.session_state[session_keys.SHOWN_RUN]
    train(app)
    app.selectbox(key=session_keys.SHOWN_RUN).set_value(first).run()
    app.button_group(key=session_keys.RUN_DETAILS).set_value(TIME_MACHINE).run()
    reloaded = reload(app, "train")
    assert reloaded.selectbox(key=session_keys.SHOWN_RUN).value == first
    assert reloaded.button_group(key=session_keys.RUN_DETAILS).value == TIME_MACHINE
    assert not reloaded.warning

    open_page(reloaded, "train", "Saved runs")
    assert query(reloaded).keys() <= {"view", "recipe", "epochs"}
    for box in reloaded.checkbox:
        box.check().run()
    assert "Compared" in [header.value for header in reloaded.header]
    again = reload(reloaded, "train")
    assert [box.value for box in again.checkbox] == [True, True]
    assert not again.warning


def test_reload_restores_an_experiment_and_its_result(app: AppTest) -> None:
    failure = FAILURES["zero-weights"]
    open_page(app.run(), "train", "Failure lab")
    app.button_group(key="failure_choice").set_value(failure.key).run()
    assert reload(app, "train").button_group(key="failure_choice").value == failure.key
    app.radio[0].set_value(2).run()
    press(app, "Run")
    run_until(app, lambda: "Try again" in buttons(app))
    reloaded = reload(app, "train")
    assert f"**What you predicted:** {failure.options[2]}." in text(reloaded)
    press(reloaded, "Try again")
    assert query(reloaded) == {"view": "failures", "experiment": failure.key}


@pytest.mark.parametrize("name", ["zero-weights.9", "zero-weights.0.x", "no-such.0", "race.0", "."])
def test_result_that_does_not_exist_is_left_out(app: AppTest, name: str) -> None:
    app.run()
    go_to(app, {"view": "failures", "experiment": name})
    assert button(app, "Run").disabled


def test_the_round_of_a_link_has_the_same_digits(app: AppTest) -> None:
    def digits(app: AppTest) -> tuple[int, ...]:
        played: tuple[int, ...] = app.session_state["contest_pretrained_mnist"].indices
        return played

    open_page(app.run(), "mistakes", quiz.TITLE)
    press(app, "Start")
    reloaded = reload(app, "mistakes")
    press(reloaded, "Start")
    assert digits(reloaded) == digits(app)
    press(reloaded, "Stop")
    press(reloaded, "Start")
    assert digits(reloaded) != digits(app)


def test_reload_restores_what_was_broken_at_random(app: AppTest) -> None:
    open_page(app.run(), "inside", "Break it")
    press(app, "Randomise again")
    press(app, "Randomise again")
    assert reload(app, "inside").session_state["inside_damage_seed"] == 2


def test_back_returns_to_the_first_recipe_view_and_step(app: AppTest) -> None:
    app.run()
    app.selectbox(key=session_keys.RECIPE).set_value("fast-98").run()
    go_to(app, {})
    assert app.selectbox(key=session_keys.RECIPE).value == "fast-97"
    assert not app.query_params

    open_page(app, "train", "Saved runs")
    go_to(app, {})
    assert app.button_group(key=session_keys.TRAIN_VIEW).value == "One run"

    open_page(app, "inside")
    press(app, "Next")
    assert query(app)["step"]
    go_to(app, {})
    assert not app.query_params


def test_a_page_that_is_opened_again_keeps_its_choices(app: AppTest) -> None:
    app.run()
    app.selectbox(key=session_keys.RECIPE).set_value("fast-98").run()
    open_page(app, "inside")
    go_to(app, {})
    app.switch_page("pages/train.py")
    go_to(app, {})
    assert app.selectbox(key=session_keys.RECIPE).value == "fast-98"
