"""All mistakes: wrongly read test images with filters, orders and verdicts."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import streamlit as st

from data_loader import Dataset
from inkling.analysis.label_evidence import margins
from inkling.analysis.verdicts import Verdict
from inkling.data.image_ref import ImageRef, with_article
from inkling.exports.answers_csv import answers_as_csv
from inkling.lessons.content import section
from inkling.server.models import Model
from inkling.ui import services, session_keys
from inkling.ui.components.confusion_grid import Cell, confusion_filter
from inkling.ui.components.digit_grid import GridCell, GridStyle, digit_grid
from inkling.ui.mistakes import image_card, other_models, quiz, test_set_notice
from inkling.ui.mistakes import verdicts as mistakes_verdicts
from inkling.ui.mistakes.layout import create_stage, picture_list, scroll_to_list
from inkling.ui.widgets import image_address, overflow
from inkling.ui.widgets.address import read_choice, write_choice
from nn.diagnosis import is_finite
from nn.metrics import confusion_matrix, mistakes

ANY, WITHOUT_VERDICT = "any", "open"  # options of filters
CONFIDENCE, MARGIN, DOUBT = "confidence", "margin", "doubt"
ORDERS = {
    CONFIDENCE: "Most confident first",
    MARGIN: "Closest calls first",
    DOUBT: "Doubtful labels first",
}
DIGITS = {ANY: "any"} | {str(digit): str(digit) for digit in range(10)}
VERDICTS = {
    ANY: "Verdict: any",
    WITHOUT_VERDICT: "Not judged",
    **{str(verdict): mistakes_verdicts.with_sign(verdict) for verdict in Verdict},
}
PER_PAGE = 120  # digits at a time
MARKED_INK = 0.35  # factor on the ink of images with a verdict
MATRIX = section("help/mistakes", "Confusion matrix")
SORT = section("help/mistakes", "Orders of mistakes")


class Filter(NamedTuple):
    """A select box above the list, whose choice is in the address; the first is the default."""

    parameter: str
    label: str
    key: str
    names: dict[str, str]


FILTERS = (
    Filter("order", "Sort by", session_keys.MISTAKES_SORT, ORDERS),
    Filter(
        "label",
        "Label",
        session_keys.MISTAKES_LABEL,
        {name: f"Label: {words}" for name, words in DIGITS.items()},
    ),
    Filter(
        "answer",
        "Answer",
        session_keys.MISTAKES_ANSWER,
        {name: f"Answer: {words}" for name, words in DIGITS.items()},
    ),
    Filter("verdict", "Verdict", session_keys.MISTAKES_VERDICT, VERDICTS),
)


class MistakeSelection(NamedTuple):
    """A model's probabilities P (n, 10) for test images; chosen label and answer, None for any."""

    model: Model
    data: str
    P: np.ndarray
    label: int | None
    answer: int | None

    @property
    def dataset(self) -> Dataset:
        """The data set."""
        return services.datasets().get(self.data)

    def ref(self, index: int) -> ImageRef:
        """Return the reference to a test image."""
        return ImageRef(self.data, "test", index)

    @property
    def labels(self) -> np.ndarray:
        """The labels of the test images, (n,)."""
        return self.dataset.test.labels

    @property
    def kind(self) -> str:
        """The selected kind of mistakes in words."""
        of = [f"label {self.label}"] * (self.label is not None)
        of += [f"answer {self.answer}"] * (self.answer is not None)
        return ", ".join(of)


@st.fragment
def show(model: Model, data: str) -> None:
    """Draw the view.

    Parameters
    ----------
    model : Model
    data : {"mnist", "builtin"}
        Data set of the test images.
    """
    P = services.answers_to_test_images(data, model.id, model.network)
    if not is_finite(model.network, P):
        overflow.show()
        return
    stage = create_stage()
    with stage.pictures:
        order, label, answer, verdict = _choose_filters()
        selection = MistakeSelection(
            model, data, P, *(None if name == ANY else int(name) for name in (label, answer))
        )
        opened, on_marked = _list(selection, order, verdict)
    with stage.overview:
        _matrix(selection)
    if opened is not None:
        with stage.opened:  # last, since its evidence takes seconds at first
            image_card.show_image(model, P, opened, on_marked)
    test_set_notice.show()


