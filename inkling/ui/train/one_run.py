"""Set up a run, start it, watch it learn; or look at one that has ended."""

import time
from collections.abc import Sequence

import streamlit as st

from data_loader import Dataset
from digits.augment import AUGMENTATIONS
from inkling.exports.config_link import config_from_query
from inkling.runs.run import Run
from inkling.runs.run_file import RunError
from inkling.training.job import Status, TrainingJob
from inkling.ui import services, session_keys, visitor
from inkling.ui.markdown import escape_markdown
from inkling.ui.train import export, interrupted_runs, layers, time_machine
from inkling.ui.widgets import data_choice
from inkling.ui.widgets.run_curves import curves, curves_of, samples
from inkling.ui.widgets.training_form import ETAS, run_name, training_form, use_settings, with_value
from nn import ConfigError, TrainConfig, TrainRecord
from nn.diagnosis import overfitting
from nn.metrics import accuracy, accuracy_interval
from nn.training import train_validation_split

TICKS = (0.5, 1.0)  # seconds between two looks at a run: in the beginning, and later
LATER = 5.0  # seconds
QUEUED = 2.0  # seconds between two looks at a run that waits behind others
MORE = 1.1  # times as many records as the charts show are worth drawing them anew
LAYERS, MACHINE, TAKE = "Layers", "Time machine", "Take it away"
CLOSER = (
    "**Layers**: gradients, units and weights of each layer. **Time machine**: the network as it "
    "was along the way. **Take it away**: the model, the code, a link."
)


def show() -> None:
    """Draw the view."""
    st.markdown("Teach a network to read handwritten digits, and watch how it gets better at it.")
    above = st.container()
    settings, results = st.columns([1, 2], gap="large")
    jobs = services.queue().jobs(visitor.visitor_id())
    active = next((job for job in jobs if job.active), None)
    every = tick(active) if active else None  # a run may end while the page is being drawn
    with above:
        interrupted_runs.show(active is not None)
    with settings:
        front, buttons, folded = st.container(), st.container(), st.container()
    config = training_form(front, folded)
    with buttons:
        start_and_stop(config, active)
        with st.container():
            if active is not None:
                steer(active)
    with results:
        with st.container():  # a fragment is known by its place, which must not change
            shown = choose_run(jobs)
        job = next((job for job in jobs if job.id == shown), None)
        if shown is None:
            invite(config)
        elif job is not None and (job is active or job.run is None):
            st.fragment(watch, run_every=every)(job.id, every if job is active else None)
        else:
            show_finished(shown, job.error if job else "")


def follow_link() -> None:
    """Take over the settings that the address names, once."""
    try:
        config = config_from_query(st.query_params.to_dict(), AUGMENTATIONS)
    except ConfigError as error:
        st.warning(f"The link names settings that cannot be used: {escape_markdown(str(error))}.")
    else:
        if config is None:
            return
        use_settings(config)
        st.session_state[session_keys.VIEW] = session_keys.ONE_RUN
    st.query_params.clear()


def start_and_stop(config: TrainConfig | None, active: TrainingJob | None) -> None:
    """Draw the two buttons: a visitor has one run at a time, and starting becomes pausing."""
    queue = services.queue()
    with st.container(horizontal=True):
        if active is None:
            start = st.button("Start", type="primary", disabled=config is None, width="stretch")
            if start and config is not None:
                submit(config)
        elif active.status is Status.PAUSED:
            if st.button("Go on", type="primary", width="stretch"):
                queue.resume(active)
                st.rerun()
        elif st.button("Pause", width="stretch"):
            queue.pause(active)
            wait_until_paused(active)
            st.rerun()
        if st.button("Stop", disabled=active is None, width="stretch") and active is not None:
            queue.stop(active)
            st.rerun()


def submit(config: TrainConfig) -> None:
    """Start a run and show it."""
    try:
        job = services.queue().submit(
            config,
            services.datasets().get(config.data),
            visitor.visitor_id(),
            services.unused_name(run_name(config)),
            paused=st.session_state.get(session_keys.BEGIN_PAUSED, False),
        )
    except ConfigError as error:  # others may have filled the queue
        st.error(escape_markdown(str(error)))
        return
    st.session_state[session_keys.SHOWN_RUN] = job.id
    st.session_state[session_keys.PAUSED] = False
    st.rerun()


