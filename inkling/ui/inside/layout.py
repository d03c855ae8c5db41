"""Layout of the Inside page; `layout.css` says what is where at which width."""

from pathlib import Path
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_STYLE = Path(__file__).with_name("layout.css")


class StepLayout(NamedTuple):
    """Empty containers of a step through the network.

    Attributes
    ----------
    drawing : DeltaGenerator
        Left, and in view while the others scroll; above the others where there is less room.
    words, pictures : DeltaGenerator
        Right.
    stepper : DeltaGenerator
        At the bottom of the window.
    """

    drawing: DeltaGenerator
    words: DeltaGenerator
    pictures: DeltaGenerator
    stepper: DeltaGenerator


class DamageLayout(NamedTuple):
    """Empty containers of a damaged network: its controls, and all effects in view beside them."""

    result: DeltaGenerator
    curve: DeltaGenerator
    verdict: DeltaGenerator
    controls: DeltaGenerator
    changed: DeltaGenerator


def load_style() -> None:
    """Load the style of the page; outside of fragments, which cannot."""
    st.html(_STYLE)


def create_step_layout() -> StepLayout:
    """Create the containers of a step, which can be filled in any order."""
    with st.container(key="inside_pass"):
        drawing = st.container(key="inside_drawing")
        words = st.container(key="inside_words")
        pictures = st.container(key="inside_pictures")
    return StepLayout(drawing, words, pictures, st.container(key="inside_stepper"))


def create_damage_layout() -> DamageLayout:
    """Create the containers of a damaged network, which can be filled in any order."""
    with st.container(key="inside_damage"):
        effect = st.container(key="inside_damage_effect")
        return DamageLayout(
            effect.container(key="inside_damage_result"),
            effect.container(key="inside_damage_curve"),
            *(st.container(key=f"inside_damage_{name}") for name in DamageLayout._fields[2:]),
        )


def create_pair(key: str) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Create two containers that are side by side on a phone, too: for pictures that compare."""
    with st.container(key=f"inside_pair_{key}"):
        return st.container(), st.container()