def _choose_filters() -> list[str]:
    """Draw the filters; return the names of the choices."""
    names = []
    with st.container(key="mistakes_filters"):
        for each in FILTERS:
            default = next(iter(each.names))
            read_choice(
                each.parameter, each.key, {"": default, **{name: name for name in each.names}}
            )
            chosen = st.selectbox(
                each.label,
                list(each.names),
                key=each.key,
                format_func=each.names.__getitem__,
                filter_mode=None,
                persist_state="session",
                on_change=image_address.close_image,
                label_visibility="collapsed",
            )
            write_choice(each.parameter, each.key, None if chosen == default else chosen)
            names.append(chosen)
    return names


def _choose_cell(cell: Cell) -> None:
    """Show only the mistakes of a cell or row of the confusion matrix; all for (None, None)."""
    for key, digit in zip(
        (session_keys.MISTAKES_LABEL, session_keys.MISTAKES_ANSWER), cell, strict=True
    ):
        st.session_state[key] = ANY if digit is None else str(digit)
    image_address.close_image()


def _show_all() -> None:
    _choose_cell((None, None))
    st.session_state[session_keys.MISTAKES_VERDICT] = ANY


def _open_quiz() -> None:
    st.query_params.clear()
    st.session_state[session_keys.MISTAKES_VIEW] = quiz.TITLE


def _matrix(selection: MistakeSelection) -> None:
    """Draw the confusion matrix, and a button that opens the quiz."""
    st.subheader("Confusion matrix", anchor=False, help=MATRIX)
    confusion_filter(
        confusion_matrix(selection.labels, selection.P.argmax(axis=1)),
        (selection.label, selection.answer),
        label="Test images by label, in rows, and by answer, in columns",
        key="mistakes_matrix",
        on_pick=_choose_cell,
    )
    st.caption("Rows: label. Columns: answer. Click a cell to see its mistakes.")
    with st.container(border=True, gap="xsmall"):
        opens_quiz = st.button(
            "Beat the network", icon=":material/timer:", on_click=_open_quiz, width="stretch"
        )
        st.caption("Read ten digits that it finds hard, against the clock.")
    if opens_quiz:
        st.rerun()  # the view is not in this fragment


def _list(
    selection: MistakeSelection, order: str, verdict: str
) -> tuple[ImageRef | None, Callable[[ImageRef], None]]:
    """Draw the selected mistakes.

    Returns
    -------
    opened : ImageRef or None
        The image in the address, else the first of the list.
    on_marked : callable
        Called with an image after a verdict on it.
    """
    opened = _image_in_address(selection.data)
    all_mistakes = mistakes(selection.P, selection.labels)
    wrong = all_mistakes[
        (selection.label is None) | (selection.labels[all_mistakes] == selection.label)
    ]
    wrong = wrong[
        (selection.answer is None) | (selection.P[wrong].argmax(axis=1) == selection.answer)
    ]
    judged = _with_verdict(selection, wrong, verdict)
    listed, note = _sorted(selection, judged, order)
    _count(selection, len(listed), len(all_mistakes))
    if note:
        st.caption(note)
    if len(listed) == 0:
        if len(all_mistakes):
            st.info(
                "No mistakes with this verdict."
                if len(wrong)
                else f"No mistakes match ({selection.kind})."
            )
        return opened, image_address.open_image
    if opened is None:
        opened = selection.ref(int(listed[0]))
    page_key = f"mistakes_page_{selection.model.id}_{selection.label}_{selection.answer}_{order}"
    _grid(selection, listed, opened, page_key)
    return opened, _open_next(selection, listed, page_key)


def _count(selection: MistakeSelection, listed: int, total: int) -> None:
    """Draw how many mistakes are listed, and a button that lists all of them."""
    of_all = f"{listed:,}" if listed == total else f"{listed:,} of {total:,}"
    kind = f": {selection.kind}" if selection.kind else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{of_all} {'mistake' if total == 1 else 'mistakes'}**{kind}",
            width="content",
            help=SORT,
        )
        if listed < total:
            st.button("Show all", type="tertiary", on_click=_show_all)


def _with_verdict(selection: MistakeSelection, wrong: np.ndarray, verdict: str) -> np.ndarray:
    """Return the mistakes that have a verdict."""
    if verdict == ANY:
        return wrong
    verdicts = mistakes_verdicts.verdicts().of(selection.dataset.name)
    given = [str(verdicts.get(int(index), WITHOUT_VERDICT)) for index in wrong]
    return wrong[np.array(given, object) == verdict]


