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
    words, pictures, formula : DeltaGenerator
        Right, one below the other.
    stepper : DeltaGenerator
        At the bottom of the window.
    """

    drawing: DeltaGenerator
    words: DeltaGenerator
    pictures: DeltaGenerator
    formula: DeltaGenerator
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


def create_step_layout(has_maps: bool) -> StepLayout:
    """Create the containers of a step, which can be filled in any order.

    Feature maps and filters have wide pictures, which get more room than the drawing.
    """
    with st.container(key="inside_pass_maps" if has_maps else "inside_pass"):
        drawing = st.container(key="inside_drawing")
        words = st.container(key="inside_words")
        pictures = st.container(key="inside_pictures")
        formula = st.container(key="inside_formula")
    return StepLayout(drawing, words, pictures, formula, st.container(key="inside_stepper"))


def create_damage_layout() -> DamageLayout:
    """Create the containers of a damaged network, which can be filled in any order."""
    with st.container(key="inside_damage"):
        effect = st.container(key="inside_damage_effect")
        return DamageLayout(
            effect.container(key="inside_damage_result"),
            effect.container(key="inside_damage_curve"),
            *(st.container(key=f"inside_damage_{name}") for name in DamageLayout._fields[2:]),
        )


def create_pair(
    key: str,
    titles: tuple[str, str] | None = None,
    helps: tuple[str | None, str | None] = (None,) * 2,
) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Create two containers that are side by side on a phone, too: for pictures that compare.

    Titles are in a row of their own, so that both pictures start at one height.
    """
    with st.container(key=f"inside_pair_{key}"):
        for title, help_text in zip(titles or (), helps, strict=False):
            st.markdown(f"**{title}**", help=help_text)
        return st.container(), st.container()
