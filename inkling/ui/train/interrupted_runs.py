"""Interrupted runs: list, resume, drop."""

from datetime import datetime

import streamlit as st

from inkling.runs.checkpoint_file import CheckpointInfo
from inkling.runs.run_file import RunError
from inkling.server.limits import LimitError
from inkling.ui import services, session_keys, visitor
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets import data_choice

EXPANDED = 2  # number of runs outside of the expander
INTERRUPTED = (
    "Inkling, or its process that trained this run, ended while it went on. How it stood was on "
    "the disk: it goes on from there, and comes to the same weights as if nothing had happened."
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
        with st.container(horizontal=True, vertical_alignment="center"):
            when = datetime.fromtimestamp(identity.created).strftime("%d %b %Y, %H:%M")
            progress = f"after epoch {info.epoch:.1f} of {info.config.epochs}"
            st.markdown(
                f"**{escape_markdown(identity.name)}** was interrupted "
                f"{progress if info.step_count else 'in its beginning'}"
                f"  \n:small[{info.config.architecture} · "
                f"{escape_markdown(info.fingerprint.name)} · begun {when}]",
                width="stretch",
                help=INTERRUPTED,
            )
            resume = st.button(
                "Go on",
                key=f"go_on_{identity.id}",
                disabled=busy,
                help="One run at a time: stop the other, or wait until it ends." if busy else None,
            )
            with st.popover("Drop"):
                st.markdown("What it learned so far is gone then.")
                st.button("Drop it", key=f"drop_{identity.id}", on_click=_drop, args=(identity.id,))
        if resume:
            _resume(info)


def _resume(info: CheckpointInfo) -> None:
    """Queue an interrupted run and select it, or draw why that is impossible."""
    if info.config.data not in services.datasets().names:
        st.error(
            f"This run learned from {escape_markdown(info.fingerprint.name)}, which cannot be had "
            "at the moment. Nothing of it is lost: it can go on as soon as those digits are "
            "here again."
        )
        return
    dataset = data_choice.load_dataset(info.config.data)
    try:
        with st.spinner("Taking it up again…"):
            job = services.queue().resume_interrupted(info.identity.id, dataset)
    except (RunError, LimitError) as error:
        st.error(escape_markdown(str(error)))
    except OSError as error:
        st.error(
            f"This run cannot go on: its folder cannot be written ({error.strerror or error}). "
            "Make the folder that RUNS_DIR names writable, and try again."
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
        st.toast(f"This run cannot be dropped: {error.strerror or error}.")
