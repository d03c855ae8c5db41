"""Many runs at once: the same settings with other seeds, or two settings against each other."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, stdev
from typing import Any

import streamlit as st
from plotly.graph_objects import Figure

from inkling.charts import style
from inkling.charts import sweeps as charts_sweeps
from inkling.runs.run import Run
from inkling.runs.run_file import RunError
from inkling.training.sweep_plan import SweepPlan
from inkling.training.sweep_workers import sweep_workers
from inkling.training.sweeps import SavedSweep, Sweep, saved_sweeps
from inkling.ui import services, session_keys, visitor
from inkling.ui.browser_events import parse_index, selected_points
from inkling.ui.markdown import escape_markdown
from inkling.ui.train.saved_runs import open_run
from inkling.ui.widgets.training_form import (
    AUGMENTATION_LABELS,
    BATCH_SIZES,
    ETAS,
    TRAINING_SIZES,
    training_form,
)
from nn import ConfigError, TrainConfig
from nn.activations import HIDDEN_ACTIVATIONS
from nn.initializers import INITIALIZERS
from nn.optimizers import OPTIMIZERS
from nn.schedules import SCHEDULES

SEEDS, SETTINGS = "Other seeds", "Two settings"
TICK = 1.0  # seconds between two looks at a sweep
MAX_SEEDS = 20
WHAT = (
    "**Other seeds**: the same settings with other random numbers, which shows how much is luck. "
    "**Two settings**: every combination of their values."
)
HONEST = (
    "Measured on the images that are held back: that is what they are for. Whoever chooses by the "
    "test images fools himself a little, for the best of many is partly lucky."
)


@dataclass(frozen=True)
class Axis:
    """A setting that can be swept: its name, its values, the first choice, the values' names."""

    label: str
    values: tuple[Any, ...]
    first: tuple[Any, ...]
    name: Callable[[Any], str] = str


def _layers(sizes: tuple[int, ...]) -> str:
    return "-".join(map(str, sizes)) or "none"


AXES = {
    "hidden_sizes": Axis(
        "Hidden size",
        (
            *((), (4,), (8,), (16,), (32,), (64,), (128,), (256,), (512,)),
            (16, 16),
            (64, 64),
            (128, 64),
        ),
        ((16,), (32,), (64,), (128,)),
        _layers,
    ),
    "learning_rate": Axis("Eta", tuple(ETAS), (0.02, 0.05, 0.15, 0.5), lambda eta: f"{eta:g}"),
    "batch_size": Axis("Batch size", tuple(BATCH_SIZES), (20, 100, 500), lambda n: f"{n:,}"),
    "epochs": Axis("Epochs", (1, 2, 3, 5, 10, 20, 50), (1, 2, 5)),
    "training_size": Axis(
        "Training images", tuple(TRAINING_SIZES), (300, 1_000, 3_000, 10_000), lambda n: f"{n:,}"
    ),
    "activation": Axis(
        "Activation",
        tuple(name for name, a in HIDDEN_ACTIVATIONS.items() if not a.historical),
        ("relu", "tanh", "sigmoid"),
        lambda name: HIDDEN_ACTIVATIONS[name].label,
    ),
    "optimizer": Axis(
        "Optimiser",
        tuple(OPTIMIZERS),
        tuple(OPTIMIZERS),
        lambda name: OPTIMIZERS[name].label,
    ),
    "schedule": Axis(
        "Schedule", tuple(SCHEDULES), tuple(SCHEDULES), lambda name: SCHEDULES[name].label
    ),
    "initialization": Axis(
        "Initialisation",
        tuple(INITIALIZERS),
        tuple(INITIALIZERS),
        lambda name: INITIALIZERS[name].label,
    ),
    "augmentation": Axis(
        "Distortion",
        (None, "affine", "elastic", "affine-elastic"),
        (None, "affine", "elastic"),
        lambda name: AUGMENTATION_LABELS[name or "none"],
    ),
    "seed": Axis("Seed", tuple(range(10)), (0, 1, 2)),
}


def show() -> None:
    """Draw the view."""
    st.markdown("Train the same network again and again, with something else each time.")
    settings, results = st.columns([1, 2], gap="large")
    sweeps = services.sweeps_of(visitor.visitor_id())
    active = next((sweep for sweep in sweeps if sweep.status == "running"), None)
    with settings:
        above, front, folded = st.container(), st.container(), st.container()
        config = training_form(front, folded)
        with above:
            plan = choose_plan(config)
            start_and_stop(plan, active)
            st.markdown("**Settings of all runs**, but for those that differ")
    with results:
        with st.container():  # a fragment is known by its place, which must not change
            sweep = choose_sweep(sweeps)
        if sweep is not None:
            st.fragment(watch, run_every=tick(sweep))(sweep, tick(sweep))
        else:
            st.info(
                "Choose what differs and press **Start all**. The trials share this computer's "
                "cores; each is kept as a run of its own."
            )


