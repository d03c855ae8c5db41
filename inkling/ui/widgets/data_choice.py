"""Choice of the data set: MNIST or the built-in digits, which replace it if it is missing."""

from dataclasses import replace

import streamlit as st

from data_loader import DataError, Dataset, find_builtin, find_mnist
from digits.builtin import draw_digits
from inkling.server.classroom import class_mode
from inkling.ui import services, session_keys, visitor
from inkling.ui.components.digit_grid import contact_sheet, picture_url
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets.address import read_choice, write_choice
from nn import TrainConfig

_PREVIEW = 2_000
_PREVIEW_COLUMNS = 80
_MAX_PATH = 300  # characters
BUILTIN = (
    "Digits drawn by a program: each follows a pen stroke that people use, made uneven "
    "like handwriting. They need no download."
)


def ensure_dataset() -> None:
    """Load MNIST; if that fails, load the built-in digits and draw the reason on every page."""
    datasets = services.datasets()
    place = st.container()
    if not datasets.searched_for_mnist:
        with place:
            _find_mnist(None)
    if datasets.mnist_error is None:
        return
    load_dataset("builtin")
    retry, folder = _show_problem(datasets.mnist_error)
    if retry or folder:
        with place:
            _find_mnist(folder)
        if datasets.mnist_error is None:
            st.rerun()
        st.toast(escape_markdown(datasets.mnist_error))


def choose_dataset() -> str:
    """Draw the choice of a data set, if there are several; return the name of the chosen one.

    The choice is written to the page's address, so that a link opens the same data set.
    """
    datasets = services.datasets()
    labels = list(datasets.labels.values())
    linked = st.query_params.get(session_keys.DATA)
    read_choice(session_keys.DATA, session_keys.DATA, {label: label for label in labels})
    if len(labels) > 1:
        st.segmented_control(
            "Data set",
            labels,
            default=labels[0],
            required=True,
            key=session_keys.DATA,
            persist_state="session",
            on_change=write_to_address,
            label_visibility="collapsed",
            help=f"{labels[1]}: {BUILTIN}",
        )
    if linked is None or linked in labels:
        write_to_address()
    return services.chosen_dataset_name()


def write_to_address() -> None:
    """Write the chosen data set to the page's address, unless it is the default."""
    datasets, data = services.datasets(), services.chosen_dataset_name()
    name = None if data == datasets.names[0] else datasets.label(data)
    write_choice(session_keys.DATA, session_keys.DATA, name)


def load_dataset(data: str) -> Dataset:
    """Return a data set; while the built-in digits are generated, show progress and examples."""
    datasets = services.datasets()
    if datasets.is_loaded(data) or find_builtin() is not None:
        return datasets.get(data)
    place = st.empty()
    text = "Drawing 70,000 digits (first time only)…"
    with place.container():
        bar = st.progress(0.0, text)
        first, _ = draw_digits(_PREVIEW, (0, 0))
        st.image(
            picture_url(contact_sheet(first, _PREVIEW_COLUMNS)),
            caption=f"The first {_PREVIEW:,} of them",
            alt="rows of digits",
        )
    loaded = datasets.get(data, lambda share: bar.progress(share, text))
    place.empty()
    return loaded


def with_available_data(config: TrainConfig) -> TrainConfig:
    """Return a config; if its data set is missing, with the built-in digits instead."""
    return config if config.data in services.datasets().names else replace(config, data="builtin")


def show_builtin_notice() -> None:
    """Draw a note below texts about MNIST if MNIST is missing."""
    if not services.datasets().is_loaded("mnist"):
        st.caption(
            "MNIST is not available here, so this page uses the built-in digits: as many images, "
            "divided in the same way. The texts speak of MNIST, and your numbers will differ from "
            "theirs."
        )


def _find_mnist(folder: str | None) -> None:
    """Load MNIST, with a progress bar if it is downloaded."""
    datasets = services.datasets()
    place = st.empty()
    try:
        local = find_mnist(folder) is not None
    except DataError:
        local = True  # and broken: loading it reports why
    if local:
        place.caption("Reading the digits…")
        datasets.find_mnist(folder)
    else:
        text = "Downloading MNIST (12 MB, first time only)…"
        bar = place.progress(0.0, text)
        datasets.find_mnist(folder, lambda share: bar.progress(share, text))
    place.empty()


def _show_problem(problem: str) -> tuple[bool, str | None]:
    """Draw why MNIST is missing; return whether to try again, and the folder to try, if any."""
    folder = None
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            "**You are using the built-in digits**, because MNIST could not be loaded.",
            help=BUILTIN,
            width="content",
        )
        retry = st.button("Try the download again", key="data_again")
        with st.popover("Why?"):
            st.markdown(escape_markdown(problem))  # it may contain another visitor's input
            # A class does not browse the server's folders.
            if class_mode() and not visitor.is_teacher():
                return retry, None
            with st.form("mnist_folder", border=False):
                path = st.text_input(
                    "Or choose a folder with the four files",
                    key=session_keys.DATA_FOLDER,
                    placeholder="/home/me/mnist",
                    max_chars=_MAX_PATH,
                    help="train-images-idx3-ubyte, train-labels-idx1-ubyte, "
                    "t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, gzipped or not, on the "
                    "computer that runs Inkling.",
                )
                if st.form_submit_button("Use this folder"):
                    folder = path.strip()[:_MAX_PATH] or None
    return retry, folder
