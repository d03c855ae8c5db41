"""Doubts about an answer: a drawing that is not one digit, a poor network, an unsure one."""

import numpy as np
import streamlit as st

from inkling.analysis.digit_detector import Kind, kind_of
from inkling.charts.number_format import percent
from inkling.data.image_ref import with_article
from inkling.lessons.content import section
from inkling.server.models import Model
from inkling.ui import model_choice, services
from inkling.ui.draw.answer import LIKELY, certainty
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets import data_choice
from inkling.ui.widgets.controls import digit_row

TWO_DIGITS = (
    "**These look like several digits.** Inkling reads one at a time. The bars show what the "
    "network would answer."
)
NOT_A_DIGIT = "**Probably not a digit.**"
DRAW_AGAIN = "The built-in networks are unsure as well: draw it again."
ABOUT = section("help/draw", "Not a digit")
_POOR = 0.95  # accuracy below which a network is named at each answer
_LONGEST_NAME = 32
_NEAREST = 5


def digit_to_show(image: np.ndarray | None, P: np.ndarray | None) -> int | None:
    """Return the digit that a finished drawing is read as; None if it looks like several.

    Parameters
    ----------
    image : ndarray, (28, 28) uint8, or None
        The network's input; None where there is no ink.
    P : ndarray, (10,), or None
        Its output; None where there is none, or the network overflowed.
    """
    if image is None or P is None or kind_of(image) is Kind.TWO_DIGITS:
        return None
    return int(P.argmax())


def answer_sentence(model: Model, image: np.ndarray | None, P: np.ndarray | None) -> str:
    """Return what is to be said about the answer to a finished drawing, as Markdown.

    Parameters
    ----------
    model : Model
        The network that answers.
    image : ndarray, (28, 28) uint8, or None
        Its input; None where there is no ink.
    P : ndarray, (10,), or None
        Its output; None where there is none, or the network overflowed.
    """
    if image is None or P is None:
        return ""
    kind = kind_of(image)
    if kind is Kind.TWO_DIGITS:
        return TWO_DIGITS
    if kind is Kind.OTHER:
        digit = with_article(int(P.argmax()))
        return f"{NOT_A_DIGIT} If it is one, then {digit}: {percent(P.max())}."
    parts = [certainty(P)]
    unsure = P.max() < LIKELY
    share = model.test_accuracy
    if share is not None and (share < _POOR or (unsure and not model_choice.is_builtin(model))):
        parts.append(f"{_short_name(model)} reads {share:.1%} of test images.")
    if unsure:
        parts.append(_advice(image))
    return " ".join(parts)


def show_nearest_digits(image: np.ndarray | None, *, pictures: bool) -> None:
    """Draw why a drawing is probably not a digit, and the nearest training images.

    Parameters
    ----------
    image : ndarray, (28, 28) uint8, or None
    pictures : bool
        Whether to draw the images; a view may show them already.
    """
    if image is None or kind_of(image) is not Kind.OTHER:
        return
    data = services.datasets().names[0]
    train = data_choice.load_dataset(data).train
    st.markdown(
        f"{NOT_A_DIGIT} The digit detector says so. "
        f"Of the {len(train.labels):,} training images, the nearest ones "
        f"{'are:' if pictures else 'are below.'}",
        help=ABOUT,
    )
    if pictures:
        found, _ = services.neighbours(data).nearest(image, _NEAREST)
        digit_row(train.images[found], [str(label) for label in train.labels[found]], 48)


def _advice(image: np.ndarray) -> str:
    """Return what the built-in networks make of an image, as a sentence."""
    answers = [
        builtin.network.predict_proba(image[None])[0] for builtin in model_choice.builtin_models()
    ]
    digits = {int(P.argmax()) for P in answers}
    if len(digits) > 1 or max(P.max() for P in answers) < LIKELY:
        return DRAW_AGAIN
    return f"Both built-in networks answer {digits.pop()}."


def _short_name(model: Model) -> str:
    name = model.name
    return escape_markdown(name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…")
