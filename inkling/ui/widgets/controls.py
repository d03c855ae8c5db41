"""Rows of digits."""

import numpy as np
import streamlit as st

from inkling.ui.components.digit_grid import picture_url
from nn import Network


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
        [answer_text(answer, label) for answer, label in zip(answers, labels, strict=True)],
        width,
    )


def answer_text(answer: int, label: int) -> str:
    """Return a network's answer with a sign for correct or wrong, in Markdown."""
    return f":green[**{answer}** ✓]" if answer == label else f":red[**{answer}** ✗]"
