"""The answer to a drawing while the pen moves: a fragment of its own, without the canvas."""

import time
from typing import NamedTuple

import numpy as np
import streamlit as st

from inkling.server.models import Model
from inkling.ui import model_choice, services, session_keys
from inkling.ui.components.canvas_reader import canvas_reader
from inkling.ui.components.probability_bars import probability_bars
from inkling.ui.draw import canvas, doubts, views
from inkling.ui.draw.answer import (
    certainty,
    finite_probabilities,
    network_input,
    show_answer,
    show_network_input,
)
from inkling.ui.draw.canvas import Drawing
from inkling.ui.draw.layout import DrawLayout

_LATER = (1.0, 0.15)  # seconds of slack and of patience of an answer that may be left out
_REFERENCE_WAIT = 0.03  # seconds; after it the browser pauses for 1 s, after twice as long for 4 s
_LONGEST_PAUSE = 4.0  # seconds
_CANVAS_LABEL = (
    "Canvas: draw a digit with a mouse, a pen or a finger. "
    "With the keyboard, choose A picture or A test image above it."
)


class _Answer(NamedTuple):
    """What was drawn last: the network's input and output, the answer, and a sentence about it."""

    image: np.ndarray | None
    P: np.ndarray | None
    digit: int | None
    sentence: str


@st.fragment
def show_live_answer(
    layout: DrawLayout,
    model: Model,
    image: np.ndarray | None,
    P: np.ndarray | None,
    drawing: Drawing | None,
    no_digit: str,
) -> None:
    """Draw the answer to the drawing, and draw it anew with each drawing that the browser sends.

    Parameters
    ----------
    layout : DrawLayout
    model : Model
    image : ndarray, (28, 28) uint8, or None
        The network's input after the last finished stroke; None where there is no ink.
    P : ndarray, (10,), or None
        The network's output for it.
    drawing : Drawing or None
        What was drawn on the canvas then; None where there is no canvas.
    no_digit : str
        The sentence where there is no ink.
    """
    # A stroke that was finished in the same moment as a drawing came, or a new canvas
    if drawing is not None and canvas.finished_drawing() != drawing:
        st.rerun()
    is_live = drawing is not None and canvas.pen_is_down()
    before: _Answer | None = st.session_state.get(session_keys.LIVE_ANSWER)
    if not is_live or before is None or before.P is None:  # the answer cannot be left out
        before = None
    began = time.monotonic()
    with services.turns().turn(*(_LATER if before else ())) as has_turn:
        waited = time.monotonic() - began
        if before is not None and not has_turn:
            answer = before
        else:
            rgba = canvas.live_pixels() if drawing is not None else None
            if rgba is not None:
                image = network_input(rgba)
                P = None if image is None else finite_probabilities(model.network, image)
            digit = _digit(image, P, is_live=is_live)
            sentence = _sentence(model, image, P, no_digit, is_live=is_live)
            answer = _Answer(image, P, digit, sentence)
        st.session_state[session_keys.LIVE_ANSWER] = answer
        with layout.doubt, st.container():
            if not is_live:
                doubts.show_nearest_digits(answer.image, pictures=layout.view != views.WHY)
        with layout.answer:
            show_answer(answer.digit, answer.sentence, is_builtin=model_choice.is_builtin(model))
        with layout.probabilities:
            probability_bars(answer.P)
        with layout.input:
            show_network_input(answer.image)
        # Last: when it is told, the browser shows the answer, and sends the next drawing.
        with layout.reader:
            canvas_reader(
                canvas.canvas_to_read(_CANVAS_LABEL, _pause(waited)),
                key="live_reader",
                on_drawing=canvas.keep_live_drawing,
                on_lost=canvas.restore,
            )


def _pause(waited: float) -> float:
    """Return how long the browser is to wait before it sends the next drawing, in seconds.

    Where many draw, each gets fewer answers while the pen moves, and those to finished strokes come
    early.

    Parameters
    ----------
    waited : float
        Seconds that the answer waited for others.
    """
    return min(_LONGEST_PAUSE, (waited / _REFERENCE_WAIT) ** 2)


def _digit(image: np.ndarray | None, P: np.ndarray | None, *, is_live: bool) -> int | None:
    """Return the digit to show; while the pen moves, parts of one digit can look like several."""
    if is_live:
        return None if P is None else int(P.argmax())
    return doubts.digit_to_show(image, P)


def _sentence(
    model: Model, image: np.ndarray | None, P: np.ndarray | None, no_digit: str, *, is_live: bool
) -> str:
    """Return what is said of an answer; while the pen moves, half a digit is often not a digit."""
    if P is None:
        return no_digit
    return certainty(P) if is_live else doubts.answer_sentence(model, image, P)
