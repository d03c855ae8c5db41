"""Layout of the Draw page: the stage, on which all stand side by side where there is room."""

from pathlib import Path
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from inkling.ui.draw import views

INPUT_WIDTH = 84  # pixels, three for each of the picture's
_PROBABILITY = (
    "The network's ten outputs. They add up to 100%, whatever you draw: a scribble gets an "
    "answer as well."
)
_STYLE = Path(__file__).with_name("stage.css")


class DrawLayout(NamedTuple):
    """Empty containers of the page; `stage.css` says where they are at which width.

    Attributes
    ----------
    source_choice : DeltaGenerator
        Left column, above the canvas, so that it stays where it is when it is used.
    source : DeltaGenerator
        Left column: the canvas, the uploaded picture or the test image.
    source_controls : DeltaGenerator
        Left column, below the canvas.
    network : DeltaGenerator
        Middle column, above the answer: the network that gives it.
    answer : DeltaGenerator
        Middle column; above the canvas on a phone.
    probabilities : DeltaGenerator
        Middle column: the ten bars, below their title; below the canvas on a phone.
    input : DeltaGenerator
        Middle column: the picture that the network sees, beside its title.
    view : str
        The chosen view that looks closer; its choice is in the right column, or below the others.
    doubt : DeltaGenerator
        Below the choice: why the drawing is not a digit.
    panel : DeltaGenerator
        Below it: the view.
    announcement : DeltaGenerator
        For screen readers.
    reader : DeltaGenerator
        For what is not visible.
    """

    source_choice: DeltaGenerator
    source: DeltaGenerator
    source_controls: DeltaGenerator
    network: DeltaGenerator
    answer: DeltaGenerator
    probabilities: DeltaGenerator
    input: DeltaGenerator
    view: str
    doubt: DeltaGenerator
    panel: DeltaGenerator
    announcement: DeltaGenerator
    reader: DeltaGenerator


def load_style() -> None:
    """Load the style of the stage; outside of fragments, which cannot."""
    st.html(_STYLE)


def create_layout() -> DrawLayout:
    """Create the containers of the page, which can be filled in any order.

    What never changes is drawn here, and not again with each answer.
    """
    stage = st.container(key="draw_stage")
    with stage:
        left = st.container(key="draw_left")
        middle = st.container(key="draw_middle")
        with st.container(key="draw_panel"):
            view = views.choose()
            # One for each view, so that it begins at its top
            panel = st.container(key=f"draw_panel_{view}")
    source_choice = left.container(key="draw_source_choice")
    source, controls = left.container(key="draw_source"), left.container(key="draw_controls")
    network, answer = middle.container(key="draw_network"), middle.container(key="draw_answer")
    with middle.container(key="draw_probabilities"):
        st.markdown("**Probability of each digit**", help=_PROBABILITY)
        probabilities = st.container()
    with middle.container(key="draw_input", horizontal=True, vertical_alignment="center"):
        picture = st.container(width=INPUT_WIDTH)
        with st.container():
            st.markdown(
                "**What the network sees**  \n28 \u00d7 28 pixels, centred like MNIST's digits"
            )
    return DrawLayout(
        source_choice,
        source,
        controls,
        network,
        answer,
        probabilities,
        picture,
        view,
        panel.container(),
        panel.container(),
        st.container(),
        st.container(),
    )
