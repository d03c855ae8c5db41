"""Layout of views that list images: the pictures, and beside them the opened one."""

import time
from pathlib import Path
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from inkling.ui import session_keys
from inkling.ui.components.scroll_target import scroll_target

_STYLE = Path(__file__).with_name("stage.css")
_PICKED = "picked image"


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
    """Create the container of a list of images; on a phone the list scrolls in it.

    There the page scrolls to the list once an image is picked, since the opened one is below.
    """
    occasion = st.session_state.get(session_keys.SCROLL_TO) or ""
    scroll_target(occasion if occasion.startswith(_PICKED) else None, key="scroll_to_mistakes_list")
    return st.container(key="mistakes_list")


def scroll_to_list() -> None:
    """Have the list and the opened image below it in sight on a phone; for callbacks."""
    st.session_state[session_keys.SCROLL_TO] = f"{_PICKED} {time.monotonic()}"
