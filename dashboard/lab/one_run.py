"""Set up a run, start it, watch it learn."""

from collections.abc import Sequence

import streamlit as st
from plotly.graph_objects import Figure

from dashboard import charts, controls, frame, state
from dashboard.jobs import Status, TrainingJob
from dashboard.models import model_of
from dashboard.training_form import run_name, training_form
from nn import TrainConfig, TrainRecord
from nn.metrics import accuracy, accuracy_interval
from nn.training import split

TICKS = (0.5, 1.0)  # seconds between two looks at a run: in the beginning, and later
LATER = 5.0  # seconds
MORE = 1.1  # times as many records as the charts show are worth drawing them anew
SAMPLES = 10
COST = (
    "Training makes it fall. The dotted line is measured on the images that the network learns "
    "from, the other one on 5,000 that are held back: where the two part, the network learns its "
    "own images by heart."
)
ACCURACY = "The share of images whose digit the network names right."


def show() -> None:
    """Draw the page."""
    st.title("Train")
    st.markdown("Teach a network to read handwritten digits, and watch how it gets better at it.")
    settings, results = st.columns([1, 2], gap="large")
    runs = state.queue().jobs(state.visitor())
    with settings:
        front, buttons, folded = st.container(), st.container(), st.container()
    config = training_form(front, folded)
    with buttons:
        start_and_stop(config, runs)
    with results:
        if runs:
            with st.container():  # a fragment is known by its place, which must not change
                run = choose_run(runs)
            show_run(run)
        else:
            invite(config)


def start_and_stop(config: TrainConfig | None, runs: list[TrainingJob]) -> None:
    """Draw the two buttons: a visitor has one run at a time."""
    active = next((run for run in runs if run.active), None)
    with st.container(horizontal=True):
        start = st.button(
            "Start",
            type="primary",
            disabled=config is None or active is not None,
            width="stretch",
        )
        stop = st.button("Stop", disabled=active is None, width="stretch")
    if start and config is not None:
        dataset = state.datasets().get(config.data)
        job = state.queue().submit(config, dataset, state.visitor(), run_name(config))
        st.session_state[state.SHOWN_RUN] = job.id
        st.session_state[state.PAUSED] = False
        st.rerun()
    if stop and active is not None:
        state.queue().stop(active)
        st.rerun()


def choose_run(runs: list[TrainingJob]) -> TrainingJob:
    """Return the run to show; where there are several, let the visitor choose."""
    by_id = {run.id: run for run in runs}
    if st.session_state.get(state.SHOWN_RUN) not in by_id:
        st.session_state[state.SHOWN_RUN] = runs[0].id
    if len(runs) > 1:
        st.selectbox(
            "Run",
            list(by_id),
            key=state.SHOWN_RUN,
            # A label must not change while it can be chosen, so it says nothing of the state.
            format_func=lambda key: f"{by_id[key].number}. {by_id[key].name}",
            persist_state="session",
            help="The runs of this sitting, the newest first.",
        )
    return by_id[st.session_state[state.SHOWN_RUN]]


def invite(config: TrainConfig | None) -> None:
    """Say what will be here."""
    st.info("Press **Start**. In about two seconds the network reads 97 of 100 digits.")
    curves((), (config or TrainConfig()).epochs)


def show_run(run: TrainingJob) -> None:
    """Draw a run; while it is active, again and again."""
    st.fragment(watch, run_every=tick(run))(run, tick(run))


def tick(run: TrainingJob) -> float | None:
    """Return the seconds until a run is to be looked at again, None if it has ended."""
    if not run.active:
        return None
    return TICKS[bool(run.history) and run.history[-1].seconds > LATER]


def watch(run: TrainingJob, drawn_every: float | None) -> None:
    """Draw a run as it stands now."""
    if tick(run) != drawn_every:
        st.rerun()  # the whole page: if the run has ended, buttons and the list of runs change too
    status_line(run)
    shown, known = st.session_state.get(state.SHOWN_RECORDS, 0), len(run.history)
    paused = st.session_state.get(state.PAUSED, False)
    if not run.active or not (paused or shown <= known < MORE * shown):
        st.session_state[state.SHOWN_RECORDS] = shown = known
    curves(run.history[:shown], run.config.epochs, run.id)
    st.toggle(
        "Pause the charts",
        key=state.PAUSED,
        disabled=not run.active,
        help="The run goes on; the charts stand still, so that you can zoom into them.",
    )
    samples(run)


