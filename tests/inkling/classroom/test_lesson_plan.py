"""Plan of a lesson: parsing of untrusted files, and the file of the plan that a class follows."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.classroom.lesson_plan import (
    ABOUT_WORDS,
    MAX_BYTES,
    STEP_WORDS,
    Note,
    Place,
    PlanError,
    Step,
    decode_plan,
    parse_plan,
)
from inkling.classroom.plan_file import PlanFile

PLAN = """# From a drawing to 11.35%

## About

Goal: Say where a network gets what it knows.

## Draw

Minutes: 6
Task: Draw a <b>7</b>.
Link: https://elsewhere.example/train?recipe=fast-97&hidden_sizes=16
Show: /board-is-no-page/draw
Question: Does it learn from it?
- Yes
- No
Ask: Why?
Worksheet: Sketch it.

## Talk

Minutes: 4
Ask: What remains?
"""
LINES = st.one_of(
    st.sampled_from([*PLAN.split("\n"), "# ", "## ", "- ", "Minutes: 0", "Link: /x", "Link: //["]),
    st.tuples(st.sampled_from([*STEP_WORDS, *ABOUT_WORDS]), st.text(max_size=30)).map(": ".join),
    st.text(max_size=40),
)


def test_plan_has_what_its_lines_say() -> None:
    plan = parse_plan(PLAN)
    assert (plan.title, plan.minutes, plan.source) == ("From a drawing to 11.35%", 10, PLAN)
    assert plan.about == (Note("Goal", "Say where a network gets what it knows."),)
    draw, talk = plan.steps
    assert (draw.title, draw.minutes, draw.worksheet) == ("Draw", 6, ["Sketch it."])
    assert draw.place == Place("train", {"recipe": "fast-97", "hidden_sizes": "16"})
    assert draw.shown == Place("draw", {})
    assert draw.notes == [Note("Ask", "Why?")]
    question = draw.as_question("seed")
    assert question is not None
    assert (question.text, question.options) == ("Does it learn from it?", ("Yes", "No"))
    assert talk.as_task("seed") is None
    assert talk.as_question("seed") is None


def test_ids_depend_on_seed_and_step() -> None:
    draw, _ = parse_plan(PLAN).steps
    ids = {each.id for seed in "ab" if (each := draw.as_task(seed))}
    again = draw.as_task("a")
    assert again is not None
    assert len(ids) == 2
    assert again.id in ids


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("# From a drawing to 11.35%", "Draw", "Line 1: a plan begins with “# ” and its title."),
        ("Minutes: 6", "Minutes: six", "Line 9: minutes are a whole number from 1 to 600."),
        ("Minutes: 6\n", "", "Line 7: the step has no line “Minutes:”."),
        ("Ask: Why?", "Why?", "Line 16: begin the line with one of these words"),
        ("Ask: Why?", "Ask:", "Line 16: there is nothing after “Ask:”."),
        ("Goal:", "Task:", "a colon: For, Goal, "),
        ("- No\n", "", "Line 7: a question has 2 to 6 answers"),
        ("- No\n", "- Yes\n", "Line 7: Two answers are the same."),
        ("Ask: Why?", "Ask: Why?\n- Because", "Line 17: an answer stands below its question."),
        ("Task: Draw a <b>7</b>.\n", "", "Line 7: “Task:” and “Link:” belong together"),
        ("/board-is-no-page/draw", "/teacher", "Line 12: a link leads to one of these pages"),
        ("Ask: Why?", "Task: Again.", "Line 16: the step has “Task:” already."),
        ("Draw a", "D" * 301, "Line 7: A task has 1 to 300 characters."),
        ("Sketch it.", "S" * 1_001, "Line 17: the line is longer than 1,000 characters."),
        ("Ask: What remains?\n", "", "Line 19: the step has nothing to do"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_line(old: str, new: str, message: str) -> None:
    with pytest.raises(PlanError, match=re.escape(message)):
        parse_plan(PLAN.replace(old, new))


@pytest.mark.parametrize("source", ["", "# A title\n", "# T\n\nGoal: x\n", "x" * (MAX_BYTES + 1)])
def test_file_without_a_step_is_refused(source: str) -> None:
    with pytest.raises(PlanError):
        parse_plan(source)


def reading(source: str) -> tuple[str, tuple[Step, ...]]:
    """Return why a text is no plan, or its steps."""
    try:
        return "", parse_plan(source).steps
    except PlanError as error:
        return str(error), ()


@given(st.lists(LINES, max_size=12))
def test_any_text_is_a_plan_or_is_refused_with_a_line(lines: list[str]) -> None:
    source = "\n".join(lines)
    for text in (source, PLAN + source):
        message, steps = reading(text)
        assert re.match(r"Line \d+: |The (file|plan) |$", message)
        for step in steps:
            task, question = step.as_task("seed"), step.as_question("seed")
            assert step.minutes
            assert task or question or step.shown or step.notes


@given(st.binary(max_size=60))
def test_any_bytes_are_a_plan_or_are_refused(data: bytes) -> None:
    with pytest.raises(PlanError):
        decode_plan(data)


def test_plan_and_step_are_there_after_a_restart(tmp_path: Path) -> None:
    assert PlanFile(tmp_path / "class").read() is None
    PlanFile(tmp_path / "class").open(parse_plan(PLAN))
    PlanFile(tmp_path / "class").go_to(2)
    PlanFile(tmp_path / "class").go_to(3)
    open_plan = PlanFile(tmp_path / "class").read()
    assert open_plan is not None
    assert (open_plan.plan, open_plan.number) == (parse_plan(PLAN), 2)
    PlanFile(tmp_path / "class").close()
    assert PlanFile(tmp_path / "class").read() is None


@pytest.mark.parametrize("data", [b"", b"[]", b'{"id": 1}', b"\xff"])
def test_damaged_file_holds_no_plan(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(data)
    assert PlanFile(tmp_path).read() is None
