"""Learn page in AppTest: chapters, predictions, runs, questions and saved progress."""

import re
from dataclasses import replace
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from inkling.lessons.content import list_items
from inkling.lessons.story import before_after
from inkling.lessons.story.by_hand import BLAME_INPUT, BLAME_NETWORK, BLAME_TARGET
from inkling.lessons.story.chapter import Chapter
from inkling.lessons.story.chapters import CHAPTERS
from inkling.ui import services
from inkling.ui.learn import chapter as learn_chapter
from inkling.ui.learn import progress
from inkling.ui.learn.by_hand import BY_HAND
from inkling.ui.learn.chapter_results import DRAW_RESULT
from nn import TrainConfig
from tests.pages.driver import button, buttons, open_app, open_page, press, run_until, text

RUN_KEYS = [key for key, chapter in CHAPTERS.items() if chapter.outcome is not None]
TRAINED_KEYS = [key for key, chapter in CHAPTERS.items() if chapter.trainings is not None]


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


def predict(app: AppTest, key: str, option: int = 0) -> None:
    app.radio(key=f"story_prediction_{key}").set_value(option).run()


def predict_and_run(app: AppTest, key: str) -> None:
    predict(app, key)
    press(app, "Run")


def answer(app: AppTest, key: str, option: int) -> None:
    app.radio(key=f"story_answer_{key}").set_value(option).run()


def finish_first_chapter(app: AppTest) -> None:
    predict_and_run(app, "digits")
    press(app, "Compare")
    answer(app, "digits", CHAPTERS["digits"].question.correct)


def progress_text(app: AppTest) -> str:
    return str(app.get("progress")[0].proto.text)


def has_result(app: AppTest) -> bool:
    return "What did you see?" in "\n".join(field.label for field in app.text_input)


def test_every_chapter_has_a_function_that_draws_it() -> None:
    assert set(DRAW_RESULT) == set(RUN_KEYS)
    assert set(DRAW_RESULT) | set(BY_HAND) == set(CHAPTERS)


def test_first_chapter_is_open_at_first_without_code(learn: AppTest) -> None:
    first = next(iter(CHAPTERS.values()))
    assert learn.header[0].value == first.title
    assert first.text in text(learn)
    assert not learn.code
    assert progress_text(learn).startswith("0 of 14")


def test_code_is_shown_on_demand_and_remembered(learn: AppTest) -> None:
    learn.toggle(key="story_code").set_value(True).run()
    assert "np.linspace(0, 1, 10_000).reshape(100, 100)" in learn.code[0].value
    again = open_app()
    open_page(again, "learn")
    assert again.code
    choose(again, "unit")
    assert again.code


def test_run_waits_for_a_prediction(learn: AppTest) -> None:
    assert button(learn, "Run").disabled
    predict(learn, "digits")
    assert not button(learn, "Run").disabled


def test_result_is_described_before_it_is_explained(learn: AppTest) -> None:
    chapter = CHAPTERS["digits"]
    predict(learn, "digits", 2)
    assert "Correct answers" not in text(learn)
    press(learn, "Run")
    assert "| Correct answers for the first test images |" in text(learn)
    assert "files opened" not in text(learn)
    assert chapter.meaning not in text(learn)
    learn.text_input(key="story_note_digits").set_value("Two fours hardly look alike.").run()
    assert chapter.meaning in text(learn)
    assert "files opened **0**, connections made **0**" in text(learn)
    assert "Compare" not in buttons(learn)
    choose(learn, "unit")
    choose(learn, "digits")
    assert learn.text_input(key="story_note_digits").value == "Two fours hardly look alike."


def test_chapter_is_done_when_run_and_answered_correctly(learn: AppTest) -> None:
    question = CHAPTERS["digits"].question
    predict_and_run(learn, "digits")
    press(learn, "Compare")
    wrong = (question.correct + 1) % len(question.options)
    answer(learn, "digits", wrong)
    assert f"{question.options[wrong].reply} Try again." in text(learn)
    assert progress_text(learn).startswith("0 of 14")
    answer(learn, "digits", question.correct)
    assert f"**Correct.** {question.options[question.correct].reply}" in text(learn)
    assert progress_text(learn).startswith("1 of 14")
    assert any(label.startswith(":green[✓] 1\\. ") for label in buttons(learn))


def test_question_for_a_number(learn: AppTest) -> None:
    finish_first_chapter(learn)
    learn.number_input(key="story_number_digits").set_value(28.0).run()
    assert "28 is not the answer" in text(learn)
    learn.number_input(key="story_number_digits").set_value(784.0).run()
    assert "28 × 28 = 784" in text(learn)


