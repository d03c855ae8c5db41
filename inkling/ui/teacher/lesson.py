"""What the teacher gives the class: a question, a task, or the board to look at."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from inkling.classroom.lesson import (
    MAX_LIMIT,
    MAX_OPTIONS,
    MAX_TEXT,
    PAGES,
    Lesson,
    LessonError,
    Question,
    Task,
)
from inkling.lessons.failure_lab import EXPERIMENTS
from inkling.lessons.story.chapters import CHAPTERS
from inkling.runs.run import new_id
from inkling.ui import services, visitor
from inkling.ui.markdown import escape_markdown, label_in_row
from inkling.ui.teacher import class_drawings, class_export
from inkling.ui.teacher.action import teacher_action
from inkling.ui.widgets.confirmation import confirmed_button

OWN = "A question of your own"
_POLL_SECONDS = 2.0
_SOURCE, _TEXT, _OPTIONS = "ask_source", "ask_text", "ask_options"
_PAGE, _TASK, _LINK = "send_page", "send_task", "send_link"
_FORGET = "class_forget"
_EYES, _FEW, _DIGIT = "eyes_on_board", "few_controls", "drawn_digit"
_ENDED = (
    "The teacher ended the lesson. Names, votes, finished tasks, drawings and scores of the class "
    "were deleted. Your runs stay."
)
_SWITCHES = (_EYES, _FEW, "max_epochs", "max_units", _DIGIT)


def prepared_questions() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return the predictions of the story and the failure lab: question and answers by title."""
    chapters = {
        f"Chapter {number}: {chapter.title}": (
            chapter.prediction.text,
            tuple(option.text for option in chapter.prediction.options),
        )
        for number, chapter in enumerate(CHAPTERS.values(), 1)
    }
    experiments = {
        f"Failure lab: {experiment.title}": (experiment.question, experiment.options)
        for experiment in EXPERIMENTS.values()
    }
    return chapters | experiments


def show() -> None:
    """Draw the controls of the lesson."""
    lesson = services.class_files().lesson()
    _show_switches(lesson)
    question, task = st.columns(2, gap="large")
    with question:
        st.subheader("Ask the class", anchor=False)
        if lesson.question is None:
            _show_question_form()
        else:
            _show_question(lesson.question)
    with task:
        st.subheader("Send everyone here", anchor=False)
        if lesson.task is None:
            _show_task_form()
        else:
            _show_task(lesson.task)
    if lesson.drawn_digit is not None:
        class_drawings.show(lesson.drawn_digit)
    _show_pupils()


def _change(**changes: Any) -> None:
    """Change the lesson; for callbacks."""
    files = services.class_files()
    teacher_action(lambda: files.change_lesson(replace(files.lesson(), **changes)))


def _change_question(**changes: Any) -> None:
    """Change the question that the class has; for callbacks."""
    files = services.class_files()
    teacher_action(lambda: files.change_lesson(files.lesson().with_question(**changes)))


def _show_switches(lesson: Lesson) -> None:
    """Draw the switches that hold for all pupils, each named as the field of the lesson."""
    for field in _SWITCHES:
        st.session_state[field] = getattr(lesson, field)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link("pages/board.py", label="**Open the board**", icon=":material/co_present:")
        st.toggle(
            "Eyes on the board",
            key=_EYES,
            on_change=_switch,
            args=(_EYES,),
            help="Covers the pages of all pupils with the words “Eyes on the board, please”.",
        )
        st.toggle(
            "Few controls",
            key=_FEW,
            on_change=_switch,
            args=(_FEW,),
            help="Train shows pupils three sliders and Start. Many runs and the Failure lab leave.",
        )
        for field, label in (("max_epochs", "Epochs at most"), ("max_units", "Units at most")):
            st.number_input(
                label,
                min_value=1,
                max_value=MAX_LIMIT,
                value=None,
                placeholder="no limit",
                key=field,
                on_change=_switch,
                args=(field,),
                width=150,
                help="The limits hold for every run that is started from now on, including "
                "yours. Units are those of each hidden layer. Empty the box to remove "
                "the limit.",
            )
        st.selectbox(
            "Draw a digit",
            range(10),
            index=None,
            placeholder="none",
            key=_DIGIT,
            on_change=_switch,
            args=(_DIGIT,),
            width=150,
            help="All pupils are asked to draw it and to send it to the board, which shows the "
            "drawings with the answers of the built-in network, the mistakes first.",
        )


def _switch(field: str) -> None:
    _change(**{field: st.session_state[field]})


def _show_question_form() -> None:
    """Draw the boxes for a question."""
    prepared = prepared_questions()

    def fill() -> None:
        text, options = prepared.get(st.session_state[_SOURCE], ("", ()))
        st.session_state[_TEXT], st.session_state[_OPTIONS] = text, "\n".join(options)

    st.selectbox("Question from", [OWN, *prepared], key=_SOURCE, on_change=fill)
    st.text_area("Question", max_chars=MAX_TEXT, key=_TEXT, height=80)
    st.text_area(
        f"Answers, one per line, at most {MAX_OPTIONS}", max_chars=1_000, key=_OPTIONS, height=130
    )
    st.button("Ask the class", type="primary", on_click=_ask)


def _ask() -> None:
    lines = [line.strip() for line in st.session_state[_OPTIONS].splitlines()]
    options = tuple(line for line in lines if line)
    try:
        question = Question(new_id(), st.session_state[_TEXT].strip(), options)
    except LessonError as error:
        st.toast(escape_markdown(str(error)))
        return
    _change(question=question)


