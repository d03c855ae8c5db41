"""View of a chapter: text, prediction, Run button, result, description and questions."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from data_loader import Dataset
from inkling.analysis.forward_backward import source_lines
from inkling.exports.run_script import config_code
from inkling.lessons import glossary
from inkling.lessons.content import section
from inkling.lessons.story.chapter import Chapter, ChapterResult, ReportedValue
from inkling.lessons.story.chapters import CHAPTERS
from inkling.runs.run import Run
from inkling.runs.settings import visible_message
from inkling.training.job import TrainingJob
from inkling.ui import services
from inkling.ui.learn import progress, questions
from inkling.ui.learn.by_hand import BEFORE_PREDICTION, BY_HAND
from inkling.ui.learn.chapter_results import DRAW_RESULT, DRAW_WITH_MEANING, draw_before
from inkling.ui.learn.layout import ChapterLayout
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets import data_choice, run_status
from inkling.ui.widgets.run_curves import show_curves
from inkling.ui.widgets.run_submission import settings_here, show_excess, submit_run
from nn import ConfigError

GROUP = "story"
_OUTPUTS = "story_sketches"  # of the chapters' `run_now`, by chapter key
_CODE = "story_code"
_ACTS = "story_acts"  # numbers of the acts that were tried, by chapter, runs and label


def show(chapter: Chapter, layout: ChapterLayout) -> None:
    """Draw a chapter."""
    data = services.datasets().names[0]
    dataset = data_choice.load_dataset(data)
    with layout.text:
        st.header(chapter.title, anchor=False)
        locked = progress.locked(chapter.key)
        if locked:
            st.info(section("story", "Needs MNIST"))
        st.markdown(chapter.text)
        if chapter.key in BEFORE_PREDICTION:
            BEFORE_PREDICTION[chapter.key](layout)
        if locked:
            return
        predicted = questions.ask_prediction(chapter.key, chapter.prediction)
    result = None
    if chapter.key in BY_HAND:
        started = predicted or chapter.key in progress.current().ran
        BY_HAND[chapter.key](layout, started=started)
    else:
        with layout.text, st.container():
            result = _show_run(chapter, dataset, layout, predicted=predicted)
    with layout.after:
        questions.announce_reply(chapter.key)  # first, so that it stays where it is
        _show_what_follows(chapter, result, mnist=data == "mnist")
        _show_code(chapter)
        terms = " · ".join(map(glossary.link, chapter.terms))
        st.markdown(f":small[In the glossary: {terms}]")


def _show_what_follows(chapter: Chapter, result: ChapterResult | None, *, mnist: bool) -> None:
    """Draw what the result shows and, one after the other, description, meaning and questions."""
    known, prediction = progress.current(), chapter.prediction
    if chapter.key not in known.ran and result is None:
        return
    if chapter.outcome is None:
        questions.show_outcome(chapter.key, prediction, prediction.correct)
    elif result is not None and _is_done(result):
        questions.show_outcome(chapter.key, prediction, chapter.outcome(result))
    if not questions.ask_what_was_seen(chapter.key, chapter.look):
        return
    questions.show_meaning(chapter, mnist=mnist)
    if result is not None and chapter.key in DRAW_WITH_MEANING:
        DRAW_WITH_MEANING[chapter.key](result)
    if result is not None and chapter.acts:
        _show_acts(chapter, result)
    questions.ask_question(chapter.key, chapter.question)
    if (number_question := chapter.number_question) is not None:
        questions.ask_number(chapter.key, number_question)


def _show_acts(chapter: Chapter, result: ChapterResult) -> None:
    """Draw what to try with the chapter's network, and the numbers that it gave."""
    tried = st.session_state.setdefault(_ACTS, {}).setdefault(
        (chapter.key, *(run.info.id for run in result.runs)), {}
    )
    st.markdown("**Your turn.** " + chapter.act)
    with st.container(horizontal=True):
        for position, act in enumerate(chapter.acts):
            if st.button(act.label, key=f"story_act_{position}"):
                tried[act.label] = act.values(result)
    if tried:
        st.markdown(_table([value for values in tried.values() for value in values]))


