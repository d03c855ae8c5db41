"""User drawings as training examples: labelling, grid, removal and download."""

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
from inkling.ui.components.group_name import group_name
from inkling.ui.draw import views
from inkling.ui.markdown import escape_markdown
from nn.diagnosis import is_finite

FILE_NAME = "drawings.idx"
_LABELLING = (
    "Saves this drawing as one of your examples. From a few of them a copy of the network learns "
    f"your handwriting, under **{views.TEACH}**."
)

_GROUP = "It is a: saves the drawing as your example of this digit"

_SELECTED = "draw_taught_picked"
_UNSAVED = "draw_taught_unkept"  # the drawings, if the file could not be written
_FILE_ERROR = "draw_taught_problem"
_REMOVED = "draw_taught_dropped"  # all drawings before the last removal


def load_drawings() -> UserDrawings:
    """Return the drawings that this visitor has labelled."""
    unsaved: UserDrawings | None = st.session_state.get(_UNSAVED)
    return from_bytes(services.read_visitor_file(FILE_NAME)) if unsaved is None else unsaved


def show_labelling(image: np.ndarray | None) -> None:
    """Draw ten buttons, of which each adds the image to the drawings with its digit as the label.

    Parameters
    ----------
    image : ndarray, (28, 28) uint8, or None
        The network's input; None where there is no ink.
    """
    drawings = load_drawings()
    index = None if image is None else drawings.index_of(image)
    label = None if index is None else int(drawings.labels[index])
    no_room = index is None and drawings.is_full
    with st.container(horizontal=True, vertical_alignment="center", gap=None, key="draw_label"):
        st.markdown("It is a", width="content")
        for digit in range(10):
            st.button(
                str(digit),
                key=f"draw_label_{digit}",
                type="primary" if digit == label else "secondary",
                disabled=image is None or no_room,
                on_click=_add,
                args=(image, digit),
                help=_LABELLING,
            )
    group_name("draw_label", _GROUP, key="draw_label_name")
    if label is not None:
        st.caption(f"Saved as {with_article(label)} among your examples, under **{views.TEACH}**.")
    if no_room:
        st.caption(
            f"You have {MAX_DRAWINGS} examples, which is the limit. Delete some under "
            f"{views.TEACH} first."
        )


def show_drawings(drawings: UserDrawings, model: Model, image: np.ndarray | None) -> None:
    """Draw the grid of the drawings with buttons to delete and download them.

    Parameters
    ----------
    drawings : UserDrawings
    model : Model
        Its answers to the drawings are shown.
    image : ndarray, (28, 28) uint8, or None
        The network's input, which may be among the drawings.
    """
    st.header("Your examples", anchor=False)
    index = None if image is None else drawings.index_of(image)
    if index is not None:
        label = drawings.labels[index]
        st.caption(
            f"This drawing is among your examples, as {with_article(label)}. Draw the next one."
        )
    elif not drawings.is_full:
        st.caption("Draw a digit, then press its number below the canvas.")
    if st.session_state.get(_FILE_ERROR):
        st.warning(escape_markdown(st.session_state[_FILE_ERROR]))
    if len(drawings):
        _show_grid(drawings, model)
    elif _REMOVED in st.session_state:
        st.markdown("All deleted.")
    else:
        st.markdown(section("help/draw", "No examples yet"))
    with st.container(horizontal=True):
        if len(drawings):
            selected = st.session_state.get(_SELECTED)
            if selected is not None and selected < len(drawings):
                args = (drawings, drawings.without(selected))
                st.button("Delete this one", on_click=_remove, args=args)
            st.button("Delete all", on_click=_remove, args=(drawings, NO_DRAWINGS))
            st.download_button(
                "Download as IDX",
                lambda: zipped_idx_files(drawings),
                file_name="drawings.zip",
                mime="application/zip",
                on_click="ignore",
                help="Two files, images and labels, in MNIST's own format.",
            )
        if _REMOVED in st.session_state:
            st.button("Undo delete", on_click=_undo_removal, key="draw_undo_removal")


def _show_grid(drawings: UserDrawings, model: Model) -> None:
    """Draw the drawings with their labels, and predictions if the model did not overflow."""
    summary = "1 drawing" if len(drawings) == 1 else f"{len(drawings)} drawings"
    names = [f"Example {k}: {with_article(label)}" for k, label in enumerate(drawings.labels, 1)]
    captions = [str(label) for label in drawings.labels]
    if is_finite(model.network, model.network.predict_proba(drawings.images)):
        predicted = predicted_digits(model.network, drawings.images)
        right = int(np.sum(predicted == drawings.labels))
        answers = "answer" if right == 1 else "answers"
        summary += f". **{right}** correct {answers} of {escape_markdown(model.name)}"
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
    """Add an image to the drawings, or change its label; show them."""
    drawings = load_drawings()  # another tab may have added some
    if drawings.index_of(image) is not None or not drawings.is_full:
        _save(drawings.with_label(image, label))
    st.session_state.pop(_REMOVED, None)
    views.open_view(views.TEACH)


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
        error = "" if deleted else "The drawings could not be deleted."
    st.session_state[_FILE_ERROR] = error
    st.session_state[_UNSAVED] = drawings if error else None
