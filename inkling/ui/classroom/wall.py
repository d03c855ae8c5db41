"""The class's drawings of one digit, read by the built-in network, the mistakes first."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import streamlit as st

from inkling.data.image_ref import with_article
from inkling.ui import model_choice, services
from inkling.ui.components.digit_grid import GridCell, GridStyle, digit_grid


class Wall(NamedTuple):
    """The drawings of a digit in the order in which they are shown.

    Attributes
    ----------
    visitor_ids : list of str
    images : ndarray, (n, 28, 28) uint8
    answers : ndarray, (n,) int
        Of the built-in network.
    """

    visitor_ids: list[str]
    images: np.ndarray
    answers: np.ndarray


def read_wall(digit: int) -> Wall:
    """Return the class's drawings of a digit: mistakes first, of each the most certain first."""
    drawings = services.class_files().drawings(digit)
    if not drawings:
        return Wall([], np.zeros((0, 28, 28), np.uint8), np.zeros(0, int))
    images = np.stack(list(drawings.values()))
    P = model_choice.pretrained().network.predict_proba(images)
    answers = P.argmax(axis=1)
    order = np.lexsort((-P.max(axis=1), answers == digit))
    ids = list(drawings)
    return Wall([ids[k] for k in order], images[order], answers[order])


def show(
    digit: int,
    wall: Wall,
    *,
    min_width: int,
    key: str,
    on_pick: Callable[[int], None],
    selected: int | None = None,
) -> None:
    """Draw the drawings with the network's answers; nobody's name.

    Parameters
    ----------
    digit : int
    wall : Wall
    min_width : int
        Of a drawing, in pixels.
    key : str
    on_pick : callable
        Called with the place of a drawing.
    selected : int, optional
        Place of the framed drawing.
    """
    if not wall.visitor_ids:
        st.markdown(f"Draw **{with_article(digit)}**, then press **Send to the board**.")
        return
    right = int((wall.answers == digit).sum())
    st.markdown(
        f"The class draws **{with_article(digit)}**. The built-in network reads {right} of "
        f"{len(wall.answers)} as meant."
    )
    digit_grid(
        wall.images,
        [
            GridCell(k, f"Drawing {k + 1}, read as {with_article(answer)}", str(answer))
            for k, answer in enumerate(wall.answers)
        ],
        label="Drawings of the class",
        key=key,
        on_pick=on_pick,
        selected=selected,
        style=GridStyle(min_width=min_width),
    )
