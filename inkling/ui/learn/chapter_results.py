"""Charts and images of the chapters' results."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import streamlit as st

from data_loader import Dataset, Split
from inkling.charts import digits, style
from inkling.charts.lessons import output_bar_chart, output_table_chart
from inkling.charts.run_comparison import cost_comparison_chart
from inkling.data.image_ref import ImageRef, with_article
from inkling.lessons.content import section
from inkling.lessons.experiment_b_gradient import check_table
from inkling.lessons.story.chapter import ChapterResult
from inkling.lessons.story.experiment_b import HARD_IMAGE, PRINTED_IMAGES, epochs_text, votes
from inkling.lessons.story.first_steps import FIRST_IMAGES, FirstDigits, RandomOutputs
from inkling.runs.run import Run
from inkling.ui import services
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.components.probability_bars import probability_bars
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets import controls, image_address
from inkling.ui.widgets.chart import chart
from inkling.ui.widgets.run_curves import show_run_curves
from nn.metrics import mistakes

_DIGIT = 44  # pixels
_STATIC = style.CONFIG | {"displayModeBar": False}


def _draw_first_digits(result: ChapterResult) -> None:
    """Draw test images with the built-in network's answers, and training images."""
    output: FirstDigits = result.output
    test = result.dataset.test
    st.markdown("**Its answers for the first ten test images**")
    pairs = zip(output.answers, test.labels, strict=False)
    captions = [controls.answer_text(answer, label) for answer, label in pairs]
    controls.digit_row(test.images[:FIRST_IMAGES], captions, _DIGIT)
    st.markdown("**The first ten training images and their labels**")
    labels = [str(label) for label in output.labels[:FIRST_IMAGES]]
    controls.digit_row(output.images[:FIRST_IMAGES], labels, _DIGIT)


def _draw_first_tables(result: ChapterResult) -> None:
    """Draw what the built-in network opened while it read, and NumPy's tables as pictures."""
    output: FirstDigits = result.output
    st.markdown(
        f"Counted here while it read: files opened **{output.opened}**, connections made "
        f"**{output.connected}**."
    )
    with st.container(horizontal=True):
        for array, name in (
            (output.ramp, "Numbers that rise evenly from 0 to 1"),
            (output.wave, "A sine wave, squared"),
        ):
            url = picture_url(np.rint(255 * array).astype(np.uint8), 2)
            st.image(url, caption=name, width=150, alt=name)


def _draw_random_outputs(result: ChapterResult) -> None:
    random_outputs: RandomOutputs = result.output
    train, test = result.dataset.train, result.dataset.test
    for column, name, split, outputs, decimals in zip(
        st.columns(2),
        ("First version", "With sigmoids"),
        (train, test),
        (random_outputs.unbounded, random_outputs.bounded),
        (0, 3),
        strict=True,
    ):
        with column:
            # Below one another, so that both charts begin at the same height however narrow it is
            st.markdown(f"**{name}**  \ngiven {with_article(split.labels[0])}")
            st.image(picture_url(split.images[0], 4), width=_DIGIT, alt="a digit")
            chart(
                output_bar_chart(outputs, decimals),
                config=_STATIC,
                key=f"story_outputs_{name}",
                alt=f"The ten outputs of the network: {name}",
            )


def _draw_together(result: ChapterResult) -> None:
    """Draw the answers of the warm-up's network, and the curves of the run."""
    network = result.output.warm_up
    test = result.dataset.test
    index = np.flatnonzero(test.labels < network.sizes[-1])[:FIRST_IMAGES]
    st.markdown("**Zeros, ones and twos: answers of the network trained on them**")
    controls.answer_row(network, test.images[index], test.labels[index], _DIGIT)
    st.markdown("**All ten digits, one image at a time**")
    _draw_curves(result)


def _draw_nothing(result: ChapterResult) -> None:
    """Draw nothing: the table of numbers is the result."""


def _draw_curves(result: ChapterResult) -> None:
    """Draw the curves of the last run."""
    show_run_curves(result.runs[-1])


def _draw_curves_and_answer_counts(result: ChapterResult) -> None:
    """Draw the curves, and how often each digit is the network's answer."""
    _draw_curves(result)
    (run,) = result.runs
    P = services.answers_to_test_images(services.datasets().names[0], run.info.id, run.network)
    st.markdown("**How often it gives each answer** (test images)")
    chart(
        digits.count_chart(np.bincount(P.argmax(axis=1), minlength=10)),
        config=style.CONFIG,
        key="story_answers",
        alt="How often each digit is the answer",
    )


def _draw_curves_and_first_answers(result: ChapterResult) -> None:
    """Draw the curves, and the answers for the first test images."""
    _draw_curves(result)
    test, network = result.dataset.test, result.runs[-1].network
    st.markdown("**Its answers for the first ten test images**")
    controls.answer_row(network, test.images[:PRINTED_IMAGES], test.labels[:PRINTED_IMAGES], _DIGIT)


def _draw_costs(result: ChapterResult, alt: str) -> None:
    """Draw the cost of several runs in one chart."""
    chart(cost_comparison_chart(result.runs), config=style.CONFIG, key="story_costs", alt=alt)


