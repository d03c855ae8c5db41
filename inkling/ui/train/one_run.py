"""One run: training form, controls, and the charts of an active or finished run."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Literal
from urllib.parse import urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from digits.augment import AUGMENTATIONS
from inkling.charts.accuracy_level import SCALE, level
from inkling.data.unseen_images import UnseenImages, validation_or_test_images
from inkling.exports.config_link import config_from_query, link_query, unknown_names
from inkling.lessons.content import section
from inkling.runs.run import Run, RunInfo
from inkling.runs.run_file import RunError
from inkling.runs.run_name import run_name
from inkling.runs.settings import SETTINGS, visible_message
from inkling.training.job import Status, TrainingJob
from inkling.ui import services, session_keys, visitor
from inkling.ui.components.scroll_target import scroll_target
from inkling.ui.markdown import escape_markdown
from inkling.ui.model_choice import NETWORK
from inkling.ui.train import (
    export,
    interrupted_runs,
    layers,
    network_view,
    parameters,
    run_mistakes,
    time_machine,
)
from inkling.ui.widgets import data_choice, run_status
from inkling.ui.widgets.address import is_new, read_choice, remember, write_choice
from inkling.ui.widgets.few_controls import SHOW
from inkling.ui.widgets.run_curves import event_marks, show_curves, show_run_curves
from inkling.ui.widgets.run_submission import settings_here, submit_run
from inkling.ui.widgets.training_form import DEFAULT_RECIPE, training_form, use_settings
from inkling.ui.widgets.view_choice import PARAMETER
from nn import ConfigError, TrainConfig, TrainRecord, recipes
from nn.config import truncate_repr
from nn.metrics import accuracy, accuracy_interval
from nn.training import new_network, train_validation_split, validation_count

TITLE = "One run"
REDRAW_FACTOR = 1.1  # charts are drawn again when a run has this many times the records shown
PAUSE_POLLS, PAUSE_POLL_SECONDS = 50, 0.01
_SETTINGS = "settings"  # in the page's address
_STARTED = "run_started"  # Start was clicked
_TEST_ACCURACY = (
    "The network never saw these images, so this is how well it reads new digits. The "
    "charts show other images: of MNIST, the validation images are a little easier than "
    "the test images. The 95% interval is for chance alone: your own handwriting may well "
    "do worse."
)
LAYERS, TIME_MACHINE, EXPORT = "Layers", "Time machine", "Export"
DETAILS = {"layers": LAYERS, "time-machine": TIME_MACHINE, "export": EXPORT}
"""Details of a run by their names in the address."""


def show() -> None:
    """Draw the view."""
    above = st.container()
    settings, results = st.columns([2, 5], gap="medium")
    jobs = services.queue().jobs(visitor.visitor_id())
    active = next((job for job in jobs if job.active), None)
    # Before anything is drawn, because the run may end meanwhile.
    every = run_status.poll_interval(active) if active else None
    with above:
        interrupted_runs.show(active is not None)
    with settings, st.container(key="settings", border=True):
        front = st.container(gap="small", key="main_settings")
        buttons = st.container(key="start")
        folded, controls = st.container(), st.container()  # which come and go: below the others
    config = training_form(front, folded)
    if config is not None:
        _write_address(config)
    with buttons:
        _show_buttons(config, active)
    with controls:
        if active is not None:
            _show_controls(active)
            if config is not None and config != active.config:
                st.caption("These settings are for the next run. The active run has others.")
    with results:
        occasion = st.session_state.get(session_keys.SCROLL_TO)
        scroll_target(occasion if active and occasion == active.id else None, key="scroll_to_run")
        with st.container():  # a fragment is identified by its place, which must not change
            shown = _choose_run(jobs)
        job = next((job for job in jobs if job.id == shown), None)
        if shown is None:
            _show_untrained(config)
        elif job is not None and (job is active or job.run is None):
            st.fragment(_show_active, run_every=every)(job.id, every if job is active else None)
        else:
            with st.container():  # as a fragment is one, so that its elements are replaced
                _show_finished(shown, job, config)
            if active is not None:
                st.fragment(_await_end, run_every=every)(active.id)


def open_run(run_id: str) -> None:
    """Select this view and a run in it; for callbacks, which run before the page is drawn.

    The address changes in one step, so that the browser's Back leads to the view that is left.
    """
    st.session_state[session_keys.SHOWN_RUN] = run_id
    st.session_state[session_keys.RUN_DETAILS] = None
    st.session_state[session_keys.TRAIN_VIEW] = TITLE
    query = st.query_params.to_dict()
    kept = {n: text for n, text in query.items() if n not in (PARAMETER, *parameters.OF_VIEWS)}
    jobs = services.queue().jobs(visitor.visitor_id())
    is_newest = run_id == next(iter(_own_runs(jobs, services.finished_runs())), None)
    st.query_params.from_dict(kept if is_newest else kept | {parameters.RUN: run_id})


def apply_link() -> None:
    """Fill the form with settings that are new in the page's address."""
    query = _settings_in_address()
    if not is_new(_SETTINGS, _as_name(query)):
        return
    remember(_SETTINGS, _as_name(query))
    if not query:
        use_settings(recipes[DEFAULT_RECIPE])
        return
    if unknown := unknown_names(query):
        names = " or ".join(escape_markdown(truncate_repr(name)) for name in unknown[:5])
        st.warning(
            f"The link has a part that Inkling does not know ({names}). That part was left out."
        )
    try:
        config = config_from_query(st.query_params.to_dict(), AUGMENTATIONS)
    except ConfigError as error:
        reason = escape_markdown(visible_message(error))
        st.warning(f"This link cannot be used. {reason}. The form was not changed.")
        return
    if config is not None:
        use_settings(config, query.get("recipe"))
        if PARAMETER not in st.query_params:
            st.session_state[session_keys.TRAIN_VIEW] = TITLE


