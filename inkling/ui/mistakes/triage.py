"""Triage: list of wrongly classified test images with filters, orders and verdicts."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import streamlit as st

from data_loader import Dataset
from inkling.analysis.label_evidence import margins
from inkling.analysis.verdicts import Verdict
from inkling.charts import confusion, style
from inkling.data.image_ref import ImageRef, with_article
from inkling.exports.answers_csv import answers_as_csv
from inkling.lessons.content import section
from inkling.server.models import Model
from inkling.ui import services, session_keys
from inkling.ui.browser_events import parse_index, selected_points
from inkling.ui.components.digit_grid import GridCell, GridStyle, digit_grid
from inkling.ui.mistakes import image_card, other_models, test_set_notice
from inkling.ui.mistakes import verdicts as mistakes_verdicts
from inkling.ui.widgets import image_address, overflow
from nn.diagnosis import is_finite
from nn.metrics import accuracy_interval, confusion_matrix, mistakes

ANY = "Any"
DIGIT_OPTIONS = [ANY, *range(10)]
ALL, WITHOUT_VERDICT = "all", "open"  # options of the filter besides the verdicts
CONFIDENCE, MARGIN, DOUBT = "Confidence", "Margin", "Label doubt"
ORDERS = {
    CONFIDENCE: "the most confident first",
    MARGIN: "the narrowest margin first",
    DOUBT: "the most doubtful label first",
}
PER_PAGE = 120  # digits at a time
GRID_HEIGHT = 190  # pixels; the digits scroll in it, so that the open one stays in sight
MARKED_INK = 0.35  # factor on the ink of images with a verdict
MATRIX = section("help/mistakes", "Confusion matrix")
SORT = section("help/mistakes", "Orders of mistakes")
VERDICT_FILTER = (
    "Your verdicts so far, of the mistakes that the matrix leaves. Digits that you judged stand "
    "back in the grid, with the sign of your verdict."
)


class MistakeSelection(NamedTuple):
    """A model's probabilities P (n, 10) for test images; true digit and answer, None for any."""

    model: Model
    data: str
    P: np.ndarray
    true: int | None
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
        of = [f"true digit {self.true}"] * (self.true is not None)
        of += [f"network says {self.answer}"] * (self.answer is not None)
        return f" ({', '.join(of)})" if of else ""


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
    labels = services.datasets().get(data).test.labels
    left, right = st.columns([2, 3], gap="large")
    with left:
        _accuracy(P, labels)
        test_set_notice.show()
        true, answer = _confusion_filter(P, labels)
    with right:
        _selected_mistakes(MistakeSelection(model, data, P, true, answer))


def _accuracy(P: np.ndarray, labels: np.ndarray) -> None:
    """Draw the accuracy on the test images with its interval."""
    n = len(labels)
    right = int((P.argmax(axis=1) == labels).sum())
    low, high = accuracy_interval(right / n, n)
    st.markdown(
        f"It reads {right:,} of {n:,} test images right: **{right / n:.2%}**. "
        f"On other digits of the kind, expect {low:.1%} to {high:.1%}.",
        help=test_set_notice.REASON,
    )


def _confusion_filter(P: np.ndarray, labels: np.ndarray) -> tuple[int | None, int | None]:
    """Draw the confusion matrix and the two filters; return true digit and answer, None for any."""
    with st.container(horizontal=True):  # cells of the chart are too small on a phone
        for label, key in (
            ("True digit", session_keys.MISTAKES_LABEL),
            ("Network says", session_keys.MISTAKES_ANSWER),
        ):
            st.selectbox(
                label,
                DIGIT_OPTIONS,
                key=key,
                filter_mode=None,
                persist_state="session",
                on_change=image_address.close_image,
            )
    true, answer = (
        None if st.session_state[key] == ANY else int(st.session_state[key])
        for key in (session_keys.MISTAKES_LABEL, session_keys.MISTAKES_ANSWER)
    )
    # One key a choice: Streamlit does not report a click on a cell that is still selected.
    key = f"mistakes_matrix_{true}_{answer}"

    def clicked() -> None:
        for point in selected_points(st.session_state[key])[:1]:
            row, column = (parse_index(point.get(axis), 10) for axis in "yx")
            if row is not None and column is not None:
                st.session_state[session_keys.MISTAKES_LABEL] = row
                st.session_state[session_keys.MISTAKES_ANSWER] = ANY if row == column else column
                image_address.close_image()

    counts = confusion_matrix(labels, P.argmax(axis=1))
    st.markdown("**Which digit it takes for which**, in test images", help=MATRIX)
    st.plotly_chart(
        confusion.confusion_chart(counts, true, answer, dark=st.context.theme.type == "dark"),
        config=style.CONFIG | {"displayModeBar": False},
        key=key,
        on_select=clicked,
        selection_mode="points",
        alt="How many test images of each digit the network takes for which digit",
    )
    return true, answer


