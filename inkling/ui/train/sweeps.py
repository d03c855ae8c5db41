"""Sweeps: many runs that differ in their seed, or in two settings."""

from statistics import fmean, stdev
from typing import Any

import streamlit as st
from plotly.graph_objects import Figure

from inkling.charts import style
from inkling.charts import sweeps as charts_sweeps
from inkling.charts.number_format import local_time
from inkling.runs.run import Run
from inkling.runs.run_file import RunError
from inkling.runs.settings import SETTINGS, visible_message
from inkling.server.limits import LimitError
from inkling.training.job import Status
from inkling.training.sweep_plan import SweepPlan
from inkling.training.sweep_workers import sweep_workers
from inkling.training.sweeps import SavedSweep, Sweep, saved_sweeps
from inkling.ui import services, session_keys, visitor
from inkling.ui.browser_events import parse_index, selected_points
from inkling.ui.components.scroll_target import scroll_target
from inkling.ui.markdown import escape_markdown
from inkling.ui.train import one_run
from inkling.ui.widgets.chart import chart
from inkling.ui.widgets.training_form import training_form
from nn import ConfigError, TrainConfig

OVER_SEEDS, OVER_SETTINGS = "Other seeds", "Two settings"
POLL_SECONDS = 1.0
MAX_SEEDS = 20
KINDS = (
    "**Other seeds**: the same settings with other random numbers, which shows how much "
    "depends on chance. **Two settings**: every combination of their values."
)
VALIDATION = (
    "Measured on validation images: that is what they are for. The winner's figure here is "
    "a little flattering, because the best of many is partly luck. Its test accuracy is "
    "the honest one."
)


Axis = tuple[str, tuple[Any, ...]]
"""A setting and its values."""

AXES = {field: spec for field, spec in SETTINGS.items() if spec.sweep}


def show() -> None:
    """Draw the view."""
    st.markdown("Train many networks in one go, changing one or two settings between them.")
    settings, results = st.columns([1, 2], gap="large")
    sweeps = services.sweeps().of(visitor.visitor_id())
    active = next((sweep for sweep in sweeps if sweep.status is Status.RUNNING), None)
    with settings:
        above, front, folded = st.container(), st.container(gap="small"), st.container()
        with above:
            what_differs = _choose_what_differs()
        swept = [] if isinstance(what_differs, int) else [field for field, _ in what_differs]
        config = training_form(front, folded, without=swept)
        with above:
            _show_buttons(None if config is None else _plan(config, what_differs), active)
            st.markdown("**Shared settings**")
    with results:
        occasion = st.session_state.get(session_keys.SCROLL_TO)
        started = active is not None and occasion == active.id
        scroll_target(occasion if started else None, key="scroll_to_sweep")
        with st.container():  # a fragment is identified by its place, which must not change
            sweep = _choose_sweep(sweeps)
        if sweep is not None:
            every = _poll_interval(sweep)
            st.fragment(_show_sweep, run_every=every)(sweep, every)
        else:
            st.info(
                "Choose what to vary and press **Start all**. The runs share this "
                "computer's cores, and each of them is saved."
            )


def _choose_sweep(sweeps: list[Sweep]) -> Sweep | SavedSweep | None:
    """Draw a select box of this visitor's and of saved sweeps; return the selected one."""
    by_id: dict[str, Sweep | SavedSweep] = {sweep.id: sweep for sweep in sweeps}
    for saved in saved_sweeps(services.finished_runs()):
        by_id.setdefault(saved.id, saved)
    if st.session_state.get(session_keys.SHOWN_SWEEP) not in by_id:
        st.session_state[session_keys.SHOWN_SWEEP] = sweeps[0].id if sweeps else None
    if len(by_id) > min(1, len(sweeps)):
        st.selectbox(
            "Sweep",
            list(by_id),
            index=None,
            placeholder="From an earlier session",
            key=session_keys.SHOWN_SWEEP,
            format_func=lambda key: _title(by_id[key]),
            persist_state="session",
        )
    return by_id.get(st.session_state.get(session_keys.SHOWN_SWEEP, ""))


def _title(sweep: Sweep | SavedSweep) -> str:
    """Return settings, number of trials and date of a sweep."""
    when = local_time(sweep.created)
    return f"{_axis_names(sweep.plan)} · {sweep.total} runs · {when}"


def _axis_names(plan: SweepPlan) -> str:
    return " and ".join(SETTINGS[field].name for field in (plan.x, plan.y) if field)


