"""Everything that outlives a script run: session keys, shared caches, and who the visitor is."""

import contextlib
import hashlib
import uuid
from functools import partial

import numpy as np
import streamlit as st

from digits.neighbours import Neighbours
from inkling.data.datasets import Datasets
from inkling.runs.checkpoints import Checkpoints
from inkling.runs.run import Run, RunInfo, is_id
from inkling.runs.run_file import RunError
from inkling.runs.store import DamagedRun, RunStore, runs_folder
from inkling.server.classroom import Gallery, Shelf, class_mode, has_teacher
from inkling.server.limits import Limits
from inkling.server.models import Model, UploadedModels, model_of
from inkling.server.visitor_files import Keepsakes
from inkling.training.process_worker import TrainingProcesses
from inkling.training.queue import JobQueue, TrainingJob
from inkling.training.sweeps import Sweep
from nn import Network, TrainConfig, load_pretrained

FRAME = "frame"  # set by app.py: the page runs inside it
RECIPE = "recipe"
OTHER_SETTINGS = "other_settings"  # what the form began as, where that is no recipe
VIEW = "train_view"
ONE_RUN = "One run"  # the first of the views
SWEEP_KIND = "sweep_kind"
SWEEP_SEEDS = "sweep_seeds"
SWEEP_AXIS = "sweep_axis"
SHOWN_SWEEP = "shown_sweep"
RUN_SEARCH = "run_search"
RUN_PARTS = "run_parts"  # runs of sweeps and experiments are listed, too
RUN_PAGE = "run_page"
COMPARED = "compared_runs"
DELETED_RUN = "deleted_run"
LOADED_RUNS = "loaded_runs"
BEGIN_PAUSED = "begin_paused"
CLOSER = "look_closer"
FORM = "form_"  # and a field of TrainConfig: the training form's widgets
SHOWN_RUN = "shown_run"
PAUSED = "charts_paused"
SHOWN_RECORDS = "shown_records"  # how much of a run's history the charts show
MODEL = "model"
NEWEST_MODEL = "newest_model"
INPUT_MODE = "input_mode"
STROKES = "strokes"  # what the canvas held after each stroke
CANVAS = "canvas_generation"
CANVAS_START = "canvas_start"
PEN_WIDTH = "pen_width"
PICTURE = "picture"
DRAW_VIEW = "draw_view"
DRAW_STEP = "draw_step_"  # and a step's key: whether it is taken
SECOND_MODEL = "second_model"
DATA, SPLIT, INDEX = "data", "split", "index"  # names in the address bar, too
EXPLORE_DIGITS = "explore_digits"
EXPLORE_SORT = "explore_sort"
EXPLORE_PAGE = "explore_page"
EXPLORE_FOLLOW = "explore_follow"  # the page of the grid with the chosen image is to be shown
EXPLORE_GRID = "explore_grid"
EXPLORE_NEAREST = "explore_nearest"
EXPLORE_MAP = "explore_map"
EXPLORE_OVERVIEW = "explore_overview"  # the split that the overview was drawn for
MISTAKES_VIEW = "mistakes_view"
MISTAKES_TRUE = "mistakes_true"
MISTAKES_SAYS = "mistakes_says"
MISTAKES_SORT = "mistakes_sort"
MISTAKES_JUDGED = "mistakes_judged"  # the verdict that is chosen to be seen
MISTAKES_SECOND = "mistakes_second"  # the model that is compared
MISTAKES_OUTCOME = "mistakes_outcome"
FOLDER = "data_folder"
DIGIT_SOURCE = "digit_source"
DIGIT_SPLIT = "digit_split"
DIGIT_INDEX = "digit_index"
DIGIT_MISTAKE = "digit_mistake"
INSIDE_VIEW = "inside_view"
TEACHER = "teacher"  # whether the secret was given

_VISITOR = "inkling_visitor"
_NEIGHBOURS = 8
_SWEEPS = 3
_YEAR = 365 * 24 * 3600

_remember = st.components.v2.component(
    "inkling_visitor",
    js="""
    export default function ({ data }) {
        const secure = location.protocol === "https:" ? "; Secure" : "";
        document.cookie =
            `${data.name}=${data.value}; path=/; max-age=${data.seconds}; SameSite=Strict${secure}`;
    }
    """,
)


def visitor() -> str:
    """Return this visitor's id, 32 hexadecimal digits.

    It is derived from the secret in the cookie, not the secret itself: runs carry the id of their
    owner, and anybody may be given a run.
    """
    return hashlib.sha256(_secret().encode()).hexdigest()[:32]


