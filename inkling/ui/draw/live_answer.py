"""The answer to a drawing while the pen moves: a fragment of its own, without the canvas."""

import numpy as np
import streamlit as st

from inkling.server.models import Model
from inkling.ui import model_choice
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

_CANVAS_LABEL = (
    "Canvas: draw a digit with a mouse, a pen or a finger. "
    "With the keyboard, choose A picture or A test image above it."
)


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
    rgba = canvas.live_pixels() if drawing is not None else None
    if rgba is not None:
        image = network_input(rgba)
        P = None if image is None else finite_probabilities(model.network, image)
    # While the pen moves there is no doubt: half a digit is often not a digit.
    if P is None:
        sentence = no_digit
    elif drawing is not None and canvas.pen_is_down():
        sentence = certainty(P)
    else:
        sentence = doubts.answer_sentence(model, image, P)
    with layout.doubt, st.container():
        if drawing is None or not canvas.pen_is_down():
            doubts.show_nearest_digits(image, pictures=layout.view != views.WHY)
    with layout.answer:
        show_answer(P, sentence, is_builtin=model_choice.is_builtin(model))
    with layout.probabilities:
        probability_bars(P)
    with layout.input:
        show_network_input(image)
    # Last: when it is told, the browser shows the answer, and sends the next drawing.
    with layout.reader:
        canvas_reader(
            canvas.canvas_to_read(_CANVAS_LABEL),
            key="live_reader",
            on_drawing=canvas.keep_live_drawing,
            on_lost=canvas.restore,
        )
