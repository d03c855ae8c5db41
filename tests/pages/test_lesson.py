"""A lesson: pupils join, vote and finish tasks; the teacher asks and shows the board."""

import hashlib
import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from data_loader import Dataset
from inkling.classroom.lesson import Lesson, Question, Task
from inkling.classroom.plan_file import PlanFile
from inkling.classroom.score import Score
from inkling.lessons.lesson_plans import lesson_plans
from inkling.lessons.story import before_after
from inkling.lessons.story.progress import Progress
from inkling.server.address import address_for_pupils
from inkling.server.limits import LimitError
from inkling.ui import services
from inkling.ui.classroom import wall
from inkling.ui.classroom.banner import EYES_ON_BOARD
from inkling.ui.teacher import lesson
from nn import TrainConfig
from tests.pages.driver import APP, button, buttons, grid_cells, open_app, open_page, press, text
from tests.pages.test_draw_page import draw

SECRET = "a long enough secret"
PUPIL = "a" * 32
VISITOR = hashlib.sha256(PUPIL.encode()).hexdigest()[:32]
OTHER = "b" * 32
QUESTION = Question("c" * 32, "What will <b>eta</b> 20 do?", ("It learns", "It guesses"))
TASK = Task("d" * 32, "Train with 16 units", "train", {"recipe": "fast-97", "hidden_sizes": "16"})


