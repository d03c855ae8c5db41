"""The failure lab: nine things that go wrong, each predicted first and then tried."""

from dataclasses import dataclass, field

import streamlit as st

from data_loader import Dataset
from inkling.charts import lessons, style
from inkling.lessons.failures import (
    FAILURES,
    GRADIENT_CHECK,
    LESSONS,
    RACE,
    CheckedLayer,
    Experiment,
    Failure,
    check_experiment_b,
    check_outcome,
    check_result,
    check_table,
    reads,
)
from inkling.runs.run import Run
from inkling.training import race
from inkling.training.queue import TrainingJob
from inkling.training.race import Race
from inkling.ui import services, visitor
from inkling.ui.markdown import escape_markdown
from inkling.ui.train.one_run import status_line, tick, warn
from inkling.ui.widgets import data_choice
from inkling.ui.widgets.run_curves import curves, curves_of
from nn import ConfigError, TrainConfig

GROUP = "failure-lab"
_CHOICE = "failure_choice"
_TRIALS = "failure_trials"  # by the lesson's key
_ASKED = "failure_asked"  # how often a lesson's question has been put anew
_TICK = 0.5  # seconds between two looks at a race


@dataclass
class Trial:
    """A prediction, and what was done to see whether it comes true.

    Attributes
    ----------
    prediction : int
        Position in the lesson's options.
    attempts : list of str or Race
        Ids of the runs, or the races: as it fails and then mended, at most. A gradient check
        leaves nothing here.
    """

    prediction: int
    attempts: list[str | Race] = field(default_factory=list)


def show() -> None:
    """Draw the view."""
    st.markdown(
        "Nine things that go wrong, each on purpose and in seconds. Say first what you expect. "
        "Then run it, see what comes of it, and why."
    )
    data_choice.say_which_digits()
    key = st.pills(
        "Experiment",
        list(LESSONS),
        default=next(iter(LESSONS)),
        required=True,
        format_func=lambda key: LESSONS[key].title,
        key=_CHOICE,
        persist_state="session",
        label_visibility="collapsed",
    )
    lesson = LESSONS[key]
    trial = _trials().get(key)
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.subheader(lesson.title, anchor=False)
        st.markdown(lesson.set_up)
        prediction = _ask(lesson, trial)
        with st.container():
            _buttons(lesson, trial, prediction)
    with right:
        if trial is None:
            st.info("Choose what you expect, then press **Run it**.")
        elif lesson is GRADIENT_CHECK:
            _show_check(trial)
        elif lesson is RACE:
            _show_races(trial)
        else:
            _show_runs(FAILURES[key], trial)


def _trials() -> dict[str, Trial]:
    """Return this visitor's trials of this sitting."""
    trials: dict[str, Trial] = st.session_state.setdefault(_TRIALS, {})
    return trials


def _ask(lesson: Experiment, trial: Trial | None) -> int | None:
    """Put the question; return the answer, which cannot be changed once it is being tried."""
    asked = st.session_state.setdefault(_ASKED, {}).get(lesson.key, 0)
    return st.radio(
        f"**{lesson.question}**",
        range(len(lesson.options)),
        index=trial.prediction if trial else None,
        format_func=lesson.options.__getitem__,
        key=f"failure_{'tried' if trial else 'prediction'}_{lesson.key}_{asked}",
        disabled=trial is not None,
        persist_state="session",
    )


def _buttons(lesson: Experiment, trial: Trial | None, prediction: int | None) -> None:
    """Draw what can be done now: run it, stop it, or predict anew."""
    if trial is None:
        busy = lesson is not GRADIENT_CHECK and _busy()
        if st.button("Run it", type="primary", disabled=prediction is None or busy):
            assert prediction is not None
            _begin(lesson, Trial(prediction))
        if busy:
            _say_busy()
    elif (active := _active(trial)) is not None:
        if st.button("Stop", key="failure_stop"):
            _stop(active)
            st.rerun()
    elif st.button("Another prediction"):
        del _trials()[lesson.key]
        st.session_state[_ASKED][lesson.key] = st.session_state[_ASKED].get(lesson.key, 0) + 1
        st.rerun()


