"""Layout of the Draw page."""

from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


class DrawLayout(NamedTuple):
    """Empty containers of the page in their order on the screen, from top to bottom.

    Attributes
    ----------
    answer : DeltaGenerator
        Above the canvas, so that a phone shows both.
    source : DeltaGenerator
        Left column: the canvas or the uploaded picture.
    source_controls : DeltaGenerator
        Left column, below the canvas.
    probabilities : DeltaGenerator
        Right column; a phone shows it below the left one.
    bars : DeltaGenerator
        Right column, below the heading of the probabilities.
    view_choice : DeltaGenerator
        Right column, below the bars.
    view : DeltaGenerator
        Full width, below the columns.
    other_model : DeltaGenerator
        Closed expander at the bottom.
    reader : DeltaGenerator
        For what is not visible.
    """

    answer: DeltaGenerator
    source: DeltaGenerator
    source_controls: DeltaGenerator
    probabilities: DeltaGenerator
    bars: DeltaGenerator
    view_choice: DeltaGenerator
    view: DeltaGenerator
    other_model: DeltaGenerator
    reader: DeltaGenerator


def create_layout() -> DrawLayout:
    """Create the containers of the page.

    They can be filled in any order. The canvas comes first, since all else depends on the drawing;
    then the answer, before widgets that take longer.
    """
    answer = st.container()
    left, right = st.columns([2, 3], gap="large")
    return DrawLayout(
        answer,
        left.container(),
        left.container(),
        right.container(),
        right.container(),
        right.container(),
        st.container(),
        st.expander("Another model"),
        st.container(),
    )
