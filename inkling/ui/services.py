"""Objects shared by all sessions of the server, and this visitor's runs and files in them."""

import contextlib
from functools import partial

import numpy as np
import streamlit as st

from digits.neighbours import Neighbours
from inkling.classroom.class_files import ClassFiles
from inkling.data.datasets import Datasets
from inkling.data.image_ref import ImageRef
from inkling.runs.checkpoints import Checkpoints
from inkling.runs.run import Run, RunInfo
from inkling.runs.run_file import RunError
from inkling.runs.store import DamagedRun, RunStore, runs_folder
from inkling.runs.visible_runs import PublishedRuns, VisibleRuns
from inkling.server.classroom import class_mode, has_teacher
from inkling.server.limits import Limits
from inkling.server.models import UploadedModels
from inkling.server.secret_attempts import SecretAttempts
from inkling.server.turns import Turns
from inkling.server.visitor_files import VisitorFiles
from inkling.training.job import TrainingJob
from inkling.training.process_worker import WorkerProcesses
from inkling.training.queue import JobQueue
from inkling.training.sweeps import Sweeps
from inkling.ui import session_keys
from inkling.ui.visitor import is_teacher, visitor_id
from nn import Network
from nn.diagnosis import is_finite
from nn.metrics import accuracy

_NEIGHBOURS = 8
_MOST_MULTIPLICATIONS = 20_000_000  # an image; seven times as many as the built-in network's


def limits() -> Limits:
    """Return the limits of this server now; LimitError if an environment variable is invalid."""
    return _limits_now(_server_limits(), class_files())


@st.cache_resource(show_spinner=False)
def _server_limits() -> Limits:
    return Limits.from_environment()


def _limits_now(of_server: Limits, files: ClassFiles) -> Limits:
    """Return the limits of the server, lowered by those that the teacher set."""
    if not has_teacher():
        return of_server
    lesson = files.lesson()
    return of_server.lowered(lesson.max_epochs, lesson.max_units)


@st.cache_resource(show_spinner=False)
def secret_attempts() -> SecretAttempts:
    """Return the attempts at the teacher's secret, of all sessions."""
    return SecretAttempts()


@st.cache_resource(show_spinner=False)
def turns() -> Turns:
    """Return the turns in which drawings are answered."""
    return Turns()


@st.cache_resource(show_spinner=False)
def queue() -> JobQueue:
    """Return the one queue of all that computes beside the pages."""
    return JobQueue(
        run_store().save,
        checkpoints=checkpoints(),
        limits=partial(_limits_now, _server_limits(), class_files()),
        worker=WorkerProcesses(),
    )


@st.cache_resource(show_spinner=False)
def checkpoints() -> Checkpoints:
    """Return the checkpoints of unfinished runs."""
    return Checkpoints(runs_folder() / "checkpoints", run_store().is_saved)


@st.cache_resource(show_spinner=False)
def run_store() -> RunStore:
    """Return the saved runs of all visitors."""
    return RunStore(runs_folder(), _server_limits().runs_mib * 2**20)


def visible_runs() -> VisibleRuns:
    """Return the saved runs that this visitor may see, with the changes that are allowed."""
    return VisibleRuns(run_store(), _published_runs(), visitor_id(), class_mode(), is_teacher)


def _published_runs() -> PublishedRuns:
    return PublishedRuns(runs_folder() / "published")


@st.cache_resource(show_spinner=False)
def class_files() -> ClassFiles:
    """Return the files of the class on this server."""
    return ClassFiles(runs_folder() / "class")


@st.cache_resource(show_spinner=False)
def _visitor_files() -> VisitorFiles:
    return VisitorFiles(runs_folder() / "visitors")


def read_visitor_file(name: str) -> bytes | None:
    """Return the contents of one of this visitor's files, such as "progress.json", or None."""
    return read_file_of(visitor_id(), name)


def read_file_of(owner_id: str, name: str) -> bytes | None:
    """Return the contents of a visitor's file, or None."""
    return _visitor_files().read(owner_id, name)


def write_visitor_file(name: str, data: bytes) -> str:
    """Write or replace one of this visitor's files.

    Parameters
    ----------
    name : str
        Such as "progress.json".
    data : bytes
        At most 4 MiB.

    Returns
    -------
    str
        Error message for the visitor; empty if the file was written.
    """
    try:
        _visitor_files().write(visitor_id(), name, data)
    except OSError as error:
        return (
            f"This could not be saved: {error.strerror or error}. You will lose it when you "
            "close the page. Make room on the disk, or set RUNS_DIR to another folder."
        )
    return ""


def delete_visitor_file(name: str) -> None:
    """Delete one of this visitor's files; errors of the file system are ignored."""
    with contextlib.suppress(OSError):
        _visitor_files().remove(visitor_id(), name)