def _draw_learning_rates(result: ChapterResult) -> None:
    st.markdown("**Validation cost** of the three runs")
    _draw_costs(result, "Validation cost against the epoch, for three learning rates")


def _draw_output_tables(result: ChapterResult) -> None:
    """Draw image 8 and the votes on it, then the outputs for the first test images."""
    test = result.dataset.test
    many = result.runs[-1]
    _draw_hard_image(test, many, f"Experiment B after {epochs_text(many)}")
    _draw_votes(result)
    for run in result.runs:
        epochs = epochs_text(run)
        st.markdown(f"**After {epochs}**: ten images, ten outputs each")
        chart(
            output_table_chart(
                run.network.predict_proba(test.images[:PRINTED_IMAGES]),
                [f"{k}: {with_article(test.labels[k])}" for k in range(PRINTED_IMAGES)],
            ),
            config=_STATIC,
            key=f"story_table_{run.info.id}",
            alt=f"Ten outputs for each of the first ten test images, after {epochs}",
        )


def _draw_hard_image(test: Split, run: Run, name: str) -> None:
    """Draw test image 8, and the probabilities that a run's network gives for it."""
    image = test.images[HARD_IMAGE]
    picture, bars = st.columns([1, 2], vertical_alignment="center")
    with picture:
        _show_hard_image(test, "stretch")
        ref = ImageRef(services.datasets().names[0], "test", HARD_IMAGE)
        image_address.image_links(ref, explore="Explore this image")
    with bars:
        st.markdown(f"**{name}**")
        probability_bars(run.network.predict_proba(image[None])[0], key=f"story_bars_{run.info.id}")


def _show_hard_image(test: Split, width: Literal["stretch"] | int) -> None:
    """Draw test image 8 with its label, in pixels or as wide as its place."""
    label = with_article(test.labels[HARD_IMAGE])
    url = picture_url(test.images[HARD_IMAGE], 12)
    st.image(url, caption=f"Index {HARD_IMAGE}, {label}", width=width, alt=label)


def draw_before(key: str, dataset: Dataset) -> None:
    """Draw the image that a chapter is about, before its Run; or say where the result appears."""
    if key == "index-8":
        _show_hard_image(dataset.test, 280)
    else:
        st.caption(section("story", "No result"))


def _draw_votes(result: ChapterResult) -> None:
    """Draw the votes of all networks on test image 8, and the training images nearest to it."""
    label = result.dataset.test.labels[HARD_IMAGE]
    st.markdown("**The votes**")
    lines = ["| Network | Answer |", "| :-- | --: |"]
    lines += [
        f"| {escape_markdown(name)} | {controls.answer_text(answer, label)} |"
        for name, answer in votes(result).items()
    ]
    st.markdown("\n".join(lines))
    train = result.dataset.train
    ref = ImageRef(services.datasets().names[0], "test", HARD_IMAGE)
    nearest, _ = services.nearest_training_images(ref)
    st.markdown("**The nearest training images and their labels**")
    controls.digit_row(train.images[nearest], [str(k) for k in train.labels[nearest]], _DIGIT)


def _draw_missing_term(result: ChapterResult) -> None:
    st.markdown("**Gradient of the weights that matter most**, in thousandths")
    st.markdown(check_table(result.output.layers))


def _draw_by_heart(result: ChapterResult) -> None:
    st.markdown("**One digit, distorted ten times**")
    controls.digit_row(result.output, [""] * len(result.output), _DIGIT)
    st.markdown("**Validation cost** of the three runs")
    _draw_costs(result, "Validation cost against the epoch, for three runs")


def _draw_neighbours(result: ChapterResult) -> None:
    """Draw the curves, and the mistakes of which the network is surest."""
    (run,) = result.runs
    _draw_curves(result)
    test = result.dataset.test
    P = services.answers_to_test_images(services.datasets().names[0], run.info.id, run.network)
    answers = P.argmax(axis=1)
    surest = mistakes(P, test.labels)[:FIRST_IMAGES]
    st.markdown("**Its most confident mistakes**: answer, label")
    captions = [f":red[**{answers[k]}**], {test.labels[k]}" for k in surest]
    controls.digit_row(test.images[surest], captions, _DIGIT)


DRAW_RESULT: dict[str, Callable[[ChapterResult], None]] = {
    "digits": _draw_first_digits,
    "random": _draw_random_outputs,
    "cost": _draw_nothing,
    "eta": _draw_learning_rates,
    "together": _draw_together,
    "well-made": _draw_curves_and_first_answers,
    "sixteen": _draw_curves_and_answer_counts,
    "128": _draw_curves_and_first_answers,
    "missing-term": _draw_missing_term,
    "by-heart": _draw_by_heart,
    "neighbours": _draw_neighbours,
    "index-8": _draw_output_tables,
}
"""Functions that draw the result of a chapter, by chapter key."""

DRAW_WITH_MEANING: dict[str, Callable[[ChapterResult], None]] = {"digits": _draw_first_tables}
"""Functions that draw what the explanation of a result speaks of, by chapter key."""