def _show_code(chapter: Chapter) -> None:
    """Draw the switch for the code, which is remembered, and the code."""

    def save() -> None:
        progress.current().code = st.session_state[_CODE]
        progress.save()

    st.toggle("Show the code", value=progress.current().code, key=_CODE, on_change=save)
    if not progress.current().code:
        return
    if chapter.trainings is not None:
        name, config = list(chapter.trainings().items())[-1]
        st.caption(f"Settings for “{name}” (everything else at its default)")
        st.code(config_code(settings_here(config)), language="python", wrap_lines=True)
    for function in chapter.code:
        source = source_lines(function)
        st.caption(f"{source.file}, line {source.line}")
        st.code(source.text, language="python", wrap_lines=True)


def _show_run(
    chapter: Chapter, dataset: Dataset, layout: ChapterLayout, *, predicted: bool
) -> ChapterResult | None:
    """Draw the Run button, then the active runs or the result, which is returned."""
    if chapter.trainings is not None:
        show_excess(list(chapter.trainings().values())[-1])
    ids = _run_ids(chapter)
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
            if st.button(
                "Run again" if has_started else "Run",
                type="secondary" if has_started else "primary",
                key="story_run",
                disabled=not predicted,
                help=None if predicted else section("story", "Prediction missing"),
            ):
                _start(chapter, dataset)
            st.caption(chapter.duration, width="content")
    with layout.figure:
        if active:
            every = run_status.poll_interval(active[-1])
            st.fragment(_show_active_runs, run_every=every)(tuple(ids), every)
            return None
        for job in jobs:
            if job.error:
                st.warning(escape_markdown(job.error))
        result = _result(chapter, ids, dataset)
        if result is None:
            if not ids:
                draw_before(chapter.key, dataset)
            return None
        DRAW_RESULT[chapter.key](result)
        values = _reported_values(chapter, result)
        st.markdown(_table(values))
        if _is_done(result):
            progress.save_figures(chapter.key, [f"{v.name}: {v.measured}" for v in values])
        return result


def _run_ids(chapter: Chapter) -> list[str]:
    """Return the ids of a chapter's latest runs; those of an earlier version may not fit."""
    ids = progress.current().runs.get(chapter.key, [])
    trainings = chapter.trainings() if chapter.trainings is not None else {}
    return ids if len(ids) == len(trainings) else []


def _is_done(result: ChapterResult) -> bool:
    """Whether no run was stopped."""
    return all(run.info.status == "done" for run in result.runs)


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
                st.error(escape_markdown(visible_message(error)))
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
        st.info(section("story", "Runs are gone"))
        return None
    if chapter.key not in known.ran and all(run.info.status == "done" for run in runs):
        progress.finish(chapter.key)
        st.rerun()  # the chapter's tick stands in another place
    return ChapterResult(_output(chapter, dataset), tuple(runs), dataset, _other_runs(chapter))


def _other_runs(chapter: Chapter) -> tuple[Run, ...]:
    """Return the visitor's runs of all other chapters, for the one that lets them vote."""
    if not chapter.needs_mnist:
        return ()
    ids = [i for key, ids in progress.current().runs.items() if key != chapter.key for i in ids]
    return tuple(run for i in ids if (run := services.find_run(i)) is not None)


def _outputs() -> dict[str, Any]:
    outputs: dict[str, Any] = st.session_state.setdefault(_OUTPUTS, {})
    return outputs


def _output(chapter: Chapter, dataset: Dataset) -> Any:
    """Return what a chapter's `run_now` returned; execute it again in a new session."""
    if chapter.run_now is not None and chapter.key not in _outputs():
        with st.spinner("Running again…"):
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
    """Return a Markdown table of measured values, with the reported ones if there are any.

    Those were all measured on MNIST, which the heading says where other digits take its place.
    """
    mnist = services.datasets().is_loaded("mnist")
    reported = [value.reported if mnist or not value.of_image else "" for value in values]
    rows = [
        ("Quantity", "Here", "Reported" if mnist else "Reported (MNIST)"),
        (":--", "--:", "--:"),
        *((v.name, v.measured, r) for v, r in zip(values, reported, strict=True)),
    ]
    width = 3 if any(reported) else 2
    return "\n".join(" | ".join(("", *row[:width], "")).strip() for row in rows)
