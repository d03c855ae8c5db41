"""The visitor's active run, in the header of every page but Train, and the visitor's heartbeat."""

import streamlit as st

from inkling.training.job import Status, TrainingJob
from inkling.ui import services, visitor
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets import run_status
from inkling.ui.widgets.run_announcement import announce_run

_HEARTBEAT_SECONDS = 20  # between two heartbeats of an open page
_POLL_SECONDS = 2.0  # between two polls of an active run


def show(visible: bool) -> None:
    """Draw the visitor's active run, and signal from time to time that a page is open.

    Parameters
    ----------
    visible : bool
        Whether to draw the run. Where not, the whole page is drawn again once another run is
        active: it was started in another tab.
    """
    job = _active_job()
    _show(visible, None if job is None else job.id)


@st.fragment(run_every=_HEARTBEAT_SECONDS)
def _show(visible: bool, drawn_for: str | None) -> None:
    """Signal that this visitor has a page open, so that their training continues; draw their run.

    Only while a run is active is it polled: the inner fragment is there only then, and Streamlit
    ends its polls when this one runs without it.
    """
    services.queue().heartbeat(visitor.visitor_id())
    job = _active_job()
    if not visible and job is not None and job.id != drawn_for:
        st.rerun()
    announce_run(job)
    if visible and job is not None:
        st.fragment(_show_run, run_every=_POLL_SECONDS)(job.id, job.name)


def _active_job() -> TrainingJob | None:
    jobs = services.queue().jobs(visitor.visitor_id())
    return next((job for job in jobs if job.active), None)


def _show_run(run_id: str, name: str) -> None:
    """Draw a link to the Train page with the progress of a run, or with its end."""
    job = services.active_job(run_id)
    with st.container(key="active_run"):
        st.page_link("pages/train.py", label=f"**{_progress(job)}** · {escape_markdown(name)}")


def _progress(job: TrainingJob | None) -> str:
    """Return the state of a run in a few words."""
    if job is None or not job.active:
        return "Finished"
    if job.status is Status.PAUSED:
        return f"Paused at {job.progress:.0%}"
    position = services.queue().position(job)
    if position > 1:
        return f"Number {position} in the queue"
    left = job.seconds_left
    return f"{job.progress:.0%}" + ("" if left is None else f", {run_status.duration(left)} left")