def _write_address(config: TrainConfig) -> None:
    """Name the settings of the form in the page's address, unless they are the first ones."""
    recipe = st.session_state[session_keys.RECIPE]
    named = link_query(config, recipe)
    if recipe == DEFAULT_RECIPE and config == settings_here(recipes[recipe]):
        named = {}
    remember(_SETTINGS, _as_name(named))
    settings = _settings_in_address()
    if settings != named:
        query = st.query_params.to_dict()
        others = {name: text for name, text in query.items() if name not in settings}
        st.query_params.from_dict(named | others)


def _settings_in_address() -> dict[str, str]:
    """Return the parameters of the page's address that are settings of a run, or unknown."""
    return {
        name: text
        for name, text in st.query_params.to_dict().items()
        if name not in (PARAMETER, SHOW, *parameters.OF_VIEWS)
    }


def _as_name(query: Mapping[str, str]) -> str:
    """Return settings in an address as one text, whatever their order."""
    return urlencode(sorted(query.items()))


def _show_buttons(config: TrainConfig | None, active: TrainingJob | None) -> None:
    """Draw the buttons Start and Stop; while a run is active, Start is Pause or Resume."""
    queue = services.queue()
    with st.container(horizontal=True):
        started = st.session_state.pop(_STARTED, False)
        if active is None:
            start = st.button(
                "Start",
                type="primary",
                disabled=config is None,
                width="stretch",
                on_click=_note_start,
            )
            if start and config is not None:
                _submit(config)
        elif active.status is Status.PAUSED:
            _control_button("Resume", queue.resume, active, "primary")
        else:
            _control_button("Pause", _pause, active)
        _control_button("Stop", queue.stop, active)
    if started and active is not None:  # in another tab, since this page was drawn
        st.session_state[session_keys.SHOWN_RUN] = active.id
        st.toast("You already have an active run. It is shown now.")


def _note_start() -> None:
    """Note a click on Start, which is lost where a run has become active meanwhile."""
    st.session_state[_STARTED] = True


def _control_button(
    label: str,
    action: Callable[[TrainingJob], None],
    job: TrainingJob | None,
    kind: Literal["primary", "secondary"] = "secondary",
) -> None:
    """Draw a button that applies an action to an active run; disabled without one.

    The action is a callback, because a rerun of the charts may interrupt a script before it draws
    the button that was clicked.
    """
    run_id = None if job is None else job.id

    def act() -> None:
        if run_id is not None and (active := services.active_job(run_id)) is not None:
            action(active)

    st.button(label, type=kind, disabled=job is None, width="stretch", on_click=act)


def _pause(job: TrainingJob) -> None:
    services.queue().pause(job)
    _wait_until_paused(job)