def _begin(lesson: Experiment, trial: Trial) -> None:
    """Start a trial, or the mended attempt of one."""
    mended = bool(trial.attempts)
    try:
        if lesson is RACE:
            trial.attempts.append(_start_race(race.MENDED if mended else race.AS_PUBLISHED))
        elif lesson is not GRADIENT_CHECK:
            failure = FAILURES[lesson.key]
            name = f"{lesson.title}, mended" if mended else lesson.title
            config = failure.mended if mended else failure.config
            trial.attempts.append(_submit(config, name))
    except ConfigError as error:  # a data set of somebody's own may be too small
        st.error(escape_markdown(str(error)))
        return
    _trials()[lesson.key] = trial
    st.rerun()


def _submit(config: TrainConfig, name: str) -> str:
    """Queue a run; return its id."""
    config, dataset = data_choice.with_available_data(config)
    job = services.queue().submit(
        config, dataset, visitor.visitor_id(), name=services.unused_name(name), group=GROUP
    )
    return job.id


def _start_race(config: TrainConfig) -> Race:
    config, dataset = data_choice.with_available_data(config)
    started = Race(config, dataset, services.queue().reserve_idle_core)
    started.start()
    return started


def _active(trial: Trial) -> TrainingJob | Race | None:
    """Return what goes on in a trial, if anything does."""
    last = trial.attempts[-1] if trial.attempts else None
    if isinstance(last, Race):
        return None if last.finished else last
    job = services.active_job(last) if last else None
    return job if job is not None and job.active else None


def _stop(active: TrainingJob | Race) -> None:
    if isinstance(active, Race):
        active.stop()
    else:
        services.queue().stop(active)


def _busy() -> bool:
    """Whether something of this visitor goes on: there is one thing at a time."""
    return _going_on() is not None


def _going_on() -> TrainingJob | Race | None:
    jobs = services.queue().jobs(visitor.visitor_id())
    racing = _trials().get(RACE.key)
    return next((job for job in jobs if job.active), _active(racing) if racing else None)


def _say_busy() -> None:
    """Say what goes on, and look again when it has ended."""
    going_on = _going_on()
    if going_on is None:
        st.rerun()
    name = (
        "The race" if isinstance(going_on, Race) else f"Your run “{escape_markdown(going_on.name)}”"
    )
    st.caption(f"{name} has not ended yet, and there is one at a time.")
    if st.button("Stop it", key="failure_stop_other"):
        _stop(going_on)
    st.fragment(_wait_for, run_every=_TICK)()


def _wait_for() -> None:
    if _going_on() is None:
        st.rerun()


def _verdict(lesson: Experiment, prediction: int, outcome: int | None) -> None:
    """Say whether a prediction came true."""
    if outcome is None:
        st.info("It did not go its way to the end, so it decides nothing.")
    elif outcome == prediction:
        st.info(f"**As you predicted:** {lesson.options[outcome]}.")
    else:
        st.info(
            f"**What happened:** {lesson.options[outcome]}.  \n"
            f"**What you predicted:** {lesson.options[prediction]}."
        )


def _why(lesson: Experiment) -> None:
    st.subheader("Why", anchor=False)
    for paragraph in lesson.why:
        st.markdown(paragraph)


def _offer_mended(lesson: Experiment, trial: Trial, label: str) -> None:
    """Draw the button that runs it mended, as long as that has not been done."""
    if len(trial.attempts) > 1:
        return
    busy = _busy()
    if st.button(label, type="primary", disabled=busy):
        _begin(lesson, trial)
    if busy:
        _say_busy()


def _show_runs(failure: Failure, trial: Trial) -> None:
    """Draw the run that fails, why it does, and the mended one."""
    failed, *rest = [run_id for run_id in trial.attempts if isinstance(run_id, str)]
    mended = services.find_run(rest[0]) if rest else None
    with st.container():
        run = _show_run(failed)
        if run is None:
            return
        _verdict(failure, trial.prediction, failure.outcome(run))
        st.markdown(failure.result(run))
        curves_of(run)
        warn(run.history)
        if failure.gradients:
            _show_gradients(run, mended)
    _why(failure)
    st.subheader("Mended", anchor=False)
    st.markdown(failure.mend)
    _offer_mended(failure, trial, "Run it mended")
    if rest:
        with st.container():
            run = _show_run(rest[0])
        if run is not None:
            st.success(reads(run))
            curves_of(run)