def _sorted(selection: MistakeSelection, listed: np.ndarray, order: str) -> tuple[np.ndarray, str]:
    """Return mistakes, given by descending confidence, in an order, and a note on it."""
    if order == MARGIN:
        key = margins(selection.P[listed], selection.labels[listed])
        return listed[np.argsort(key, kind="stable")], ""
    if order == CONFIDENCE or len(listed) == 0:
        return listed, ""
    weighed = other_models.label_doubts(selection.model, selection.data, selection.P)
    doubts = dict(zip(weighed.indices.tolist(), weighed.doubt.tolist(), strict=True))
    key = np.array([-doubts.get(index, -1.0) for index in listed.tolist()])
    note = ""
    if (key > 0).any():
        note = (
            f"Only its {other_models.MAX_IMAGES} most confident mistakes were weighed; the others "
            "come last."
        )
    return listed[np.argsort(key, kind="stable")], note


def _open_next(
    selection: MistakeSelection, listed: np.ndarray, page_key: str
) -> Callable[[ImageRef], None]:
    """Return a callback after a verdict that opens the next mistake without one.

    Parameters
    ----------
    selection : MistakeSelection
    listed : ndarray, (k,) int
        The listed mistakes, in their order.
    page_key : str
        Of the grid's pagination.
    """

    def go_on(ref: ImageRef) -> None:
        verdicts = mistakes_verdicts.verdicts().of(selection.dataset.name)
        here = np.flatnonzero(listed == ref.index)
        start = int(here[0]) + 1 if len(here) else 0
        following = [*listed[start:].tolist(), *listed[:start].tolist()]
        # If all have a verdict, the image stays open.
        place = next((k for k, other in enumerate(following) if other not in verdicts), None)
        image_address.open_image(ref if place is None else selection.ref(following[place]))
        if place is not None and page_key in st.session_state:
            st.session_state[page_key] = 1 + (start + place) % len(listed) // PER_PAGE

    return go_on


def _image_in_address(data: str) -> ImageRef | None:
    """Return the test image in the address, or None; draw a warning if there is no such image."""
    linked = image_address.linked_image(data, "test")
    if linked is not None and linked.split != "test":
        st.warning(f"{linked.name} cannot be opened here: this view shows test images only.")
        return None
    return linked


def _grid(selection: MistakeSelection, listed: np.ndarray, opened: ImageRef, page_key: str) -> None:
    """Draw a page of mistakes, pagination and downloads."""
    pages = -(-len(listed) // PER_PAGE)
    place = picture_list()
    page = 1
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        if pages > 1:
            if page_key not in st.session_state:
                place_in_list = np.flatnonzero(listed == opened.index)
                found = int(place_in_list[0]) if len(place_in_list) else 0
                st.session_state[page_key] = 1 + found // PER_PAGE
            st.session_state[page_key] = min(st.session_state[page_key], pages)
            page = st.pagination(pages, key=page_key)
        _download(selection, listed)
        mistakes_verdicts.export_controls(selection.dataset, selection.P)
    with place:
        _mistake_images(selection, listed[(page - 1) * PER_PAGE : page * PER_PAGE], opened)


def _mistake_images(selection: MistakeSelection, indices: np.ndarray, opened: ImageRef) -> None:
    """Draw a grid of mistakes with answers and verdicts; a click opens one."""
    verdicts = mistakes_verdicts.verdicts().of(selection.dataset.name)
    given = [verdicts.get(int(index)) for index in indices]
    answers = selection.P[indices].argmax(axis=1)
    images = selection.dataset.test.images[indices].copy()
    marked = np.array([verdict is not None for verdict in given])
    images[marked] = (images[marked] * MARKED_INK).astype(np.uint8)

    def open_image(index: int) -> None:
        image_address.open_image(selection.ref(index))
        scroll_to_list()

    digit_grid(
        images,
        [
            GridCell(
                index,
                f"Image {index}: {with_article(selection.labels[index])}, the network "
                f"answers {answer}"
                + (
                    "" if verdict is None else f"; your verdict: {mistakes_verdicts.NAMES[verdict]}"
                ),
                str(answer) if verdict is None else f"{answer} {mistakes_verdicts.SIGNS[verdict]}",
            )
            for index, answer, verdict in zip(indices, answers, given, strict=True)
        ],
        label="Test images that the network reads wrongly, with its answers",
        key="mistakes_grid",
        on_pick=open_image,
        selected=opened.index,
        style=GridStyle(min_width=60),
    )


def _download(selection: MistakeSelection, indices: np.ndarray) -> None:
    """Draw a button that downloads the mistakes as a table."""
    st.download_button(
        "Download as CSV",
        lambda: answers_as_csv(indices, selection.labels, selection.P),
        file_name="mistakes.csv",
        mime="text/csv",
        on_click="ignore",
        help="Index, label, answer, confidence and the ten probabilities of each mistake "
        "selected here.",
    )