def _submit(config: TrainConfig) -> None:
    """Submit a run to the queue and select it."""
    try:
        paused = st.session_state.get(session_keys.BEGIN_PAUSED, False)
        job = submit_run(
            config, run_name(config, st.session_state[session_keys.RECIPE]), paused=paused
        )
    except ConfigError as error:  # others may have filled the queue
        st.error(escape_markdown(visible_message(error)))
        return
    st.session_state[session_keys.SHOWN_RUN] = job.id
    st.session_state[session_keys.SCROLL_TO] = job.id
    st.session_state[session_keys.CHARTS_PAUSED] = False
    st.rerun()


def _show_controls(job: TrainingJob) -> None:
    """Draw the controls of an active run: learning rate, and one batch while it is paused."""

    def set_eta() -> None:
        if (active := services.active_job(run_id)) is not None:
            active.set_learning_rate(st.session_state[key])

    run_id = job.id
    key = f"steer_{run_id}"
    eta = SETTINGS["learning_rate"]
    st.select_slider(
        "Learning rate of this run",
        eta.with_choices(job.config.learning_rate, job.learning_rate),
        job.learning_rate,
        key=key,
        on_change=set_eta,
        format_func=eta.value_label,
        help=(
            "Takes effect with the next batch and is saved with the run. The schedule "
            "still applies on top."
        ),
    )
    if job.status is Status.PAUSED and st.button(
        "Next batch", width="stretch", help="Learns from one more batch, then pauses again."
    ):
        services.queue().step(job)
        _wait_until_paused(job)
        st.rerun()


def _wait_until_paused(job: TrainingJob) -> None:
    """Wait until a run has paused, for half a second at most."""
    for _ in range(PAUSE_POLLS):
        if job.status is not Status.RUNNING and job.status is not Status.WAITING:
            return
        time.sleep(PAUSE_POLL_SECONDS)


def _own_runs(jobs: Sequence[TrainingJob], finished: Sequence[RunInfo]) -> dict[str, str]:
    """Return the names of the visitor's runs by their ids, the newest first; none of a sweep."""
    own = {job.id: job.name for job in jobs}
    for info in finished:
        if info.visitor_id == visitor.visitor_id() and not info.group:
            own.setdefault(info.id, info.name)
    return own


def _choose_run(jobs: list[TrainingJob]) -> str | None:
    """Draw a select box of the runs if there are several; return the id of the selected run."""
    finished = services.finished_runs()
    own = _own_runs(jobs, finished)
    newest = next(iter(own), None)
    visible = own | {info.id: info.name for info in finished}
    key = session_keys.SHOWN_RUN
    read_choice(parameters.RUN, key, {"": newest, **{run_id: run_id for run_id in visible}})
    shown = st.session_state.get(key)
    names = {run_id: name for run_id, name in visible.items() if run_id in own or run_id == shown}
    opened = len(names) > len(own)  # from the list of all runs, or by a link
    if not names:
        return None
    if shown not in names:
        st.session_state[key] = newest
    if len(names) > 1 or opened:
        st.selectbox(
            "Run",
            list(names),
            key=key,
            # Labels must not change while the box is open, so they do not contain the state.
            format_func=lambda run_id: names.get(run_id, "?"),
            persist_state="session",
            help="Your runs, the newest first.",
        )
    shown = str(st.session_state[key])
    write_choice(parameters.RUN, key, None if shown == newest else shown)
    return shown


def _show_untrained(config: TrainConfig | None) -> None:
    """Draw the network as it would begin, empty charts, and a hint to start a run."""
    if config is None:
        show_curves((), TrainConfig().epochs)
        return
    images = len(data_choice.load_dataset(config.data).train.labels)
    as_measured = config == recipes[DEFAULT_RECIPE]
    usual = as_measured and validation_count(config, images) == config.validation_size
    promise = "It takes a few seconds." if usual else ""
    unseen = _unseen_images(config)
    above, result, curves, _ = _parts()
    if unseen is not None:
        with above:
            network_view.show(new_network(config), unseen, "network_view_untrained")
    with result:
        st.markdown("Teach a network to read handwritten digits, and watch it improve.")
        st.markdown(f"Press **Start**. {promise}")
        st.caption("Its weights are random numbers at first, so it guesses.")
    with curves:
        show_curves((), config.epochs)


