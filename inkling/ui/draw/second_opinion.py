"""A second opinion: another model reads the same drawing, side by side with the first."""

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
from inkling.ui.draw.fine_tuning import examples
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets import data_choice, overflow
from nn import ConfigError, Network, TrainConfig, recipes

ONLY_ONE = (
    "There is no other model yet. Have a small one trained now, which takes seconds; or teach a "
    "copy of this one your drawings; or load one from a file, below."
)
SMALL = "A small network"
GROUP = "second-opinion"  # so that it does not answer from then on, as other new runs do
GONE = "The second model is no longer there. Choose another one."
_TICK = 0.3  # seconds between two looks at a training


def show(model: Model, image: np.ndarray | None) -> None:
    """Draw what two models say of a drawing, and where they disagree.

    Parameters
    ----------
    model : Model
        The one that answers above.
    image : ndarray, (28, 28) uint8, or None
        What a network sees of the drawing; None where there is no ink.
    """
    others = {other.id: other for other in model_choice.available_models() if other.id != model.id}
    if not others:
        _have_one_trained()
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
    except RunError:  # deleted by somebody else just now, or damaged
        st.warning(GONE)
        return
    answers = [
        None if image is None else finite_probabilities(network, image) for network in networks
    ]
    if image is None:
        st.info("Draw a digit above, and both models answer here.")
    elif answers[0] is not None and answers[1] is not None:
        st.markdown(compared(answers[0], answers[1]))
    columns = st.columns(2, gap="large")
    for place, (column, shown, P) in enumerate(zip(columns, (model, second), answers, strict=True)):
        with column:
            st.markdown(titled_answer(escape_markdown(shown.name), P))
            st.caption("-".join(map(str, shown.sizes)))
            if image is not None and P is None:
                overflow.show()
            probability_bars(P, key=f"draw_opinion_bars_{place}")
    _on_examples(networks)


def _have_one_trained() -> None:
    """Offer to train a small network, and draw how that goes."""
    jobs = services.queue().jobs(visitor.visitor_id())
    job = next((job for job in jobs if job.identity.group == GROUP), None)
    st.info(ONLY_ONE)
    if job is not None and job.active:
        st.fragment(_watch, run_every=_TICK)(job.id)
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
    """Queue a small network."""
    name = services.unused_name(SMALL)
    try:
        services.queue().submit(config, dataset, visitor.visitor_id(), name=name, group=GROUP)
    except ConfigError as error:  # others may have filled the queue
        st.toast(escape_markdown(str(error)))


def _watch(run_id: str) -> None:
    """Draw how far a training is."""
    job = services.active_job(run_id)
    if job is None or not job.active:
        st.rerun()  # the whole page: there is another model now
    text = "Training…" if job.has_started else "Waiting for a free core…"
    st.progress(job.progress, text)


def compared(first: np.ndarray, second: np.ndarray) -> str:
    """Say in Markdown whether two answers, (10,) probabilities each, agree, and where not."""
    if first.argmax() == second.argmax():
        said = f"Both say **{first.argmax()}**."
    else:
        said = f"**They disagree**: {first.argmax()} or {second.argmax()}?"
    apart = int(np.abs(first - second).argmax())
    if abs(first[apart] - second[apart]) < 0.01:
        return f"{said} No probability differs by a percentage point."
    return (
        f"{said} They differ most about the {apart}: {percent(first[apart])} here, "
        f"{percent(second[apart])} there."
    )


def _on_examples(networks: tuple[Network, Network]) -> None:
    """Say how many of the visitor's examples both models read right."""
    taught = examples()
    if not len(taught):
        return
    first, second = (
        int(np.sum(network.predict_proba(taught.images).argmax(axis=1) == taught.labels))
        for network in networks
    )
    counted = "your example" if len(taught) == 1 else f"your {len(taught)} examples"
    st.caption(f"Of {counted}, the first model reads {first} right and the second {second}.")
