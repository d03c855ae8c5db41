"""Choice of a view, and rows of digits."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import streamlit as st

from inkling.ui.components.digit_grid import picture_url
from nn import Network


def choose_view(
    label: str,
    views: list[str],
    key: str,
    tooltip: str,
    *,
    on_change: Callable[[], None] | None = None,
    label_visibility: Literal["visible", "collapsed"] = "visible",
) -> str:
    """Draw the choice of a page's view, the first one by default; return the chosen one."""
    return st.pills(
        label,
        views,
        default=views[0],
        required=True,
        wrap=True,  # two lines on a phone
        key=key,
        persist_state="session",
        on_change=on_change,
        label_visibility=label_visibility,
        help=tooltip,
    )


def digit_row(images: np.ndarray, captions: list[str], width: int) -> None:
    """Draw images (n, 28, 28) uint8 side by side, each with its caption."""
    with st.container(horizontal=True, gap="small"):
        for image, caption in zip(images, captions, strict=True):
            st.image(picture_url(image, 4), caption=caption, width=width, alt="a digit")


def answer_row(network: Network, images: np.ndarray, labels: np.ndarray, width: int) -> None:
    """Draw images side by side, each with a network's answer and whether that is correct."""
    answers = network.predict_proba(images).argmax(axis=1)
    digit_row(
        images,
        [
            f":green[**{answer}** ✓]" if answer == label else f":red[**{answer}** ✗]"
            for answer, label in zip(answers, labels, strict=True)
        ],
        width,
    )
