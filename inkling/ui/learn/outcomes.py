"""What came of each chapter, as pictures."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from inkling.charts import digits, style
from inkling.charts.lessons import output_bars, output_table
from inkling.charts.run_comparison import cost_comparison
from inkling.lessons.failures import check_table
from inkling.lessons.story.chapter import ChapterResult
from inkling.lessons.story.experiment_b import FIRST, INDEX, WarmUp
from inkling.lessons.story.first_steps import Guesses, Sigmoids
from inkling.runs.run import Run
from inkling.ui import services
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.components.probability_bars import probability_bars
from inkling.ui.widgets import controls
from inkling.ui.widgets.run_curves import curves_of

_DIGIT = 44  # pixels, the width of one in a row
_TEN = 10
_STILL = style.CONFIG | {"displayModeBar": False}


def _draw_arrays(outcome: ChapterResult) -> None:
    ramp, wave = outcome.sketch
    with st.container(horizontal=True):
        for array, name in ((ramp, "From 0 to 1"), (wave, "The squared sine")):
            url = picture_url(np.rint(255 * array).astype(np.uint8), 2)
            st.image(url, caption=name, width=160, alt=name)
        digit = outcome.dataset.train.images[0]
        url = picture_url(digit, 6)
        st.image(url, caption="A digit, 28 × 28", width=160, alt="a digit")  # noqa: RUF001


def _draw_first_ten(outcome: ChapterResult) -> None:
    images, labels = outcome.sketch
    controls.digit_row(images[:_TEN], [str(label) for label in labels[:_TEN]], _DIGIT)


def _draw_guesses(outcome: ChapterResult) -> None:
    guesses: Guesses = outcome.sketch
    train, test = outcome.dataset.train, outcome.dataset.test
    for column, name, split, outputs, decimals in zip(
        st.columns(2),
        ("First version", "Sigmoids"),
        (train, test),
        (guesses.unbounded, guesses.bounded),
        (0, 3),
        strict=True,
    ):
        with column:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.image(picture_url(split.images[0], 4), width=_DIGIT, alt="a digit")
                st.markdown(f"**{name}**, to a {split.labels[0]}", width="content")
            st.plotly_chart(
                output_bars(outputs, decimals),
                config=_STILL,
                key=f"story_outputs_{name}",
                alt=f"The ten outputs of the network: {name}",
            )


def _draw_loop(outcome: ChapterResult) -> None:
    _draw_curves(outcome)
    sigmoids: Sigmoids = outcome.sketch
    lines = ["| z | 1 / (1 + e⁻ᶻ) | By tanh |", "| --: | :-- | :-- |"]
    lines += [
        f"| {z:,.0f} | {value:.3g} {f'*{said}*' if said else ''} | {other:.3g} |".replace(
            "-", "\N{MINUS SIGN}"
        )
        for z, (value, said), (other, _) in sigmoids
    ]
    st.markdown("\n".join(lines))


def _draw_nothing(outcome: ChapterResult) -> None:
    """Leave it to the numbers."""


def _draw_curves(outcome: ChapterResult) -> None:
    """Draw the curves of the last run."""
    curves_of(outcome.runs[-1])


def _draw_answers(outcome: ChapterResult) -> None:
    """Draw the curves, and how often the network gives each answer."""
    _draw_curves(outcome)
    (run,) = outcome.runs
    P = services.answers_to_test_images(services.datasets().names[0], run.info.id, run.network)
    st.markdown("**What it answers to all test images**")
    st.plotly_chart(
        digits.count_chart(np.bincount(P.argmax(axis=1), minlength=_TEN)),
        config=style.CONFIG,
        key="story_answers",
        alt="How often each digit is its answer",
    )


def _draw_large(outcome: ChapterResult) -> None:
    """Draw the curves, and the answers to the first test images."""
    _draw_curves(outcome)
    test, network = outcome.dataset.test, outcome.runs[-1].network
    st.markdown("**Its answers to the first ten test images**")
    controls.answer_row(network, test.images[:FIRST], test.labels[:FIRST], _DIGIT)


def _draw_etas(outcome: ChapterResult) -> None:
    st.plotly_chart(
        cost_comparison(outcome.runs),
        config=style.CONFIG,
        key="story_etas",
        alt="Cost against the round, for three learning rates",
    )


def _draw_warm_up(outcome: ChapterResult) -> None:
    warm_up: WarmUp = outcome.sketch
    test = outcome.dataset.test
    index = np.flatnonzero(test.labels < warm_up.network.sizes[-1])[:_TEN]
    answers = warm_up.network.predict_proba(test.images[index]).argmax(axis=1)
    st.markdown("**The first zeros, ones and twos of the test images, and its answers**")
    controls.digit_row(test.images[index], [str(answer) for answer in answers], _DIGIT)


def _draw_many(outcome: ChapterResult) -> None:
    """Draw the outputs for the first test images early and late, and index 8."""
    one, many = outcome.runs
    test = outcome.dataset.test
    for run in (one, many):
        epochs = f"{run.info.epochs:.0f} epoch" + "s" * (run.info.epochs > 1)
        st.markdown(f"**After {epochs}**: ten images, ten outputs each")
        st.plotly_chart(
            output_table(
                run.network.predict_proba(test.images[:FIRST]),
                [f"{k}: a {test.labels[k]}" for k in range(FIRST)],
            ),
            config=_STILL,
            key=f"story_table_{run.info.id}",
            alt=f"Ten outputs for each of the first ten test images, after {epochs}",
        )
    _draw_index(outcome, [(many, f"Experiment B after {many.info.epochs:.0f} epochs")])


def _draw_index(outcome: ChapterResult, runs: Sequence[tuple[Run, str]]) -> None:
    """Draw the test image that is hard, and what networks say to it."""
    test = outcome.dataset.test
    image, label = test.images[INDEX], test.labels[INDEX]
    for run, name in runs:
        picture, bars = st.columns([1, 2], vertical_alignment="center")
        with picture:
            st.image(
                picture_url(image, 6),
                caption=f"Index {INDEX}, a {label}",
                width=168,
                alt=f"a {label}",
            )
        with bars:
            st.markdown(f"**{name}**")
            probability_bars(
                run.network.predict_proba(image[None])[0], key=f"story_bars_{run.info.id}"
            )


def _draw_check(outcome: ChapterResult) -> None:
    st.markdown("**Gradient of the weights that matter most**, in thousandths")
    st.markdown(check_table(outcome.sketch))


def _draw_distorted(outcome: ChapterResult) -> None:
    st.markdown("**One digit, distorted ten times**")
    controls.digit_row(outcome.sketch, [""] * len(outcome.sketch), _DIGIT)
    _draw_curves(outcome)
    _draw_index(outcome, [(outcome.runs[-1], "This network")])


DRAW: dict[str, Callable[[ChapterResult], None]] = {
    "arrays": _draw_arrays,
    "digits": _draw_first_ten,
    "random": _draw_guesses,
    "loop": _draw_loop,
    "together": _draw_nothing,
    "sixteen": _draw_answers,
    "128": _draw_large,
    "eta": _draw_etas,
    "three-digits": _draw_warm_up,
    "index-8": _draw_many,
    "missing-term": _draw_check,
    "well-made": _draw_large,
    "distortion": _draw_distorted,
}
"""What draws the outcome of each chapter."""
