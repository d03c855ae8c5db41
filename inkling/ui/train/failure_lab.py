"""Failure lab: experiments that go wrong, each with a prediction to make first."""

from dataclasses import dataclass, field, replace

import streamlit as st

from data_loader import Dataset
from inkling.charts import lessons, style
from inkling.lessons import experiment_b_gradient
from inkling.lessons.content import section
from inkling.lessons.experiment_b_gradient import CheckedLayer
from inkling.lessons.failure_lab import (
    EXPERIMENTS,
    FAILURES,
    GRADIENT_CHECK,
    RACE,
    Experiment,
    Failure,
    accuracy_sentence,
)
from inkling.runs.run import Run, is_id
from inkling.runs.settings import visible_message
from inkling.training import race
from inkling.training.job import TrainingJob
from inkling.training.race import Race
from inkling.ui import services, visitor
from inkling.ui.markdown import escape_markdown
from inkling.ui.train import parameters
from inkling.ui.widgets import data_choice, run_status
from inkling.ui.widgets.address import is_new, write_choice
from inkling.ui.widgets.chart import chart
from inkling.ui.widgets.run_curves import show_curves, show_run_curves
from inkling.ui.widgets.run_submission import settings_here, show_excess, submit_run
from nn import ConfigError, TrainConfig

GROUP = "failure-lab"
_CHOICE = "failure_choice"
_STATES = "failure_trials"  # `ExperimentState` by experiment key
_RESETS = "failure_asked"  # number of new predictions by experiment key
_POLL_SECONDS = 0.5


@dataclass
class ExperimentState:
    """Prediction for an experiment, and its attempts.

    Attributes
    ----------
    prediction : int
        Position in the experiment's options.
    attempts : list of str or Race
        Ids of the runs, or the races: the failing one, then the corrected one. Empty for the
        gradient check.
    """

    prediction: int
    attempts: list[str | Race] = field(default_factory=list)


def show() -> None:
    """Draw the view."""
    st.markdown(section("failure_lab", "Introduction"))
    data_choice.show_builtin_notice()
    _restore_experiment()
    key = st.pills(
        "Experiment",
        list(EXPERIMENTS),
        default=next(iter(EXPERIMENTS)),
        required=True,
        format_func=lambda key: EXPERIMENTS[key].title,
        key=_CHOICE,
        persist_state="session",
        label_visibility="collapsed",
    )
    experiment = EXPERIMENTS[key]
    state = _states().get(key)
    _name_experiment(key, state)
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.header(experiment.title, anchor=False)
        st.markdown(experiment.set_up)
        if isinstance(experiment, Failure):
            show_excess(experiment.config)
        elif experiment is RACE:
            show_excess(replace(race.AS_PUBLISHED, epochs=1))  # a race ends by its time
        prediction = _choose_prediction(experiment, state)
        with st.container():
            _show_buttons(experiment, state, prediction)
    with right:
        if state is None:
            st.info("Choose what you expect, then press **Run**.")
        elif experiment is GRADIENT_CHECK:
            _show_check(state)
        elif experiment is RACE:
            _show_races(state)
        else:
            _show_runs(FAILURES[key], state)


def _states() -> dict[str, ExperimentState]:
    """Return the states of this session's experiments, by key."""
    states: dict[str, ExperimentState] = st.session_state.setdefault(_STATES, {})
    return states


def _restore_experiment() -> None:
    """Choose the experiment that the page's address names, with its prediction and its runs."""
    name = st.query_params.get(parameters.EXPERIMENT, "")
    if not is_new(_STATES, name):
        return
    key, *result = name.split(".") if name else [next(iter(EXPERIMENTS))]
    experiment = EXPERIMENTS.get(key)
    if experiment is None:
        return
    st.session_state[_CHOICE] = key
    if not result or result[0] not in map(str, range(len(experiment.options))):
        return
    attempts = [run_id for run_id in result[1:3] if is_id(run_id) and _was_run(experiment, run_id)]
    if experiment is GRADIENT_CHECK or attempts:
        _states()[key] = ExperimentState(int(result[0]), [*attempts])


def _was_run(experiment: Experiment, run_id: str) -> bool:
    """Return whether a run is an attempt at an experiment, active or finished."""
    run = services.active_job(run_id) or services.find_run(run_id)
    if run is None or not isinstance(experiment, Failure):
        return False
    config = run.info.config if isinstance(run, Run) else run.config
    return config in [settings_here(each) for each in (experiment.config, experiment.corrected)]


