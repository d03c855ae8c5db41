"""Runs of all visitors that wait, run or are paused, each with a button that stops it."""

import streamlit as st

from inkling.training.job import Status, TrainingJob
from inkling.ui import services, visitor
from inkling.ui.markdown import escape_markdown

REFRESH_SECONDS = 2.0


@st.fragment(run_every=REFRESH_SECONDS)
def show() -> None:
    """Draw the active jobs; nothing for another visitor who connected to the teacher's session."""
    if not visitor.is_teacher():
        return
    jobs = [job for job in services.queue().all_jobs() if job.active]
    st.header("Running", anchor=False)
    if not jobs:
        st.caption("Nothing is running.")
        return
    if len(jobs) > 1 and st.button(f"Stop all {len(jobs)}"):
        _stop(*jobs)
    for job in jobs:
        _job_row(job)


def _job_row(job: TrainingJob) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        progress = f"epoch {job.progress * job.config.epochs:.1f} of {job.config.epochs}"
        if job.status is Status.WAITING:
            progress = f"number {services.queue().position(job)} in the queue"
        st.markdown(
            f"**{escape_markdown(job.name)}**, visitor {job.visitor_id[:6]}  "
            f"\n:small[{job.status.value}, {progress}]",
            width="stretch",
        )
        if st.button("Stop", key=f"teacher_stop_{job.id}"):
            _stop(job)


def _stop(*jobs: TrainingJob) -> None:
    for job in jobs:
        services.queue().stop(job, "The teacher stopped this run.")
    st.rerun()
