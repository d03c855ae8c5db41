"""Two networks: images that only one classifies correctly, and McNemar's test."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import streamlit as st

from inkling.analysis.model_comparison import Comparison, ComparisonOutcome, compare
from inkling.charts.accuracy_level import level
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
from inkling.ui.mistakes.layout import create_stage, picture_list, scroll_to_list
from inkling.ui.widgets import image_address, network_choice, overflow
from inkling.ui.widgets.address import read_choice, write_choice
from inkling.ui.widgets.chart import chart
from inkling.ui.widgets.image_announcement import announce_image
from nn.diagnosis import is_finite
from nn.metrics import accuracy_interval

PER_PAGE = 120  # digits at a time
NAMES = {
    ComparisonOutcome.FIXED: "Fixed",
    ComparisonOutcome.BROKEN: "Broken",
    ComparisonOutcome.BOTH_WRONG: "Both wrong",
    ComparisonOutcome.BOTH_RIGHT: "Both correct",
}
ORDERS = {
    ComparisonOutcome.FIXED: "the first network's most confident mistake first",
    ComparisonOutcome.BROKEN: "the second network's most confident mistake first",
    ComparisonOutcome.BOTH_WRONG: "the most confident mistake first",
    ComparisonOutcome.BOTH_RIGHT: "the least sure answer first",
}
OUTCOMES = section("help/mistakes", "Outcomes of two networks")
INTERVAL = (
    "In brackets: the 95% confidence interval (Wilson). Computed this way, 95 of 100 such "
    "intervals contain the true accuracy. Two networks can differ more clearly than these "
    "intervals suggest: both read the same images, so only the images they disagree on "
    "count."
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
    second_id = st.session_state.get(session_keys.MISTAKES_SECOND_MODEL)
    others = {
        other.id: other
        for other in network_choice.listed_networks(second_id)
        if other.id != model.id
    }
    stage = create_stage()
    with stage.pictures:
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
        opened = _images(pair, comparison)
    if opened is not None:
        with stage.opened:
            _show_image(pair, opened)
    with stage.overview:
        st.subheader("Which one is better?", anchor=False, help=CHANCE)
        _accuracies(pair, comparison, len(labels))
        if comparison.fixed_by_digit.any() or comparison.broken_by_digit.any():
            _by_digit(comparison)
    test_set_notice.show()


def _choose_second(others: dict[str, Model]) -> Model:
    """Draw the choice of the second network; return it."""
    key = session_keys.MISTAKES_SECOND_MODEL
    default = model_choice.pretrained().id  # not the newest run, which may be the same one again
    if default not in others:
        default = next(iter(others))
    read_choice("second", key, {"": default, **{name: name for name in others}})
    if st.session_state.get(key) not in others:
        st.session_state[key] = default
    chosen = st.selectbox(
        "Second network",
        list(others),
        key=key,
        format_func=lambda key: others[key].label if key in others else "?",
        persist_state="session",
        on_change=_close,
        help="The network to compare with the one named above, which is the first.",
    )
    write_choice("second", key, None if chosen == default else chosen)
    return others[chosen]


def _accuracies(pair: ModelPair, comparison: Comparison, n: int) -> None:
    """Draw both accuracies, and the significance of their difference."""
    for place, each, right in zip(
        ("First", "Second"), (pair.first, pair.second), comparison.right, strict=True
    ):
        low, high = accuracy_interval(right / n, n)
        st.markdown(
            f"{place}: **{right / n:.2%}** {level(right / n).badge}  \n"
            f":small[{escape_markdown(each.name)}, {low:.1%} to {high:.1%}]",
            help=INTERVAL if place == "First" else None,
        )
    st.markdown(_difference(comparison, n))


def _difference(comparison: Comparison, n: int) -> str:
    """Return the difference of the accuracies and its significance, in words."""
    fixed, broken = (
        len(comparison.images[kind]) for kind in (ComparisonOutcome.FIXED, ComparisonOutcome.BROKEN)
    )
    if fixed + broken == 0:
        return "Both are correct on the same images and wrong on the same images."
    gap = fixed - broken
    if gap == 0:
        text = f"Both have the same accuracy, but {fixed + broken:,} images have different answers."
    else:
        more = "more" if gap > 0 else "fewer"
        images = "image" if abs(gap) == 1 else "images"
        text = (
            f"The second reads {abs(gap):,} {more} {images} correctly, {abs(gap) / n:.2%} of all."
        )
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
        f"{text} They disagree on {fixed + broken:,} images. If both were equally good, a "
        f"split at least this uneven would happen {share} of the time: {verdict}."
    )


def _by_digit(comparison: Comparison) -> None:
    st.markdown("**By digit**", help=GAINED)
    chart(
        gained_and_lost_chart(comparison.fixed_by_digit, comparison.broken_by_digit),
        config={"displayModeBar": False},
        key="mistakes_two_digits",
        alt="How many images of each digit were fixed and broken",
    )


def _close() -> None:
    """Close the open image: the first of the list opens."""
    st.session_state.pop(_OPENED, None)


def _images(pair: ModelPair, comparison: Comparison) -> ImageRef | None:
    """Draw the images of an outcome; return the opened one, None if there are no images."""
    counts = {outcome: len(images) for outcome, images in comparison.images.items()}
    key = session_keys.MISTAKES_OUTCOME
    outcomes = {str(outcome): outcome for outcome in ComparisonOutcome}
    read_choice("outcome", key, {"": ComparisonOutcome.FIXED, **outcomes})
    outcome = st.pills(
        "Which images",
        list(ComparisonOutcome),
        default=ComparisonOutcome.FIXED,
        required=True,
        format_func=lambda kind: f"{NAMES[kind]} {counts[kind]:,}",
        wrap=True,
        key=key,
        persist_state="session",
        on_change=_close,
        help=OUTCOMES,
    )
    write_choice("outcome", key, None if outcome == ComparisonOutcome.FIXED else str(outcome))
    listed = comparison.images[outcome]
    if len(listed) == 0:
        st.info("No images match.")
        return None
    noun = "image" if len(listed) == 1 else "images"
    st.markdown(f"**{len(listed):,} {noun}**, {ORDERS[outcome]}")
    place = picture_list()
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
    return opened


def _image_grid(pair: ModelPair, indices: np.ndarray, opened: ImageRef) -> None:
    """Draw a grid of images with both answers; a click opens one."""
    test = services.datasets().get(pair.data).test
    first, second = (P[indices].argmax(axis=1) for P in pair.P)
    pairs = list(zip(first, second, strict=True))

    def open_image(index: int) -> None:
        st.session_state[_OPENED] = replace(opened, index=index)
        scroll_to_list()

    digit_grid(
        test.images[indices],
        [
            GridCell(
                index,
                f"Image {index}: {with_article(test.labels[index])}, the first network answers "
                f"{a}, the second {b}",
                str(a) if a == b else f"{a}→{b}",
            )
            for index, (a, b) in zip(indices, pairs, strict=True)
        ],
        label="Test images, with the answers of both networks",
        key="mistakes_two_grid",
        on_pick=open_image,
        selected=opened.index,
        style=GridStyle(min_width=60),
    )


def _show_image(pair: ModelPair, ref: ImageRef) -> None:
    """Draw one test image with the probabilities of both models."""
    datasets = services.datasets()
    label = ref.label(datasets)
    announce_image(ref, *(int(P[ref.index].argmax()) for P in pair.P))
    st.subheader(f"Label {label}", anchor=False)
    with st.container(key="mistakes_pair"):
        st.image(
            picture_url(ref.image(datasets), 5),
            caption=ref.name,
            width="stretch",
            alt=f"a handwritten {label}",
        )
        image_address.image_links(ref, mistakes="Evidence")
    answers = st.container(key="mistakes_answers")
    for place, each, P in zip(("First", "Second"), (pair.first, pair.second), pair.P, strict=True):
        answer = int(P[ref.index].argmax())
        sign = ":green[**✓**]" if answer == label else ":red[**✗**]"
        with answers.container():
            st.markdown(
                f"{sign} {place}: **{answer}** with {percent(P[ref.index].max())}  \n"
                f":small[{escape_markdown(each.name)}]"
            )
            probability_bars(P[ref.index], key=f"mistakes_two_bars_{place}")