def choose_sweep(sweeps: list[Sweep]) -> Sweep | SavedSweep | None:
    """Return the sweep to show; those of earlier sittings can be chosen, too."""
    found: dict[str, Sweep | SavedSweep] = {sweep.id: sweep for sweep in sweeps}
    for kept in saved_sweeps(services.finished_runs()):
        if {kept.plan.x, kept.plan.y} <= {*AXES, None}:
            found.setdefault(kept.id, kept)
    if st.session_state.get(session_keys.SHOWN_SWEEP) not in found:
        st.session_state[session_keys.SHOWN_SWEEP] = sweeps[0].id if sweeps else None
    if len(found) > min(1, len(sweeps)):
        st.selectbox(
            "Sweep",
            list(found),
            index=None,
            placeholder="One of an earlier sitting",
            key=session_keys.SHOWN_SWEEP,
            format_func=lambda key: title(found[key]),
            persist_state="session",
        )
    return found.get(st.session_state.get(session_keys.SHOWN_SWEEP, ""))


def title(sweep: Sweep | SavedSweep) -> str:
    """Return what a sweep is over, and when it was."""
    axes = " and ".join(AXES[axis].label for axis in (sweep.plan.x, sweep.plan.y) if axis)
    when = datetime.fromtimestamp(sweep.created).strftime("%d %b %Y, %H:%M")
    return f"{axes} · {sweep.total} trials · {when}"


def choose_plan(config: TrainConfig | None) -> SweepPlan | None:
    """Draw what differs from run to run; return the plan, or None if it cannot be carried out."""
    kind = st.segmented_control(
        "What differs",
        [SETTINGS, SEEDS],
        default=SETTINGS,
        required=True,
        key=session_keys.SWEEP_KIND,
        persist_state="session",
        help=WHAT,
    )
    if kind == SEEDS:
        count = st.slider(
            "Runs", 2, MAX_SEEDS, 5, key=session_keys.SWEEP_SEEDS, persist_state="session"
        )
    else:
        x, xs = choose_axis("x", "hidden_sizes", "Across")
        y, ys = choose_axis("y", "learning_rate", "Down")
    if config is None:
        return None
    try:
        if kind == SEEDS:
            return SweepPlan.over_seeds(config, count)
        return SweepPlan(base=config, x=x, xs=xs, y=y, ys=ys)
    except ConfigError as error:
        st.error(escape_markdown(str(error)))
        return None


def choose_axis(axis: str, first: str, label: str) -> tuple[str, tuple[Any, ...]]:
    """Draw the choice of a setting and of its values; return both."""
    field = st.selectbox(
        label,
        list(AXES),
        index=list(AXES).index(first),
        format_func=lambda name: AXES[name].label,
        key=f"{session_keys.SWEEP_AXIS}_{axis}",
        persist_state="session",
    )
    chosen = AXES[field]
    values = st.multiselect(
        f"Values of {chosen.label.lower()}",
        list(range(len(chosen.values))),  # numbers: a value may be None or a tuple
        default=[chosen.values.index(value) for value in chosen.first],
        format_func=lambda k: chosen.name(chosen.values[k]),
        key=f"{session_keys.SWEEP_AXIS}_{axis}_{field}",
        persist_state="session",
        label_visibility="collapsed",
    )
    return field, tuple(chosen.values[k] for k in sorted(values))


def start_and_stop(plan: SweepPlan | None, active: Sweep | None) -> None:
    """Draw the two buttons: a visitor has one sweep at a time."""
    with st.container(horizontal=True):
        label = f"Start all {plan.total}" if plan else "Start all"
        start = st.button(
            label, type="primary", disabled=plan is None or active is not None, width="stretch"
        )
        stop = st.button("Stop", disabled=active is None, width="stretch", key="stop_sweep")
    if start and plan is not None:
        try:
            for config in plan.trials:
                services.limits().check(config)
        except ConfigError as error:
            st.error(escape_markdown(str(error)))
            return
        workers = sweep_workers(
            services.datasets().get(plan.base.data), services.queue().reserve_idle_core
        )
        sweep = Sweep(
            plan,
            workers,
            services.run_store().save,
            visitor.visitor_id(),
            services.limits().minutes,
        )
        services.add_sweep(sweep)
        st.session_state[session_keys.SHOWN_SWEEP] = sweep.id
        st.rerun()
    if stop and active is not None:
        active.stop()
        st.rerun()


def tick(sweep: Sweep | SavedSweep) -> float | None:
    """Return the seconds until a sweep is to be looked at again, None if it has ended."""
    return TICK if sweep.status == "running" else None


