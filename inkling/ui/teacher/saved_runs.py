"""Saved runs of all visitors, each with a button that removes it."""

from collections.abc import Callable

import streamlit as st

from inkling.runs.run import RunInfo
from inkling.runs.run_file import RunError
from inkling.runs.store import DamagedRun
from inkling.runs.visible_runs import VisibleRuns
from inkling.ui import services
from inkling.ui.markdown import escape_markdown
from inkling.ui.train.saved_runs import summary

PER_PAGE = 20  # runs


def show() -> None:
    """Draw the saved runs, a page of them at a time."""
    infos = services.visible_runs().runs()
    st.header("Kept", anchor=False)
    if not infos:
        st.caption("No run is kept yet.")
        return
    visitor_ids = {info.visitor_id for info in infos if isinstance(info, RunInfo)}
    st.caption(f"{len(infos):,} runs of {len(visitor_ids)} visitors")
    pages = -(-len(infos) // PER_PAGE)
    rows = st.container(gap="small")
    page = st.pagination(pages, key=f"teacher_page_{pages}") if pages > 1 else 1
    with rows:
        for info in infos[(page - 1) * PER_PAGE : page * PER_PAGE]:
            _run_row(info)


def _run_row(info: RunInfo | DamagedRun) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        if isinstance(info, DamagedRun):
            owner = f", visitor {info.visitor_id[:6]}" if info.visitor_id else ""
            st.markdown(f":red[**Damaged**] {info.id[:8]}…{owner}", width="stretch")
        else:
            published = services.visible_runs().is_published(info.id)
            note = "  \n:small[Shown to the class]" if published else ""
            st.markdown(
                f"**{escape_markdown(info.name)}**, visitor {info.visitor_id[:6]}  "
                f"\n:small[{summary(info)}]{note}",
                width="stretch",
            )
            if published:
                _action("Hide", info.id, lambda runs: runs.publish(info.id, False))
        _action("Remove", info.id, lambda runs: runs.delete(info.id))


def _action(label: str, run_id: str, change: Callable[[VisibleRuns], None]) -> None:
    """Draw a button that changes a run; an error is shown in a toast."""

    def clicked() -> None:
        try:
            change(services.visible_runs())
        except (RunError, OSError) as error:
            st.toast(f"That could not be done: {escape_markdown(str(error))}")

    st.button(label, key=f"teacher_{label.lower()}_{run_id}", on_click=clicked)