def _choose_what_differs() -> int | list[Axis]:
    """Draw the choice of what differs; return the number of seeds, or two axes."""
    kind = st.segmented_control(
        "Vary",
        [OVER_SETTINGS, OVER_SEEDS],
        default=OVER_SETTINGS,
        required=True,
        key=session_keys.SWEEP_KIND,
        persist_state="session",
        help=KINDS,
    )
    if kind == OVER_SEEDS:
        return st.slider(
            "Runs", 2, MAX_SEEDS, 5, key=session_keys.SWEEP_SEEDS, persist_state="session"
        )
    across = _choose_axis("x", "hidden_sizes", "Across")
    down = _choose_axis("y", "learning_rate", "Down")
    return [across, down]


def _plan(config: TrainConfig, what_differs: int | list[Axis]) -> SweepPlan | None:
    """Return the plan of a sweep; None after drawing why it is invalid."""
    try:
        if isinstance(what_differs, int):
            return SweepPlan.over_seeds(config, what_differs)
        (x, xs), (y, ys) = what_differs
        return SweepPlan(base=config, x=x, xs=xs, y=y, ys=ys)
    except ConfigError as error:
        st.error(escape_markdown(visible_message(error)))
        return None


def _choose_axis(axis: str, default: str, label: str) -> Axis:
    """Draw the choice of a setting and of its values; return its field and the values."""
    field = st.selectbox(
        label,
        list(AXES),
        index=list(AXES).index(default),
        format_func=lambda name: AXES[name].name,
        key=f"{session_keys.SWEEP_AXIS}_{axis}",
        persist_state="session",
    )
    spec = AXES[field]
    # Positions, because a value may be None or a tuple
    allowed = [k for k, v in enumerate(spec.choices) if services.limits().allows(field, v)]
    values = st.multiselect(
        f"Values of {spec.name.lower()}",
        allowed,
        default=[k for k in allowed if spec.choices[k] in spec.sweep] or allowed[:1],
        format_func=lambda k: spec.value_label(spec.choices[k]),
        key=f"{session_keys.SWEEP_AXIS}_{axis}_{field}",
        persist_state="session",
        label_visibility="collapsed",
    )
    return field, tuple(spec.choices[k] for k in sorted(values))


def _show_buttons(plan: SweepPlan | None, active: Sweep | None) -> None:
    """Draw the buttons Start all and Stop; a visitor has one active sweep at a time."""
    with st.container(horizontal=True):
        label = f"Start all {plan.total}" if plan else "Start all"
        start = st.button(
            label, type="primary", disabled=plan is None or active is not None, width="stretch"
        )
        stop = st.button("Stop", disabled=active is None, width="stretch", key="stop_sweep")
    if start and plan is not None:
        try:
            sweep = _start(plan)
        except LimitError as error:
            st.error(escape_markdown(visible_message(error)))
            return
        st.session_state[session_keys.SHOWN_SWEEP] = sweep.id
        st.session_state[session_keys.SCROLL_TO] = sweep.id
        st.rerun()
    if stop and active is not None:
        active.stop()
        st.rerun()


def _start(plan: SweepPlan) -> Sweep:
    """Start a sweep of this visitor; raises LimitError."""
    visitor_id = visitor.visitor_id()
    dataset = services.datasets().get(plan.base.data)
    workers = sweep_workers(dataset, services.queue(), visitor_id)
    return services.sweeps().start(
        visitor_id,
        lambda: Sweep(plan, workers, services.run_store().save, visitor_id, services.limits()),
    )


def _poll_interval(sweep: Sweep | SavedSweep) -> float | None:
    """Return the seconds until the next poll of a sweep; None if it has ended."""
    return POLL_SECONDS if sweep.status is Status.RUNNING else None


def _show_sweep(sweep: Sweep | SavedSweep, drawn_every: float | None) -> None:
    """Draw status, chart and failures of a sweep."""
    opened = st.session_state[session_keys.TRAIN_VIEW] == one_run.TITLE
    if _poll_interval(sweep) != drawn_every or opened:
        st.rerun()  # the whole page, since buttons or the view have changed, too
    _show_status(sweep)
    if sweep.plan.x == "seed" and sweep.plan.y is None:
        _show_spread(sweep)
    else:
        _show_heatmap(sweep)
    for trial, sentence in sorted(sweep.failures.items()):
        st.warning(f"{escape_markdown(sweep.plan.name(trial))}: {escape_markdown(sentence)}")