def steer(job: TrainingJob) -> None:
    """Draw what can be done to a run while it goes on."""

    def set_eta() -> None:
        if (going_on := services.active_job(run_id)) is not None:
            going_on.set_learning_rate(st.session_state[key])

    run_id = job.id
    key = f"steer_{run_id}"
    st.select_slider(
        "Eta of this run",
        with_value(with_value(ETAS, job.config.learning_rate), job.learning_rate),
        job.learning_rate,
        key=key,
        on_change=set_eta,
        format_func=lambda eta: f"{eta:g}",
        help="Holds from the next batch on, and is kept with the run. The schedule still applies.",
    )
    if job.status is Status.PAUSED and st.button(
        "One batch", width="stretch", help="Learn from the next images, then wait again."
    ):
        services.queue().step(job)
        wait_until_paused(job)
        st.rerun()


def wait_until_paused(job: TrainingJob) -> None:
    """Give a run a moment to come to its pause, so that the page shows it at once."""
    for _ in range(50):
        if job.status is not Status.RUNNING and job.status is not Status.WAITING:
            return
        time.sleep(0.01)


def choose_run(jobs: list[TrainingJob]) -> str | None:
    """Return the id of the run to show; where it is not clear which that is, let one be chosen."""
    names = {job.id: job.name for job in jobs}
    shown = st.session_state.get(session_keys.SHOWN_RUN)
    elsewhere = False  # opened from a list of all runs
    for info in services.finished_runs():
        if info.visitor_id == visitor.visitor_id() and not info.group:
            names.setdefault(info.id, info.name)
        elif info.id == shown:
            names[info.id] = info.name
            elsewhere = True
    if not names:
        return None
    if shown not in names:
        st.session_state[session_keys.SHOWN_RUN] = next(iter(names))
    if len(names) > 1 or elsewhere:
        st.selectbox(
            "Run",
            list(names),
            key=session_keys.SHOWN_RUN,
            # A label must not change while it can be chosen, so it says nothing of the state.
            format_func=lambda key: names.get(key, "?"),
            persist_state="session",
            help="Your runs, the newest first.",
        )
    return str(st.session_state[session_keys.SHOWN_RUN])


def invite(config: TrainConfig | None) -> None:
    """Say what will be here."""
    st.info("Press **Start**. In about two seconds the network reads 97 of 100 digits.")
    curves((), (config or TrainConfig()).epochs)


def tick(job: TrainingJob) -> float | None:
    """Return the seconds until a run is to be looked at again, None if nothing goes on."""
    if services.queue().position(job) > 1:
        return QUEUED  # in a class most runs wait, and looks cost what pages are answered with
    if job.status not in (Status.WAITING, Status.RUNNING):
        return None
    return TICKS[bool(job.history) and job.history[-1].seconds > LATER]


def watch(run_id: str, drawn_every: float | None) -> None:
    """Draw a run as it stands now.

    It is told the run's id: what a fragment holds stays in memory as long as the visitor's session,
    which Streamlit keeps for a while after they have left, and a run is many megabytes.
    """
    job = services.active_job(run_id)
    if job is None or tick(job) != drawn_every or (job.run is not None and not job.active):
        st.rerun()  # the whole page: if the run has ended, buttons and the list of runs change too
    status_line(job)
    shown, known = st.session_state.get(session_keys.SHOWN_RECORDS, 0), len(job.history)
    paused = st.session_state.get(session_keys.PAUSED, False)
    if job.status is Status.PAUSED or not (paused or shown <= known < MORE * shown):
        st.session_state[session_keys.SHOWN_RECORDS] = shown = known
    history = job.history[:shown]
    curves(history, job.config.epochs, job.id)
    st.toggle(
        "Hold the charts",
        key=session_keys.PAUSED,
        disabled=not job.active,
        help="The run goes on; the charts stand still, so that you can zoom into them.",
    )
    samples(job.network, job.config, job.dataset)
    closer = choose_closer()
    if closer == LAYERS:
        layers.show(history, job.network, job.id)
    elif closer is not None:
        st.caption("This is here when the run has ended.")


