"""What a teacher sees of the class: what is running, what is kept, and how to end or remove it."""

import time
from collections.abc import Callable

import streamlit as st

from inkling.runs.run import RunInfo
from inkling.runs.run_file import RunError
from inkling.runs.store import DamagedRun
from inkling.server import classroom
from inkling.training.queue import Status, TrainingJob
from inkling.ui import frame, services, session_keys, visitor
from inkling.ui.markdown import escape_markdown
from inkling.ui.train.kept_runs import summary

LOOK = 2.0  # seconds between two looks at what is running
WRONG = 1.0  # seconds that a wrong secret costs, against guessing
SHOWN = 20  # runs a page


def show() -> None:
    """Draw the page, or ask for the secret."""
    st.title("Class")
    if not classroom.has_teacher():
        st.info(
            "There is no class on this server. To have one, start it with INKLING_CLASS=1 and "
            "INKLING_TEACHER_SECRET set to a secret of "
            f"{classroom.SHORTEST_SECRET} characters or more."
        )
    elif not visitor.is_teacher():
        ask()
    else:
        st.markdown("Everything that goes on here, whoever began it. Nobody else sees this page.")
        running()
        kept()


def ask() -> None:
    """Ask for the secret."""
    with st.form("ask_teacher", width=420):
        given = st.text_input("Teacher's secret", type="password", max_chars=200)
        if st.form_submit_button("Open"):
            if classroom.is_secret(given):
                st.session_state[session_keys.TEACHER] = True
                st.rerun()
            time.sleep(WRONG)
            st.error("That is not the secret. It is what INKLING_TEACHER_SECRET was set to.")


@st.fragment(run_every=LOOK)
def running() -> None:
    """Draw all runs that wait, run or are paused."""
    jobs = [job for job in services.queue().every() if job.active]
    st.subheader("Running", anchor=False)
    if not jobs:
        st.caption("Nothing is running.")
        return
    if len(jobs) > 1 and st.button(f"Stop all {len(jobs)}"):
        for job in jobs:
            services.queue().stop(job, "The teacher stopped this run.")
        st.rerun()
    for job in jobs:
        line(job)


def line(job: TrainingJob) -> None:
    """Draw a run that goes on."""
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        how = f"epoch {job.progress * job.config.epochs:.1f} of {job.config.epochs}"
        if job.status is Status.WAITING:
            how = f"number {services.queue().position(job)} in the queue"
        st.markdown(
            f"**{escape_markdown(job.name)}**, visitor {job.visitor_id[:6]}  "
            f"\n:small[{job.status.value}, {how}]",
            width="stretch",
        )
        if st.button("Stop", key=f"teacher_stop_{job.id}"):
            services.queue().stop(job, "The teacher stopped this run.")
            st.rerun()


def kept() -> None:
    """Draw all kept runs."""
    infos = services.visible_runs().runs()
    st.subheader("Kept", anchor=False)
    if not infos:
        st.caption("No run is kept yet.")
        return
    visitor_ids = {info.visitor_id for info in infos if isinstance(info, RunInfo)}
    st.caption(f"{len(infos):,} runs of {len(visitor_ids)} visitors")
    pages = -(-len(infos) // SHOWN)
    place = st.container(gap="small")
    page = st.pagination(pages, key=f"teacher_page_{pages}") if pages > 1 else 1
    with place:
        for info in infos[(page - 1) * SHOWN : page * SHOWN]:
            kept_line(info)


def kept_line(info: RunInfo | DamagedRun) -> None:
    """Draw a kept run."""
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        if isinstance(info, DamagedRun):
            st.markdown(f":red[**Damaged**] {info.id[:8]}…", width="stretch")
        else:
            shown = (
                "  \n:small[Shown to the class]"
                if services.visible_runs().is_published(info.id)
                else ""
            )
            st.markdown(
                f"**{escape_markdown(info.name)}**, visitor {info.visitor_id[:6]}  "
                f"\n:small[{summary(info)}]" + shown,
                width="stretch",
            )
            if shown:
                st.button(
                    "Hide",
                    key=f"teacher_hide_{info.id}",
                    on_click=change,
                    args=(lambda: services.visible_runs().publish(info.id, False),),
                )
        st.button(
            "Remove",
            key=f"teacher_remove_{info.id}",
            on_click=change,
            args=(lambda: services.visible_runs().delete(info.id),),
        )


def change(do: Callable[[], None]) -> None:
    """Do something with a run; say what hinders it."""
    try:
        do()
    except (RunError, OSError) as error:
        st.toast(f"That could not be done: {escape_markdown(str(error))}")


frame.inside_frame()
show()