def _show_run(run_id: str) -> Run | None:
    """Return a run if it has ended; draw how it stands as long as it has not."""
    job = services.active_job(run_id)
    if job is not None and (job.active or job.run is None):
        every = tick(job)
        st.fragment(_watch, run_every=every)(run_id, every)
        return None
    run = services.find_run(run_id)
    if run is None:
        st.info("This run is no longer there.")
    elif job is not None and job.error:
        st.warning(escape_markdown(job.error))  # it could not be kept
    return run


def _watch(run_id: str, drawn_every: float | None) -> None:
    """Draw a run as it stands now."""
    job = services.active_job(run_id)
    if job is None or tick(job) != drawn_every:
        st.rerun()  # the whole page: the buttons change, too
    status_line(job)
    curves(job.history, job.config.epochs, job.id)


def _show_gradients(failed: Run, mended: Run | None) -> None:
    st.markdown("**Gradient of each layer**, from the image to the answer, in the last step")
    norms = [run.history[-1].layer_gradient_norms if run else () for run in (failed, mended)]
    st.plotly_chart(
        lessons.gradient_chart(*norms),
        config=style.CONFIG,
        key="failure_gradients",
        alt="Length of the last gradient in each layer",
    )


def _show_races(trial: Trial) -> None:
    """Draw the race as published, why it comes so, and the mended one."""
    first, *rest = [attempt for attempt in trial.attempts if isinstance(attempt, Race)]
    with st.container():
        if first.finished:
            _verdict(RACE, trial.prediction, race.outcome(first))
        _show_race(first, 0)
    if not first.finished:
        return
    _why(RACE)
    st.subheader("Mended", anchor=False)
    st.markdown(
        "The same race with pixels from 0 to 1, and weights that start as large as each layer "
        "needs (Xavier's rule): now there is something to be learned."
    )
    _offer_mended(RACE, trial, "Race mended")
    if rest:
        with st.container():
            _show_race(rest[0], 1)


def _show_race(shown: Race, number: int) -> None:
    """Draw a race; while it goes on, again and again."""
    every = None if shown.finished else _TICK
    st.fragment(_watch_race, run_every=every)(shown, number, every)


def _watch_race(shown: Race, number: int, drawn_every: float | None) -> None:
    """Draw a race as it stands now."""
    if shown.finished and drawn_every is not None:
        st.rerun()  # the whole page: the buttons change, too
    standings = shown.standings
    if shown.error:
        st.error(shown.error)
    elif shown.finished:
        st.markdown(race.result(shown))
    else:
        st.progress(shown.progress, "Racing…" if standings else "Waiting for a free core…")
    if standings is None:
        return
    for column, side in zip(st.columns(2), standings, strict=True):
        with column:
            st.metric(f"{side.name}: images a second", f"{side.images_per_second:,.0f}")
            st.markdown(f"{side.steps:,} steps, cost **{side.cost:.3f}**")
    images, cost = st.columns(2)
    with images:
        st.plotly_chart(
            lessons.race_images_chart(shown.history),
            config=style.CONFIG,
            key=f"failure_race_images_{number}",
            alt="Images learned from against seconds, for both sides",
        )
    with cost:
        st.plotly_chart(
            lessons.race_cost_chart(shown.history),
            config=style.CONFIG,
            key=f"failure_race_cost_{number}",
            alt="Cost against seconds, for both sides",
        )


def _show_check(trial: Trial) -> None:
    """Draw the gradient check of experiment B."""
    data = services.datasets().names[0]
    layers = _checked(data, data_choice.load_dataset(data))
    _verdict(GRADIENT_CHECK, trial.prediction, check_outcome(layers))
    st.markdown(check_result(layers))
    st.markdown("**Gradient of the weights that matter most**, in thousandths")
    st.markdown(check_table(layers))
    _why(GRADIENT_CHECK)


@st.cache_resource(show_spinner=False)
def _checked(data: str, _dataset: Dataset) -> tuple[CheckedLayer, ...]:
    return check_experiment_b(_dataset)
