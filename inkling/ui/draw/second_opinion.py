"""Second opinion: answers of two models to the same drawing, side by side."""

from dataclasses import replace

import numpy as np
import streamlit as st

from data_loader import Dataset
from inkling.charts.number_format import percent
from inkling.runs.run_file import RunError
from inkling.server.models import Model
from inkling.ui import model_choice, services, session_keys, visitor
from inkling.ui.components.probability_bars import probability_bars
from inkling.ui.draw.answer import finite_probabilities, titled_answer
from inkling.ui.draw.user_drawings import load_drawings
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets import data_choice, overflow
from nn import ConfigError, Network, TrainConfig, recipes

NO_OTHER_MODEL = (
    "There is no other model yet. Have a small one trained now, which takes seconds; or teach a "
    "copy of this one your drawings; or load one from a file, below."
)
SMALL_NAME = "A small network"
GROUP = "second-opinion"  # a run in a group does not become the chosen model
DELETED = "The second model is no longer there. Choose another one."
_POLL_SECONDS = 0.3


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
    if not others:
        _show_training_offer()
        return
    if st.session_state.get(session_keys.SECOND_MODEL) not in others:
        st.session_state[session_keys.SECOND_MODEL] = next(iter(others))
    second = others[
        st.selectbox(
            "The second model",
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
        st.caption(str(shown.architecture))
        if image is not None and P is None:
            overflow.show()
        probability_bars(P, key=f"draw_opinion_bars_{place}")
    _show_counts_on_drawings(networks)


def _show_training_offer() -> None:
    """Draw the button that trains a small network, or its progress."""
    jobs = services.queue().jobs(visitor.visitor_id())
    job = next((job for job in jobs if job.identity.group == GROUP), None)
    st.info(NO_OTHER_MODEL)
    if job is not None and job.active:
        st.fragment(_show_progress, run_every=_POLL_SECONDS)(job.id)
        return
    if job is not None and job.error:
        st.warning(escape_markdown(job.error))
    data = services.datasets().names[0]
    config = replace(recipes["fast-97"], data=data)
    st.button(
        "Train a small one",
        type="primary",
        on_click=_train,
        args=(config, data_choice.load_dataset(data)),
    )


def _train(config: TrainConfig, dataset: Dataset) -> None:
    """Submit the training of a small network."""
    name = services.unused_name(SMALL_NAME)
    try:
        services.queue().submit(
            config, dataset, visitor.visitor_id(), name=name, group=GROUP, alone=True
        )
    except ConfigError as error:  # others may have filled the queue
        st.toast(escape_markdown(str(error)))


def _show_progress(run_id: str) -> None:
    """Draw the progress bar; at the end rerun the page."""
    job = services.active_job(run_id)
    if job is None or not job.active:
        st.rerun()  # the whole page, which has another model now
    text = "Training…" if job.has_started else "Waiting for a free core…"
    st.progress(job.progress, text)


def comparison_text(first: np.ndarray, second: np.ndarray) -> str:
    """Return, in Markdown, whether two answers agree and where they differ most.

    Parameters
    ----------
    first, second : ndarray, (10,)
        Probabilities.
    """
    if first.argmax() == second.argmax():
        text = f"Both say **{first.argmax()}**."
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
    st.caption(f"Of {examples}, the first model reads {first} right and the second {second}.")