def _parts() -> tuple[DeltaGenerator, DeltaGenerator, DeltaGenerator, DeltaGenerator]:
    """Return the containers of the digit in the network, accuracy, charts, and mistakes of a run.

    What is drawn below them keeps its place when a run ends: an element that is replaced while it
    is clicked loses the click.
    """
    above = st.container()
    result, curves = st.columns([1, 2], gap="medium")
    return above, result, curves, st.container()


def _show_active(run_id: str, drawn_every: float | None) -> None:
    """Draw status, charts and sample answers of an active run.

    The argument is an id, because Streamlit keeps a fragment's arguments as long as the session,
    and a run takes many megabytes.
    """
    job = services.active_job(run_id)
    if (
        job is None
        or run_status.poll_interval(job) != drawn_every
        or (job.run is not None and not job.active)
    ):
        st.rerun()  # the whole page: if the run has ended, buttons and the list of runs change too
    shown, available = st.session_state.get(session_keys.SHOWN_RECORDS, 0), len(job.history)
    paused = st.session_state.get(session_keys.CHARTS_PAUSED, False)
    if job.status is Status.PAUSED or not (paused or shown <= available < REDRAW_FACTOR * shown):
        st.session_state[session_keys.SHOWN_RECORDS] = shown = available
    history = job.history[:shown]
    unseen = _unseen_images(job.config)
    above, result, curves, _ = _parts()
    if unseen is not None:
        network = new_network(job.config) if job.network is None else job.network
        with above:
            network_view.show(network, unseen, f"network_view_{run_id}")
    with result:
        if history and unseen is not None:
            _show_live_accuracy(history, len(unseen.examples.labels))
        run_status.show(job)
        st.toggle(
            "Freeze the charts",
            key=session_keys.CHARTS_PAUSED,
            disabled=not job.active,
            help="The charts stop changing, so that you can zoom into them. The run continues.",
        )
    with curves:
        show_curves(history, job.config.epochs, job.id, event_marks(job.events, history))
    details = _choose_details()
    if details == LAYERS:
        layers.show(history, job.network, job.id)
    elif details is not None:
        st.caption("Available once the run has ended.")


def _await_end(run_id: str) -> None:
    """Draw the page again when a run that is not shown has ended: its buttons change."""
    job = services.active_job(run_id)
    if job is None or not job.active:
        st.rerun()


def _show_finished(run_id: str, job: TrainingJob | None, form: TrainConfig | None) -> None:
    """Draw result, charts and details of a finished run.

    Parameters
    ----------
    run_id : str
    job : TrainingJob or None
        None if the run is saved.
    form : TrainConfig or None
        What the form describes.
    """
    try:
        run = services.open_run(run_id)
    except RunError as error:
        st.error(escape_markdown(str(error)))
        return
    info = run.info
    unseen = _unseen_images(info.config)
    above, result, curves, mistakes = _parts()
    with above:
        if job is not None and job.unsaved_bytes:
            st.warning(escape_markdown(job.error))
            if st.button("Save again"):
                services.queue().save_again(job)
                st.rerun()
        if unseen is None:
            st.caption("The digits this run learned from are not available here.")
        elif info.finite:
            network_view.show(run.network, unseen, f"network_view_{run_id}")
    with result:
        _show_result(run, form)
        run_status.show_problem(run.history)
    with curves:
        show_run_curves(run)
    if unseen is not None and info.finite:
        with mistakes:
            run_mistakes.show(run)
    details = _choose_details()
    if details == LAYERS:
        layers.show(run.history, run.network, info.id)
    elif details == TIME_MACHINE and unseen is None:
        st.caption(
            "The time machine needs the digits this run learned from, which are not available here."
        )
    elif details == TIME_MACHINE and unseen is not None:
        occasion = st.session_state.get(session_keys.SCROLL_TO) or ""
        scroll_target(
            occasion if occasion.startswith(TIME_MACHINE) else None, key="scroll_to_time_machine"
        )
        time_machine.show(run, unseen)
    elif details == EXPORT:
        export.show(run)


