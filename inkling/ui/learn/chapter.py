"""One chapter on the screen: its text, its code, its run, its numbers and its question."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from data_loader import Dataset
from inkling.analysis.forward_backward import source_lines
from inkling.exports.run_script import config_code
from inkling.lessons.story.chapter import Chapter, ChapterResult, Question, ReportedValue
from inkling.lessons.story.chapters import CHAPTERS
from inkling.runs.run import Run
from inkling.training.queue import TrainingJob
from inkling.ui import services, visitor
from inkling.ui.learn import progress as learn_progress
from inkling.ui.learn.outcomes import DRAW
from inkling.ui.markdown import escape_markdown
from inkling.ui.train.one_run import status_line, tick
from inkling.ui.widgets import data_choice
from inkling.ui.widgets.run_curves import curves
from nn import ConfigError, TrainConfig

GROUP = "story"
_SKETCHES = "story_sketches"  # what a chapter's sketch returned, by its key


def show(chapter: Chapter) -> None:
    """Draw a chapter."""
    data = services.datasets().names[0]
    dataset = data_choice.load_dataset(data)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(chapter.title, anchor=False)
        for paragraph in chapter.text:
            st.markdown(paragraph)
        if chapter.trainings is not None:
            _show_settings(chapter.trainings())
        for function in chapter.code:
            _show_code(function)
    with right:
        with st.container():
            _run_and_look(chapter, dataset)
        _ask(chapter.key, chapter.question)


def _show_settings(trainings: dict[str, TrainConfig]) -> None:
    name, config = list(trainings.items())[-1]
    st.caption(f"What is trained, {name}; all other settings are at their defaults")
    st.code(config_code(config), language="python", wrap_lines=True)


def _show_code(function: Callable[..., Any]) -> None:
    source = source_lines(function)
    st.caption(f"{source.file}, line {source.line}")
    st.code(source.text, language="python", wrap_lines=True)


def _run_and_look(chapter: Chapter, dataset: Dataset) -> None:
    """Draw the Run button and what came of it."""
    ids = learn_progress.progress().runs.get(chapter.key, [])
    jobs = [job for run_id in ids if (job := services.active_job(run_id)) is not None]
    active = _active(ids)
    with st.container(horizontal=True, vertical_alignment="center"):
        if active:
            if st.button("Stop", key="story_stop"):
                for job in active:
                    services.queue().stop(job)
                st.rerun()
        else:
            has_started = bool(ids) or chapter.key in learn_progress.progress().ran
            label = "Run it again" if has_started else "Run it"
            if st.button(label, type="secondary" if has_started else "primary", key="story_run"):
                _begin(chapter, dataset)
            st.caption(chapter.seconds, width="content")
    if active:
        every = tick(active[-1])
        st.fragment(_watch, run_every=every)(tuple(ids), every)
        return
    for job in jobs:
        if job.error:
            st.warning(escape_markdown(job.error))
    outcome = _outcome(chapter, ids, dataset)
    if outcome is not None:
        DRAW[chapter.key](outcome)
        st.markdown(_table(_figures(chapter, outcome)))
        st.markdown(chapter.meaning)


def _active(ids: Sequence[str]) -> list[TrainingJob]:
    """Return those of a chapter's trainings that go on."""
    jobs = (services.active_job(run_id) for run_id in ids)
    return [job for job in jobs if job is not None and job.active]


def _begin(chapter: Chapter, dataset: Dataset) -> None:
    """Run a chapter: its sketch here and now, its trainings by the queue."""
    progress = learn_progress.progress()
    if chapter.sketch is not None:
        with st.spinner("Running…"):
            _sketches()[chapter.key] = chapter.sketch(dataset)
    if chapter.trainings is None:
        progress.ran.add(chapter.key)
    else:
        ids = []
        for name, config in chapter.trainings().items():
            config, trained_on = data_choice.with_available_data(config)
            try:
                job = services.queue().submit(
                    config,
                    trained_on,
                    visitor.visitor_id(),
                    name=services.unused_name(name),
                    group=GROUP,
                )
            except ConfigError as error:  # a data set of somebody's own may be too small
                st.error(escape_markdown(str(error)))
                return
            ids.append(job.id)
        progress.runs[chapter.key] = ids
    learn_progress.keep()
    st.rerun()


