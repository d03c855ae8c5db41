"""The plan of the lesson on the teacher's page: choose it, step through it, print from it."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from inkling.classroom.lesson import Question
from inkling.classroom.lesson_plan import (
    MAX_BYTES,
    LessonPlan,
    Note,
    Place,
    PlanError,
    Step,
    decode_plan,
)
from inkling.classroom.plan_file import OpenPlan, PlanFile
from inkling.exports.config_link import config_from_query
from inkling.lessons.answer_key import answer_key
from inkling.lessons.lesson_plans import lesson_plans
from inkling.lessons.worksheet import worksheet
from inkling.ui import services
from inkling.ui.markdown import escape_markdown
from inkling.ui.teacher.action import teacher_action
from nn import ConfigError

_CHOICE, _FILE = "plan_choice", "plan_file"
_OWN = "own"


def show() -> None:
    """Draw the plan of the class, or the choice of one."""
    st.header("Lesson plan", anchor=False)
    open_plan = _file().read()
    if open_plan is None:
        _show_choice()
    else:
        _show_plan(open_plan)


def _file() -> PlanFile:
    return PlanFile(services.class_files().folder)


def _show_choice() -> None:
    plans = lesson_plans()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choice = st.selectbox(
            "Plan",
            [*plans, _OWN],
            format_func=lambda key: _label(plans[key]) if key in plans else "A plan of your own",
            key=_CHOICE,
            width=420,
            help="A list of steps. Each sends the class a task, a question or both.",
        )
        plan = plans.get(choice)
        if plan is not None:
            st.button("Open the plan", type="primary", on_click=_open, args=(plan,))
            _show_downloads(plan)
    if plan is None:
        plan = _uploaded()
        if plan is not None:
            st.markdown(f"**{escape_markdown(plan.title)}**: {_extent(plan)}.")
            st.button("Open the plan", type="primary", on_click=_open, args=(plan,))
    else:
        _show_notes(plan.about)


def _label(plan: LessonPlan) -> str:
    return f"{plan.title} ({plan.minutes} minutes)"


def _extent(plan: LessonPlan) -> str:
    return f"{len(plan.steps)} steps, {plan.minutes} minutes"


def _uploaded() -> LessonPlan | None:
    """Draw the box for a file; return its plan, None without one or if it cannot be used."""
    file = st.file_uploader(
        "A plan as a Markdown file",
        type=["md", "txt"],
        max_upload_size=1,
        key=_FILE,
        help="Download one of the plans above, change it in any editor, and load it here.",
    )
    if file is None:
        return None
    try:
        plan = decode_plan(file.read(MAX_BYTES + 1))
        for step in plan.steps:
            _check_settings(step)
    except PlanError as error:
        st.error(f"This plan cannot be used. {escape_markdown(str(error))}")
        return None
    return plan


def _check_settings(step: Step) -> None:
    """Raise PlanError if a step leads to settings that Train refuses."""
    for place in (step.place, step.shown):
        if place is not None and place.page == "train":
            try:
                config_from_query(place.query)
            except ConfigError as error:
                raise PlanError(
                    f"Line {step.line}: the step links to settings that cannot be used: {error}."
                ) from error


def _open(plan: LessonPlan) -> None:
    teacher_action(lambda: _file().open(plan))


def _show_plan(open_plan: OpenPlan) -> None:
    """Draw the step that the class has, and the ways to the others."""
    plan, number = open_plan.plan, open_plan.number
    before = sum(step.minutes for step in plan.steps[:number])
    st.progress(
        before / plan.minutes,
        f"{escape_markdown(plan.title)}: step {number} of {len(plan.steps)}, "
        f"until minute {before} of {plan.minutes}",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        _step_button("Previous step", number - 1, open_plan)
        _step_button("Next step", number + 1, open_plan, "primary")
        with st.popover("Material"):
            _show_downloads(plan)
            st.button(
                "Close the plan",
                on_click=lambda: teacher_action(_file().close),
                help="The class keeps its task and its question.",
            )
        if number < len(plan.steps):
            following = plan.steps[number]
            st.caption(
                f"Next: {escape_markdown(following.title)}, {following.minutes} min",
                width="content",
            )
    with st.container(border=True):
        if number:
            _show_step(number, plan.steps[number - 1])
        else:
            _show_notes(plan.about)


def _step_button(label: str, number: int, open_plan: OpenPlan, kind: str = "secondary") -> None:
    exists = 0 <= number <= len(open_plan.plan.steps)
    st.button(
        label,
        type="primary" if kind == "primary" else "secondary",
        disabled=not exists,
        on_click=_go_to,
        args=(number,),
        help=None if exists else "The plan has no such step.",
    )


def _go_to(number: int) -> None:
    """Go to a step, and give the class its task and its question."""

    def write() -> None:
        open_plan = _file().go_to(number)
        if open_plan is None:
            return
        step = open_plan.plan.steps[number - 1] if number else None
        files = services.class_files()
        task = step.as_task(open_plan.id) if step else None
        question = step.as_question(open_plan.id) if step else None
        for asked in files.asked():
            if isinstance(asked, Question) and question is not None and asked.id == question.id:
                question = asked  # with its rounds and votes
        files.change_lesson(replace(files.lesson(), task=task, question=question))

    teacher_action(write)


def _show_step(number: int, step: Step) -> None:
    for_class, for_teacher = st.columns([2, 3], gap="large")
    with for_class:
        st.markdown(f"**{number}. {escape_markdown(step.title)}** · {step.minutes} min")
        _show_notes([Note("Task", step.task), Note("Question", step.question)])
        with st.container(horizontal=True):
            _show_link(step.place, "Open the task here")
            _show_link(step.shown, "Open on the projector")
    with for_teacher:
        _show_notes(step.notes)


def _show_link(place: Place | None, label: str) -> None:
    if place is not None:
        st.page_link(f"pages/{place.page}.py", label=label, query_params=place.query)


def _show_notes(notes: Sequence[Note]) -> None:
    """Draw lines for the teacher."""
    lines = (f"- **{note.word}:** {escape_markdown(note.text)}" for note in notes if note.text)
    st.markdown("\n".join(lines))


def _show_downloads(plan: LessonPlan) -> None:
    """Draw buttons for what is printed or shared."""
    for label, data, name, kind, about in (
        ("Worksheet", worksheet(plan), "inkling-worksheet.html", "text/html", "For the pupils."),
        (
            "Answer key",
            answer_key(),
            "inkling-answers.html",
            "text/html",
            "For you: the answers of all chapters and experiments, and of the twelve questions "
            "before and after the story.",
        ),
        (
            "Plan file",
            plan.source.encode(),
            "inkling-lesson.md",
            "text/markdown",
            "To change in any editor, and to share.",
        ),
    ):
        printed = " Open the file in a browser and print it." if kind == "text/html" else ""
        st.download_button(
            label,
            data,
            name,
            kind,
            on_click="ignore",
            icon=":material/download:",
            help=about + printed,
        )
