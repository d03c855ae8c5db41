"""The class's board: how to get in, who is there, runs, drawings, scores, votes and tasks."""

import io
from pathlib import Path
from typing import Any, NamedTuple

import segno
import streamlit as st

from inkling.charts import style
from inkling.charts.class_runs import RunDot, class_runs_chart
from inkling.classroom.lesson import Question, Task
from inkling.classroom.names import distinct
from inkling.exports.config_link import link_query
from inkling.runs.run import RunInfo
from inkling.server.address import address_for_pupils, network_address
from inkling.training.job import TrainingJob
from inkling.ui import services, visitor
from inkling.ui.browser_events import selected_points
from inkling.ui.classroom import wall
from inkling.ui.components.vote_bars import vote_bars
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets.chart import chart
from nn import TrainConfig

_POLL_SECONDS = 0.5  # so that a vote is counted here within a second
_RUNS_SECONDS = 2.0
_CHART_HEIGHT = 430  # pixels: all is in view on a projector of 1280 x 720
_STYLE = Path(__file__).with_name("board.css")
_DRAWING_WIDTH = 64  # pixels: 40 drawings are in view
_VIEW = "board_setting"
_DIGIT = "board_digit"  # that the class drew when the board was drawn last
SETTINGS = ("Hidden units", "Learning rate")
DRAWINGS, SCORES = "Drawings", "Beat the network"
_MAX_SCORES = 9  # that are in view


class ClassRun(NamedTuple):
    """A run of a pupil, ended or active, with its newest accuracy on validation images."""

    id: str
    pupil: str
    name: str
    config: TrainConfig
    accuracy: float
    active: bool


def show() -> None:
    """Draw the board."""
    st.html(_STYLE)
    with st.container(key="board"):
        _show_people()
        work, lesson = st.columns([3, 2], gap="large")
        with work:
            _show_work()
        with lesson:
            _show_lesson()


def _show_work() -> None:
    """Draw runs, drawings or scores of the class; the drawings once a digit is asked for."""
    digit = services.class_files().lesson().drawn_digit
    if st.session_state.get(_DIGIT) != digit:
        st.session_state[_DIGIT] = digit
        st.session_state[_VIEW] = SETTINGS[0] if digit is None else DRAWINGS
    view = st.segmented_control(
        "What the class has done",
        [*SETTINGS, DRAWINGS, SCORES],
        default=SETTINGS[0],
        required=True,
        key=_VIEW,
        label_visibility="collapsed",
    )
    if view == DRAWINGS:
        _show_drawings()
    elif view == SCORES:
        _show_scores()
    else:
        _show_runs(view)


@st.fragment(run_every=_RUNS_SECONDS)
def _show_drawings() -> None:
    """Draw the class's drawings of the digit that is asked for."""
    if not visitor.is_teacher():
        return
    digit = services.class_files().lesson().drawn_digit
    if digit is None:
        st.markdown("The teacher's page asks the class for a digit.")
        return
    wall.show(
        digit,
        wall.read_wall(digit),
        min_width=_DRAWING_WIDTH,
        key="board_drawings",
        on_pick=lambda place: None,
    )


@st.fragment(run_every=_RUNS_SECONDS)
def _show_scores() -> None:
    """Draw each pupil's best round, the best first."""
    if not visitor.is_teacher():
        return
    files = services.class_files()
    names = distinct(files.names())
    scores = {names[id_]: score for id_, score in files.scores().items() if id_ in names}
    if not scores:
        st.markdown("Each pupil's best round appears here.")
        return
    first = dict(list(scores.items())[:_MAX_SCORES])
    st.table(
        {
            "Name": [escape_markdown(name) for name in first],
            "Correct": [f"**{score.pupil}** of {score.digits}" for score in first.values()],
            "The network": [f"{score.network} of {score.digits}" for score in first.values()],
        },
        width="content",
    )
    if len(scores) > len(first):
        st.markdown(f"And {len(scores) - len(first)} more.")


@st.fragment(run_every=_RUNS_SECONDS)
def _show_people() -> None:
    """Draw how to get in, and who is there; nothing for another who connected to this session."""
    if not visitor.is_teacher():
        return
    files = services.class_files()
    names, present = distinct(files.names()), files.present()
    address = address_for_pupils(st.context.url or "", network_address())
    with st.container(key="board_people", horizontal=True, vertical_alignment="center"):
        st.image(_qr_code(address), width=96, alt=f"QR code of {address}")
        with st.container(gap="small"):
            st.markdown(f"**{escape_markdown(address)}**")
            there = [name for visitor_id, name in names.items() if visitor_id in present]
            st.markdown(
                f"{len(there)} here: " + " · ".join(map(escape_markdown, there))
                if there
                else "Open this address, and join the class."
            )


