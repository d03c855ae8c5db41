"""Tells screen readers that the visitor's run starts, pauses and ends, on every page."""

import streamlit as st

from inkling.training.job import Status, TrainingJob
from inkling.ui import services, session_keys
from inkling.ui.components.announcement import announcement

_END = "announced_end"  # of that run: the sentence


def announce_run(active: TrainingJob | None) -> None:
    """Announce the visitor's active run, or the end of the one that was active before."""
    announcement(_spoken(active), key="run_announcement")


def _spoken(active: TrainingJob | None) -> str:
    if active is not None:
        st.session_state[session_keys.ANNOUNCED_RUN] = active.id
        st.session_state.pop(_END, None)
        if active.status is Status.PAUSED:
            return f"The run {active.name} is paused."
        return f"The run {active.name} has started."
    run_id = st.session_state.get(session_keys.ANNOUNCED_RUN)
    if run_id is None:
        return ""
    if _END not in st.session_state:  # looked up once: there may be many runs
        st.session_state[_END] = _end(run_id)
    return str(st.session_state[_END])


def _end(run_id: str) -> str:
    """Return how a run ended."""
    info = next((info for info in services.finished_runs() if info.id == run_id), None)
    if info is None:
        return "The run has ended without a result."
    if info.test_accuracy is None:
        return f"The run {info.name} has ended."
    return (
        f"The run {info.name} has ended: {info.test_accuracy:.2%} accuracy on "
        f"{info.test_images:,} test images."
    )
