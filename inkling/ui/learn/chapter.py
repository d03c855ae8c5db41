"""View of a chapter: text, code, Run button, result and question."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from data_loader import Dataset
from inkling.analysis.forward_backward import source_lines
from inkling.exports.run_script import config_code
from inkling.lessons.story.chapter import Chapter, ChapterResult, Question, ReportedValue
from inkling.lessons.story.chapters import CHAPTERS
from inkling.runs.run import Run
from inkling.training.job import TrainingJob
from inkling.ui import services
from inkling.ui.learn import progress
from inkling.ui.learn.chapter_results import DRAW_RESULT
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets import data_choice, run_status
from inkling.ui.widgets.run_curves import show_curves
from inkling.ui.widgets.run_submission import settings_here, show_excess, submit_run
from nn import ConfigError, TrainConfig

GROUP = "story"
_OUTPUTS = "story_sketches"  # of the chapters' `run_now`, by chapter key


def show(chapter: Chapter) -> None:
    """Draw a chapter."""
    data = services.datasets().names[0]
    dataset = data_choice.load_dataset(data)
    left, right = st.columns(2, gap="large")
    with left:
        st.header(chapter.title, anchor=False)
        st.markdown(chapter.text)
        if chapter.trainings is not None:
            _show_settings(chapter.trainings())
        for function in chapter.code:
            _show_code(function)
    with right:
        with st.container():
            _show_run(chapter, dataset)
        _show_question(chapter.key, chapter.question)


def _show_settings(trainings: dict[str, TrainConfig]) -> None:
    name, config = list(trainings.items())[-1]
    st.caption(f"What is trained, {name}; all other settings are at their defaults")
    st.code(config_code(settings_here(config)), language="python", wrap_lines=True)
    show_excess(config)


def _show_code(function: Callable[..., Any]) -> None:
    source = source_lines(function)
    st.caption(f"{source.file}, line {source.line}")
    st.code(source.text, language="python", wrap_lines=True)


def _show_run(chapter: Chapter, dataset: Dataset) -> None:
    """Draw the Run button, then the active runs or the result."""
    ids = progress.current().runs.get(chapter.key, [])
    jobs = [job for run_id in ids if (job := services.active_job(run_id)) is not None]
    active = _active(ids)
    with st.container(horizontal=True, vertical_alignment="center"):
        if active:
            if st.button("Stop", key="story_stop"):
                for job in active:
                    services.queue().stop(job)
                st.rerun()
        else:
            has_started = bool(ids) or chapter.key in progress.current().ran
            label = "Run it again" if has_started else "Run it"
            if st.button(label, type="secondary" if has_started else "primary", key="story_run"):
                _start(chapter, dataset)
            st.caption(chapter.duration, width="content")
    if active:
        every = run_status.poll_interval(active[-1])
        st.fragment(_show_active_runs, run_every=every)(tuple(ids), every)
        return
    for job in jobs:
        if job.error:
            st.warning(escape_markdown(job.error))
    result = _result(chapter, ids, dataset)
    if result is not None:
        DRAW_RESULT[chapter.key](result)
        st.markdown(_table(_reported_values(chapter, result)))
        st.markdown(chapter.meaning)


def _active(ids: Sequence[str]) -> list[TrainingJob]:
    """Return the jobs of runs that are queued or being trained."""
    jobs = (services.active_job(run_id) for run_id in ids)
    return [job for job in jobs if job is not None and job.active]


def _start(chapter: Chapter, dataset: Dataset) -> None:
    """Execute a chapter's `run_now`, and submit its trainings to the queue."""
    known = progress.current()
    if chapter.run_now is not None:
        with st.spinner("Running…"):
            _outputs()[chapter.key] = chapter.run_now(dataset)
    if chapter.trainings is None:
        known.ran.add(chapter.key)
    else:
        ids = []
        for name, config in chapter.trainings().items():
            try:
                ids.append(submit_run(config, name, group=GROUP, alone=False).id)
            except ConfigError as error:  # a user's own data set may be too small
                st.error(escape_markdown(str(error)))
                return
        known.runs[chapter.key] = ids
    progress.save()
    st.rerun()


