"""Layout of views that list images: the pictures, and beside them the opened one."""

from pathlib import Path
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_STYLE = Path(__file__).with_name("stage.css")


class Stage(NamedTuple):
    """Empty containers of a view; `stage.css` says where they are at which width.

    Attributes
    ----------
    pictures : DeltaGenerator
        Left: the filters and the list of images.
    opened : DeltaGenerator
        Beside the pictures, where it stays in view; below them on a phone.
    overview : DeltaGenerator
        Right, or below: what all images have in common.
    """

    pictures: DeltaGenerator
    opened: DeltaGenerator
    overview: DeltaGenerator


def load_style() -> None:
    """Load the style of the views; outside of fragments, which cannot."""
    st.html(_STYLE)


def create_stage() -> Stage:
    """Create the containers of a view, which can be filled in any order."""
    with st.container(key="mistakes_stage"):
        return Stage(*(st.container(key=f"mistakes_{name}") for name in Stage._fields))


def picture_list() -> DeltaGenerator:
    """Create the container of a list of images, which scrolls on a phone."""
    return st.container(key="mistakes_list")
