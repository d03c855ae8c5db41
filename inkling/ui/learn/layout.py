"""Layout of the Learn page: chapters at the left, text, and the figure in view beside it."""

from pathlib import Path
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_STYLE = Path(__file__).with_name("layout.css")


class ChapterLayout(NamedTuple):
    """Empty containers of a chapter; `layout.css` says where they are at which width.

    Attributes
    ----------
    rail : DeltaGenerator
        The chapters; at the left, or a list above the text where there is less room.
    text : DeltaGenerator
        What is read and done before there is a figure.
    figure : DeltaGenerator
        The result, or what is worked on by hand; beside the text, on a phone below it.
    after : DeltaGenerator
        What follows the figure, below the text.
    """

    rail: DeltaGenerator
    text: DeltaGenerator
    figure: DeltaGenerator
    after: DeltaGenerator


def create_layout() -> ChapterLayout:
    """Create the containers of a chapter, which can be filled in any order."""
    st.html(_STYLE)
    with st.container(key="learn_stage"):
        return ChapterLayout(*(st.container(key=f"learn_{name}") for name in ChapterLayout._fields))
