"""Two models: images that only one classifies correctly, and McNemar's test."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import streamlit as st

from inkling.analysis.model_comparison import Comparison, ComparisonOutcome, compare
from inkling.charts.mistakes import gained_and_lost_chart
from inkling.charts.number_format import percent
from inkling.data.image_ref import ImageRef, with_article
from inkling.lessons.content import section
from inkling.runs.run_file import RunError
from inkling.server.models import Model
from inkling.ui import model_choice, services, session_keys
from inkling.ui.components.digit_grid import GridCell, GridStyle, digit_grid, picture_url
from inkling.ui.components.probability_bars import probability_bars
from inkling.ui.markdown import escape_markdown
from inkling.ui.mistakes import test_set_notice
from inkling.ui.widgets import image_address, overflow
from nn.diagnosis import is_finite
from nn.metrics import accuracy_interval

PER_PAGE = 120  # digits at a time
GRID_HEIGHT = 190  # pixels
NAMES = {
    ComparisonOutcome.FIXED: "Fixed",
    ComparisonOutcome.BROKEN: "Broken",
    ComparisonOutcome.BOTH_WRONG: "Both wrong",
    ComparisonOutcome.BOTH_RIGHT: "Both right",
}
ORDERS = {
    ComparisonOutcome.FIXED: "the first's most confident mistake first",
    ComparisonOutcome.BROKEN: "the second's most confident mistake first",
    ComparisonOutcome.BOTH_WRONG: "the most confident mistake first",
    ComparisonOutcome.BOTH_RIGHT: "the least sure answer first",
}
OUTCOMES = section("help/mistakes", "Outcomes of two models")
INTERVAL = (
    "In brackets: where the accuracy on other digits of the kind lies, 95 times in 100 (Wilson's "
    "interval). Two models may be further apart than these suggest: they read the same images, so "
    "what counts is those on which they differ."
)
CHANCE = section("help/mistakes", "Chance")
GAINED = "Images of each digit that were fixed, above the line, and broken, below it."
CLEAR, UNLIKELY = 0.01, 0.05  # a split as rare as this is hardly chance, or unlikely to be

_OPENED = "mistakes_two_opened"  # ImageRef
_PAGE = "mistakes_two_page_"  # and the models and the outcome


class ModelPair(NamedTuple):
    """Two models, and their probabilities (n, 10) each for the test images of a data set."""

    first: Model
    second: Model
    data: str
    P: tuple[np.ndarray, np.ndarray]


@st.fragment
def show(model: Model, data: str) -> None:
    """Draw the view.

    Parameters
    ----------
    model : Model
        The first of the two.
    data : {"mnist", "builtin"}
        Data set of the test images.
    """
    others = {other.id: other for other in model_choice.available_models() if other.id != model.id}
    left, right = st.columns([2, 3], gap="large")
    with left:
        second = _choose_second(others)
        try:
            P = tuple(
                services.answers_to_test_images(data, each.id, each.network)
                for each in (model, second)
            )
        except RunError as error:
            st.error(escape_markdown(str(error)))
            return
        for each, answers in zip((model, second), P, strict=True):
            if not is_finite(each.network, answers):
                overflow.show(each.name)
                return
        pair = ModelPair(model, second, data, (P[0], P[1]))
        labels = services.datasets().get(data).test.labels
        comparison = compare(*pair.P, labels)
        _accuracies(pair, comparison, len(labels))
        test_set_notice.show()
        if comparison.fixed_by_digit.any() or comparison.broken_by_digit.any():
            _by_digit(comparison)
    with right:
        _images(pair, comparison)


def _choose_second(others: dict[str, Model]) -> Model:
    """Draw the choice of the second model; return it."""
    if st.session_state.get(session_keys.MISTAKES_SECOND_MODEL) not in others:
        # Not the newest run, which may be the same one again.
        shipped = model_choice.pretrained().id
        st.session_state[session_keys.MISTAKES_SECOND_MODEL] = (
            shipped if shipped in others else next(iter(others))
        )
    chosen = st.selectbox(
        "Second model",
        list(others),
        key=session_keys.MISTAKES_SECOND_MODEL,
        format_func=lambda key: others[key].label if key in others else "?",
        persist_state="session",
        on_change=_close,
        help="What is compared with the model that answers, which is the first.",
    )
    return others[chosen]


def _accuracies(pair: ModelPair, comparison: Comparison, n: int) -> None:
    """Draw both accuracies, and the significance of their difference."""
    for place, each, right in zip(
        ("First", "Second"), (pair.first, pair.second), comparison.right, strict=True
    ):
        low, high = accuracy_interval(right / n, n)
        st.markdown(
            f"{place}: **{right / n:.2%}** right ({low:.1%} to {high:.1%}), "
            f"{escape_markdown(each.name)}",
            help=INTERVAL if place == "First" else None,
        )
    st.markdown(_difference(comparison, n), help=CHANCE)


def _difference(comparison: Comparison, n: int) -> str:
    """Return the difference of the accuracies and its significance, in words."""
    fixed, broken = (
        len(comparison.images[kind]) for kind in (ComparisonOutcome.FIXED, ComparisonOutcome.BROKEN)
    )
    if fixed + broken == 0:
        return "They read the same images right and the same ones wrong."
    gap = fixed - broken
    if gap == 0:
        text = f"They read equally many right, though {fixed + broken:,} images differ."
    else:
        more = "more" if gap > 0 else "fewer"
        images = "image" if abs(gap) == 1 else "images"
        text = f"The second reads {abs(gap):,} {more} {images} right: {abs(gap) / n:.2%} of all."
    p = comparison.p_value
    share = "less than 0.01%" if p < 1e-4 else f"{p:.2%}" if p < 0.1 else f"{p:.0%}"
    verdict = (
        "**chance hardly explains it**"
        if p < CLEAR
        else "**chance is an unlikely explanation**"
        if p < UNLIKELY
        else "**chance can well explain it**"
    )
    return (
        f"{text} They differ on {fixed + broken:,}, and of equally good models {share} would "
        f"split them at least as unevenly: {verdict}."
    )


def _by_digit(comparison: Comparison) -> None:
    st.markdown("**By digit**", help=GAINED)
    st.plotly_chart(
        gained_and_lost_chart(comparison.fixed_by_digit, comparison.broken_by_digit),
        config={"displayModeBar": False},
        key="mistakes_two_digits",
        alt="How many images of each digit were fixed and broken",
    )


def _close() -> None:
    """Close the open image: the first of the list opens."""
    st.session_state.pop(_OPENED, None)


def _images(pair: ModelPair, comparison: Comparison) -> None:
    """Draw the images of an outcome, and the open one."""
    counts = {outcome: len(images) for outcome, images in comparison.images.items()}
    outcome = st.pills(
        "What became of the test images",
        list(ComparisonOutcome),
        default=ComparisonOutcome.FIXED,
        required=True,
        format_func=lambda kind: f"{NAMES[kind]} {counts[kind]:,}",
        wrap=True,
        key=session_keys.MISTAKES_OUTCOME,
        persist_state="session",
        on_change=_close,
        help=OUTCOMES,
    )
    listed = comparison.images[outcome]
    if len(listed) == 0:
        st.info("There is no such image.")
        return
    noun = "image" if len(listed) == 1 else "images"
    st.markdown(f"**{len(listed):,} {noun}**, {ORDERS[outcome]}")
    place = st.container(height=GRID_HEIGHT)
    pages = -(-len(listed) // PER_PAGE)
    page = 1
    if pages > 1:
        ids = f"{pair.data}_{pair.first.id}_{pair.second.id}"
        page = st.pagination(pages, key=f"{_PAGE}{ids}_{outcome}")
    opened: ImageRef | None = st.session_state.get(_OPENED)
    if opened is None or opened.data != pair.data or opened.index not in listed:
        opened = ImageRef(pair.data, "test", int(listed[0]))
    with place:
        _image_grid(pair, listed[(page - 1) * PER_PAGE : page * PER_PAGE], opened)
    _show_image(pair, opened)


def _image_grid(pair: ModelPair, indices: np.ndarray, opened: ImageRef) -> None:
    """Draw a grid of images with both answers; a click opens one."""
    test = services.datasets().get(pair.data).test
    first, second = (P[indices].argmax(axis=1) for P in pair.P)
    pairs = list(zip(first, second, strict=True))

    def open_image(index: int) -> None:
        st.session_state[_OPENED] = replace(opened, index=index)

    digit_grid(
        test.images[indices],
        [
            GridCell(
                index,
                f"Image {index}: {with_article(test.labels[index])}, the first says {a}, "
                f"the second {b}",
                str(a) if a == b else f"{a}→{b}",
            )
            for index, (a, b) in zip(indices, pairs, strict=True)
        ],
        label="Test images, with the answers of both models",
        key="mistakes_two_grid",
        on_pick=open_image,
        selected=opened.index,
        style=GridStyle(min_width=56),
    )


def _show_image(pair: ModelPair, ref: ImageRef) -> None:
    """Draw one test image with the probabilities of both models."""
    label = ref.label(services.datasets())
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.image(
                picture_url(ref.image(services.datasets()), 5),
                caption=ref.name,
                width=140,
                alt=f"a handwritten {label}",
            )
            with st.container():
                st.markdown(f"True label **{label}**")
                image_address.image_links(ref, mistakes="Evidence")
        columns = st.columns(2, gap="medium")
        for place, column, each, P in zip(
            ("First", "Second"), columns, (pair.first, pair.second), pair.P, strict=True
        ):
            answer = int(P[ref.index].argmax())
            sign = ":green[**✓**]" if answer == label else ":red[**✗**]"
            with column:
                st.markdown(
                    f"{sign} {place} says **{answer}** with {percent(P[ref.index].max())}  \n"
                    f":small[{escape_markdown(each.name)}]"
                )
                probability_bars(P[ref.index], key=f"mistakes_two_bars_{place}")