def test_order_of_the_options_differs_between_visitors(
    learn: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = set()
    for digit in "0123456789ab":
        cookies = {"inkling_visitor": digit * 32}
        monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", cookies)
        app = open_app()
        open_page(app, "learn")
        predict_and_run(app, "digits")
        press(app, "Compare")
        orders.add(tuple(app.radio(key="story_answer_digits").options))
    assert len(orders) > 2


def test_next_and_back_go_through_all_chapters_to_the_summary(learn: AppTest) -> None:
    for chapter in CHAPTERS.values():
        assert learn.header[0].value == chapter.title
        press(learn, "Next")
    press(learn, "Next")
    for resource in list_items("resources", "Read on"):
        assert resource in text(learn)
    press(learn, "Next")
    assert learn.header[0].value == "Glossary"
    assert learn.button(key="story_next").disabled
    press(learn, "Back")
    press(learn, "Back")
    press(learn, "Back")
    assert learn.header[0].value == list(CHAPTERS.values())[-1].title


def test_same_questions_before_and_after_show_what_changed(learn: AppTest) -> None:
    press(learn, "Back")
    assert learn.button(key="story_back").disabled
    learn.radio(key="story_before_1").set_value(before_after.items()["1"].correct)
    press(learn, "Save")
    assert "Your answers are saved." in text(learn)
    assert "correct" not in text(learn).replace("the correct answers", "")
    choose(learn, progress.AFTER)
    for key, item in before_after.items().items():
        learn.radio(key=f"story_after_{key}").set_value(item.correct)
    press(learn, "Save")
    assert "**12 of 12** correct, 1 of 12 before the first chapter: a change of +11." in text(learn)
    item = before_after.items()["2"]
    assert f"| {item.text} *{item.options[item.correct]}* |" in text(learn)
    again = open_app()
    open_page(again, "learn")
    assert "**12 of 12** correct" in text(again)


def test_rail_opens_a_chapter(learn: AppTest) -> None:
    learn.button(key="story_open_128").click().run()
    assert learn.header[0].value == CHAPTERS["128"].title
    assert "min" in learn.button(key="story_open_128").label


@pytest.mark.parametrize("key", [key for key in RUN_KEYS if key not in TRAINED_KEYS])
def test_run_now_works_on_another_data_set(learn: AppTest, key: str) -> None:
    choose(learn, key)
    predict_and_run(learn, key)
    assert "| Here |" in text(learn)
    replies = [option.reply for option in CHAPTERS[key].prediction.options]
    assert sum(reply in text(learn) for reply in replies) == 1
    press(learn, "Compare")
    assert CHAPTERS[key].meaning in text(learn)


@pytest.mark.parametrize("key", TRAINED_KEYS)
def test_trainings_are_trained_by_the_queue(
    learn: AppTest, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    smaller = {} if key == "together" else {"epochs": 1}
    training_size = 300 if key == "together" else 2_000
    shorten(monkeypatch, key, **smaller, training_size=training_size, validation_size=5_000)
    choose(learn, key)
    predict_and_run(learn, key)
    run_until(learn, lambda: has_result(learn))
    assert "| Here |" in text(learn)
    shows_image_8 = key == "index-8"
    assert [link.proto.page for link in learn.get("page_link")] == ["explore"] * shows_image_8
    trainings = CHAPTERS[key].trainings
    assert trainings is not None
    saved = [info for info in services.finished_runs() if info.group == learn_chapter.GROUP]
    assert sorted(info.name for info in saved) == sorted(trainings())
    replies = [option.reply for option in CHAPTERS[key].prediction.options]
    assert sum(reply in text(learn) for reply in replies) == 1


def test_data_set_that_is_too_small_for_a_chapter_is_named_with_what_it_has(
    learn: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten(monkeypatch, "well-made", training_size=60_000)
    choose(learn, "well-made")
    predict_and_run(learn, "well-made")
    (error,) = learn.error
    assert error.value.endswith("5,000 are validation images")


def test_unit_is_done_when_it_finds_the_middle(learn: AppTest) -> None:
    choose(learn, "unit")
    assert not learn.slider
    assert text(learn).count("Output: **?**") == 3
    predict(learn, "unit", CHAPTERS["unit"].prediction.correct)
    assert "Done" not in text(learn)
    for place in ("left", "right"):
        learn.slider(key=f"story_{place}").set_value(-1.0).run()
    assert "Done" in text(learn)
    types = [element.type for element in learn.main]
    assert types.index("success") > max(k for k, name in enumerate(types) if name == "slider")
    learn.run()
    assert not learn.get("page_link")
    assert "**As you predicted.**" in text(learn)
    press(learn, "Compare")
    assert [link.proto.page for link in learn.get("page_link")] == ["inside"]
    answer(learn, "unit", CHAPTERS["unit"].question.correct)
    assert progress_text(learn).startswith("1 of 14")


def test_ball_rolls_down_and_out_of_the_valley(learn: AppTest) -> None:
    choose(learn, "eta")
    press(learn, "Step")
    assert "1 step. Weight \N{MINUS SIGN}1.2" in text(learn)
    press(learn, "Reset")
    learn.slider(key="story_ball_rate").set_value(1.2).run()
    press(learn, "Ten steps")
    assert "has left the valley" in text(learn)


def test_four_gradients_are_passed_back_by_hand(learn: AppTest) -> None:
    choose(learn, "blame")
    assert len(learn.get("plotly_chart")) == 1  # the prediction is about the weights in it
    assert not learn.number_input
    predict(learn, "blame", 0)
    learn.number_input(key="story_blame_v1").set_value(7.0).run()
    assert "✗" in text(learn)
    for name, slope in BLAME_NETWORK.gradient(BLAME_INPUT, BLAME_TARGET)._asdict().items():
        learn.number_input(key=f"story_blame_{name}").set_value(slope).run()
    assert "cost **0.5**" in text(learn)
    learn.toggle(key="story_blame_step").set_value(True).run()
    assert "cost **0.0072**" in text(learn)
    assert "**The result:**" in text(learn)


def test_stopped_training_shows_its_result_and_is_not_done(
    learn: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten(monkeypatch, "well-made", epochs=1_000)
    choose(learn, "well-made")
    predict_and_run(learn, "well-made")
    run_until(
        learn, lambda: any("images a second" in bar.proto.text for bar in learn.get("progress"))
    )
    press(learn, "Stop")
    run_until(learn, lambda: has_result(learn))
    press(learn, "Compare")
    answer(learn, "well-made", CHAPTERS["well-made"].question.correct)
    assert progress_text(learn).startswith("0 of 14")
    assert "Run again" in buttons(learn)


def test_reply_is_announced_without_markup_and_in_its_own_chapter_only(
    learn: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken: list[str] = []
    monkeypatch.setattr(
        "inkling.ui.learn.questions.announcement", lambda words, key: spoken.append(words)
    )
    known = progress.Progress(ran={"blame"}, notes={"blame": ""})
    learn.session_state["story_progress"] = known
    choose(learn, "blame")
    learn.number_input(key="story_number_blame").set_value(0.5).run()
    assert spoken[-1] == "0.5 is not the answer. Try again."
    learn.number_input(key="story_number_blame").set_value(-1.0).run()
    assert spoken[-1].startswith("Correct. ")
    assert "should be larger, because" in spoken[-1]
    choose(learn, "eta")
    assert spoken[-1] == ""


def test_progress_survives_a_reload(learn: AppTest) -> None:
    finish_first_chapter(learn)
    press(learn, "Next")
    again = open_app()
    open_page(again, "learn")
    assert again.header[0].value == CHAPTERS["unit"].title
    assert progress_text(again).startswith("1 of 14")
    press(again, "Back")
    assert "| Correct answers for the first test images |" in text(again)
    assert again.radio(key="story_prediction_digits").value == 0
    assert again.radio(key="story_answer_digits").value == CHAPTERS["digits"].question.correct


def test_another_visitor_has_no_progress(learn: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    predict_and_run(learn, "digits")
    press(learn, "Next")
    cookies = {"inkling_visitor": "d" * 32}
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", cookies)
    other = open_app()
    open_page(other, "learn")
    assert other.header[0].value == CHAPTERS["digits"].title
    assert "Reported" not in text(other)


def test_deleted_run_can_be_run_again(learn: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    shorten(monkeypatch, "well-made", epochs=1)
    choose(learn, "well-made")
    predict_and_run(learn, "well-made")
    run_until(learn, lambda: has_result(learn))
    for info in services.finished_runs():
        services.visible_runs().delete(info.id)
    st.cache_resource.clear()
    learn.run()
    assert "This chapter's run is gone" in text(learn)
    assert "Run again" in buttons(learn)


def test_summary_shows_answers_to_correctly_answered_questions_only(learn: AppTest) -> None:
    progress_file = {"eta": CHAPTERS["eta"].question.correct}
    known = progress.Progress(ran={"eta"}, answers=progress_file, notes={"eta": ""})
    learn.session_state["story_progress"] = known
    choose(learn, progress.SUMMARY)
    assert "It decides how long the steps downhill are" in text(learn)
    assert "Because 1,135 of the 10,000 test images are ones" not in text(learn)
    press(learn, f"To the chapter “{CHAPTERS['sixteen'].title}”")
    assert learn.header[0].value == CHAPTERS["sixteen"].title


def test_summary_names_the_sources_of_the_reported_figures(learn: AppTest) -> None:
    choose(learn, progress.SUMMARY)
    assert "Experiment A is described in" in "\n".join(caption.value for caption in learn.caption)


def test_summary_holds_the_visitors_own_numbers(learn: AppTest) -> None:
    predict_and_run(learn, "digits")
    learn.text_input(key="story_note_digits").set_value("Two fours.").run()
    choose(learn, progress.SUMMARY)
    assert "Two fours\\." in text(learn)
    assert "Correct answers for the first test images" in text(learn)
    assert [element.proto.label for element in learn.get("download_button")] == ["Export"]


def test_progress_can_be_reset(learn: AppTest) -> None:
    predict_and_run(learn, "digits")
    choose(learn, progress.SUMMARY)
    press(learn, "Clear my progress")
    assert learn.header[0].value == CHAPTERS["digits"].title
    assert "Reported" not in text(learn)


@pytest.mark.parametrize(
    ("linked", "opened"), [("index-8", "index-8"), ("arrays", "digits"), ("distortion", "by-heart")]
)
def test_link_opens_a_chapter(learn: AppTest, linked: str, opened: str) -> None:
    learn.query_params["chapter"] = linked
    learn.run()
    assert learn.header[0].value == CHAPTERS[opened].title
    learn.query_params["chapter"] = "../nowhere"
    learn.run()
    assert learn.header[0].value == CHAPTERS[opened].title


def test_link_of_a_chapter_shows_the_term_first_and_leaves_the_place(learn: AppTest) -> None:
    choose(learn, "together")
    assert "[Batch](learn?chapter=glossary&term=Batch)" in text(learn)
    other_tab = open_app()
    other_tab.query_params.update(chapter="glossary", term="Batch")
    open_page(other_tab, "learn")
    assert other_tab.header[0].value == "Glossary"
    assert text(other_tab).count("**Batch**: ") == 2
    again = open_app()
    open_page(again, "learn")
    assert again.header[0].value == CHAPTERS["together"].title


def test_link_to_an_unknown_term_shows_the_glossary(learn: AppTest) -> None:
    learn.query_params.update(chapter="glossary", term="<b>")
    learn.run()
    assert learn.header[0].value == "Glossary"
    assert "<b>" not in text(learn)


def test_use_leaves_the_fingerprint_and_teaching_changes_a_copy(
    learn: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten(monkeypatch, "well-made", epochs=1, training_size=2_000)
    choose(learn, "well-made")
    predict_and_run(learn, "well-made")
    run_until(learn, lambda: has_result(learn))
    press(learn, "Compare")
    press(learn, "Use it")
    press(learn, "Teach a copy")
    rows = dict(re.findall(r"^\| (.+?) \| ([0-9a-f]{8}) \|$", text(learn), re.MULTILINE))
    assert len(rows) == 4
    assert len({*rows.values()}) == 2


def test_progress_that_cannot_be_saved_shows_a_toast_and_stays_for_the_session(
    learn: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "write_visitor_file", lambda name, data: "There is no room.")
    predict_and_run(learn, "digits")
    press(learn, "Next")
    assert learn.header[0].value == CHAPTERS["unit"].title
    assert "There is no room." in [toast.value for toast in learn.toast]


@pytest.mark.usefixtures("without_mnist")
def test_without_mnist_the_page_names_the_built_in_digits(app: AppTest) -> None:
    open_page(app, "learn")
    assert "uses the built-in digits" in "\n".join(caption.value for caption in app.caption)
    predict_and_run(app, "digits")
    assert "| Correct answers for the first test images |" in text(app)
    choose(app, "index-8")
    assert "This chapter is about one image of MNIST" in text(app)
    assert "Run" not in buttons(app)
    assert not app.radio


@pytest.mark.usefixtures("without_mnist")
def test_without_mnist_the_chapter_about_its_image_is_locked(app: AppTest) -> None:
    open_page(app, "learn")
    assert progress_text(app).startswith("0 of 13")
    choose(app, "index-8")
    [locked] = app.info
    assert "not available here" in locked.value
    assert button(app, "Next").proto.type == "primary"
    press(app, "Next")
    choose(app, progress.SUMMARY)
    assert "not available here" in text(app)
    assert f"To the chapter “{CHAPTERS['index-8'].title}”" not in buttons(app)
    assert f"To the chapter “{CHAPTERS['sixteen'].title}”" in buttons(app)


@pytest.mark.usefixtures("without_mnist")
def test_without_mnist_no_image_is_compared_with_one_of_mnist(app: AppTest) -> None:
    open_page(app, "learn")
    predict_and_run(app, "digits")
    assert "| The first ten labels |" in text(app)
    assert "Reported" not in text(app)
    choose(app, "random")
    predict_and_run(app, "random")
    assert "Reported (MNIST)" in text(app)
    assert "10.08%, 9.58%, 7.75%" in text(app)
    assert "with 52,766.9" not in text(app)