def _choose_details() -> str | None:
    """Draw the choice of details; return the chosen ones, None at first."""
    key = session_keys.RUN_DETAILS
    read_choice(parameters.DETAILS, key, {"": None, **DETAILS})
    # Set here, so that a browser that draws the control anew takes the value from the server.
    st.session_state[key] = st.session_state.get(key)
    details = st.segmented_control(
        "Details",
        list(DETAILS.values()),
        key=key,
        persist_state="session",
        help=section("help/train", "Details"),
    )
    write_choice(
        parameters.DETAILS, key, next((name for name in DETAILS if DETAILS[name] == details), None)
    )
    return details


def _unseen_images(config: TrainConfig) -> UnseenImages | None:
    """Return images that a run does not learn from: its validation images, else test images.

    None if its data set is missing or too small for the config.
    """
    datasets = services.datasets()
    if config.data not in datasets.names:
        return None
    try:
        train_validation_split(data_choice.load_dataset(config.data), config)
    except ConfigError:
        return None
    data = "mnist" if config.data == "both" else config.data  # whose last images it holds back
    return validation_or_test_images(config, data, datasets.get(data))


def _show_result(run: Run, form: TrainConfig | None) -> None:
    """Draw the test accuracy of a run, its notes, and buttons that use its network or settings."""
    info = run.info
    verb = "Done" if info.status == "done" else "Stopped"
    epochs = "epoch" if info.epochs == 1 else "epochs"
    trained = f"**{verb}** after {info.epochs:.3g} {epochs} and {info.seconds:.1f}\u00a0s."
    if not info.finite:
        st.markdown(f"{trained} Its numbers overflowed, so it has no accuracy.")
    elif info.test_accuracy is None or info.test_images == 0:
        st.markdown(f"{trained} The file of this run does not contain its test accuracy.")
    else:
        low, high = accuracy_interval(info.test_accuracy, info.test_images)
        _show_accuracy(info.test_accuracy, f"{info.test_images:,} test images", _TEST_ACCURACY)
        st.markdown(f"{trained} 95% interval for digits like these: {low:.1%} to {high:.1%}.")
    if other := _other_set_sentence(run):
        st.markdown(other)
    if info.error:
        st.info(escape_markdown(info.error))
    if info.notes:
        st.caption(escape_markdown(info.notes))
    with st.container(horizontal=True, vertical_alignment="center", key="next_steps"):
        if info.finite:
            query = {NETWORK: info.id}
            st.page_link(
                "pages/draw.py",
                label="Draw a digit for it",
                icon=":material/draw:",
                query_params=query,
            )
            st.page_link(
                "pages/mistakes.py",
                label="See mistakes",
                icon=":material/grid_view:",
                query_params=query,
            )
            st.button(
                "Open the time machine",
                icon=":material/fast_rewind:",
                on_click=_choose_time_machine,
                help="Shows the network as it was at any point in training.",
            )
        if info.config != form:
            st.button(
                "Use these settings",
                on_click=use_settings,
                args=(info.config,),
                help="Fills the form with the settings of this run.",
            )


def _choose_time_machine() -> None:
    st.session_state[session_keys.RUN_DETAILS] = TIME_MACHINE
    st.session_state[session_keys.SCROLL_TO] = f"{TIME_MACHINE} {time.monotonic()}"


def _show_live_accuracy(history: Sequence[TrainRecord], images: int) -> None:
    """Draw the newest validation accuracy; where nothing is held back, that of training."""
    last = history[-1]
    if last.validation_accuracy is not None:
        _show_accuracy(last.validation_accuracy, f"{images:,} validation images")
    else:
        _show_accuracy(last.train_accuracy, "the latest training images")


def _show_accuracy(accuracy: float, images: str, explanation: str | None = None) -> None:
    """Draw an accuracy in large figures, with its level in a word."""
    with st.container(gap=None):
        st.metric("Accuracy", f"{accuracy:.2%}", help=explanation)
        st.markdown(f"{level(accuracy).badge} on {images}", help=SCALE)


def _other_set_sentence(run: Run) -> str:
    """Return a sentence with the accuracy on the other data set; empty if it is not in memory."""
    datasets, info = services.datasets(), run.info
    other = "mnist" if info.config.data == "builtin" else "builtin"
    if not info.finite or other not in datasets.names or not datasets.is_loaded(other):
        return ""
    P = services.answers_to_test_images(other, info.id, run.network)
    right = accuracy(P, datasets.get(other).test.labels)
    return f"On the test images of {datasets.label(other)}: {right:.2%}."