def _show_active_runs(ids: Sequence[str], drawn_every: float | None) -> None:
    """Draw the status of active runs, and the curves of the last one that has a history."""
    active = _active(ids)
    if not active or run_status.poll_interval(active[-1]) != drawn_every:
        st.rerun()  # the whole page, since buttons and numbers change, too
    for job in active:
        if len(ids) > 1:
            st.markdown(f"**{escape_markdown(job.name)}**")
        run_status.show(job)
    job = next((job for job in reversed(active) if job.history), active[0])
    show_curves(job.history, job.config.epochs, job.id)


def _result(chapter: Chapter, ids: Sequence[str], dataset: Dataset) -> ChapterResult | None:
    """Return the result of a chapter; None if it has not been run, or its runs were deleted."""
    known = progress.current()
    if chapter.trainings is None:
        if chapter.key not in known.ran:
            return None
        return ChapterResult(_output(chapter, dataset), (), dataset)
    if not ids:
        return None
    runs: list[Run] = [run for run_id in ids if (run := services.find_run(run_id)) is not None]
    if len(runs) < len(ids):
        st.info(
            "What it trained is no longer there, or was stopped before it had begun. If Inkling "
            "ended meanwhile, it can go on under **Train**."
        )
        return None
    if chapter.key not in known.ran and all(run.info.status == "done" for run in runs):
        known.ran.add(chapter.key)
        progress.save()
        st.rerun()  # the progress bar stands above
    return ChapterResult(_output(chapter, dataset), tuple(runs), dataset)


def _outputs() -> dict[str, Any]:
    outputs: dict[str, Any] = st.session_state.setdefault(_OUTPUTS, {})
    return outputs


def _output(chapter: Chapter, dataset: Dataset) -> Any:
    """Return what a chapter's `run_now` returned; execute it again in a new session."""
    if chapter.run_now is not None and chapter.key not in _outputs():
        with st.spinner("Running it again…"):
            _outputs()[chapter.key] = chapter.run_now(dataset)
    return _outputs().get(chapter.key)


def _reported_values(chapter: Chapter, result: ChapterResult) -> list[ReportedValue]:
    """Return a chapter's numbers; cached by run, since they take a pass over the test images."""
    ids = tuple(run.info.id for run in result.runs)
    return _cached_values(chapter.key, ids, result) if ids else chapter.reported_values(result)


@st.cache_resource(max_entries=100, show_spinner="Reading the test images…")
def _cached_values(key: str, ids: tuple[str, ...], _result: ChapterResult) -> list[ReportedValue]:
    return CHAPTERS[key].reported_values(_result)


def _table(values: Sequence[ReportedValue]) -> str:
    """Return a Markdown table of measured values, with the reported ones if there are any."""
    reported = any(value.reported for value in values)
    rows = [("", "Here", "Reported"), (":--", "--:", "--:"), *values]
    return "\n".join(" | ".join(("", *row[: 2 + reported], "")).strip() for row in rows)


def _show_question(key: str, question: Question) -> None:
    """Draw a chapter's question and, once it is answered, whether the answer is correct."""

    def save_answer() -> None:
        progress.current().answers[key] = st.session_state[widget]
        progress.save()

    widget = f"story_answer_{key}"
    with st.container(border=True):
        st.radio(
            f"**{question.text}**",
            range(len(question.options)),
            index=progress.current().answers.get(key),
            format_func=question.options.__getitem__,
            key=widget,
            on_change=save_answer,
        )
        if progress.answered_correctly(key):
            st.success(f"**Right.** {question.explanation}")
        elif key in progress.current().answers:
            st.info("Not that one. Look at the text and the numbers again, and choose another.")
