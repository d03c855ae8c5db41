"""Banner of a lesson on every page of a pupil: name, task, question, and the cover of the page."""

import time

import streamlit as st

from inkling.classroom.lesson import Lesson, LessonError, Question, Task
from inkling.classroom.names import suggested_animal
from inkling.data.image_ref import with_article
from inkling.server.classroom import has_teacher
from inkling.ui import services, visitor
from inkling.ui.components.announcement import announcement
from inkling.ui.components.page_cover import page_cover
from inkling.ui.components.vote_bars import vote_bars
from inkling.ui.markdown import escape_markdown, plain_label

_POLL_SECONDS = 1.0
_POLL_SECONDS_LARGE = 2.0  # in a class of more than `_LARGE` pupils
_LARGE = 40
_SEEN_SECONDS = 20.0  # between two notes that the page is open
_SEEN = "class_seen"  # when that was noted last
_RENAMING = "class_renaming"
_NAME = "class_given_name"
_LONGEST_INPUT = 200  # characters; of a longer name than is kept, the rest is cut
_SUGGESTION = "class_suggestion"
EYES_ON_BOARD = "Eyes on the board, please"
WHAT_IS_SHOWN = (
    "The board shows the class your name, your runs, your best round of Beat the network, and "
    "whether you have finished a task. It counts votes, and never shows whose they are. A drawing "
    "that you send is shown without your name."
)


def show() -> None:
    """Draw the banner, if this server has a class and the visitor is not its teacher."""
    if not has_teacher():
        return
    place = st.container(key="class_banner", gap="small")
    if not visitor.is_teacher():
        with place:
            files = services.class_files()
            every = _POLL_SECONDS_LARGE if files.size() > _LARGE else _POLL_SECONDS
            rules = _rules(files.lesson(), files.name(visitor.visitor_id()))
            st.fragment(_show_lesson, run_every=every)(rules)


def _rules(lesson: Lesson, name: str) -> tuple[object, ...]:
    """Return what changes the page below the banner."""
    return lesson.few_controls, lesson.max_epochs, lesson.max_units, lesson.drawn_digit, bool(name)


def _show_lesson(drawn_for: tuple[object, ...]) -> None:
    """Draw what the teacher has given the class to do now; the whole page if its rules changed."""
    files, pupil = services.class_files(), visitor.visitor_id()
    lesson, name = files.lesson(), files.name(pupil)
    if _rules(lesson, name) != drawn_for:
        st.rerun()
    if time.monotonic() > st.session_state.get(_SEEN, 0) + _SEEN_SECONDS:
        st.session_state[_SEEN] = time.monotonic()
        files.see(pupil)
    with st.container(key="class_notices"):
        _show_notices()
    with st.container(key="class_name"):
        _show_name(name)
    with st.container(key="class_digit"):
        if lesson.drawn_digit is not None and name:
            _show_digit(lesson.drawn_digit, files.drawing(pupil, lesson.drawn_digit) is not None)
    with st.container(key="class_task"):
        if lesson.task is not None and name:
            _show_task(lesson.task, finished=pupil in files.finished(lesson.task.id))
    with st.container(key="class_question"):
        if lesson.question is not None and name:
            _show_question(lesson.question)
    announcement(_spoken(lesson), key="class_announcement")
    page_cover(EYES_ON_BOARD if lesson.eyes_on_board else "", key="class_cover")


def _show_notices() -> None:
    """Draw what the teacher has removed, until the pupil puts it away."""
    files, pupil = services.class_files(), visitor.visitor_id()
    if notices := files.notices(pupil):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown("  \n".join(map(escape_markdown, notices)), width="content")
            st.button(
                "Close", on_click=files.put_notices_away, args=(pupil,), key="class_notices_close"
            )