def _show_status(sweep: Sweep | SavedSweep) -> None:
    """Draw the progress of a sweep, or its result."""
    done = f"{sweep.finished} of {sweep.total} runs"
    if sweep.status is Status.RUNNING:
        st.progress(sweep.finished / sweep.total, f"{done} · {len(sweep.running)} running")
    elif sweep.status is Status.FAILED:
        st.error(escape_markdown(sweep.error))
    elif sweep.status is Status.STOPPED:
        st.info(f"Stopped after {done}.")
    if sweep.status is not Status.RUNNING and sweep.results:
        st.success(_result_sentence(sweep))


def _result_sentence(sweep: Sweep | SavedSweep) -> str:
    """Return a sentence with the validation accuracies of a sweep."""
    shares = {k: i.validation_accuracy or 0.0 for k, i in sweep.results.items()}
    if sweep.plan.x == "seed" and sweep.plan.y is None:
        spread = stdev(shares.values()) if len(shares) > 1 else 0.0
        return (
            f"**Mean validation accuracy {fmean(shares.values()):.2%}**, from "
            f"{min(shares.values()):.2%} to {max(shares.values()):.2%} in {len(shares)} "
            "runs that differ only in their random numbers (standard deviation "
            f"{100 * spread:.2f} points)."
        )
    best = max(shares, key=shares.__getitem__)
    return (
        f"**Best of {len(shares)} on the validation images: "
        f"{escape_markdown(sweep.plan.name(best))}** with {shares[best]:.2%}."
    )


def _show_heatmap(sweep: Sweep | SavedSweep) -> None:
    """Draw a heatmap of the trials' accuracies; a click opens a trial's run."""
    plan = sweep.plan
    st.markdown("**Validation accuracy, %**; a click on a cell opens its run", help=VALIDATION)

    def clicked() -> None:
        for point in selected_points(st.session_state[key])[:1]:
            trial = parse_index(point.get("customdata"), plan.total)
            if trial is not None and trial in sweep.results:
                one_run.open_run(sweep.results[trial].id)

    key = f"sweep_{sweep.id}"
    chart(
        _accuracy_map(sweep.id, len(sweep.results), st.context.theme.type == "dark", sweep),
        config=style.CONFIG | {"displayModeBar": False},
        key=key,
        on_select=clicked,
        selection_mode="points",
        alt=f"Validation accuracy for each value of {_axis_names(plan)}",
    )
    _choose_trial(sweep)


@st.cache_resource(max_entries=50, show_spinner=False)
def _accuracy_map(sweep_id: str, finished: int, dark: bool, _sweep: Sweep | SavedSweep) -> Figure:
    plan = _sweep.plan
    x = SETTINGS[plan.x]
    columns = [x.value_label(value) for value in plan.xs]
    rows, title = [""], ""
    if plan.y:
        y = SETTINGS[plan.y]
        rows, title = [y.value_label(value) for value in plan.ys], y.name
    return charts_sweeps.accuracy_map(columns, rows, dict(_sweep.results), (x.name, title), dark)


def _choose_trial(sweep: Sweep | SavedSweep) -> None:
    """Draw a select box that opens a trial's run, for keyboard users."""
    results = sweep.results
    if not results:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        trial = st.selectbox(
            "A run",
            sorted(results),
            format_func=lambda k: _trial_label(sweep, k),
            key=f"trial_{sweep.id}",
        )
        st.button("Open run", on_click=one_run.open_run, args=(results[trial].id,))


def _trial_label(sweep: Sweep | SavedSweep, trial: int) -> str:
    """Return the name of a trial and its validation accuracy."""
    info = sweep.results[trial]
    return f"{sweep.plan.name(trial)}: {info.validation_accuracy or 0:.2%} validation accuracy"


def _show_spread(sweep: Sweep | SavedSweep) -> None:
    """Draw the accuracy curves of runs that differ in their seed."""
    st.markdown("**Validation accuracy**, each run, their mean and their spread", help=VALIDATION)
    chart(
        _spread_chart(sweep.id, len(sweep.results), sweep),
        config=style.CONFIG,
        key=f"spread_{sweep.id}",
        alt="Validation accuracy against epochs for several seeds",
    )
    _choose_trial(sweep)


@st.cache_resource(max_entries=50, show_spinner=False)
def _spread_chart(sweep_id: str, finished: int, _sweep: Sweep | SavedSweep) -> Figure:
    runs: list[Run] = []
    for _, info in sorted(_sweep.results.items()):
        try:
            runs.append(services.open_run(info.id))
        except RunError:  # deleted meanwhile
            continue
    return charts_sweeps.spread_chart(runs, _sweep.plan.base.epochs)
