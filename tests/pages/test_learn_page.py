"""The Learn page, run by Streamlit's own test harness: read, run, answer, go on, come back."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from inkling.lessons.story.chapter import Chapter
from inkling.lessons.story.chapters import CHAPTERS, RESOURCES
from inkling.ui import services
from inkling.ui.learn import chapter as learn_chapter
from inkling.ui.learn import progress
from inkling.ui.learn.outcomes import DRAW
from nn import TrainConfig

RunUntil = Callable[[Callable[[], object]], None]


@pytest.fixture
def learn(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page, opened by a visitor whom a cookie tells from others."""
    cookies = {"inkling_visitor": "c" * 32}
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", cookies)
    app.switch_page("pages/learn.py").run()
    assert not app.exception
    return app


def shorten(monkeypatch: pytest.MonkeyPatch, key: str, **changes: Any) -> None:
    """Let a chapter train for less long."""
    chapter = CHAPTERS[key]
    assert chapter.trainings is not None
    trainings: dict[str, TrainConfig] = {
        name: replace(config, **changes) for name, config in chapter.trainings().items()
    }
    short: Chapter = replace(chapter, trainings=lambda: trainings)
    monkeypatch.setitem(CHAPTERS, key, short)


def go_to(app: AppTest, key: str) -> None:
    app.selectbox(key="story_place").set_value(key).run()
    assert not app.exception


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click()
    app.run()
    assert not app.exception


def answer(app: AppTest, key: str, option: int) -> None:
    app.radio(key=f"story_answer_{key}").set_value(option).run()
    assert not app.exception


def told(app: AppTest) -> str:
    elements = (*app.markdown, *app.info, *app.success, *app.warning, *app.subheader)
    return "\n".join(element.value for element in elements)


def done(app: AppTest) -> str:
    return str(app.get("progress")[0].proto.text)


def test_every_chapter_has_a_picture_of_its_outcome() -> None:
    assert set(DRAW) == set(CHAPTERS)


def test_the_story_begins_with_its_first_chapter(learn: AppTest) -> None:
    first = next(iter(CHAPTERS.values()))
    assert learn.subheader[0].value == first.title
    assert first.text[0] in told(learn)
    assert "np.linspace(0, 1, 10_000).reshape(100, 100)" in learn.code[0].value
    assert done(learn).startswith("0 of 13")
    assert learn.button(key="story_back").disabled


def test_run_shows_the_numbers_beside_the_reported_ones(learn: AppTest) -> None:
    assert "Reported" not in told(learn)
    press(learn, "Run it")
    assert "| Shape of the ramp | 100 × 100 | 100 × 100 |" in told(learn)  # noqa: RUF001
    assert CHAPTERS["arrays"].meaning in told(learn)


def test_a_chapter_is_done_when_it_has_been_run_and_its_question_answered(learn: AppTest) -> None:
    question = CHAPTERS["arrays"].question
    answer(learn, "arrays", (question.right + 1) % len(question.options))
    assert "Not that one" in told(learn)
    assert question.why not in told(learn)
    answer(learn, "arrays", question.right)
    assert f"**Right.** {question.why}" in told(learn)
    assert done(learn).startswith("0 of 13")
    press(learn, "Run it")
    assert done(learn).startswith("1 of 13")


def test_next_and_back_go_through_all_chapters_to_the_resources(learn: AppTest) -> None:
    for chapter in CHAPTERS.values():
        assert learn.subheader[0].value == chapter.title
        press(learn, "Next")
    assert learn.button(key="story_next").disabled
    for resource in RESOURCES:
        assert f"[{resource.title}]({resource.address})" in told(learn)
    press(learn, "Back")
    assert learn.subheader[0].value == list(CHAPTERS.values())[-1].title


@pytest.mark.parametrize(
    "key", [key for key, chapter in CHAPTERS.items() if chapter.trainings is None]
)
def test_what_runs_at_once_runs_on_any_digits(learn: AppTest, key: str) -> None:
    go_to(learn, key)
    press(learn, "Run it")
    assert CHAPTERS[key].meaning in told(learn)
    assert "| Here |" in told(learn)