@st.cache_data(show_spinner=False, max_entries=8)
def _qr_code(address: str) -> bytes:
    """Return a PNG."""
    file = io.BytesIO()
    segno.make(address, error="m").save(file, kind="png", scale=8, border=2)
    return file.getvalue()


@st.fragment(run_every=_RUNS_SECONDS)
def _show_runs(setting: str) -> None:
    """Draw the runs, and the one that was tapped."""
    if not visitor.is_teacher():
        return
    runs = _class_runs()
    dots = [
        RunDot(run.id, run.pupil, run.name, value, run.accuracy, run.active)
        for run in runs
        if (value := _value(run.config, setting))
    ]
    event: Any = chart(
        class_runs_chart(dots, setting, _CHART_HEIGHT),
        config=style.CONFIG | {"displayModeBar": False},
        key="board_runs",
        on_select="rerun",
        selection_mode="points",
        alt=f"Validation accuracy of every run of the class by {setting.lower()}",
    )
    tapped = [point.get("customdata") for point in selected_points(event)]
    if not runs:
        st.markdown("The runs of the class appear here while they train.")
    for run in [run for run in runs if run.id in tapped][:1]:
        pupil, name = escape_markdown(run.pupil), escape_markdown(run.name)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{pupil}**: {name}, validation accuracy {run.accuracy:.1%}", width="content"
            )
            st.page_link(
                "pages/train.py", label="Open its settings", query_params=link_query(run.config)
            )


def _class_runs() -> list[ClassRun]:
    """Return the runs of all who have joined; a run without validation images has no place."""
    names = distinct(services.class_files().names())
    active = [
        ClassRun(job.id, names[job.visitor_id], job.name, job.config, accuracy, True)
        for job in services.queue().all_jobs()
        if isinstance(job, TrainingJob) and job.active and job.visitor_id in names and job.history
        if (accuracy := job.history[-1].validation_accuracy) is not None
    ]
    ended = [
        ClassRun(info.id, names[info.visitor_id], info.name, info.config, accuracy, False)
        for info in services.visible_runs().runs()
        if isinstance(info, RunInfo) and info.visitor_id in names and not info.group
        if (accuracy := info.validation_accuracy) is not None
    ]
    ids = {run.id for run in active}
    return active + [run for run in ended if run.id not in ids]


def _value(config: TrainConfig, setting: str) -> float:
    """Return the number on the horizontal axis; 0 for a network that has no hidden units."""
    if setting == SETTINGS[0]:
        return config.hidden_sizes[0] if config.hidden_sizes else 0
    return config.learning_rate


@st.fragment(run_every=_POLL_SECONDS)
def _show_lesson() -> None:
    """Draw the question with its votes, and the task with who has finished it."""
    if not visitor.is_teacher():
        return
    lesson = services.class_files().lesson()
    if lesson.drawn_digit != st.session_state.get(_DIGIT):
        st.rerun()  # the other half of the board changes, too
    with st.container(key="board_question"):
        if lesson.question is not None:
            _show_question(lesson.question)
    with st.container(key="board_task"):
        if lesson.task is not None:
            _show_task(lesson.task)


def _show_question(question: Question) -> None:
    """Draw a question; the votes only once the teacher shows them."""
    files = services.class_files()
    votes = files.votes(question)
    st.markdown(f"**{escape_markdown(question.text)}**")
    if question.shown:
        vote_bars(question.options, votes, key=f"board_votes_{question.id}")
        return
    for option in question.options:
        st.markdown(f"- {escape_markdown(option)}")
    ended = "" if question.open else ". The vote has ended"
    st.markdown(f"{sum(votes[-1])} of {files.size()} have voted{ended}.")


def _show_task(task: Task) -> None:
    """Draw a task, and the names of those who have finished it."""
    files = services.class_files()
    names, finished = distinct(files.names()), files.finished(task.id)
    st.markdown(f"**Task:** {escape_markdown(task.text)}")
    done = [name for visitor_id, name in names.items() if visitor_id in finished]
    st.markdown(
        f"{len(done)} of {len(names)} have finished"
        + ("" if not done else ": ")
        + " · ".join(map(escape_markdown, done))
    )
