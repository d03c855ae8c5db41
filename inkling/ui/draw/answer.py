"""The answer of a network to a drawing, in figures and words."""

import numpy as np
import streamlit as st

from digits.drawing import drawing_to_image
from digits.ink import EmptyDrawing
from inkling.charts.number_format import percent
from inkling.data.image_ref import with_article
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.draw.layout import INPUT_WIDTH
from inkling.ui.widgets import network_choice
from nn import Network
from nn.diagnosis import is_finite

CERTAIN, LIKELY = 0.9, 0.6  # least probabilities
_SENTENCE_HEIGHT = 78  # pixels: three lines, which the longest takes on a phone
_OTHER_NETWORK_HEIGHT = 148  # pixels: four lines, with its name, and a button
NO_DRAWING = "Draw a digit from 0 to 9 in the frame."
_NO_PICTURE = "Choose a picture of one digit from 0 to 9."


def network_input(rgba: np.ndarray | None) -> np.ndarray | None:
    """Return the image of a drawing, (28, 28) uint8, or None where there is no ink."""
    if rgba is None:
        return None
    try:
        return drawing_to_image(rgba)
    except EmptyDrawing:
        return None


def unread_picture(rgba: np.ndarray | None) -> str:
    """Return a sentence about why there is no digit in a picture (h, w, 4); nothing if there is."""
    if rgba is None:
        return _NO_PICTURE
    try:
        drawing_to_image(rgba)
    except EmptyDrawing as error:
        return str(error)
    return ""


def finite_probabilities(network: Network, image: np.ndarray) -> np.ndarray | None:
    """Return the ten probabilities for an image (28, 28), None where the network overflowed."""
    P = network.predict_proba(image[None])[0]
    return P if is_finite(network, P) else None


def show_answer(digit: int | None, sentence: str, *, is_builtin: bool) -> None:
    """Draw the predicted digit and a sentence about it.

    Parameters
    ----------
    digit : int or None
        The answer; None, drawn as a question mark, where there is none.
    sentence : str
        Markdown.
    is_builtin : bool
        Whether a built-in network answers; otherwise a button asks one.
    """
    with st.container(horizontal=True, vertical_alignment="center", key="answer"):
        shown = "?" if digit is None else str(digit)
        st.metric("Answer", shown, label_visibility="collapsed", width="content")
        # Of fixed height, so that nothing below moves
        height = _SENTENCE_HEIGHT if is_builtin else _OTHER_NETWORK_HEIGHT
        with st.container(height=height, border=False, gap="xsmall"):
            st.markdown(sentence)
            if not is_builtin:
                network_choice.ask_builtin_network()


def spoken_answer(digit: int | None, sentence: str) -> str:
    """Return the answer, if there is one, and a sentence about it as a screen reader says them."""
    words = sentence.replace("**", "")
    return words if digit is None else f"{digit}. {words}"


def show_network_input(image: np.ndarray | None) -> None:
    """Draw the network's input (28, 28) uint8, blank where there is no ink."""
    st.image(
        picture_url(np.zeros((28, 28), np.uint8) if image is None else image, 4),
        width=INPUT_WIDTH,
        alt="the digit as the network sees it, 28 by 28 pixels",
    )


def titled_answer(title: str, P: np.ndarray | None) -> str:
    """Return a bold title, the predicted digit and its probability as Markdown."""
    return f"**{title}**" if P is None else f"**{title}**: {P.argmax()}, {percent(P.max())}"


def certainty(P: np.ndarray) -> str:
    """Return a sentence, Markdown, about how certain an answer is, given its probabilities."""
    second, first = P.argsort()[-2:]
    if P[first] >= CERTAIN:
        return f"It is sure: {percent(P[first])}."
    if P[first] >= LIKELY:
        return (
            f"Probably {with_article(first)} ({percent(P[first])}), "
            f"possibly {with_article(second)} ({percent(P[second])})."
        )
    return f"**Unsure**: {first} ({percent(P[first])}) or {second} ({percent(P[second])})?"