def _show_digit(digit: int, sent: bool) -> None:
    """Draw which digit the class draws, with a link to the canvas."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**The class draws {with_article(digit)}** for the board.", width="content")
        st.page_link("pages/draw.py", label="**Draw it**", icon=":material/arrow_forward:")
        if sent:
            st.markdown(":green-badge[:material/check: on the board]", width="content")


def _show_name(name: str) -> None:
    """Draw the pupil's name, or the form for it."""
    if name and not st.session_state.get(_RENAMING):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(
                f"In the class you are **{escape_markdown(name)}**.",
                help=WHAT_IS_SHOWN,
                width="content",
            )
            st.button("Change the name", type="tertiary", on_click=_rename, key="class_rename")
        return
    if _SUGGESTION not in st.session_state:
        taken = services.class_files().names().values()
        st.session_state[_SUGGESTION] = name or suggested_animal(visitor.visitor_id(), [*taken])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(
            "Your name in the class",
            st.session_state[_SUGGESTION],
            max_chars=_LONGEST_INPUT,
            key=_NAME,
            width=260,
            help=f"A first name, or the animal suggested here. {WHAT_IS_SHOWN}",
        )
        st.button("Join the class", type="primary", on_click=_join)


def _rename() -> None:
    st.session_state[_RENAMING] = True
    st.session_state.pop(_SUGGESTION, None)


def _join() -> None:
    """Take the name in the box."""
    try:
        services.class_files().join(visitor.visitor_id(), st.session_state[_NAME])
    except LessonError as error:
        st.toast(escape_markdown(str(error)))
    except OSError:
        st.toast("The name could not be saved. Tell your teacher.")
    else:
        st.session_state[_RENAMING] = False


def _show_task(task: Task, *, finished: bool) -> None:
    """Draw a task with a link to its page."""

    def finish() -> None:
        services.class_files().finish(visitor.visitor_id(), task.id)

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**Task:** {escape_markdown(task.text)}", width="content")
        st.page_link(
            f"pages/{task.page}.py",
            label="**Go there**",
            icon=":material/arrow_forward:",
            query_params=dict(task.query),
        )
        if finished:
            st.markdown(":green-badge[:material/check: finished]", width="content")
        else:
            st.button("I have finished", on_click=finish, key=f"finish_{task.id}")


def _show_question(question: Question) -> None:
    """Draw a question with its answers, and the votes once the teacher shows them."""
    files, pupil = services.class_files(), visitor.visitor_id()
    vote = files.own_vote(pupil, question)
    key = f"vote_{question.id}_{question.round}"

    def voted() -> None:
        choice = st.session_state[key]
        if choice == files.own_vote(pupil, question):  # a late page repeats its vote
            return
        try:
            files.vote(pupil, question.id, choice, question.round)
        except LessonError as error:
            st.toast(escape_markdown(str(error)))
        except OSError:
            st.toast("The vote could not be saved. Tell your teacher.")

    if question.open:
        again = "" if question.round == 1 else ", again"
        st.markdown(f"**The class is asked{again}:** {escape_markdown(question.text)}")
        st.radio(
            plain_label(f"The class is asked{again}: {question.text}"),
            range(len(question.options)),
            index=vote,
            format_func=lambda option: escape_markdown(question.options[option]),
            key=key,
            on_change=voted,
            label_visibility="collapsed",
        )
        if vote is not None:
            st.caption("Your vote is counted. You can change it until the teacher ends the vote.")
        return
    st.markdown(f"**The class was asked:** {escape_markdown(question.text)}")
    if question.shown:
        vote_bars(question.options, files.votes(question), key=f"bars_{question.id}")
    else:
        st.caption("The vote has ended.")
    if vote is not None:
        st.caption(f"You voted: {escape_markdown(question.options[vote])}")


def _spoken(lesson: Lesson) -> str:
    """Return the lesson's state for screen readers."""
    if lesson.eyes_on_board:
        return EYES_ON_BOARD
    digit, task, question = lesson.drawn_digit, lesson.task, lesson.question
    return " ".join(
        [
            *([] if digit is None else [f"The class draws {with_article(digit)}."]),
            *([f"Task: {task.text}"] if task else []),
            *([f"The class is asked: {question.text}"] if question and question.open else []),
        ]
    )
