"""Plans, worksheets and the answer key that come with Inkling."""

import pytest

from inkling.classroom.lesson_plan import Step
from inkling.exports.config_link import config_from_query, unknown_names
from inkling.lessons.answer_key import CHAPTERS_ON_MNIST, EXPERIMENTS_ON_MNIST, answer_key
from inkling.lessons.failure_lab import EXPERIMENTS, RACE
from inkling.lessons.lesson_plans import lesson_plans
from inkling.lessons.story import before_after, by_hand
from inkling.lessons.story.chapters import CHAPTERS
from inkling.lessons.worksheet import worksheet

STEPS = [
    pytest.param(step, id=f"{name}-{step.line}")
    for name, plan in lesson_plans().items()
    for step in plan.steps
]


def test_three_lessons_with_their_minutes() -> None:
    assert [plan.minutes for plan in lesson_plans().values()] == [50, 90, 240]
    for plan in lesson_plans().values():
        assert {"For", "Goal", "Standard", "Prepare"} <= {note.word for note in plan.about}


@pytest.mark.parametrize("step", STEPS)
def test_steps_have_notes_and_valid_settings(step: Step) -> None:
    words = {note.word for note in step.notes}
    assert words
    if step.question:
        assert "Expect" in words
    for place in (step.place, step.shown):
        if place is not None and place.page == "train":
            config_from_query(place.query)
            assert set(unknown_names(place.query)) <= {"view", "experiment"}


def test_worksheet_leaves_out_what_is_for_the_teacher() -> None:
    plan = lesson_plans()["beginners"]
    page = worksheet(plan).decode()
    for step in plan.steps:
        assert all(text in page for text in (step.question, *step.options, *step.worksheet))
        assert not any(note.text in page for note in step.notes)


def test_answer_key_has_every_chapter_question_and_experiment() -> None:
    page = answer_key().decode().replace("&#x27;", "'")
    for chapter in CHAPTERS.values():
        assert chapter.question.options[chapter.question.correct].text in page
        assert chapter.number_question is None or chapter.number_question.text in page
    for item in before_after.items().values():
        assert item.options[item.correct] in page
    for key, option in EXPERIMENTS_ON_MNIST.items():
        assert EXPERIMENTS[key].options[option] in page
    assert EXPERIMENTS_ON_MNIST.keys() == EXPERIMENTS.keys() - {RACE.key}
    by_run = {key for key, chapter in CHAPTERS.items() if chapter.outcome is not None}
    assert CHAPTERS_ON_MNIST.keys() == by_run - {"index-8"}


def test_answer_to_the_unit_by_hand_is_one() -> None:
    assert by_hand.finds_middle((-1, 1, -1), 0)