def remember_visitor() -> None:
    """Write the cookie; draws nothing."""
    data = {"name": _VISITOR, "value": _secret(), "seconds": _YEAR}
    _remember(data=data, key="visitor_cookie")


def _secret() -> str:
    """Return what tells this visitor from others: kept in the session, and in the cookie."""
    if _VISITOR not in st.session_state:
        known = st.context.cookies.get(_VISITOR, "")
        valid = is_id(known)
        st.session_state[_VISITOR] = known if valid else uuid.uuid4().hex
    return str(st.session_state[_VISITOR])


@st.cache_resource(show_spinner=False)
def limits() -> Limits:
    """Return what this server allows; raises LimitError where its environment is nonsense."""
    return Limits.from_environment()


@st.cache_resource(show_spinner=False)
def queue() -> JobQueue:
    """Return the one queue of training runs."""
    return JobQueue(
        store().save, checkpoints=checkpoints(), limits=limits(), worker=TrainingProcesses()
    )


@st.cache_resource(show_spinner=False)
def checkpoints() -> Checkpoints:
    """Return what the disk knows of runs that have not ended."""
    return Checkpoints(runs_folder() / "checkpoints", store().is_kept)


@st.cache_resource(show_spinner=False)
def store() -> RunStore:
    """Return the runs that are kept on the disk, of all visitors."""
    return RunStore(runs_folder(), limits().runs_mib * 2**20)


def runs() -> Shelf:
    """Return the kept runs as this visitor may see and change them."""
    return Shelf(store(), _gallery(), visitor(), class_mode(), is_teacher)


def _gallery() -> Gallery:
    return Gallery(runs_folder() / "published")


def is_teacher() -> bool:
    """Whether this visitor has given the teacher's secret in this sitting."""
    return has_teacher() and bool(st.session_state.get(TEACHER))


@st.cache_resource(show_spinner=False)
def _keepsakes() -> Keepsakes:
    return Keepsakes(runs_folder() / "visitors")


def kept(name: str) -> bytes | None:
    """Return what this visitor kept under a name such as ``"progress.json"``, or None."""
    return _keepsakes().read(visitor(), name)


def keep(name: str, data: bytes) -> str:
    """Keep something for this visitor; return why it could not be kept, or nothing.

    Parameters
    ----------
    name : str
        Such as ``"progress.json"``; what was kept under it before is replaced.
    data : bytes
        At most 4 MiB.
    """
    try:
        _keepsakes().write(visitor(), name, data)
    except OSError as error:
        return (
            f"This could not be kept on the disk: {error.strerror or error}. It is here as long as "
            "this page is. Make room, or set RUNS_DIR to another folder."
        )
    return ""


def forget(name: str) -> None:
    """Drop what this visitor kept under a name, as far as the disk lets it go."""
    with contextlib.suppress(OSError):
        _keepsakes().remove(visitor(), name)


def finished_runs() -> list[RunInfo]:
    """Return all runs that can be opened, the newest first: kept ones, and any not yet kept."""
    kept = [info for info in runs().runs() if not isinstance(info, DamagedRun)]
    known = {info.id for info in kept}
    return [run.info for run in _unkept() if run.info.id not in known] + kept


@st.cache_resource(show_spinner=False)
def _sweeps() -> dict[str, list[Sweep]]:
    return {}


def sweeps_of(owner: str) -> list[Sweep]:
    """Return a visitor's sweeps of this sitting, the newest first."""
    return list(_sweeps().get(owner, []))


def add_sweep(sweep: Sweep) -> None:
    """Remember a sweep, and a few before it; their runs are kept in any case."""
    _sweeps()[sweep.owner] = [sweep, *sweeps_of(sweep.owner)][:_SWEEPS]


def fresh_name(name: str) -> str:
    """Return a name that none of this visitor's runs has: the one given, or with a number."""
    jobs = queue().jobs(visitor())
    own = {info.name for info in finished_runs() if info.owner == visitor()}
    interrupted = checkpoints().interrupted(visitor())
    taken = own | {job.name for job in jobs} | {info.label.name for info in interrupted}
    numbered = (name, *(f"{name} #{k}" for k in range(2, len(taken) + 2)))
    return next(fresh for fresh in numbered if fresh not in taken)


def open_run(run_id: str) -> Run:
    """Return a finished run, whole; shared between visitors, never changed.

    Raises
    ------
    RunError
        If there is none, or it is damaged.
    """
    return _unkept_run(run_id) or _open_run(run_id, runs().stamp(run_id))


def ended_run(run_id: str) -> Run | None:
    """Return a run that has ended, if it is still there."""
    try:
        return open_run(run_id)
    except RunError:
        return None


