"""Everything that outlives a script run: session keys, shared caches, and who the visitor is."""

import re
import uuid
from typing import Any

import numpy as np
import streamlit as st

from dashboard.jobs import JobQueue
from dashboard.models import Model, UploadedModels, model_of
from data_loader import Dataset, load_mnist
from digits.statistics import nearest

FRAME = "frame"  # set by app.py: the page runs inside it
RECIPE = "recipe"
FORM = "form_"  # and a field of TrainConfig: the training form's widgets
SHOWN_RUN = "shown_run"
PAUSED = "charts_paused"
PAUSED_AT = "charts_paused_at"
MODEL = "model"
NEWEST_MODEL = "newest_model"
INPUT_MODE = "input_mode"
STROKES = "strokes"  # what the canvas held after each stroke
CANVAS = "canvas_generation"
CANVAS_START = "canvas_start"
PEN_WIDTH = "pen_width"
PICTURE = "picture"
SPLIT, INDEX = "split", "index"  # names in the address bar, too
EXPLORE_DIGITS = "explore_digits"
EXPLORE_SORT = "explore_sort"
EXPLORE_PAGE = "explore_page"
EXPLORE_FOLLOW = "explore_follow"  # the page of the grid with the chosen image is to be shown
EXPLORE_GRID = "explore_grid"
EXPLORE_NEAREST = "explore_nearest"
EXPLORE_MAP = "explore_map"
EXPLORE_OVERVIEW = "explore_overview"  # the split that the overview was drawn for
MISTAKES_TRUE = "mistakes_true"
MISTAKES_SAYS = "mistakes_says"
FOLDER = "data_folder"
DATA_ERROR = "data_error"

_VISITOR = "inkling_visitor"
_NEIGHBOURS = 8
_YEAR = 365 * 24 * 3600

_remember = st.components.v2.component(
    "inkling_visitor",
    js="""
    export default function ({ data }) {
        document.cookie =
            `${data.name}=${data.value}; path=/; max-age=${data.seconds}; SameSite=Strict`;
    }
    """,
)


def visitor() -> str:
    """Return this visitor's id: kept in the session, and in a cookie that survives a reload."""
    if _VISITOR not in st.session_state:
        known = st.context.cookies.get(_VISITOR, "")
        valid = re.fullmatch(r"[0-9a-f]{32}", known)
        st.session_state[_VISITOR] = known if valid else uuid.uuid4().hex
    return str(st.session_state[_VISITOR])


def remember_visitor() -> None:
    """Write the cookie; draws nothing."""
    data = {"name": _VISITOR, "value": visitor(), "seconds": _YEAR}
    _remember(data=data, key="visitor_cookie")


@st.cache_resource(show_spinner=False)
def queue() -> JobQueue:
    """Return the one queue of training runs."""
    return JobQueue()


@st.cache_resource(show_spinner=False)
def uploads() -> UploadedModels:
    """Return what visitors have loaded from files."""
    return UploadedModels()


@st.cache_resource(show_spinner=False)
def shared_data() -> dict[str, Dataset]:
    """Return the place where the one copy of the data set is kept, under "dataset"."""
    return {}


def has_dataset() -> bool:
    """Whether the data set is loaded."""
    return "dataset" in shared_data()


def dataset() -> Dataset:
    """Return the data set that all visitors share; the frame has loaded it before any page."""
    return shared_data()["dataset"]


def load_dataset(folder: str | None = None, progress: Any = None) -> None:
    """Load the data set for everyone; arguments and errors as `load_mnist`."""
    shared_data()["dataset"] = load_mnist(folder, progress)


@st.cache_resource(max_entries=256, show_spinner="Looking for images like it…")
def nearest_training_images(split: str, index: int) -> tuple[np.ndarray, np.ndarray]:
    """Find the eight training images that are nearest to an image.

    Parameters
    ----------
    split : {"train", "test"}
    index : int
        The image; a training image is not among its own neighbours.

    Returns
    -------
    ndarray, (8,) int64 and ndarray, (8,) float32
        Indices, the nearest first, and distances.
    """
    image = getattr(dataset(), split).images[index]
    found, distances = nearest(image, dataset().train.images, _NEIGHBOURS + 1)
    others = found != index if split == "train" else np.full(len(found), True)
    return found[others][:_NEIGHBOURS], distances[others][:_NEIGHBOURS]


def models() -> list[Model]:
    """Return this visitor's models, finished runs before uploads, the newest first."""
    finished = [model_of(job) for job in queue().jobs(visitor())]
    return [model for model in finished if model is not None] + uploads().of(visitor())


def model() -> Model | None:
    """Return the model that answers: the one chosen, else the newest; a new one is chosen at once.

    Must be called before the widget that chooses is drawn.
    """
    available = models()
    if not available:
        return None
    newest = available[0].id
    if st.session_state.get(NEWEST_MODEL) != newest:
        st.session_state[NEWEST_MODEL] = st.session_state[MODEL] = newest
    by_id = {model.id: model for model in available}
    return by_id.get(st.session_state.get(MODEL, newest), available[0])
