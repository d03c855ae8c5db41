"""One digit: forward and backward pass, step by step.

For each step of `inkling.analysis.forward_backward`: a drawing of the network, an explanation, the
formula with this network's shapes, the code in `nn`, and the values as pictures. All are in one
fragment, so that a click redraws nothing else.
"""

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from inkling.analysis.forward_backward import ForwardBackward, source_lines
from inkling.charts.style import DIGIT_COLOURS
from inkling.server.models import Model
from inkling.ui.components.step_rail import StepGroup, step_rail
from inkling.ui.inside import (
    convolution_pictures,
    convolution_texts,
    network_drawing,
    step_pictures,
    step_texts,
)
from inkling.ui.inside.layout import create_step_layout
from inkling.ui.inside.pass_step import (
    BACKWARD,
    FORWARD,
    LEARNING,
    PARAMETER,
    STEP,
    PassStep,
    pass_steps,
    phase,
    step_title,
    step_view,
)
from inkling.ui.widgets import overflow
from inkling.ui.widgets.address import read_choice, write_choice
from inkling.ui.widgets.digit_picker import PickedImage
from nn import Network
from nn.diagnosis import is_finite

_LABEL_OF_DRAWING = "inside_digit_said"  # a drawing, and what the visitor says it is
_LABEL_BOX = "inside_digit_said_box"
_RAIL = "inside_digit_rail"
_PLACE = "inside_digit_place"  # of the chosen step among all
_PHASE_COLOURS = {
    FORWARD: DIGIT_COLOURS[2],
    BACKWARD: DIGIT_COLOURS[4],
    LEARNING: DIGIT_COLOURS[1],
}


def show(model: Model, digit: PickedImage | None) -> None:
    """Draw the forward and backward pass of a digit; once on a page.

    Parameters
    ----------
    model : Model
    digit : PickedImage or None
        None if no digit is chosen.
    """
    if digit is None:
        st.markdown("Choose or draw a digit to follow it through the network.")
        return
    st.fragment(_view)(model, digit)


def _view(model: Model, digit: PickedImage) -> None:
    """Draw the choice of a step, and the step."""
    network = model.network
    answer = network.predict_proba(digit.image[None])[0]
    if not is_finite(network, answer):
        overflow.show()
        return
    label = (
        digit.label if digit.label is not None else _choose_label(digit.image, int(answer.argmax()))
    )
    loss = model.config.loss if model.config is not None else None
    passes = ForwardBackward(network, digit.image, label, loss)
    if not passes.finite:
        overflow.show()
        return
    layout = create_step_layout(bool(network.filters))
    with layout.stepper:
        step = _choose_step(network)
    view = step_view(passes, model.id, step)
    explain, draw = step_texts.EXPLAIN, step_pictures.DRAW
    if view.is_convolution:
        explain, draw = explain | convolution_texts.EXPLAIN, draw | convolution_pictures.DRAW
    explanation = explain[view.kind](view)
    with layout.drawing:
        network_drawing.show(view)
    with layout.words:
        st.header(step_title(step, network), anchor=False)
        st.markdown(explanation.words)
    with layout.pictures:
        draw[view.kind](view)
    with layout.formula:
        st.latex(explanation.formula)
        _show_code(explanation.code)


def _choose_label(image: np.ndarray, answer: int) -> int:
    """Draw the choice of a drawing's label; return it, the prediction by default."""
    drawing = zlib.crc32(image.tobytes())
    known = st.session_state.get(_LABEL_OF_DRAWING)
    label = known[1] if known is not None and known[0] == drawing else answer
    st.session_state[_LABEL_BOX] = label

    def store_label() -> None:
        st.session_state[_LABEL_OF_DRAWING] = (drawing, st.session_state[_LABEL_BOX])

    st.pills(
        "What did you draw? The cost is measured against it.",
        range(10),
        key=_LABEL_BOX,
        required=True,
        on_change=store_label,
    )
    return label


def _choose_step(network: Network) -> PassStep:
    """Draw marks, buttons and list of the steps; return the chosen one.

    The page's address names it, unless it is the first.
    """
    known = {step.key: step for step in pass_steps(network)}
    order = list(known)
    read_choice(PARAMETER, STEP, {"": order[0], **{key: key for key in order}})
    if st.session_state.get(STEP) not in known:
        st.session_state[STEP] = order[0]
    place = order.index(st.session_state[STEP])
    write_choice(PARAMETER, STEP, order[place] if place else None)

    def title(key: str) -> str:
        return step_title(known[key], network)

    st.session_state[_PLACE] = place

    def go_to(place: int) -> None:
        st.session_state[_PLACE] = place
        st.session_state[STEP] = order[place]

    def move(steps: int) -> None:
        """Move from the last choice: button and list may be drawn as they were before it."""
        go_to(min(max(st.session_state[_PLACE] + steps, 0), len(order) - 1))

    groups = [
        StepGroup(name, colour, [title(key) for key in order if phase(known[key].kind) == name])
        for name, colour in _PHASE_COLOURS.items()
    ]
    step_rail(groups, place, label="All steps", key=_RAIL, on_pick=go_to)
    st.markdown(f"{place + 1} of {len(order)}", width="content")
    st.button("Back", on_click=move, args=(-1,), disabled=place == 0, width=88)
    st.selectbox(
        "Step",
        order,
        key=STEP,
        format_func=title,
        persist_state="session",
        label_visibility="collapsed",
    )
    st.button(
        "Next",
        type="primary",
        on_click=move,
        args=(1,),
        disabled=place == len(order) - 1,
        width=88,
    )
    return known[st.session_state[STEP]]


def _show_code(functions: tuple[Callable[..., Any], ...]) -> None:
    """Draw the source code of functions with file and line, folded."""
    with st.expander("The code that runs", key="inside_code"):
        for function in functions:
            source = source_lines(function)
            st.caption(f"{source.file}, line {source.line}")
            st.code(source.text, language="python")