def _name_experiment(key: str, state: ExperimentState | None) -> None:
    """Name an experiment in the page's address, and its runs; a race ends with the session."""
    name = key
    if state is not None:
        run_ids = [attempt for attempt in state.attempts if isinstance(attempt, str)]
        name = ".".join((key, str(state.prediction), *run_ids))
    default = next(iter(EXPERIMENTS))
    write_choice(parameters.EXPERIMENT, _STATES, None if name == default else name)


def _choose_prediction(experiment: Experiment, state: ExperimentState | None) -> int | None:
    """Return the chosen option; it cannot be changed once the experiment has been started."""
    resets = st.session_state.setdefault(_RESETS, {}).get(experiment.key, 0)
    return st.radio(
        experiment.question,
        range(len(experiment.options)),
        index=state.prediction if state else None,
        format_func=experiment.options.__getitem__,
        key=f"failure_{'tried' if state else 'prediction'}_{experiment.key}_{resets}",
        disabled=state is not None,
        persist_state="session",
    )


def _show_buttons(
    experiment: Experiment, state: ExperimentState | None, prediction: int | None
) -> None:
    """Draw the button for the next action: run, stop, or make another prediction."""
    if state is None:
        busy = experiment is not GRADIENT_CHECK and _active_work() is not None
        if st.button("Run", type="primary", disabled=prediction is None or busy):
            assert prediction is not None
            _start(experiment, ExperimentState(prediction))
        if busy:
            _show_active_work()
    elif (active := _active_attempt(state)) is not None:
        if st.button("Stop", key="failure_stop"):
            services.queue().stop(active)
            st.rerun()
    elif st.button("Try again"):
        del _states()[experiment.key]
        resets = st.session_state[_RESETS]
        resets[experiment.key] = resets.get(experiment.key, 0) + 1
        st.rerun()


def _start(experiment: Experiment, state: ExperimentState) -> None:
    """Start an experiment's next attempt: the failing one, or the corrected one."""
    corrected = bool(state.attempts)
    try:
        if experiment is RACE:
            state.attempts.append(_start_race(race.CORRECTED if corrected else race.AS_PUBLISHED))
        elif experiment is not GRADIENT_CHECK:
            failure = FAILURES[experiment.key]
            name = f"{experiment.title}, with the fix" if corrected else experiment.title
            config = failure.corrected if corrected else failure.config
            state.attempts.append(submit_run(config, name, group=GROUP).id)
    except ConfigError as error:  # a user's own data set may be too small
        st.error(escape_markdown(visible_message(error)))
        return
    _states()[experiment.key] = state
    st.rerun()


def _start_race(config: TrainConfig) -> Race:
    config = settings_here(config)
    started = Race(config, data_choice.load_dataset(config.data), visitor.visitor_id())
    services.queue().submit_background(started, alone=True)
    return started


def _active_attempt(state: ExperimentState) -> TrainingJob | Race | None:
    """Return the attempt that is queued or running, if any."""
    last = state.attempts[-1] if state.attempts else None
    if isinstance(last, Race):
        return None if last.finished else last
    job = services.active_job(last) if last else None
    return job if job is not None and job.active else None


def _active_work() -> TrainingJob | Race | None:
    """Return this visitor's active run or race, of which there is one at a time."""
    jobs = services.queue().jobs(visitor.visitor_id())
    race_state = _states().get(RACE.key)
    return next(
        (job for job in jobs if job.active), _active_attempt(race_state) if race_state else None
    )


def _show_active_work() -> None:
    """Draw the name of the active run or race; redraw the page when it has ended."""
    active = _active_work()
    if active is None:
        st.rerun()
    name = "The race" if isinstance(active, Race) else f"Your run “{escape_markdown(active.name)}”"
    st.caption(f"{name} is still running, and you can run one thing at a time.")
    if st.button("Stop", key="failure_stop_other"):
        services.queue().stop(active)
    st.fragment(_rerun_when_idle, run_every=_POLL_SECONDS)()


def _rerun_when_idle() -> None:
    if _active_work() is None:
        st.rerun()


def _show_outcome(experiment: Experiment, prediction: int, outcome: int | None) -> None:
    """Draw whether a prediction is true; `outcome` is None where that cannot be decided."""
    if outcome is None:
        st.info("The run did not finish, so it does not settle the question.")
    elif outcome == prediction:
        st.info(f"**As you predicted:** {experiment.options[outcome]}.", icon=":material/check:")
    else:
        st.info(
            f"**What happened:** {experiment.options[outcome]}.  \n"
            f"**What you predicted:** {experiment.options[prediction]}.",
            icon=":material/close:",
        )


def _show_why(experiment: Experiment) -> None:
    st.subheader("Why", anchor=False)
    st.markdown(experiment.why)