def _show_question(question: Question) -> None:
    """Draw the question that the class has, the number of its votes, and what can be done."""
    st.markdown(f"**{escape_markdown(question.text)}**")
    for option in question.options:
        st.markdown(f"- {escape_markdown(option)}")
    _show_vote_count()

    def button(label: str, primary: bool = False, **changes: object) -> None:
        st.button(
            label,
            type="primary" if primary else "secondary",
            on_click=_change_question,
            kwargs=changes,
        )

    with st.container(horizontal=True):
        if question.open:
            button("End the vote", True, open=False)
        elif question.shown:
            button("Hide the votes", shown=False)
        else:
            button("Show the votes", True, shown=True)
        if not question.open and question.round == 1:
            button("Ask again", round=2, open=True, shown=False)
        confirmed_button(
            "Delete question",
            "The question leaves the board and all pages, and pupils who voted are told. Its votes "
            "stay in the export.",
            "Delete the question",
            key="delete_question",
            on_click=_delete_question,
            args=(question,),
        )


def _delete_question(question: Question) -> None:
    files = services.class_files()

    def delete() -> None:
        files.change_lesson(replace(files.lesson(), question=None))
        for visitor_id in files.voters(question):
            files.tell(visitor_id, f"The teacher deleted the question “{question.text}”.")

    teacher_action(delete)


@st.fragment(run_every=_POLL_SECONDS)
def _show_vote_count() -> None:
    """Draw how many have voted; nothing for another visitor who connected to this session."""
    files = services.class_files()
    question = files.lesson().question
    if question is None or not visitor.is_teacher():
        return
    voted = sum(files.votes(question)[-1])
    again = ", asked again" if question.round == 2 else ""
    st.caption(f"{voted} of {files.size()} have voted{again}.")


def _show_task_form() -> None:
    """Draw the boxes for a task."""
    st.selectbox("Page", PAGES, format_func=str.capitalize, key=_PAGE)
    st.text_area("Task, in words", max_chars=MAX_TEXT, key=_TASK, height=80)
    st.text_input(
        "Or a link, with view and settings",
        key=_LINK,
        max_chars=1_000,
        help="Choose page, view and settings yourself, then copy that page's address to here.",
    )
    st.button("Send everyone", type="primary", on_click=_send)


def _send() -> None:
    link = urlsplit(st.session_state[_LINK].strip())
    linked_page = link.path.rpartition("/")[2]
    page = linked_page if linked_page in PAGES else st.session_state[_PAGE]
    try:
        task = Task(new_id(), st.session_state[_TASK].strip(), page, dict(parse_qsl(link.query)))
    except LessonError as error:
        st.toast(escape_markdown(str(error)))
        return
    _change(task=task)


def _show_task(task: Task) -> None:
    """Draw the task that the class has."""
    st.markdown(f"**{task.page.capitalize()}:** {escape_markdown(task.text)}")
    st.page_link(f"pages/{task.page}.py", label="Open it here", query_params=dict(task.query))
    confirmed_button(
        "Delete task",
        "The task leaves the board and all pages. Who has finished it stays in the export.",
        "Delete the task",
        key="delete_task",
        on_click=_delete_task,
    )


def _delete_task() -> None:
    _change(task=None)


@st.fragment(run_every=_POLL_SECONDS)
def _show_pupils() -> None:
    """Draw who is there and who has finished the task, and the end of the lesson."""
    if not visitor.is_teacher():
        return
    files = services.class_files()
    names, present, task = files.names(), files.present(), files.lesson().task
    finished = files.finished(task.id) if task else set()
    st.subheader(f"In the class: {len(names)}", anchor=False)
    if not names:
        st.caption("Nobody has joined yet. The board shows how.")
    for visitor_id, name in names.items():
        row = f"row_of_{visitor_id}"
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=row):
            notes = "" if visitor_id in present else ", away"
            notes += ", has finished the task" if visitor_id in finished else ""
            st.markdown(f"**{escape_markdown(name)}**{notes}", width="content")
            confirmed_button(
                label_in_row("Remove", name),
                "Name, votes, finished tasks, drawings and score are deleted. The pupil is told, "
                "and can join again under another name. Runs stay.",
                "Remove from the class",
                key=f"remove_pupil_{visitor_id}",
                on_click=_remove_pupil,
                args=(visitor_id,),
            )
    if names or files.lesson() != Lesson():
        class_export.show()
        sure = st.checkbox("End this lesson for all", key=_FORGET)
        st.button(
            "Delete names, votes and tasks",
            disabled=not sure,
            on_click=_forget,
            help="Cannot be undone: export the lesson first. Pupils are told. Runs stay.",
        )


def _remove_pupil(visitor_id: str) -> None:
    teacher_action(lambda: services.class_files().remove(visitor_id))


def _forget() -> None:
    if not visitor.is_teacher():
        return
    for key in (_FORGET, class_export.ARCHIVE):
        st.session_state.pop(key, None)
    files = services.class_files()
    pupils = list(files.names())
    try:
        files.forget()
    except OSError as error:
        st.toast(f"Not everything could be deleted: {escape_markdown(str(error.strerror))}.")
    for visitor_id in pupils:
        files.tell(visitor_id, _ENDED)
