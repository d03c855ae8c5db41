"""A button that asks before it acts."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st


def confirmed_button(
    label: str,
    question: str,
    answer: str,
    *,
    key: str,
    on_click: Callable[..., None],
    args: Sequence[Any] = (),
) -> None:
    """Draw a button that opens a question; the button below it acts.

    Parameters
    ----------
    label : str
        Of the first button.
    question : str
        Markdown: what will be lost.
    answer : str
        Label of the button that acts.
    key : str
        Of that button.
    on_click : callable
    args : sequence
        Its arguments.
    """
    with st.popover(label, type="tertiary"):
        st.markdown(question)
        st.button(answer, type="primary", key=key, on_click=on_click, args=tuple(args))