def _offer_corrected(experiment: Experiment, state: ExperimentState, label: str) -> None:
    """Draw what is corrected and, before the corrected attempt, the button that starts it."""
    st.subheader("The fix", anchor=False)
    st.markdown(experiment.corrected_text)
    if isinstance(experiment, Failure):
        show_excess(experiment.corrected)
    if len(state.attempts) > 1:
        return
    busy = _active_work() is not None
    if st.button(label, type="primary", disabled=busy):
        _start(experiment, state)
    if busy:
        _show_active_work()


def _show_runs(failure: Failure, state: ExperimentState) -> None:
    """Draw the failing run, its explanation, and the mended run."""
    failed, *rest = [run_id for run_id in state.attempts if isinstance(run_id, str)]
    corrected = services.find_run(rest[0]) if rest else None
    with st.container():
        run = _show_run(failed)
        if run is None:
            return
        _show_outcome(failure, state.prediction, failure.outcome(run))
        st.markdown(failure.result(run))
        show_run_curves(run)
        run_status.show_problem(run.history)
        if failure.show_gradients:
            _show_gradients(run, corrected)
    _show_why(failure)
    _offer_corrected(failure, state, "Run with the fix")
    if rest:
        with st.container():
            run = _show_run(rest[0])
        if run is not None:
            st.success(accuracy_sentence(run))
            show_run_curves(run)


def _show_run(run_id: str) -> Run | None:
    """Return a run if it has ended; draw its status while it is active."""
    job = services.active_job(run_id)
    if job is not None and (job.active or job.run is None):
        every = run_status.poll_interval(job)
        st.fragment(_show_active_run, run_every=every)(run_id, every)
        return None
    run = services.find_run(run_id)
    if run is None:
        st.info("This run was deleted.")
    elif job is not None and job.error:
        st.warning(escape_markdown(job.error))  # it could not be saved
    return run


def _show_active_run(run_id: str, drawn_every: float | None) -> None:
    """Draw status and curves of an active run."""
    job = services.active_job(run_id)
    if job is None or run_status.poll_interval(job) != drawn_every:
        st.rerun()  # the whole page, since the buttons change, too
    run_status.show(job)
    show_curves(job.history, job.config.epochs, job.id)


def _show_gradients(failed: Run, corrected: Run | None) -> None:
    st.markdown("**Gradient of each layer**, from the image to the answer, in the last step")
    norms = [run.history[-1].layer_gradient_norms if run else () for run in (failed, corrected)]
    chart(
        lessons.gradient_chart(*norms),
        config=style.CONFIG,
        key="failure_gradients",
        alt="Length of the last gradient in each layer",
    )


def _show_races(state: ExperimentState) -> None:
    """Draw the race as published, its explanation, and the mended race."""
    first, *rest = [attempt for attempt in state.attempts if isinstance(attempt, Race)]
    with st.container():
        if first.finished:
            _show_outcome(RACE, state.prediction, race.outcome(first))
        _show_race(first, 0)
    if not first.finished:
        return
    _show_why(RACE)
    _offer_corrected(RACE, state, "Race with the fix")
    if rest:
        with st.container():
            _show_race(rest[0], 1)


def _show_race(shown: Race, number: int) -> None:
    """Draw a race; while it is running, again every `_POLL_SECONDS`."""
    every = None if shown.finished else _POLL_SECONDS
    st.fragment(_show_standings, run_every=every)(shown, number, every)


def _show_standings(shown: Race, number: int, drawn_every: float | None) -> None:
    """Draw standings and charts of a race."""
    if shown.finished and drawn_every is not None:
        st.rerun()  # the whole page, since the buttons change, too
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
        chart(
            lessons.race_images_chart(shown.history),
            config=style.CONFIG,
            key=f"failure_race_images_{number}",
            alt="Images processed against seconds, for both sides",
        )
    with cost:
        chart(
            lessons.race_cost_chart(shown.history),
            config=style.CONFIG,
            key=f"failure_race_cost_{number}",
            alt="Cost against seconds, for both sides",
        )


def _show_check(state: ExperimentState) -> None:
    """Draw the gradient check of experiment B."""
    data = services.datasets().names[0]
    layers = _checked_layers(data, data_choice.load_dataset(data))
    _show_outcome(GRADIENT_CHECK, state.prediction, experiment_b_gradient.check_outcome(layers))
    st.markdown(experiment_b_gradient.check_result(layers))
    st.markdown("**Gradient of the weights that matter most**, in thousandths")
    st.markdown(experiment_b_gradient.check_table(layers))
    _show_why(GRADIENT_CHECK)


@st.cache_resource(show_spinner=False)
def _checked_layers(data: str, _dataset: Dataset) -> tuple[CheckedLayer, ...]:
    return experiment_b_gradient.check_experiment_b(_dataset)
