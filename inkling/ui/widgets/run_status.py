"""Status of a training run: progress, warnings, and the polling interval."""

from collections.abc import Callable, Sequence

import streamlit as st

from inkling.training.job import Status, TrainingJob
from inkling.ui import services
from inkling.ui.markdown import escape_markdown
from nn import TrainRecord
from nn.diagnosis import overfitting

POLL_EARLY_LATE = (0.5, 1.0)  # seconds between two polls of a run: up to LATE_AFTER, and then
LATE_AFTER = 5.0  # seconds
POLL_SLOW = 2.0  # seconds between two polls of a run that waits behind others, or is paused


def poll_interval(job: TrainingJob) -> float | None:
    """Return the seconds until the next poll of a run; None if it has ended."""
    if services.queue().position(job) > 1 or job.status is Status.PAUSED:
        # In a class most runs wait, and polls slow the pages down. One that is paused may be
        # resumed or stopped in another tab.
        return POLL_SLOW
    if job.status not in (Status.WAITING, Status.RUNNING):
        return None
    return POLL_EARLY_LATE[bool(job.history) and job.history[-1].seconds > LATE_AFTER]


def show(job: TrainingJob) -> None:
    """Draw the progress of a run or the reason of its end, and the warnings about it."""
    _RENDERERS[job.status](job)
    if job.active and job.checkpoint_error:
        st.warning(escape_markdown(job.checkpoint_error))
    show_problem(job.history)


def show_problem(history: Sequence[TrainRecord]) -> None:
    """Draw a warning about a problem such as overfitting, if the history shows one."""
    if not history:
        return
    problem = history[-1].problem or overfitting(
        [record.train_loss for record in history], [record.validation_loss for record in history]
    )
    if problem is not None:
        st.warning(f"**{problem.sentence}** {problem.advice}")


def _show_waiting(job: TrainingJob) -> None:
    queue = services.queue()
    text = f"Number {queue.position(job)} in the queue"
    seconds = queue.seconds_until_start(job)
    if seconds is not None:
        text += f": starts in about {duration(seconds)}"
    st.progress(job.progress, f"{text}.")


def duration(seconds: float) -> str:
    """Return a rounded duration, such as "10 s", "2 min" or "1.5 h"."""
    if seconds < 55:
        return f"{max(5, 5 * round(seconds / 5))} s"
    if seconds < 55 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def _show_running(job: TrainingJob) -> None:
    if not job.history:
        st.progress(0.0, "Starting…")
        return
    st.progress(
        job.progress,
        f"Epoch {job.history[-1].epoch:.1f} of {job.config.epochs} · "
        f"{job.images_per_second:,.0f} images a second · {job.seconds_left:.0f} s left",
    )


def _show_paused(job: TrainingJob) -> None:
    if not job.history:
        st.progress(0.0, "Paused before the first batch.")
        return
    last = job.history[-1]
    steps = -(-job.training_size // job.config.batch_size)
    st.progress(
        job.progress,
        f"Paused after batch {last.step:,} of {steps * job.config.epochs:,}: cost "
        f"{last.train_loss:.3f}, accuracy {last.train_accuracy:.1%}.",
    )


def _show_stopped(job: TrainingJob) -> None:
    st.info(job.error or "Stopped before the first batch.")


def _show_failed(job: TrainingJob) -> None:
    st.error(job.error)


_RENDERERS: dict[Status, Callable[[TrainingJob], None]] = {
    Status.WAITING: _show_waiting,
    Status.RUNNING: _show_running,
    Status.PAUSED: _show_paused,
    Status.DONE: _show_running,
    Status.STOPPED: _show_stopped,
    Status.FAILED: _show_failed,
}
