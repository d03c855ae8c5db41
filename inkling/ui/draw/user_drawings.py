"""User drawings as training examples: labelling, grid, removal and download."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from inkling.data.image_ref import with_article
from inkling.data.user_drawings import (
    MAX_DRAWINGS,
    NO_DRAWINGS,
    UserDrawings,
    from_bytes,
    to_bytes,
    zipped_idx_files,
)
from inkling.lessons.content import section
from inkling.server.models import Model
from inkling.training.fine_tuning import predicted_digits
from inkling.ui import services
from inkling.ui.components.digit_grid import GridCell, GridStyle, digit_grid
from inkling.ui.markdown import escape_markdown
from nn.diagnosis import is_finite

FILE_NAME = "drawings.idx"

_LABEL = "draw_taught_label"
_SELECTED = "draw_taught_picked"
_UNSAVED = "draw_taught_unkept"  # the drawings, if the file could not be written
_FILE_ERROR = "draw_taught_problem"
_REMOVED = "draw_taught_dropped"  # all drawings before the last removal


def load_drawings() -> UserDrawings:
    """Return the drawings that this visitor has labelled."""
    unsaved: UserDrawings | None = st.session_state.get(_UNSAVED)
    return from_bytes(services.read_visitor_file(FILE_NAME)) if unsaved is None else unsaved


def show_labelling(
    drawings: UserDrawings, image: np.ndarray | None, clear: Callable[[], None] | None
) -> None:
    """Draw the choice of a label and the button that adds the image to the drawings.

    Parameters
    ----------
    drawings : UserDrawings
    image : ndarray, (28, 28) uint8, or None
        The network's input; None where there is no ink.
    clear : callable, optional
        Clears the canvas, where there is one.
    """
    st.subheader("What was it?", anchor=False)
    index = None if image is None else drawings.index_of(image)
    label = st.pills("It was a …", range(10), key=_LABEL, wrap=True)
    unchanged = index is not None and int(drawings.labels[index]) == label
    no_room = index is None and drawings.is_full
    with st.container(horizontal=True):
        st.button(
            "Teach it this" if index is None else "Teach it this instead",
            type="primary",
            disabled=image is None or label is None or unchanged or no_room,
            on_click=_add,
            args=(image, label),
        )
        if index is not None and clear is not None:
            st.button("Clear the canvas", on_click=clear, key="draw_taught_clear")
    if image is None:
        st.caption("Draw a digit above, then say what it is.")
    elif index is not None:
        digit = drawings.labels[index]
        st.caption(
            f"This drawing is among your examples, as {with_article(digit)}. Draw the next one."
        )
    elif no_room:
        st.caption(f"There are {MAX_DRAWINGS} examples, and no more can be kept. Drop some first.")


def show_drawings(drawings: UserDrawings, model: Model) -> None:
    """Draw the grid of the drawings with buttons to remove and download them."""
    st.subheader("Your examples", anchor=False)
    if st.session_state.get(_FILE_ERROR):
        st.warning(escape_markdown(st.session_state[_FILE_ERROR]))
    if len(drawings):
        _show_grid(drawings, model)
    elif _REMOVED in st.session_state:
        st.markdown("All dropped.")
    else:
        st.markdown(section("help/draw", "No examples yet"))
    with st.container(horizontal=True):
        if len(drawings):
            selected = st.session_state.get(_SELECTED)
            if selected is not None and selected < len(drawings):
                args = (drawings, drawings.without(selected))
                st.button("Drop this one", on_click=_remove, args=args)
            st.button("Drop all", on_click=_remove, args=(drawings, NO_DRAWINGS))
            st.download_button(
                "Download as IDX",
                lambda: zipped_idx_files(drawings),
                file_name="drawings.zip",
                mime="application/zip",
                on_click="ignore",
                help="Two files, images and labels, in the format that MNIST is published in.",
            )
        if _REMOVED in st.session_state:
            st.button("Put back what was dropped", on_click=_undo_removal)


def _show_grid(drawings: UserDrawings, model: Model) -> None:
    """Draw the drawings with their labels, and predictions if the model did not overflow."""
    summary = "1 drawing" if len(drawings) == 1 else f"{len(drawings)} drawings"
    names = [f"Example {k}: {with_article(label)}" for k, label in enumerate(drawings.labels, 1)]
    captions = [str(label) for label in drawings.labels]
    if is_finite(model.network, model.network.predict_proba(drawings.images)):
        predicted = predicted_digits(model.network, drawings.images)
        right = int(np.sum(predicted == drawings.labels))
        summary += f". {escape_markdown(model.name)} reads **{right}** right"
        names = [f"{name}, read as {digit}" for name, digit in zip(names, predicted, strict=True)]
        captions = [
            str(label) if label == digit else f"{label}, not {digit}"
            for label, digit in zip(drawings.labels, predicted, strict=True)
        ]
    st.markdown(f"{summary}.")

    def select(index: int) -> None:
        st.session_state[_SELECTED] = index

    digit_grid(
        drawings.images,
        [GridCell(k, *texts) for k, texts in enumerate(zip(names, captions, strict=True))],
        label="Your examples",
        key="draw_taught_grid",
        on_pick=select,
        selected=st.session_state.get(_SELECTED),
        style=GridStyle(min_width=60),
    )


def _add(image: np.ndarray, label: int) -> None:
    drawings = load_drawings()  # another tab may have added some
    if drawings.index_of(image) is not None or not drawings.is_full:
        _save(drawings.with_label(image, label))
    st.session_state[_LABEL] = None
    st.session_state.pop(_REMOVED, None)


def _remove(drawings: UserDrawings, rest: UserDrawings) -> None:
    _save(rest)
    st.session_state[_REMOVED] = drawings
    st.session_state.pop(_SELECTED, None)


def _undo_removal() -> None:
    _save(st.session_state.pop(_REMOVED))


def _save(drawings: UserDrawings) -> None:
    """Write the visitor's file; on an error keep the drawings in the session."""
    if len(drawings):
        error = services.write_visitor_file(FILE_NAME, to_bytes(drawings))
    else:
        services.delete_visitor_file(FILE_NAME)
        deleted = services.read_visitor_file(FILE_NAME) is None
        error = "" if deleted else "The disk would not let go of the drawings."
    st.session_state[_FILE_ERROR] = error
    st.session_state[_UNSAVED] = drawings if error else None