def finished_runs() -> list[RunInfo]:
    """Return all runs that this visitor can open: those that could not be saved, then the saved."""
    saved = [info for info in visible_runs().runs() if not isinstance(info, DamagedRun)]
    saved_ids = {info.id for info in saved}
    return [run.info for run in _unsaved_runs() if run.info.id not in saved_ids] + saved


@st.cache_resource(show_spinner=False)
def sweeps() -> Sweeps:
    """Return the latest sweeps of all visitors."""
    return Sweeps()


def unused_name(name: str) -> str:
    """Return a name that none of this visitor's runs has: `name`, or `name` and a number."""
    jobs = queue().jobs(visitor_id())
    own = {info.name for info in finished_runs() if info.visitor_id == visitor_id()}
    interrupted = checkpoints().interrupted(visitor_id())
    taken = own | {job.name for job in jobs} | {info.identity.name for info in interrupted}
    numbered = (name, *(f"{name} #{k}" for k in range(2, len(taken) + 2)))
    return next(candidate for candidate in numbered if candidate not in taken)


def open_run(run_id: str) -> Run:
    """Return a finished run; it is shared between visitors and must not be changed.

    Raises
    ------
    RunError
        If it does not exist, is not visible to this visitor, or is damaged.
    """
    return unsaved_run(run_id) or _open_run(run_id, visible_runs().stamp(run_id))


def find_run(run_id: str) -> Run | None:
    """Return a finished run; None if it cannot be opened."""
    try:
        return open_run(run_id)
    except RunError:
        return None


def active_job(run_id: str) -> TrainingJob | None:
    """Return the job of a run of this visitor that is active or could not be saved, or None."""
    return next((job for job in queue().jobs(visitor_id()) if job.id == run_id), None)


def _unsaved_runs() -> list[Run]:
    """Return this visitor's finished runs that could not be saved."""
    jobs = queue().jobs(visitor_id())
    return [run for job in jobs if not job.active and (run := job.run) is not None]


def unsaved_run(run_id: str) -> Run | None:
    """Return a finished run of this visitor that could not be saved, or None."""
    return next((run for run in _unsaved_runs() if run.info.id == run_id), None)


@st.cache_resource(max_entries=8, show_spinner=False)  # about 12 MB each, fast to read again
def _open_run(run_id: str, stamp: tuple[int, int]) -> Run:
    return run_store().open(run_id)


@st.cache_resource(show_spinner=False)
def uploads() -> UploadedModels:
    """Return the models that visitors have uploaded."""
    return UploadedModels()


@st.cache_resource(show_spinner=False)
def datasets() -> Datasets:
    """Return the data sets in memory; the frame loads the default one before any page runs."""
    return Datasets()


def chosen_dataset_name() -> str:
    """Return the name of the data set that this visitor has chosen, the default one at first."""
    names = datasets().names
    return next(
        (n for n in names if datasets().label(n) == st.session_state.get(session_keys.DATA)),
        names[0],
    )


@st.cache_resource(show_spinner="Looking for similar images…")
def neighbours(data: str) -> Neighbours:
    """Return the search for nearest training images in a data set."""
    return Neighbours(datasets().get(data).train.images)


def nearest_training_images(ref: ImageRef) -> tuple[np.ndarray, np.ndarray]:
    """Return the eight training images of a data set that are nearest to one of its images.

    Parameters
    ----------
    ref : ImageRef
        A training image is not among its own neighbours.

    Returns
    -------
    indices : ndarray, (8,) int64
        Of training images, the nearest first.
    distances : ndarray, (8,) float32
        As `Neighbours.nearest` defines them.
    """
    nearest, distances = neighbours(ref.data).nearest(ref.image(datasets()), _NEIGHBOURS + 1)
    others = np.full(len(nearest), True) if ref.split == "test" else nearest != ref.index
    return nearest[others][:_NEIGHBOURS], distances[others][:_NEIGHBOURS]


def measured_accuracy(model_id: str, network: Network) -> float | None:
    """Return the accuracy on the test images of the default data set, from 0 to 1.

    None for a network that is so large that this would take long, or whose numbers overflow.
    """
    if network.architecture.multiplications > _MOST_MULTIPLICATIONS:
        return None
    data = datasets().names[0]
    P = answers_to_test_images(data, model_id, network)
    return accuracy(P, datasets().get(data).test.labels) if is_finite(network, P) else None


@st.cache_resource(max_entries=32, show_spinner="Reading the test images…")
def answers_to_test_images(data: str, model_id: str, _network: Network) -> np.ndarray:
    """Return probabilities of all test images of a data set, (n, 10) float, read-only."""
    P = _network.predict_proba(datasets().get(data).test.images)
    P.setflags(write=False)
    return P
