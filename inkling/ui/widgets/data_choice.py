"""Which digits a page is about: MNIST, or the digits that Inkling draws where MNIST is missing."""

from dataclasses import replace

import streamlit as st

from data_loader import DataError, Dataset, find_builtin, find_mnist
from digits.builtin import draw_digits
from inkling.server.classroom import class_mode
from inkling.ui import services, session_keys, visitor
from inkling.ui.components.digit_grid import contact_sheet, picture_url
from inkling.ui.markdown import escape_markdown
from nn import TrainConfig

_PREVIEW = 2_000
_PREVIEW_COLUMNS = 80
_LONGEST_PATH = 300  # characters of a folder's name that somebody types
BUILTIN = (
    "Digits that Inkling draws itself: each from a pen stroke that people use for it, with the "
    "unevenness of a hand. Nobody wrote them, so they need no download."
)


def ensure_dataset() -> None:
    """Look for MNIST; where it is missing, have digits drawn instead, and say so on every page."""
    datasets = services.datasets()
    place = st.container()
    if not datasets.settled:
        with place:
            _find_mnist(None)
    if datasets.problem is None:
        return
    load_dataset("builtin")
    again, folder = _explain(datasets.problem)
    if again or folder:
        with place:
            _find_mnist(folder)
        if datasets.problem is None:
            st.rerun()
        st.toast(escape_markdown(datasets.problem))


def title_and_choice(title: str) -> str:
    """Draw a page's title, and where there are two data sets, a choice; return the chosen one.

    The choice is in the address, too, so that a link leads to the same digits.
    """
    datasets = services.datasets()
    labels = [datasets.label(name) for name in datasets.names if name != "both"]
    asked = st.query_params.get(session_keys.DATA)
    if asked in labels:
        st.session_state[session_keys.DATA] = asked
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"
    ):
        st.title(title, width="content")
        if len(labels) > 1:
            st.segmented_control(
                "Data set",
                labels,
                default=labels[0],
                required=True,
                key=session_keys.DATA,
                persist_state="session",
                on_change=_tell_address,
                help=f"{labels[1]}: {BUILTIN}",
            )
            _tell_address()
    data = services.chosen_dataset_name()
    load_dataset(data)
    return data


def _tell_address() -> None:
    """Put the data set into the address, unless it is the usual one."""
    label = st.session_state[session_keys.DATA]
    if label == services.datasets().label(services.datasets().names[0]):
        st.query_params.pop(session_keys.DATA, None)
    else:
        st.query_params[session_keys.DATA] = label


def load_dataset(data: str) -> Dataset:
    """Return a data set; while its digits are being drawn, show the first and how far it is."""
    datasets = services.datasets()
    if datasets.is_loaded(data) or find_builtin() is not None:
        return datasets.get(data)
    place = st.empty()
    text = "Drawing 70,000 digits, once…"
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


def with_available_data(config: TrainConfig) -> tuple[TrainConfig, Dataset]:
    """Return a config and its digits; where MNIST is missing, with the digits that there are."""
    if config.data not in services.datasets().names:
        config = replace(config, data="builtin")
    return config, load_dataset(config.data)


def say_which_digits() -> None:
    """Say of texts that speak of MNIST that the digits are others, where they are."""
    if services.datasets().names[0] != "mnist":
        st.caption(
            "The texts speak of MNIST. The digits at hand were drawn by Inkling, so the numbers "
            "differ a little."
        )


def _find_mnist(folder: str | None) -> None:
    """Load MNIST, with a progress bar if it comes from far."""
    datasets = services.datasets()
    place = st.empty()
    try:
        near = find_mnist(folder) is not None
    except DataError:
        near = True  # and broken: loading it says why
    if near:
        place.caption("Reading the digits…")
        datasets.find_mnist(folder)
    else:
        text = "Fetching MNIST, 11 MB, once…"
        bar = place.progress(0.0, text)
        datasets.find_mnist(folder, lambda share: bar.progress(share, text))
    place.empty()


def _explain(problem: str) -> tuple[bool, str | None]:
    """Say why there is no MNIST; return whether to try again, and the folder to try, if any."""
    folder = None
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            "**Drawn by Inkling itself**: these digits stand in for MNIST, which could not be had.",
            help=BUILTIN,
            width="content",
        )
        again = st.button("Try the download again", key="data_again")
        with st.popover("Why?"):
            st.markdown(escape_markdown(problem))  # it may name the folder that somebody else typed
            if class_mode() and not visitor.is_teacher():  # the server's folders are not a class's
                return again, None
            with st.form("data", border=False):
                named = st.text_input(
                    "Or name a folder with the four files",
                    key=session_keys.FOLDER,
                    placeholder="/home/me/mnist",
                    max_chars=_LONGEST_PATH,
                    help="train-images-idx3-ubyte, train-labels-idx1-ubyte, "
                    "t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, gzipped or not, on the "
                    "computer that runs Inkling.",
                )
                if st.form_submit_button("Use this folder"):
                    folder = named.strip()[:_LONGEST_PATH] or None
    return again, folder