def curves(history: Sequence[TrainRecord], epochs: int, run: str = "") -> None:
    """Draw cost and accuracy, side by side where there is room."""
    cost, accuracy = figures(run, len(history), epochs, history)
    left, right = st.columns(2)
    with left:
        st.markdown("**Cost**, how wrong it is", help=COST)
        st.plotly_chart(
            cost,
            config=charts.CONFIG,
            key="cost",
            alt="Cost on training and validation images against epochs",
        )
    with right:
        st.markdown("**Accuracy**, how often right", help=ACCURACY)
        st.plotly_chart(
            accuracy,
            config=charts.CONFIG,
            key="accuracy",
            alt="Share of right answers on training and validation images against epochs",
        )


@st.cache_resource(max_entries=100, show_spinner=False)
def figures(
    run: str, records: int, epochs: int, _history: Sequence[TrainRecord]
) -> tuple[Figure, Figure]:
    """Return both charts of the first records of a run, made once.

    Most looks find nothing new, and Plotly is slow: while it works it holds the training up, for
    only one thread at a time can run Python.
    """
    return charts.cost_chart(_history, epochs), charts.accuracy_chart(_history, epochs)


def status_line(run: TrainingJob) -> None:
    """Say how the run stands: its place in the queue, its progress, or its result."""
    last = run.history[-1] if run.history else None
    if run.status is Status.WAITING:
        place = state.queue().position(run)
        st.progress(0.0, f"Waiting for a free core: number {place} in the queue.")
    elif run.status is Status.RUNNING:
        if last is None:
            st.progress(0.0, "Starting…")
        else:
            st.progress(
                run.progress,
                f"Epoch {last.epoch:.1f} of {run.config.epochs} · "
                f"{run.images_per_second:,.0f} images a second · {run.seconds_left:.0f} s left",
            )
    elif run.status is Status.FAILED:
        st.error(run.error)
    elif run.test_accuracy is None:
        st.info(run.error or "Stopped before it had learned anything.")
    else:
        result(run)
    if last is not None and last.problem is not None:
        st.warning(f"**{last.problem.sentence}** {last.problem.advice}")


def result(run: TrainingJob) -> None:
    """Say in a sentence what came of a run, and offer its model."""
    assert run.test_accuracy is not None
    n = len(run.dataset.test.labels)
    low, high = accuracy_interval(run.test_accuracy, n)
    last = run.history[-1]
    verb = "Done" if run.status is Status.DONE else "Stopped"
    box = st.success if last.problem is None else st.info  # a failed run is no success
    box(
        f"**{verb}: it reads {run.test_accuracy:.2%} of the {n:,} test images right**, "
        f"after {last.epoch:.3g} epochs and {last.seconds:.1f}\u00a0s. "
        f"On other digits of the kind, expect {low:.1%} to {high:.1%}." + on_other_digits(run)
    )
    if run.error:
        st.info(run.error)
    model = model_of(run)
    if model is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link("pages/draw.py", label="**Draw a digit for it**")
            controls.download_model(model)


def on_other_digits(run: TrainingJob) -> str:
    """Say in a sentence how well a run does on the data set that it was not meant for."""
    datasets, model = state.datasets(), model_of(run)
    other = "mnist" if run.config.data == "builtin" else "builtin"
    if model is None or other not in datasets.names or not datasets.is_loaded(other):
        return ""
    P = state.answers_to_test_images(other, model.id, model.network)
    right = accuracy(P, datasets.get(other).test.labels)
    return f" Of the test images of the other set, {datasets.label(other)}: {right:.2%}."


def samples(run: TrainingJob) -> None:
    """Draw a few digits that the network does not learn from, with its answers so far."""
    if run.network is None:
        return
    _, held_back = split(run.dataset, run.config)
    unseen = held_back if len(held_back.labels) else run.dataset.test
    images, labels = unseen.images[:SAMPLES], unseen.labels[:SAMPLES]
    answers = run.network.predict_proba(images).argmax(axis=1)
    st.markdown("**What it says to ten digits that it does not learn from**")
    controls.digit_row(
        images,
        [
            f":green[**{answer}** ✓]" if answer == label else f":red[**{answer}** ✗]"
            for answer, label in zip(answers, labels, strict=True)
        ],
        width=56,
    )


frame.inside_frame()
show()
