"""One test image: probabilities, verdict, and the evidence about its label."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from digits import rater_votes
from inkling.charts.number_format import percent
from inkling.lessons.content import section
from inkling.server.models import Model
from inkling.ui import services, session_keys
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.components.probability_bars import probability_bars
from inkling.ui.markdown import escape_markdown
from inkling.ui.mistakes import other_models, verdicts
from inkling.ui.mistakes.other_models import Prediction
from inkling.ui.widgets import controls

VOTES = section("help/mistakes", "Votes of five people")
NEAREST = section("help/mistakes", "Nearest training images")
OTHERS = section(
    "help/mistakes",
    "Other models",
    models=other_models.MAX_MODELS,
    accuracy=f"{other_models.MIN_ACCURACY:.0%}",
)
DOUBT = section("help/mistakes", "Evidence against the label")


def show_image(
    model: Model,
    data: str,
    P: np.ndarray,
    index: int,
    on_marked: Callable[[int], None],
    open_image: Callable[[int], None],
) -> None:
    """Draw one test image with the evidence about its label, and verdict controls if it is wrong.

    Parameters
    ----------
    model : Model
    data : {"mnist", "builtin"}
    P : ndarray, (n, 10)
        The model's answers to all test images.
    index : int
    on_marked : callable
        Called with the index after a verdict was given.
    open_image : callable
        Called with the index of another image to open.
    """
    dataset = services.datasets().get(data)
    label, answer = int(dataset.test.labels[index]), int(P[index].argmax())
    sure = percent(P[index].max())
    with st.container(border=True):
        if label == answer:
            st.markdown(f":green[**✓**] The network reads it right: **{label}**, with {sure}.")
            verdict = verdicts.verdicts().of(dataset.name).get(index)
            if verdict is not None:
                st.markdown(f"Your verdict on the image: **{verdicts.NAMES[verdict]}**.")
        else:
            st.markdown(
                f":red[**✗**] True label **{label}**, the network says **{answer}** with {sure}."
            )
            verdicts.choose_verdict(dataset, index, on_marked, open_image)
        picture, bars = st.columns([2, 3], gap="medium")
        with picture:
            st.image(
                picture_url(dataset.test.images[index], 8),
                caption=f"Test image {index}",
                width=224,
                alt=f"a handwritten {label}",
            )
        with bars:
            probability_bars(P[index], key="mistakes_bars")
        evidence = st.container()
        image_links(data, "test", index)  # before the evidence, which takes seconds at first
        with evidence:
            _label_evidence(model, data, index, label, answer)


def image_links(data: str, split: str, index: int) -> None:
    """Draw links that open an image on Explore and Inside.

    Parameters
    ----------
    data : {"mnist", "builtin"}
    split : {"train", "test"}
    index : int
    """
    query = {
        session_keys.DATA: services.datasets().label(data),
        session_keys.SPLIT: split,
        session_keys.INDEX: str(index),
    }
    with st.container(horizontal=True):
        for page, label in (("explore", "Explore this image"), ("inside", "See why")):
            st.page_link(f"pages/{page}.py", label=f"**{label}**", query_params=query)


def _label_evidence(model: Model, data: str, index: int, label: int, answer: int) -> None:
    """Draw votes of people, nearest training images and predictions of other models."""
    dataset = services.datasets().get(data)
    near, distances = services.nearest_training_images(data, "test", index)
    labels = dataset.train.labels[near]
    predictions = other_models.predictions_of_others(model, data, index)
    doubt = other_models.label_doubt(dataset, index, near, distances, predictions)
    st.markdown(f"**Evidence against the label: {doubt:.0%}**", help=DOUBT)
    if dataset.name == "MNIST" and (votes := rater_votes.in_words(index, label)):
        st.markdown(votes, help=VOTES)
    st.markdown(
        f"**Nearest training images**: {_agreement(labels, ('has', 'have'), label, answer)}",
        help=NEAREST,
    )
    controls.digit_row(dataset.train.images[near], [str(k) for k in labels], width=48)
    if predictions:
        digits = [each.digit for each in predictions]
        st.markdown(
            f"**Other models**: {_agreement(digits, ('says', 'say'), label, answer)}", help=OTHERS
        )
        st.markdown(" ".join(_prediction_badge(each, label) for each in predictions))
    else:
        st.caption("There is no other model to ask: train one on the Train page.")


def _agreement(
    digits: Sequence[int] | np.ndarray, verb: tuple[str, str], label: int, answer: int
) -> str:
    """Return how many agree with the label, with the prediction, and with neither."""
    for_label = sum(int(digit) == label for digit in digits)
    parts = [f"{for_label} of {len(digits)} {verb[for_label != 1]} its label ({label})"]
    if answer != label:
        for_answer = sum(int(digit) == answer for digit in digits)
        parts.append(f"{for_answer} the network's answer ({answer})")
    if rest := sum(int(digit) not in (label, answer) for digit in digits):
        parts.append(f"{rest} another digit")
    return ", ".join(parts)


def _prediction_badge(predictions: Prediction, label: int) -> str:
    colour = "blue" if predictions.digit == label else "gray"
    name = escape_markdown(predictions.name)
    share = escape_markdown(percent(predictions.share))
    # The name comes last: a long one is truncated on a phone.
    return f":{colour}-badge[**{predictions.digit}** with {share} · {name}]"