def watch(sweep: Sweep | SavedSweep, drawn_every: float | None) -> None:
    """Draw a sweep as it stands now."""
    opened = st.session_state[session_keys.VIEW] == session_keys.ONE_RUN
    if tick(sweep) != drawn_every or opened:
        st.rerun()  # the whole page: the buttons change too, or another view is asked for
    status_line(sweep)
    if sweep.plan.x == "seed" and sweep.plan.y is None:
        spread(sweep)
    else:
        heatmap(sweep)
    for trial, sentence in sorted(sweep.failures.items()):
        st.warning(f"{escape_markdown(sweep.plan.name(trial))}: {escape_markdown(sentence)}")


def status_line(sweep: Sweep | SavedSweep) -> None:
    """Say how far a sweep is."""
    done = f"{sweep.finished} of {sweep.total} trials"
    if sweep.status == "running":
        st.progress(sweep.finished / sweep.total, f"{done} · {len(sweep.running)} under way")
    elif sweep.status == "failed":
        st.error(escape_markdown(sweep.error))
    elif sweep.status == "stopped":
        st.info(f"Stopped after {done}.")
    if sweep.status != "running" and sweep.results:
        st.success(in_words(sweep))


def in_words(sweep: Sweep | SavedSweep) -> str:
    """Say in a sentence what came of a sweep."""
    shares = {k: i.validation_accuracy or 0.0 for k, i in sweep.results.items()}
    if sweep.plan.x == "seed" and sweep.plan.y is None:
        spread = stdev(shares.values()) if len(shares) > 1 else 0.0
        return (
            f"**{fmean(shares.values()):.2%} of the validation images right on average**, from "
            f"{min(shares.values()):.2%} to {max(shares.values()):.2%} in {len(shares)} runs that "
            f"differ only in their random numbers (standard deviation {100 * spread:.2f} points)."
        )
    best = max(shares, key=shares.__getitem__)
    return (
        f"**Best of {len(shares)} on the validation images: "
        f"{escape_markdown(sweep.plan.name(best))}** with {shares[best]:.2%}."
    )


def heatmap(sweep: Sweep | SavedSweep) -> None:
    """Draw the trials as cells; a click opens one."""
    plan = sweep.plan
    st.markdown("**Validation accuracy, %**; a click on a cell opens its run", help=HONEST)

    def clicked() -> None:
        for point in selected_points(st.session_state[key])[:1]:
            trial = parse_index(point.get("customdata"), plan.total)
            if trial is not None and trial in sweep.results:
                open_run(sweep.results[trial].id)

    key = f"sweep_{sweep.id}"
    st.plotly_chart(
        _map_of(sweep.id, len(sweep.results), st.context.theme.type == "dark", sweep),
        config=style.CONFIG | {"displayModeBar": False},
        key=key,
        on_select=clicked,
        selection_mode="points",
        alt=f"Validation accuracy for each {plan.x} and {plan.y or 'nothing else'}",
    )
    choose_trial(sweep)


@st.cache_resource(max_entries=50, show_spinner=False)
def _map_of(sweep_id: str, finished: int, dark: bool, _sweep: Sweep | SavedSweep) -> Figure:
    plan = _sweep.plan
    down = plan.y or plan.x
    rows = [AXES[down].name(value) for value in plan.ys] if plan.y else [""]
    columns = [AXES[plan.x].name(value) for value in plan.xs]
    titles = (AXES[plan.x].label, AXES[down].label if plan.y else "")
    return charts_sweeps.accuracy_map(columns, rows, dict(_sweep.results), titles, dark)


def choose_trial(sweep: Sweep | SavedSweep) -> None:
    """Draw another way to open a run, for those without a mouse."""
    results = sweep.results
    if not results:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        trial = st.selectbox(
            "A trial",
            sorted(results),
            format_func=lambda k: plain_accuracy(sweep, k),
            key=f"trial_{sweep.id}",
        )
        st.button("Open its run", on_click=open_run, args=(results[trial].id,))


def plain_accuracy(sweep: Sweep | SavedSweep, trial: int) -> str:
    """Return a trial's settings and its accuracy."""
    info = sweep.results[trial]
    return f"{sweep.plan.name(trial)}: {info.validation_accuracy or 0:.2%}"


def spread(sweep: Sweep | SavedSweep) -> None:
    """Draw the curves of runs that differ in their seed."""
    st.markdown("**Validation accuracy**, each run, their mean and their spread", help=HONEST)
    st.plotly_chart(
        _spread_of(sweep.id, len(sweep.results), sweep),
        config=style.CONFIG,
        key=f"spread_{sweep.id}",
        alt="Validation accuracy against epochs for several seeds",
    )
    choose_trial(sweep)


@st.cache_resource(max_entries=50, show_spinner=False)
def _spread_of(sweep_id: str, finished: int, _sweep: Sweep | SavedSweep) -> Figure:
    runs: list[Run] = []
    for _, info in sorted(_sweep.results.items()):
        try:
            runs.append(services.open_run(info.id))
        except RunError:  # deleted meanwhile
            continue
    return charts_sweeps.spread_chart(runs, _sweep.plan.base.epochs)
