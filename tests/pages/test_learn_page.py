"""Learn page in AppTest: chapters, runs, questions and saved progress."""

from dataclasses import replace
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from inkling.lessons.content import list_items
from inkling.lessons.story.chapter import Chapter
from inkling.lessons.story.chapters import CHAPTERS
from inkling.ui import services
from inkling.ui.learn import chapter as learn_chapter
from inkling.ui.learn import progress
from inkling.ui.learn.chapter_results import DRAW_RESULT
from nn import TrainConfig
from tests.pages.driver import buttons, open_app, open_page, press, run_until, text


@pytest.fixture
def learn(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Learn page, opened by a visitor with a cookie."""
    cookies = {"inkling_visitor": "c" * 32}
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", cookies)
    open_page(app, "learn")
    return app


def shorten(monkeypatch: pytest.MonkeyPatch, key: str, **changes: Any) -> None:
    """Change the configs that a chapter trains."""
    chapter = CHAPTERS[key]
    assert chapter.trainings is not None
    trainings: dict[str, TrainConfig] = {
        name: replace(config, **changes) for name, config in chapter.trainings().items()
    }
    short: Chapter = replace(chapter, trainings=lambda: trainings)
    monkeypatch.setitem(CHAPTERS, key, short)


def choose(app: AppTest, key: str) -> None:
    app.selectbox(key="story_place").set_value(key).run()


def answer(app: AppTest, key: str, option: int) -> None:
    app.radio(key=f"story_answer_{key}").set_value(option).run()


def progress_text(app: AppTest) -> str:
    return str(app.get("progress")[0].proto.text)


def test_every_chapter_has_a_function_that_draws_its_result() -> None:
    assert set(DRAW_RESULT) == set(CHAPTERS)


def test_first_chapter_is_open_at_first(learn: AppTest) -> None:
    first = next(iter(CHAPTERS.values()))
    assert learn.header[0].value == first.title
    assert first.text in text(learn)
    assert "np.linspace(0, 1, 10_000).reshape(100, 100)" in learn.code[0].value
    assert progress_text(learn).startswith("0 of 13")
    assert learn.button(key="story_back").disabled


def test_run_shows_measured_beside_reported_values(learn: AppTest) -> None:
    assert "Reported" not in text(learn)
    press(learn, "Run it")
    assert "| Shape of the ramp | 100 × 100 | 100 × 100 |" in text(learn)  # noqa: RUF001
    assert CHAPTERS["arrays"].meaning in text(learn)


def test_chapter_is_done_when_run_and_answered_correctly(learn: AppTest) -> None:
    question = CHAPTERS["arrays"].question
    answer(learn, "arrays", (question.correct + 1) % len(question.options))
    assert "Not that one" in text(learn)
    assert question.explanation not in text(learn)
    answer(learn, "arrays", question.correct)
    assert f"**Right.** {question.explanation}" in text(learn)
    assert progress_text(learn).startswith("0 of 13")
    press(learn, "Run it")
    assert progress_text(learn).startswith("1 of 13")


def test_next_and_back_go_through_all_chapters_to_the_summary(learn: AppTest) -> None:
    for chapter in CHAPTERS.values():
        assert learn.header[0].value == chapter.title
        press(learn, "Next")
    assert learn.button(key="story_next").disabled
    for resource in list_items("resources", "Read on"):
        assert resource in text(learn)
    press(learn, "Back")
    assert learn.header[0].value == list(CHAPTERS.values())[-1].title


@pytest.mark.parametrize(
    "key", [key for key, chapter in CHAPTERS.items() if chapter.trainings is None]
)
def test_run_now_works_on_another_data_set(learn: AppTest, key: str) -> None:
    choose(learn, key)
    press(learn, "Run it")
    assert CHAPTERS[key].meaning in text(learn)
    assert "| Here |" in text(learn)


@pytest.mark.parametrize(
    "key", [key for key, chapter in CHAPTERS.items() if chapter.trainings is not None]
)
def test_trainings_are_trained_by_the_queue(
    learn: AppTest, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    smaller = {} if key == "loop" else {"epochs": 1}
    training_size = 300 if key == "loop" else 2_000
    shorten(monkeypatch, key, **smaller, training_size=training_size, validation_size=5_000)
    choose(learn, key)
    assert "TrainConfig(" in learn.code[0].value
    press(learn, "Run it")
    run_until(learn, lambda: CHAPTERS[key].meaning in text(learn))
    assert "| Here |" in text(learn)
    shows_image_8 = key in ("index-8", "distortion")
    assert [link.proto.page for link in learn.get("page_link")] == ["explore"] * shows_image_8
    trainings = CHAPTERS[key].trainings
    assert trainings is not None
    saved = [info for info in services.finished_runs() if info.group == learn_chapter.GROUP]
    assert sorted(info.name for info in saved) == sorted(trainings())


def test_stopped_training_shows_its_result_and_is_not_done(
    learn: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten(monkeypatch, "well-made", epochs=1_000)
    choose(learn, "well-made")
    answer(learn, "well-made", CHAPTERS["well-made"].question.correct)
    press(learn, "Run it")
    run_until(
        learn, lambda: any("images a second" in bar.proto.text for bar in learn.get("progress"))
    )
    press(learn, "Stop")
    run_until(learn, lambda: CHAPTERS["well-made"].meaning in text(learn))
    assert progress_text(learn).startswith("0 of 13")
    assert "Run it again" in buttons(learn)


def test_progress_survives_a_reload(learn: AppTest) -> None:
    press(learn, "Run it")
    answer(learn, "arrays", CHAPTERS["arrays"].question.correct)
    press(learn, "Next")
    again = open_app()
    open_page(again, "learn")
    assert again.header[0].value == CHAPTERS["digits"].title
    assert progress_text(again).startswith("1 of 13")
    press(again, "Back")
    assert "| Shape of the ramp |" in text(again)
    assert again.radio(key="story_answer_arrays").value == CHAPTERS["arrays"].question.correct


def test_another_visitor_has_no_progress(learn: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    press(learn, "Run it")
    press(learn, "Next")
    cookies = {"inkling_visitor": "d" * 32}
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", cookies)
    other = open_app()
    open_page(other, "learn")
    assert other.header[0].value == CHAPTERS["arrays"].title
    assert "Reported" not in text(other)


def test_deleted_run_can_be_run_again(learn: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    shorten(monkeypatch, "well-made", epochs=1)
    choose(learn, "well-made")
    press(learn, "Run it")
    run_until(learn, lambda: CHAPTERS["well-made"].meaning in text(learn))
    for info in services.finished_runs():
        services.visible_runs().delete(info.id)
    st.cache_resource.clear()
    learn.run()
    assert "no longer there" in text(learn)
    assert "Run it again" in buttons(learn)


def test_summary_shows_explanations_of_correctly_answered_questions_only(learn: AppTest) -> None:
    choose(learn, "eta")
    answer(learn, "eta", CHAPTERS["eta"].question.correct)
    choose(learn, progress.SUMMARY)
    assert CHAPTERS["eta"].question.explanation in text(learn)
    assert CHAPTERS["sixteen"].question.explanation not in text(learn)
    press(learn, f"To the chapter “{CHAPTERS['sixteen'].title}”")
    assert learn.header[0].value == CHAPTERS["sixteen"].title


def test_progress_can_be_reset(learn: AppTest) -> None:
    press(learn, "Run it")
    choose(learn, progress.SUMMARY)
    press(learn, "Forget my progress")
    assert learn.header[0].value == CHAPTERS["arrays"].title
    assert "Reported" not in text(learn)


def test_link_opens_a_chapter(learn: AppTest) -> None:
    learn.query_params["chapter"] = "index-8"
    learn.run()
    assert learn.header[0].value == CHAPTERS["index-8"].title
    learn.query_params["chapter"] = "../nowhere"
    learn.run()
    assert learn.header[0].value == CHAPTERS["index-8"].title


def test_progress_that_cannot_be_saved_shows_a_toast_and_stays_for_the_session(
    learn: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "write_visitor_file", lambda name, data: "There is no room.")
    press(learn, "Run it")
    press(learn, "Next")
    assert learn.header[0].value == CHAPTERS["digits"].title
    assert "There is no room." in [toast.value for toast in learn.toast]


@pytest.mark.usefixtures("without_mnist")
def test_without_mnist_the_page_names_the_built_in_digits(app: AppTest) -> None:
    open_page(app, "learn")
    assert "drawn by Inkling" in "\n".join(caption.value for caption in app.caption)
    press(app, "Run it")
    assert "| Shape of the ramp |" in text(app)
