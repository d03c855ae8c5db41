"""Interrupted runs: list, resume, drop."""

import streamlit as st

from inkling.charts.number_format import local_time
from inkling.runs.checkpoint_file import CheckpointInfo
from inkling.runs.run_file import RunError
from inkling.server.limits import LimitError
from inkling.ui import services, session_keys, visitor
from inkling.ui.markdown import escape_markdown, label_in_row
from inkling.ui.widgets import data_choice

EXPANDED = 2  # number of runs outside of the expander
INTERRUPTED = (
    "Inkling, or the process that trained this run, ended before the run did. Its progress "
    "was saved. It can resume from there and will end with the same weights as if nothing "
    "had happened."
)


def show(busy: bool) -> None:
    """Draw this visitor's interrupted runs, a row each.

    Parameters
    ----------
    busy : bool
        Whether another run of the visitor is active, so that none can be resumed.
    """
    infos = services.checkpoints().interrupted(visitor.visitor_id())
    for info in infos[:EXPANDED]:
        _show_row(info, busy)
    if more := infos[EXPANDED:]:
        with st.expander(f"{len(more)} more interrupted {'run' if len(more) == 1 else 'runs'}"):
            for info in more:
                _show_row(info, busy)


def _show_row(info: CheckpointInfo, busy: bool) -> None:
    """Draw the row of an interrupted run: name, progress, settings, and buttons."""
    identity = info.identity
    with st.container(border=True):
        row = f"row_of_{identity.id}"
        with st.container(horizontal=True, vertical_alignment="center", key=row):
            when = local_time(identity.created)
            progress = f"after epoch {info.epoch:.1f} of {info.config.epochs}"
            st.markdown(
                f"**{escape_markdown(identity.name)}** was interrupted "
                f"{progress if info.step_count else 'near the start'}  "
                f"\n:small[{info.config.architecture.summary} · "
                f"{escape_markdown(info.fingerprint.name)} · started {when}]",
                width="stretch",
                help=INTERRUPTED,
            )
            resume = st.button(
                label_in_row("Resume", identity.name),
                key=f"go_on_{identity.id}",
                disabled=busy,
                help=("You can train one run at a time. Stop the other one, or wait until it ends.")
                if busy
                else None,
            )
            with st.popover(label_in_row("Discard", identity.name)):
                st.markdown("This deletes what the run has learned so far.")
                st.button("Discard", key=f"drop_{identity.id}", on_click=_drop, args=(identity.id,))
        if resume:
            _resume(info)


def _resume(info: CheckpointInfo) -> None:
    """Queue an interrupted run and select it, or draw why that is impossible."""
    if info.config.data not in services.datasets().names:
        st.error(
            f"This run learned from {escape_markdown(info.fingerprint.name)}, which is not "
            "available right now. Nothing is lost: you can resume the run once those "
            "digits are back."
        )
        return
    dataset = data_choice.load_dataset(info.config.data)
    try:
        with st.spinner("Resuming…"):
            job = services.queue().resume_interrupted(info.identity.id, dataset)
    except (RunError, LimitError) as error:
        st.error(escape_markdown(str(error)))
    except OSError as error:
        st.error(
            "This run cannot resume, because its folder cannot be written "
            f"({error.strerror or error}). Make the folder that RUNS_DIR names writable, "
            "and try again."
        )
    else:
        st.session_state[session_keys.SHOWN_RUN] = job.id
        st.session_state[session_keys.CHARTS_PAUSED] = False
        st.rerun()


def _drop(run_id: str) -> None:
    """Delete the checkpoint of a run, or draw why that is impossible."""
    try:
        services.checkpoints().drop(run_id)
    except RunError as error:
        st.toast(escape_markdown(str(error)))
    except OSError as error:
        st.toast(f"This run could not be discarded: {error.strerror or error}.")