@st.fragment
def _selected_mistakes(selection: MistakeSelection) -> None:
    """Draw the selected mistakes and the open image: that in the address, else the first."""
    wrong = mistakes(selection.P, selection.labels)
    wrong = wrong[
        ((selection.true is None) | (selection.labels[wrong] == selection.true))
        & ((selection.answer is None) | (selection.P[wrong].argmax(axis=1) == selection.answer))
    ]
    opened = _image_in_address(selection.data)
    on_marked: Callable[[ImageRef], None] = image_address.open_image
    if len(wrong) == 0:
        st.info(f"There are no mistakes of this kind{selection.kind}.")
    else:
        seen = _filter_by_verdict(selection, wrong)
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            heading = st.empty()
            order = _choose_order()
        listed, note = _sorted(selection, seen, order)
        noun = "mistake" if len(listed) == 1 else "mistakes"
        heading.markdown(
            f"**{len(listed):,} {noun}**{selection.kind}, {ORDERS[order]}",
            help=SORT,
            width="content",
        )
        if note:
            st.caption(note)
        if opened is None and len(listed):
            opened = selection.ref(int(listed[0]))
        page_key = f"mistakes_page_{selection.model.id}_{selection.true}_{selection.answer}_{order}"
        _grid(selection, listed, opened, page_key)
        on_marked = _open_next(selection, listed, page_key)
    if opened is not None:
        image_card.show_image(selection.model, selection.P, opened, on_marked)


def _choose_order() -> str:
    """Draw the choice of an order; return it."""
    return str(
        st.segmented_control(
            "Sort by",
            list(ORDERS),
            default=CONFIDENCE,
            required=True,
            key=session_keys.MISTAKES_SORT,
            persist_state="session",
            on_change=image_address.close_image,
            label_visibility="collapsed",
        )
    )


def _filter_by_verdict(selection: MistakeSelection, wrong: np.ndarray) -> np.ndarray:
    """Draw the filter by verdict; return the mistakes that pass it."""
    verdicts = mistakes_verdicts.verdicts().of(selection.dataset.name)
    groups = np.array([str(verdicts.get(int(index), WITHOUT_VERDICT)) for index in wrong], object)
    counts = Counter(groups)
    names = {ALL: "All", WITHOUT_VERDICT: "Not judged"} | {
        str(v): mistakes_verdicts.with_sign(v) for v in Verdict
    }

    def name(seen: str) -> str:
        return f"{names[seen]} {len(wrong) if seen == ALL else counts[seen]:,}"

    seen = st.pills(
        f"Your verdicts: {len(wrong) - counts[WITHOUT_VERDICT]:,} of {len(wrong):,} judged",
        list(names),
        default=ALL,
        required=True,
        format_func=name,
        wrap=True,
        key=session_keys.MISTAKES_VERDICT,
        persist_state="session",
        on_change=image_address.close_image,
        help=VERDICT_FILTER,
    )
    return wrong if seen == ALL else wrong[groups == seen]


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


def _grid(
    selection: MistakeSelection, listed: np.ndarray, opened: ImageRef | None, page_key: str
) -> None:
    """Draw a page of mistakes, pagination and downloads."""
    if len(listed) == 0:
        st.info("None of these mistakes has this verdict.")
        return
    pages = -(-len(listed) // PER_PAGE)
    place = st.container(height=GRID_HEIGHT)
    page = 1
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        if pages > 1:
            if st.session_state.get(page_key, 1) > pages:
                st.session_state[page_key] = pages
            page = st.pagination(pages, key=page_key)
        _download(selection, listed)
        mistakes_verdicts.export_controls(selection.dataset, selection.P)
    with place:
        _mistake_images(selection, listed[(page - 1) * PER_PAGE : page * PER_PAGE], opened)


def _mistake_images(
    selection: MistakeSelection, indices: np.ndarray, opened: ImageRef | None
) -> None:
    """Draw a grid of mistakes with answers and verdicts; a click opens one."""
    verdicts = mistakes_verdicts.verdicts().of(selection.dataset.name)
    given = [verdicts.get(int(index)) for index in indices]
    answers = selection.P[indices].argmax(axis=1)
    images = selection.dataset.test.images[indices].copy()
    marked = np.array([verdict is not None for verdict in given])
    images[marked] = (images[marked] * MARKED_INK).astype(np.uint8)
    digit_grid(
        images,
        [
            GridCell(
                index,
                f"Image {index}: {with_article(selection.labels[index])}, the network says {answer}"
                + (
                    "" if verdict is None else f"; your verdict: {mistakes_verdicts.NAMES[verdict]}"
                ),
                str(answer) if verdict is None else f"{answer} {mistakes_verdicts.SIGNS[verdict]}",
            )
            for index, answer, verdict in zip(indices, answers, given, strict=True)
        ],
        label="Test images that the network reads wrong, with its answers",
        key="mistakes_grid",
        on_pick=lambda index: image_address.open_image(selection.ref(index)),
        selected=opened.index if opened else None,
        style=GridStyle(min_width=46),
    )


def _download(selection: MistakeSelection, indices: np.ndarray) -> None:
    """Draw a button that downloads the mistakes as a table."""
    st.download_button(
        "Download as CSV",
        lambda: answers_as_csv(indices, selection.labels, selection.P),
        file_name="mistakes.csv",
        mime="text/csv",
        on_click="ignore",
        help="Index, true label, answer, confidence and the ten probabilities of each mistake "
        "that is chosen here.",
    )
