"""Objects that all sessions of the server share, and a visitor's runs and files in them."""

import contextlib

import numpy as np
import streamlit as st

from digits.neighbours import Neighbours
from inkling.data.datasets import Datasets
from inkling.runs.checkpoints import Checkpoints
from inkling.runs.run import Run, RunInfo
from inkling.runs.run_file import RunError
from inkling.runs.store import DamagedRun, RunStore, runs_folder
from inkling.runs.visible_runs import PublishedRuns, VisibleRuns
from inkling.server.classroom import class_mode
from inkling.server.limits import Limits
from inkling.server.models import UploadedModels
from inkling.server.visitor_files import VisitorFiles
from inkling.training.job import TrainingJob
from inkling.training.process_worker import TrainingProcesses
from inkling.training.queue import JobQueue
from inkling.training.sweeps import Sweep
from inkling.ui import session_keys
from inkling.ui.visitor import is_teacher, visitor_id
from nn import Network

_NEIGHBOURS = 8
_SWEEPS = 3


@st.cache_resource(show_spinner=False)
def limits() -> Limits:
    """Return what this server allows; raises LimitError where its environment is nonsense."""
    return Limits.from_environment()


@st.cache_resource(show_spinner=False)
def queue() -> JobQueue:
    """Return the one queue of training runs."""
    return JobQueue(
        run_store().save, checkpoints=checkpoints(), limits=limits(), worker=TrainingProcesses()
    )


@st.cache_resource(show_spinner=False)
def checkpoints() -> Checkpoints:
    """Return what the disk knows of runs that have not ended."""
    return Checkpoints(runs_folder() / "checkpoints", run_store().is_saved)


@st.cache_resource(show_spinner=False)
def run_store() -> RunStore:
    """Return the runs that are kept on the disk, of all visitors."""
    return RunStore(runs_folder(), limits().runs_mib * 2**20)


def visible_runs() -> VisibleRuns:
    """Return the kept runs as this visitor may see and change them."""
    return VisibleRuns(run_store(), _published_runs(), visitor_id(), class_mode(), is_teacher)


def _published_runs() -> PublishedRuns:
    return PublishedRuns(runs_folder() / "published")


@st.cache_resource(show_spinner=False)
def _visitor_files() -> VisitorFiles:
    return VisitorFiles(runs_folder() / "visitors")


def read_visitor_file(name: str) -> bytes | None:
    """Return what this visitor kept under a name such as ``"progress.json"``, or None."""
    return _visitor_files().read(visitor_id(), name)


def write_visitor_file(name: str, data: bytes) -> str:
    """Keep something for this visitor; return why it could not be kept, or nothing.

    Parameters
    ----------
    name : str
        Such as ``"progress.json"``; what was kept under it before is replaced.
    data : bytes
        At most 4 MiB.
    """
    try:
        _visitor_files().write(visitor_id(), name, data)
    except OSError as error:
        return (
            f"This could not be kept on the disk: {error.strerror or error}. It is here as long as "
            "this page is. Make room, or set RUNS_DIR to another folder."
        )
    return ""


def delete_visitor_file(name: str) -> None:
    """Drop what this visitor kept under a name, as far as the disk lets it go."""
    with contextlib.suppress(OSError):
        _visitor_files().remove(visitor_id(), name)


def finished_runs() -> list[RunInfo]:
    """Return all runs that can be opened, the newest first: kept ones, and any not yet kept."""
    saved = [info for info in visible_runs().runs() if not isinstance(info, DamagedRun)]
    known = {info.id for info in saved}
    return [run.info for run in _unsaved_runs() if run.info.id not in known] + saved


@st.cache_resource(show_spinner=False)
def _sweeps() -> dict[str, list[Sweep]]:
    return {}


def sweeps_of(visitor_id: str) -> list[Sweep]:
    """Return a visitor's sweeps of this sitting, the newest first."""
    return list(_sweeps().get(visitor_id, []))


def add_sweep(sweep: Sweep) -> None:
    """Remember a sweep, and a few before it; their runs are kept in any case."""
    _sweeps()[sweep.visitor_id] = [sweep, *sweeps_of(sweep.visitor_id)][:_SWEEPS]


def unused_name(name: str) -> str:
    """Return a name that none of this visitor's runs has: the one given, or with a number."""
    jobs = queue().jobs(visitor_id())
    own = {info.name for info in finished_runs() if info.visitor_id == visitor_id()}
    interrupted = checkpoints().interrupted(visitor_id())
    taken = own | {job.name for job in jobs} | {info.identity.name for info in interrupted}
    numbered = (name, *(f"{name} #{k}" for k in range(2, len(taken) + 2)))
    return next(fresh for fresh in numbered if fresh not in taken)


def open_run(run_id: str) -> Run:
    """Return a finished run, whole; shared between visitors, never changed.

    Raises
    ------
    RunError
        If there is none, or it is damaged.
    """
    return unsaved_run(run_id) or _open_run(run_id, visible_runs().stamp(run_id))


def find_run(run_id: str) -> Run | None:
    """Return a run that has ended, if it is still there."""
    try:
        return open_run(run_id)
    except RunError:
        return None


def active_job(run_id: str) -> TrainingJob | None:
    """Return a run of this visitor that goes on, or could not be kept."""
    return next((job for job in queue().jobs(visitor_id()) if job.id == run_id), None)


def _unsaved_runs() -> list[Run]:
    """Return this visitor's finished runs that the disk would not take."""
    return [job.run for job in queue().jobs(visitor_id()) if job.run is not None and not job.active]


def unsaved_run(run_id: str) -> Run | None:
    """Return a finished run of this visitor that the disk would not take, or None."""
    return next((run for run in _unsaved_runs() if run.info.id == run_id), None)


@st.cache_resource(max_entries=8, show_spinner=False)  # some 12 MB each, and quickly read anew
def _open_run(run_id: str, stamp: tuple[int, int]) -> Run:
    return run_store().open(run_id)


@st.cache_resource(show_spinner=False)
def uploads() -> UploadedModels:
    """Return what visitors have loaded from files."""
    return UploadedModels()


@st.cache_resource(show_spinner=False)
def datasets() -> Datasets:
    """Return the data sets that all visitors share; the frame has looked for MNIST in them."""
    return Datasets()


def chosen_dataset_name() -> str:
    """Return the name of the data set that this visitor looks at, the usual one at first."""
    names = datasets().names
    return next(
        (n for n in names if datasets().label(n) == st.session_state.get(session_keys.DATA)),
        names[0],
    )


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
