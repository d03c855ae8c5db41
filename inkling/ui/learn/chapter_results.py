"""Charts and images of the chapters' results."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from data_loader import Split
from inkling.charts import digits, style
from inkling.charts.lessons import output_bar_chart, output_table_chart
from inkling.charts.run_comparison import cost_comparison_chart
from inkling.data.image_ref import ImageRef, with_article
from inkling.lessons.experiment_b_gradient import check_table
from inkling.lessons.story.chapter import ChapterResult
from inkling.lessons.story.experiment_b import HARD_IMAGE, PRINTED_IMAGES, WarmUp, epochs_text
from inkling.lessons.story.first_steps import RandomOutputs, SigmoidValues
from inkling.runs.run import Run
from inkling.ui import services
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.components.probability_bars import probability_bars
from inkling.ui.widgets import controls, image_address
from inkling.ui.widgets.run_curves import show_run_curves

_DIGIT = 44  # pixels
_STATIC = style.CONFIG | {"displayModeBar": False}


def _draw_arrays(result: ChapterResult) -> None:
    ramp, wave = result.output
    with st.container(horizontal=True):
        for array, name in ((ramp, "From 0 to 1"), (wave, "The squared sine")):
            url = picture_url(np.rint(255 * array).astype(np.uint8), 2)
            st.image(url, caption=name, width=160, alt=name)
        digit = result.dataset.train.images[0]
        url = picture_url(digit, 6)
        st.image(url, caption="A digit, 28 × 28", width=160, alt="a digit")  # noqa: RUF001


def _draw_first_digits(result: ChapterResult) -> None:
    images, labels = result.output
    controls.digit_row(images[:10], [str(label) for label in labels[:10]], _DIGIT)


def _draw_random_outputs(result: ChapterResult) -> None:
    random_outputs: RandomOutputs = result.output
    train, test = result.dataset.train, result.dataset.test
    for column, name, split, outputs, decimals in zip(
        st.columns(2),
        ("First version", "Sigmoids"),
        (train, test),
        (random_outputs.unbounded, random_outputs.bounded),
        (0, 3),
        strict=True,
    ):
        with column:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.image(picture_url(split.images[0], 4), width=_DIGIT, alt="a digit")
                st.markdown(f"**{name}**, to {with_article(split.labels[0])}", width="content")
            st.plotly_chart(
                output_bar_chart(outputs, decimals),
                config=_STATIC,
                key=f"story_outputs_{name}",
                alt=f"The ten outputs of the network: {name}",
            )


def _draw_single_images(result: ChapterResult) -> None:
    _draw_curves(result)
    sigmoids: list[SigmoidValues] = result.output
    lines = ["| z | 1 / (1 + e⁻ᶻ) | By tanh |", "| --: | :-- | :-- |"]
    lines += [
        f"| {z:,.0f} | {value:.3g} {f'*{warning}*' if warning else ''} | {by_tanh:.3g} |".replace(
            "-", "\N{MINUS SIGN}"
        )
        for z, value, warning, by_tanh in sigmoids
    ]
    st.markdown("\n".join(lines))


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
    st.markdown("**What it answers to all test images**")
    st.plotly_chart(
        digits.count_chart(np.bincount(P.argmax(axis=1), minlength=10)),
        config=style.CONFIG,
        key="story_answers",
        alt="How often each digit is its answer",
    )


def _draw_curves_and_first_answers(result: ChapterResult) -> None:
    """Draw the curves, and the answers to the first test images."""
    _draw_curves(result)
    test, network = result.dataset.test, result.runs[-1].network
    st.markdown("**Its answers to the first ten test images**")
    controls.answer_row(network, test.images[:PRINTED_IMAGES], test.labels[:PRINTED_IMAGES], _DIGIT)


def _draw_etas(result: ChapterResult) -> None:
    st.plotly_chart(
        cost_comparison_chart(result.runs),
        config=style.CONFIG,
        key="story_etas",
        alt="Cost against the round, for three learning rates",
    )


def _draw_warm_up(result: ChapterResult) -> None:
    warm_up: WarmUp = result.output
    test = result.dataset.test
    index = np.flatnonzero(test.labels < warm_up.network.sizes[-1])[:10]
    answers = warm_up.network.predict_proba(test.images[index]).argmax(axis=1)
    st.markdown("**The first zeros, ones and twos of the test images, and its answers**")
    controls.digit_row(test.images[index], [str(answer) for answer in answers], _DIGIT)


def _draw_output_tables(result: ChapterResult) -> None:
    """Draw the outputs for the first test images after few and many epochs, and index 8."""
    one, many = result.runs
    test = result.dataset.test
    for run in (one, many):
        epochs = epochs_text(run)
        st.markdown(f"**After {epochs}**: ten images, ten outputs each")
        st.plotly_chart(
            output_table_chart(
                run.network.predict_proba(test.images[:PRINTED_IMAGES]),
                [f"{k}: {with_article(test.labels[k])}" for k in range(PRINTED_IMAGES)],
            ),
            config=_STATIC,
            key=f"story_table_{run.info.id}",
            alt=f"Ten outputs for each of the first ten test images, after {epochs}",
        )
    _draw_hard_image(test, many, f"Experiment B after {epochs_text(many)}")


def _draw_hard_image(test: Split, run: Run, name: str) -> None:
    """Draw test image 8, and the probabilities that a run's network gives for it."""
    image, label = test.images[HARD_IMAGE], test.labels[HARD_IMAGE]
    picture, bars = st.columns([1, 2], vertical_alignment="center")
    with picture:
        st.image(
            picture_url(image, 6),
            caption=f"Index {HARD_IMAGE}, {with_article(label)}",
            width=168,
            alt=with_article(label),
        )
        ref = ImageRef(services.datasets().names[0], "test", HARD_IMAGE)
        image_address.image_links(ref, explore="Explore this image")
    with bars:
        st.markdown(f"**{name}**")
        probability_bars(run.network.predict_proba(image[None])[0], key=f"story_bars_{run.info.id}")


def _draw_gradient_check(result: ChapterResult) -> None:
    st.markdown("**Gradient of the weights that matter most**, in thousandths")
    st.markdown(check_table(result.output))


def _draw_distorted(result: ChapterResult) -> None:
    st.markdown("**One digit, distorted ten times**")
    controls.digit_row(result.output, [""] * len(result.output), _DIGIT)
    _draw_curves(result)
    _draw_hard_image(result.dataset.test, result.runs[-1], "This network")


DRAW_RESULT: dict[str, Callable[[ChapterResult], None]] = {
    "arrays": _draw_arrays,
    "digits": _draw_first_digits,
    "random": _draw_random_outputs,
    "loop": _draw_single_images,
    "together": _draw_nothing,
    "sixteen": _draw_curves_and_answer_counts,
    "128": _draw_curves_and_first_answers,
    "eta": _draw_etas,
    "three-digits": _draw_warm_up,
    "index-8": _draw_output_tables,
    "missing-term": _draw_gradient_check,
    "well-made": _draw_curves_and_first_answers,
    "distortion": _draw_distorted,
}
"""Functions that draw the result of a chapter, by chapter key."""