@pytest.mark.parametrize(
    "key", [key for key, chapter in CHAPTERS.items() if chapter.trainings is not None]
)
def test_what_trains_is_trained_by_the_queue(
    learn: AppTest, run_until: RunUntil, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    smaller = {} if key == "loop" else {"epochs": 1}
    training_size = 300 if key == "loop" else 2_000
    shorten(monkeypatch, key, **smaller, training_size=training_size, validation_size=5_000)
    go_to(learn, key)
    assert "TrainConfig(" in learn.code[0].value
    press(learn, "Run it")
    run_until(lambda: CHAPTERS[key].meaning in told(learn))
    assert "| Here |" in told(learn)
    trainings = CHAPTERS[key].trainings
    assert trainings is not None
    kept = [info for info in services.finished_runs() if info.group == learn_chapter.GROUP]
    assert sorted(info.name for info in kept) == sorted(trainings())


def test_a_stopped_training_shows_what_came_of_it_and_is_not_done(
    learn: AppTest, run_until: RunUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten(monkeypatch, "well-made", epochs=1_000)
    go_to(learn, "well-made")
    answer(learn, "well-made", CHAPTERS["well-made"].question.right)
    press(learn, "Run it")
    run_until(lambda: any("images a second" in bar.proto.text for bar in learn.get("progress")))
    press(learn, "Stop")
    run_until(lambda: CHAPTERS["well-made"].meaning in told(learn))
    assert done(learn).startswith("0 of 13")
    assert "Run it again" in [button.label for button in learn.button]


def test_progress_is_there_after_a_reload(learn: AppTest) -> None:
    press(learn, "Run it")
    answer(learn, "arrays", CHAPTERS["arrays"].question.right)
    press(learn, "Next")
    again = AppTest.from_file(learn._script_path, default_timeout=30)
    again.switch_page("pages/learn.py").run()
    assert again.subheader[0].value == CHAPTERS["digits"].title
    assert done(again).startswith("1 of 13")
    press(again, "Back")
    assert "| Shape of the ramp |" in told(again)
    assert again.radio(key="story_answer_arrays").value == CHAPTERS["arrays"].question.right


def test_another_visitor_begins_at_the_beginning(
    learn: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(learn, "Run it")
    press(learn, "Next")
    cookies = {"inkling_visitor": "d" * 32}
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", cookies)
    other = AppTest.from_file(learn._script_path, default_timeout=30)
    other.switch_page("pages/learn.py").run()
    assert other.subheader[0].value == CHAPTERS["arrays"].title
    assert "Reported" not in told(other)


def test_a_run_that_is_gone_can_be_run_again(
    learn: AppTest, run_until: RunUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten(monkeypatch, "well-made", epochs=1)
    go_to(learn, "well-made")
    press(learn, "Run it")
    run_until(lambda: CHAPTERS["well-made"].meaning in told(learn))
    for info in services.finished_runs():
        services.visible_runs().delete(info.id)
    st.cache_resource.clear()
    learn.run()
    assert "no longer there" in told(learn)
    assert "Run it again" in [button.label for button in learn.button]


def test_the_ending_gives_the_four_answers_that_were_found(learn: AppTest) -> None:
    go_to(learn, "eta")
    answer(learn, "eta", CHAPTERS["eta"].question.right)
    go_to(learn, progress.END)
    assert CHAPTERS["eta"].question.why in told(learn)
    assert CHAPTERS["sixteen"].question.why not in told(learn)
    press(learn, f"To the chapter “{CHAPTERS['sixteen'].title}”")
    assert learn.subheader[0].value == CHAPTERS["sixteen"].title


def test_one_can_begin_anew(learn: AppTest) -> None:
    press(learn, "Run it")
    go_to(learn, progress.END)
    press(learn, "Forget my progress")
    assert learn.subheader[0].value == CHAPTERS["arrays"].title
    assert "Reported" not in told(learn)


def test_a_link_leads_to_a_chapter(learn: AppTest) -> None:
    learn.query_params["chapter"] = "index-8"
    learn.run()
    assert learn.subheader[0].value == CHAPTERS["index-8"].title
    learn.query_params["chapter"] = "../nowhere"
    learn.run()
    assert learn.subheader[0].value == CHAPTERS["index-8"].title


def test_progress_that_cannot_be_kept_is_told_and_stays_for_the_visit(
    learn: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "write_visitor_file", lambda name, data: "There is no room.")
    press(learn, "Run it")
    press(learn, "Next")
    assert learn.subheader[0].value == CHAPTERS["digits"].title
    assert "There is no room." in [toast.value for toast in learn.toast]


@pytest.mark.usefixtures("without_mnist")
def test_without_mnist_the_story_runs_on_drawn_digits_and_says_so(app: AppTest) -> None:
    app.switch_page("pages/learn.py").run()
    assert "drawn by Inkling" in "\n".join(caption.value for caption in app.caption)
    press(app, "Run it")
    assert "| Shape of the ramp |" in told(app)