@pytest.fixture(autouse=True)
def in_class(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKLING_CLASS", "1")
    monkeypatch.setenv("INKLING_TEACHER_SECRET", SECRET)
    cookies = {"inkling_visitor": PUPIL}
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", cookies)


def pupil(**state: object) -> AppTest:
    """Open the first page as a pupil, with the banner, which the first run alone draws here."""
    page = AppTest.from_file(APP, default_timeout=30)
    for key, value in state.items():
        page.session_state[key] = value
    return page.run()


def join(name: str) -> None:
    page = pupil()
    page.text_input(key="class_given_name").set_value(name)
    press(page, "Join the class")


@pytest.fixture
def teacher() -> AppTest:
    """The teacher's page in another session."""
    page = open_page(open_app().run(), "teacher")
    next(box for box in page.text_input if box.label == "Teacher's secret").set_value(SECRET)
    return press(page, "Open")


def component_data(page: AppTest) -> list[object]:
    """Return what the browser's components are given, those that are given anything."""
    return [json.loads(text) for each in page.get("bidi_component") if (text := each.proto.json)]


def front(page: AppTest) -> Block:
    """Return the part of Train's form that is in view."""
    blocks = [page.main]
    while blocks:
        block = blocks.pop()
        if "main_settings" in getattr(block.proto, "id", ""):
            return block
        blocks += [child for child in block.children.values() if isinstance(child, Block)]
    raise AssertionError("the form is not there")


def change(**parts: object) -> None:
    services.class_files().change_lesson(Lesson(**parts))  # type: ignore[arg-type]


def test_without_a_class_there_is_no_banner(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Join the class" in buttons(pupil())
    monkeypatch.delenv("INKLING_CLASS")
    assert "Join the class" not in buttons(pupil())


def test_pupil_joins_changes_the_name_and_is_told_of_a_removal() -> None:
    press(pupil(), "Join the class")
    [animal] = services.class_files().names().values()
    page = pupil()
    assert f"In the class you are **{animal}**" in text(page)
    press(page, "Change the name")
    page = pupil(class_renaming=True)
    assert page.text_input(key="class_given_name").value == animal
    page.text_input(key="class_given_name").set_value("<i>Mia</i>")
    press(page, "Join the class")
    assert services.class_files().names() == {VISITOR: "<i>Mia</i>"}
    assert "<i>" not in text(pupil()).replace("\\<", "")
    services.class_files().remove(VISITOR)
    page = pupil()
    assert "The teacher removed your name" in text(page)
    press(page, "Close")
    assert "The teacher removed your name" not in text(pupil())


def test_pupil_votes_and_sees_the_votes_once_they_are_shown() -> None:
    join("Mia")
    change(question=QUESTION)
    page = pupil()
    assert "<b>" not in page.radio[0].label.replace("\\<", "")
    page.radio[0].set_value(1).run()
    assert services.class_files().votes(QUESTION) == [[0, 1]]
    assert pupil().radio[0].value == 1
    asked = services.class_files().lesson()
    services.class_files().change_lesson(asked.with_question(open=False))
    page = pupil()
    assert "The vote has ended." in text(page)
    assert not page.radio
    services.class_files().change_lesson(asked.with_question(open=False, shown=True))
    page = pupil()
    assert "You voted: It guesses" in text(page)
    assert {"options": list(QUESTION.options), "rounds": [[0, 1]]} in component_data(page)


def test_pupil_gets_and_finishes_a_task() -> None:
    join("Mia")
    change(task=TASK)
    page = pupil()
    assert "Train with 16 units" in text(page)
    press(page, "I have finished")
    assert services.class_files().finished(TASK.id) == {VISITOR}
    assert "I have finished" not in buttons(pupil())


def test_pupils_page_is_covered() -> None:
    assert EYES_ON_BOARD not in component_data(pupil())
    change(eyes_on_board=True)
    assert component_data(pupil()).count(EYES_ON_BOARD) == 2  # spoken and shown


def test_teacher_asks_a_prediction_twice_and_removes_it(teacher: AppTest) -> None:
    title = "Failure lab: Learning rate far too high"
    teacher.selectbox(key="ask_source").set_value(title).run()
    press(teacher, "Ask the class")
    question = services.class_files().lesson().question
    assert question is not None
    assert (question.text, question.options) == lesson.prepared_questions()[title]
    for label in ("End the vote", "Show the votes", "Ask again"):
        press(teacher, label)
    again = services.class_files().lesson().question
    assert again is not None
    assert (again.id, again.round, again.open, again.shown) == (question.id, 2, True, False)
    press(teacher, "End the vote")
    assert "Ask again" not in buttons(teacher)
    files = services.class_files()
    files.join(VISITOR, "Mia")
    files.change_lesson(Lesson(question=again))
    files.vote(VISITOR, again.id, 0, round_=2)
    press(teacher.run(), "Delete the question")
    assert files.lesson() == Lesson()
    assert files.notices(VISITOR) == [f"The teacher deleted the question “{again.text}”."]


def test_unfit_question_and_task_are_refused_in_words(teacher: AppTest) -> None:
    teacher.text_area(key="ask_text").set_value("Which?").run()
    teacher.text_area(key="ask_options").set_value("only one").run()
    press(teacher, "Ask the class")
    assert teacher.toast[0].value == "A question has 2 to 6 answers\\."
    press(teacher, "Send everyone")
    assert teacher.toast[0].value == "A task has 1 to 300 characters\\."
    assert services.class_files().lesson() == Lesson()


def test_every_prepared_question_can_be_asked() -> None:
    for text_, options in lesson.prepared_questions().values():
        assert Question("e" * 32, text_, options)


def test_link_of_a_task_leads_to_its_page_and_settings(teacher: AppTest) -> None:
    teacher.text_area(key="send_task").set_value("Train it").run()
    link = "http://localhost:8501/train?recipe=fast-97&hidden_sizes=16"
    teacher.text_input(key="send_link").set_value(link).run()
    press(teacher, "Send everyone")
    task = services.class_files().lesson().task
    assert task is not None
    assert (task.page, task.query) == ("train", {"recipe": "fast-97", "hidden_sizes": "16"})


def test_teacher_removes_a_pupil_and_ends_the_lesson(teacher: AppTest) -> None:
    files = services.class_files()
    files.join("b" * 32, "Ben")
    files.join("c" * 32, "Cid")
    teacher.run()
    press(teacher, "Remove from the class")
    assert files.names() == {"c" * 32: "Cid"}
    teacher.checkbox(key="class_forget").set_value(True).run()
    press(teacher, "Delete names, votes and tasks")
    assert files.names() == {}
    assert "ended the lesson" in files.notices("c" * 32)[0]


def test_teacher_lowers_the_limits_of_runs(teacher: AppTest) -> None:
    page = open_app().run()
    page.slider(key="form_epochs").set_value(9).run()
    teacher.number_input(key="max_epochs").set_value(2).run()
    teacher.number_input(key="max_units").set_value(16).run()
    page.run()
    assert page.slider(key="form_epochs").value == 2
    assert page.slider(key="form_first").value == 16
    with pytest.raises(LimitError, match="at most 16 units a layer, not 64, and at most 2 epochs"):
        services.queue().submit(
            TrainConfig(hidden_sizes=(64,), epochs=3), services.datasets().get("mnist"), OTHER
        )
    teacher.number_input(key="max_epochs").set_value(None).run()
    assert services.limits().epochs == 1_000


def test_few_controls_of_a_class(teacher: AppTest) -> None:
    page = open_page(open_app().run(), "train", "Failure lab")
    teacher.toggle(key="few_controls").set_value(True).run()
    page.run()
    assert page.button_group(key="train_view").options == ["One run", "Saved runs"]
    assert page.button_group(key="train_view").value == "One run"
    assert [slider.key for slider in front(page).slider] == ["form_first", "form_epochs"]
    assert [slider.key for slider in front(page).select_slider] == ["form_learning_rate"]
    assert "Many runs" in open_page(teacher, "train").button_group(key="train_view").options
    open_page(teacher, "teacher").toggle(key="few_controls").set_value(False).run()
    assert "Failure lab" in page.run().button_group(key="train_view").options


def test_few_controls_by_a_link_hold_until_another_asks_for_all() -> None:
    page = open_app()
    page.query_params["show"] = "few"
    page.query_params["epochs"] = "3"
    views = page.run().button_group(key="train_view")
    assert views.options == ["One run", "Saved runs"]
    assert not page.warning
    assert page.slider(key="form_epochs").value == 3
    assert page.query_params["show"] == "few"
    page.query_params.clear()
    assert len(page.run().button_group(key="train_view").options) == 2
    page.query_params["show"] = "all"
    assert len(page.run().button_group(key="train_view").options) == 4


def test_board_shows_names_votes_and_finished_tasks_to_the_teacher_only(
    teacher: AppTest,
) -> None:
    files = services.class_files()
    files.join(OTHER, "Mia")
    change(question=QUESTION, task=TASK)
    files.vote(OTHER, QUESTION.id, 1)
    files.finish(OTHER, TASK.id)
    board = text(open_page(teacher, "board"))
    for shown in ("1 here: Mia", "1 of 1 have voted", "1 of 1 have finished: Mia"):
        assert shown in board
    assert "Mia" not in text(open_page(open_app().run(), "board"))


def test_drawing_goes_to_the_board_and_is_removed_by_the_teacher(teacher: AppTest) -> None:
    join("Mia")
    teacher.selectbox(key="drawn_digit").set_value(4).run()
    page = pupil()
    assert "The class draws a 4" in text(page)
    assert "Send to the board" in buttons(draw(page))
    press(page, "Send to the board")
    assert list(services.class_files().drawings(4)) == [VISITOR]
    assert "Send to the board" not in buttons(page)
    board = open_page(teacher, "board")
    [cell] = grid_cells(board)
    assert cell["name"].startswith("Drawing 1, read as a")
    assert "The class draws **a 4**" in text(board)
    open_page(teacher, "teacher").session_state["class_picked_drawing"] = VISITOR
    press(teacher.run(), "Delete the drawing")
    assert services.class_files().drawings(4) == {}
    assert "The teacher removed your drawing of a 4" in text(pupil())


def test_best_round_of_beat_the_network_is_on_the_board(teacher: AppTest) -> None:
    join("<b>Mia</b>")
    page = open_page(open_app().run(), "mistakes", "Beat the network")
    assert "The board shows the class your best round, as" in text(page)
    files = services.class_files()
    files.keep_score(VISITOR, Score(7, 6, 10))
    teacher = open_page(teacher, "board")
    teacher.button_group(key="board_setting").set_value("Beat the network").run()
    [table] = teacher.table
    assert list(table.value["Correct"]) == ["**7** of 10"]
    assert "<b>" not in str(table.value["Name"].iloc[0]).replace("\\<", "")


def test_buttons_of_the_teachers_page_do_nothing_for_another_cookie(
    teacher: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = services.class_files()
    files.join(OTHER, "Ben")
    change(eyes_on_board=True)
    teacher.run()
    for act in (
        lambda: button(teacher, "Remove from the class").click(),
        lambda: teacher.toggle(key="eyes_on_board").set_value(False),
        lambda: teacher.number_input(key="max_epochs").set_value(1),
        lambda: button(teacher, "Open the plan").click(),
    ):
        with monkeypatch.context() as other:
            cookies = {"inkling_visitor": "f" * 32}
            other.setattr("streamlit.runtime.context.ContextProxy.cookies", cookies)
            act().run()
        assert files.names() == {OTHER: "Ben"}
        assert files.lesson() == Lesson(eyes_on_board=True)
        assert PlanFile(files.folder).read() is None
        open_page(teacher.run(), "teacher")


def test_lesson_is_exported_for_the_teacher_only(
    teacher: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.class_files().join(OTHER, "Ben")
    teacher.run()
    with monkeypatch.context() as other:
        cookies = {"inkling_visitor": "f" * 32}
        other.setattr("streamlit.runtime.context.ContextProxy.cookies", cookies)
        press(teacher, "Export this lesson")
    assert "class_archive" not in teacher.session_state
    press(open_page(teacher, "teacher"), "Export this lesson")
    downloads = [each.proto.label for each in teacher.get("download_button")]
    assert "Download the archive" in downloads
    with zipfile.ZipFile(io.BytesIO(teacher.session_state["class_archive"])) as file:
        assert len(file.read("before-and-after.csv").splitlines()) == 13
        assert "votes.csv" in file.namelist()


def test_teacher_sees_how_many_answered_how_well_before_and_after(teacher: AppTest) -> None:
    def shown() -> list[object]:
        data = component_data(open_page(teacher, "teacher"))
        return [each["rounds"] for each in data if isinstance(each, dict) and "rounds" in each]

    services.class_files().join(OTHER, "Ben")
    services.class_files().join("c" * 32, "Cid")
    assert shown() == []
    right = {key: item.correct for key, item in before_after.items().items()}
    wrong = {key: (item.correct + 1) % 3 for key, item in before_after.items().items()}
    for id_, before, after in ((OTHER, wrong, right), ("c" * 32, right, {})):
        progress = Progress(before=before, after=after)
        services._visitor_files().write(id_, "progress.json", progress.to_bytes())
    assert shown() == [[[1, 0, 0, 1], [0, 0, 0, 1]]]


def test_wall_shows_mistakes_first_and_of_those_the_most_certain(mnist: Dataset) -> None:
    files = services.class_files()
    for number, label in enumerate([4, 7, 4, 1]):
        files.join(f"{number:032x}", "Mia")
        change(drawn_digit=4)
        image = mnist.test.images[np.flatnonzero(mnist.test.labels == label)[0]]
        files.send_drawing(f"{number:032x}", 4, image)
    answers = wall.read_wall(4).answers
    assert sorted(answers[:2]) == [1, 7]
    assert list(answers[2:]) == [4, 4]


@pytest.mark.parametrize(
    ("url", "own", "address"),
    [
        ("http://localhost:8501/class", "192.0.2.7", "http://192.0.2.7:8501"),
        ("http://127.0.0.1:8501", "192.0.2.7", "http://192.0.2.7:8501"),
        ("https://inkling.example/class?x=1", "192.0.2.7", "https://inkling.example"),
        ("http://[::1]:80/class", None, "http://[::1]:80"),
    ],
)
def test_address_is_one_that_pupils_can_reach(url: str, own: str | None, address: str) -> None:
    assert address_for_pupils(url, own) == address


def test_teacher_steps_through_a_plan(teacher: AppTest) -> None:
    files = services.class_files()
    press(teacher, "Open the plan")
    first, second = lesson_plans()["beginners"].steps[:2]
    press(teacher, "Next step")
    task, question = files.lesson().task, files.lesson().question
    assert task is not None
    assert question is not None
    assert (task.text, question.text) == (first.task, first.question)
    files.join(OTHER, "Mia")
    files.vote(OTHER, question.id, 1)
    press(teacher, "End the vote")
    press(teacher, "Next step")
    assert second.notes[0].text.split()[0] in text(teacher)
    assert files.lesson().task != task
    press(teacher, "Previous step")
    assert files.lesson() == Lesson(replace(question, open=False), task)
    assert files.votes(question)[0][1] == 1
    press(teacher, "Previous step")
    assert files.lesson() == Lesson()
    press(teacher, "Close the plan")
    assert "Open the plan" in buttons(teacher)


def test_plan_of_the_teachers_own_is_loaded_or_refused_in_words(teacher: AppTest) -> None:
    teacher.selectbox(key="plan_choice").set_value("own").run()
    step = "# Mine\n\n## One\n\nMinutes: 5\nTask: Go.\nLink: /train?epochs="
    teacher.file_uploader[0].upload("mine.md", f"{step}x\n".encode(), "text/plain").run()
    assert "Line 3" in teacher.error[0].value
    teacher.file_uploader[0].upload("mine.md", f"{step}2\n".encode(), "text/plain").run()
    press(teacher, "Open the plan")
    press(teacher, "Next step")
    task = services.class_files().lesson().task
    assert task is not None
    assert (task.page, task.query) == ("train", {"epochs": "2"})


PLACES = {
    (place.page, tuple(place.query.items()))
    for plan in lesson_plans().values()
    for step in plan.steps
    for place in (step.place, step.shown)
    if place is not None
}


@pytest.mark.parametrize(("page", "query"), sorted(PLACES))
def test_links_of_the_plans_open(page: str, query: tuple[tuple[str, str], ...]) -> None:
    app = AppTest.from_file(APP, default_timeout=30).switch_page(f"pages/{page}.py")
    for name, value in query:
        app.query_params[name] = value
    app.run()
    assert not app.error
    assert not any("link" in warning.value for warning in app.warning)
    names = dict(query)
    if "view" in names:
        assert (
            app.query_params["view"] == [names["view"]] or app.query_params["view"] == names["view"]
        )
    if "chapter" in names:
        assert app.session_state["story_place"] == names["chapter"]