def _watch(ids: Sequence[str], drawn_every: float | None) -> None:
    """Draw trainings as they stand now, with the curves of the one that has got going."""
    active = _active(ids)
    if not active or tick(active[-1]) != drawn_every:
        st.rerun()  # the whole page: buttons and numbers change, too
    for job in active:
        if len(ids) > 1:
            st.markdown(f"**{escape_markdown(job.name)}**")
        status_line(job)
    job = next((job for job in reversed(active) if job.history), active[0])
    curves(job.history, job.config.epochs, job.id)


def _outcome(chapter: Chapter, ids: Sequence[str], dataset: Dataset) -> ChapterResult | None:
    """Return what came of a chapter; None if it has not been run, or its runs are gone."""
    progress = learn_progress.progress()
    if chapter.trainings is None:
        if chapter.key not in progress.ran:
            return None
        return ChapterResult(_sketch(chapter, dataset), (), dataset)
    if not ids:
        return None
    runs: list[Run] = [run for run_id in ids if (run := services.find_run(run_id)) is not None]
    if len(runs) < len(ids):
        st.info(
            "What it trained is no longer there, or was stopped before it had begun. If Inkling "
            "ended meanwhile, it can go on under **Train**."
        )
        return None
    if chapter.key not in progress.ran and all(run.info.status == "done" for run in runs):
        progress.ran.add(chapter.key)
        learn_progress.keep()
        st.rerun()  # the sum of what is done stands above
    return ChapterResult(_sketch(chapter, dataset), tuple(runs), dataset)


def _sketches() -> dict[str, Any]:
    known: dict[str, Any] = st.session_state.setdefault(_SKETCHES, {})
    return known


def _sketch(chapter: Chapter, dataset: Dataset) -> Any:
    """Return what a chapter's sketch returned; after a reload, run it again."""
    if chapter.sketch is not None and chapter.key not in _sketches():
        with st.spinner("Running it again…"):
            _sketches()[chapter.key] = chapter.sketch(dataset)
    return _sketches().get(chapter.key)


def _figures(chapter: Chapter, outcome: ChapterResult) -> list[ReportedValue]:
    """Return a chapter's numbers; those of trainings read the test images, which takes a while."""
    ids = tuple(run.info.id for run in outcome.runs)
    return _figures_of_runs(chapter.key, ids, outcome) if ids else chapter.figures(outcome)


@st.cache_resource(max_entries=100, show_spinner="Reading the test images…")
def _figures_of_runs(
    key: str, ids: tuple[str, ...], _outcome: ChapterResult
) -> list[ReportedValue]:
    return CHAPTERS[key].figures(_outcome)


def _table(figures: Sequence[ReportedValue]) -> str:
    """Return figures as a table in Markdown, with those that were reported where there are any."""
    reported = any(figure.reported for figure in figures)
    rows = [("", "Here", "Reported"), (":--", "--:", "--:"), *figures]
    return "\n".join(" | ".join(("", *row[: 2 + reported], "")).strip() for row in rows)


def _ask(key: str, question: Question) -> None:
    """Put the question; say whether the answer is right, and why."""

    def answer() -> None:
        learn_progress.progress().answers[key] = st.session_state[widget]
        learn_progress.keep()

    widget = f"story_answer_{key}"
    with st.container(border=True):
        st.radio(
            f"**{question.text}**",
            range(len(question.options)),
            index=learn_progress.progress().answers.get(key),
            format_func=question.options.__getitem__,
            key=widget,
            on_change=answer,
        )
        if learn_progress.answered(key):
            st.success(f"**Right.** {question.why}")
        elif key in learn_progress.progress().answers:
            st.info("Not that one. Look at the text and the numbers again, and choose another.")