def status_line(job: TrainingJob) -> None:
    """Say how a run stands: its place in the queue, or its progress."""
    last = job.history[-1] if job.history else None
    if job.status is Status.WAITING:
        place = services.queue().position(job)
        st.progress(job.progress, f"Waiting for a free core: number {place} in the queue.")
    elif job.status is Status.FAILED:
        st.error(job.error)
    elif job.status is Status.STOPPED:
        st.info(job.error or "Stopped before it had learned anything.")
    elif last is None:
        paused = job.status is Status.PAUSED
        st.progress(0.0, "Paused before the first batch." if paused else "Starting…")
    elif job.status is Status.PAUSED:
        steps = -(-job.training_size // job.config.batch_size)
        st.progress(
            job.progress,
            f"Paused after batch {last.step:,} of {steps * job.config.epochs:,}: "
            f"cost {last.train_loss:.3f}, {last.train_accuracy:.1%} right.",
        )
    else:
        st.progress(
            job.progress,
            f"Epoch {last.epoch:.1f} of {job.config.epochs} · "
            f"{job.images_per_second:,.0f} images a second · {job.seconds_left:.0f} s left",
        )
    if job.active and job.checkpoint_error:
        st.warning(escape_markdown(job.checkpoint_error))
    warn(job.history)


def warn(history: Sequence[TrainRecord]) -> None:
    """Say what is going wrong, if anything is."""
    if not history:
        return
    problem = history[-1].problem or overfitting(
        [record.train_loss for record in history], [record.validation_loss for record in history]
    )
    if problem is not None:
        st.warning(f"**{problem.sentence}** {problem.advice}")


def show_finished(run_id: str, problem: str) -> None:
    """Draw a run that has ended; `problem` is why it could not be kept."""
    try:
        run = services.open_run(run_id)
    except RunError as error:
        st.error(escape_markdown(str(error)))
        return
    if problem:
        st.warning(escape_markdown(problem))
    info = run.info
    result(run)
    warn(run.history)
    curves_of(run)
    dataset = data_of(info.config)
    if dataset is None:
        st.caption("The digits that it learned from are not here, so they cannot be shown.")
    elif info.finite:
        samples(run.network, info.config, dataset)
    closer = choose_closer()
    if closer == LAYERS:
        layers.show(run.history, run.network, info.id)
    elif closer == MACHINE and dataset is None:
        st.caption("The time machine needs the digits that the run learned from.")
    elif closer == MACHINE and dataset is not None:
        time_machine.time_machine(run, dataset)
    elif closer == TAKE:
        export.take_away(run)


def choose_closer() -> str | None:
    """Let the visitor look closer, or not."""
    return st.segmented_control(
        "Look closer",
        [LAYERS, MACHINE, TAKE],
        key=session_keys.CLOSER,
        persist_state="session",
        help=CLOSER,
    )


def data_of(config: TrainConfig) -> Dataset | None:
    """Return the digits that a run learned from; None if they, or so many, are not here."""
    if config.data not in services.datasets().names:
        return None
    dataset = data_choice.load_dataset(config.data)
    try:
        train_validation_split(dataset, config)
    except ConfigError:
        return None
    return dataset


def result(run: Run) -> None:
    """Say in a sentence what came of a run, and what can be done with it."""
    info, last = run.info, run.history[-1]
    assert info.test_accuracy is not None
    low, high = accuracy_interval(info.test_accuracy, info.test_images)
    verb = "Done" if info.status == "done" else "Stopped"
    box = st.success if last.problem is None else st.info  # a failed run is no success
    box(
        f"**{verb}: it reads {info.test_accuracy:.2%} of the {info.test_images:,} test images "
        f"right**, after {info.epochs:.3g} epochs and {info.seconds:.1f}\u00a0s. "
        f"On other digits of the kind, expect {low:.1%} to {high:.1%}." + on_other_digits(run)
    )
    if info.error:
        st.info(escape_markdown(info.error))
    if info.notes:
        st.caption(escape_markdown(info.notes))
    with st.container(horizontal=True, vertical_alignment="center"):
        if info.finite:
            st.page_link("pages/draw.py", label="**Draw a digit for it**")
        st.button(
            "Use its settings",
            on_click=use_settings,
            args=(info.config,),
            help="Fill the form with the settings of this run.",
        )


def on_other_digits(run: Run) -> str:
    """Say in a sentence how well a run does on the data set that it was not meant for."""
    datasets, info = services.datasets(), run.info
    other = "mnist" if info.config.data == "builtin" else "builtin"
    if not info.finite or other not in datasets.names or not datasets.is_loaded(other):
        return ""
    P = services.answers_to_test_images(other, info.id, run.network)
    right = accuracy(P, datasets.get(other).test.labels)
    return f" Of the test images of the other set, {datasets.label(other)}: {right:.2%}."
