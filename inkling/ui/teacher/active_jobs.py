"""Runs of all visitors that wait, run or are paused, each with a button that stops it."""

import streamlit as st

from inkling.training.job import Status, TrainingJob
from inkling.ui import services, visitor
from inkling.ui.markdown import escape_markdown, label_in_row
from inkling.ui.widgets.confirmation import confirmed_button

REFRESH_SECONDS = 2.0


@st.fragment(run_every=REFRESH_SECONDS)
def show() -> None:
    """Draw the active jobs; nothing for another visitor who connected to the teacher's session."""
    if not visitor.is_teacher():
        return
    jobs = [job for job in services.queue().all_jobs() if job.active]
    st.header("Running", anchor=False)
    if not jobs:
        st.caption("No runs are active.")
        return
    if len(jobs) > 1:
        confirmed_button(
            f"Stop all {len(jobs)}",
            "All runs end. What they have learned so far is saved, and their pupils are told.",
            "Stop all",
            key="teacher_stop_all",
            on_click=_stop,
            args=jobs,
        )
    for job in jobs:
        _job_row(job)


def _job_row(job: TrainingJob) -> None:
    row, owner = f"row_of_{job.id}", f"visitor {job.visitor_id[:6]}"
    with st.container(horizontal=True, vertical_alignment="center", border=True, key=row):
        progress = f"epoch {job.progress * job.config.epochs:.1f} of {job.config.epochs}"
        if job.status is Status.WAITING:
            progress = f"number {services.queue().position(job)} in the queue"
        st.markdown(
            f"**{escape_markdown(job.name)}**, {owner}  \n:small[{job.status.value}, {progress}]",
            width="stretch",
        )
        confirmed_button(
            label_in_row("Stop", f"{job.name}, {owner}"),
            "The run ends. What it has learned so far is saved, and its pupil is told.",
            "Stop this run",
            key=f"teacher_stop_{job.id}",
            on_click=_stop,
            args=(job,),
        )


def _stop(*jobs: TrainingJob) -> None:
    if not visitor.is_teacher():
        return
    for job in jobs:
        services.queue().stop(job, "The teacher stopped this run.")
        if job.visitor_id != visitor.visitor_id():
            services.class_files().tell(job.visitor_id, f"The teacher stopped your run {job.name}.")
