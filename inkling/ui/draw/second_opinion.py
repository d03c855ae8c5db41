"""Second opinion: answers of two models to the same drawing, side by side."""

import numpy as np
import streamlit as st

from inkling.charts.number_format import percent
from inkling.runs.run_file import RunError
from inkling.server.models import Model
from inkling.ui import model_choice, session_keys
from inkling.ui.components.probability_bars import probability_bars
from inkling.ui.draw.answer import finite_probabilities, titled_answer
from inkling.ui.draw.user_drawings import load_drawings
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets import overflow
from nn import Network

DELETED = "Second network was deleted. Choose another network."


def show(model: Model, image: np.ndarray | None) -> None:
    """Draw the answers of two models to a drawing, and where they differ most.

    Parameters
    ----------
    model : Model
        The first model, whose answer is above.
    image : ndarray, (28, 28) uint8, or None
        The network's input; None where there is no ink.
    """
    others = {other.id: other for other in model_choice.available_models() if other.id != model.id}
    if st.session_state.get(session_keys.SECOND_MODEL) not in others:
        st.session_state[session_keys.SECOND_MODEL] = next(
            builtin.id for builtin in model_choice.builtin_models() if builtin.id in others
        )
    second = others[
        st.selectbox(
            "Second network",
            list(others),
            key=session_keys.SECOND_MODEL,
            format_func=lambda key: others[key].label,
            persist_state="session",
        )
    ]
    try:
        networks = (model.network, second.network)
    except RunError:  # deleted since in another tab, or damaged
        st.warning(DELETED)
        return
    answers = [
        None if image is None else finite_probabilities(network, image) for network in networks
    ]
    if image is None:
        st.info("Draw a digit, and both networks answer here.")
    elif answers[0] is not None and answers[1] is not None:
        st.markdown(comparison_text(answers[0], answers[1]))
    for place, (shown, P) in enumerate(zip((model, second), answers, strict=True)):
        st.markdown(titled_answer(escape_markdown(shown.name), P))
        st.caption(f"{shown.architecture.description}.")
        if image is not None and P is None:
            overflow.show()
        probability_bars(P, key=f"draw_opinion_bars_{place}")
    _show_counts_on_drawings(networks)


def comparison_text(first: np.ndarray, second: np.ndarray) -> str:
    """Return, in Markdown, whether two answers agree and where they differ most.

    Parameters
    ----------
    first, second : ndarray, (10,)
        Probabilities.
    """
    if first.argmax() == second.argmax():
        text = f"Both answer **{first.argmax()}**."
    else:
        text = f"**They disagree**: {first.argmax()} or {second.argmax()}?"
    differing = int(np.abs(first - second).argmax())
    if abs(first[differing] - second[differing]) < 0.01:
        return f"{text} No probability differs by a percentage point."
    return (
        f"{text} They differ most about the {differing}: {percent(first[differing])} here, "
        f"{percent(second[differing])} there."
    )


def _show_counts_on_drawings(networks: tuple[Network, Network]) -> None:
    """Draw how many of the user's drawings each model predicts correctly."""
    drawings = load_drawings()
    if not len(drawings):
        return
    first, second = (
        int(np.sum(network.predict_proba(drawings.images).argmax(axis=1) == drawings.labels))
        for network in networks
    )
    examples = "your example" if len(drawings) == 1 else f"your {len(drawings)} examples"
    st.caption(
        f"Correct answers for {examples}: {first} by the first network, {second} by the second."
    )
