"""Saved runs of all visitors, each with a button that removes it."""

from collections.abc import Callable

import streamlit as st

from inkling.runs.run import RunInfo
from inkling.runs.run_file import RunError
from inkling.runs.store import DamagedRun
from inkling.runs.visible_runs import VisibleRuns
from inkling.ui import services, visitor
from inkling.ui.markdown import escape_markdown, label_in_row
from inkling.ui.train.saved_runs import summary

PER_PAGE = 20  # runs
_DELETED = "teacher_deleted_run"  # what was deleted last


def show() -> None:
    """Draw the saved runs, a page of them at a time."""
    infos = services.visible_runs().runs()
    st.header("Saved runs", anchor=False)
    _show_undo()
    if not infos:
        st.caption("No run is saved yet.")
        return
    visitor_ids = {info.visitor_id for info in infos if isinstance(info, RunInfo)}
    st.caption(f"{_count(len(infos), 'run')} of {_count(len(visitor_ids), 'visitor')}")
    pages = -(-len(infos) // PER_PAGE)
    rows = st.container(gap="small")
    page = st.pagination(pages, key=f"teacher_page_{pages}") if pages > 1 else 1
    with rows:
        for info in infos[(page - 1) * PER_PAGE : page * PER_PAGE]:
            _run_row(info)


def _run_row(info: RunInfo | DamagedRun) -> None:
    row = f"row_of_{info.id}"
    with st.container(horizontal=True, vertical_alignment="center", border=True, key=row):
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
                _action("Hide", info, lambda runs: runs.publish(info.id, False), "hid")
        _action("Delete", info, _delete(info), "deleted")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _delete(info: RunInfo | DamagedRun) -> Callable[[VisibleRuns], None]:
    def delete(runs: VisibleRuns) -> None:
        runs.delete(info.id)
        st.session_state[_DELETED] = info

    return delete


def _show_undo() -> None:
    """Draw the button that restores the run that was deleted last."""
    info: RunInfo | DamagedRun | None = st.session_state.get(_DELETED)
    if info is None:
        return

    def restore(runs: VisibleRuns) -> None:
        runs.restore(info.id)
        st.session_state.pop(_DELETED)

    row = "row_of_deleted_run"
    with st.container(horizontal=True, vertical_alignment="center", border=True, key=row):
        st.markdown(f"**{escape_markdown(_name(info))}** was deleted.", width="content")
        _action("Undo", info, restore, "restored")


def _name(info: RunInfo | DamagedRun) -> str:
    return info.name if isinstance(info, RunInfo) else f"the damaged run {info.id[:8]}"


def _action(
    label: str, info: RunInfo | DamagedRun, change: Callable[[VisibleRuns], None], done: str
) -> None:
    """Draw a button that changes a run, and tells its owner what was done.

    An error is shown in a toast.
    """

    def clicked() -> None:
        try:
            change(services.visible_runs())
        except (RunError, OSError) as error:
            st.toast(f"That could not be done: {escape_markdown(str(error))}")
        else:
            if info.visitor_id and info.visitor_id != visitor.visitor_id():
                services.class_files().tell(
                    info.visitor_id, f"The teacher {done} your run {_name(info)}."
                )

    owner = f", visitor {info.visitor_id[:6]}" if info.visitor_id else ""
    st.button(
        label_in_row(label, _name(info) + owner),
        key=f"teacher_{label.lower()}_{info.id}",
        on_click=clicked,
    )