def job(run_id: str) -> TrainingJob | None:
    """Return a run of this visitor that goes on, or could not be kept."""
    return next((job for job in queue().jobs(visitor()) if job.id == run_id), None)


def _unkept() -> list[Run]:
    """Return this visitor's finished runs that the disk would not take."""
    return [job.run for job in queue().jobs(visitor()) if job.run is not None and not job.active]


def _unkept_run(run_id: str) -> Run | None:
    return next((run for run in _unkept() if run.info.id == run_id), None)


@st.cache_resource(max_entries=8, show_spinner=False)  # some 12 MB each, and quickly read anew
def _open_run(run_id: str, stamp: tuple[int, int]) -> Run:
    return store().open(run_id)


@st.cache_resource(show_spinner=False)
def uploads() -> UploadedModels:
    """Return what visitors have loaded from files."""
    return UploadedModels()


@st.cache_resource(show_spinner=False)
def datasets() -> Datasets:
    """Return the data sets that all visitors share; the frame has looked for MNIST in them."""
    return Datasets()


def chosen_data() -> str:
    """Return the name of the data set that this visitor looks at, the usual one at first."""
    names = datasets().names
    return next((n for n in names if datasets().label(n) == st.session_state.get(DATA)), names[0])


@st.cache_resource(show_spinner="Looking for images like it…")
def neighbours(data: str) -> Neighbours:
    """Return what finds the nearest training images of a set."""
    return Neighbours(datasets().get(data).train.images)


def nearest_training_images(data: str, split: str, index: int) -> tuple[np.ndarray, np.ndarray]:
    """Find the eight training images that are nearest to an image.

    Parameters
    ----------
    data : {"mnist", "builtin"}
        The data set.
    split : {"train", "test"}
    index : int
        The image; a training image is not among its own neighbours.

    Returns
    -------
    ndarray, (8,) int64 and ndarray, (8,) float32
        Indices, the nearest first, and distances.
    """
    dataset = datasets().get(data)
    image = getattr(dataset, split).images[index]
    found, distances = neighbours(data).nearest(image, _NEIGHBOURS + 1)
    others = found != index if split == "train" else np.full(len(found), True)
    return found[others][:_NEIGHBOURS], distances[others][:_NEIGHBOURS]


@st.cache_resource(max_entries=32, show_spinner="Reading the test images…")
def answers_to_test_images(data: str, model_id: str, _network: Network) -> np.ndarray:
    """Return a network's answers to all test images of a set, (n, 10); shared, and read-only."""
    P = _network.predict_proba(datasets().get(data).test.images)
    P.setflags(write=False)
    return P


@st.cache_resource(show_spinner=False)
def pretrained() -> Model:
    """Return the model that ships with Inkling."""
    return model_of(load_pretrained(), "pretrained", "Ready-made")


def models() -> list[Model]:
    """Return all that can answer: runs, the newest first, this visitor's uploads, the ready-made.

    A run whose weights are no numbers cannot answer.
    """
    return _models_of(finished_runs())


def _models_of(infos: list[RunInfo]) -> list[Model]:
    trained = [
        Model(
            info.id,
            info.name,
            info.config.sizes,
            partial(_network, info.id),
            info.test_accuracy,
            knows_validation=info.config.validation_size < TrainConfig.validation_size,
        )
        for info in infos
        if info.finite
    ]
    return [*trained, *uploads().of(visitor()), pretrained()]


def _network(run_id: str) -> Network:
    unkept = _unkept_run(run_id)
    return unkept.network if unkept else _kept_network(run_id, runs().stamp(run_id))


@st.cache_resource(max_entries=64, show_spinner=False)  # some 1 MB each: a run's smallest part
def _kept_network(run_id: str, stamp: tuple[int, int]) -> Network:
    return store().open(run_id).network


def model() -> Model:
    """Return the model that answers: the one chosen, else this visitor's newest run, if any.

    A new run is chosen at once; one that is a part of a sweep or an experiment is not. Must be
    called before the widget that chooses is drawn.
    """
    infos = finished_runs()
    own = [info for info in infos if info.owner == visitor() and not info.group]
    newest = next((info.id for info in own if info.finite), pretrained().id)
    if st.session_state.get(NEWEST_MODEL) != newest:
        st.session_state[NEWEST_MODEL] = st.session_state[MODEL] = newest
    by_id = {model.id: model for model in _models_of(infos)}
    chosen = by_id.get(st.session_state.get(MODEL, newest), pretrained())
    try:
        chosen.load()
    except RunError:  # deleted by somebody else just now, or damaged
        return pretrained()
    return chosen
