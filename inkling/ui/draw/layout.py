"""Layout of the Draw page: the stage, on which all stand side by side where there is room."""

from pathlib import Path
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

INPUT_WIDTH = 84  # pixels, three for each of the picture's
_PROBABILITY = (
    "The network's ten outputs. They add up to 100%, whatever it is shown: a scribble gets an "
    "answer as well."
)
_STYLE = Path(__file__).with_name("stage.css")


class DrawLayout(NamedTuple):
    """Empty containers of the page; `stage.css` says where they are at which width.

    Attributes
    ----------
    source : DeltaGenerator
        Left column: the canvas or the uploaded picture.
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
    doubt : DeltaGenerator
        Right column, or below the others: why the drawing is not a digit.
    panel : DeltaGenerator
        Below it: views that look closer.
    announcement : DeltaGenerator
        For screen readers.
    reader : DeltaGenerator
        For what is not visible.
    """

    source: DeltaGenerator
    source_controls: DeltaGenerator
    network: DeltaGenerator
    answer: DeltaGenerator
    probabilities: DeltaGenerator
    input: DeltaGenerator
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
        panel = st.container(key="draw_panel")
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
        source,
        controls,
        network,
        answer,
        probabilities,
        picture,
        panel.container(),
        panel.container(),
        st.container(),
        st.container(),
    )
