"""Charts of cost and accuracy of a run."""

from collections.abc import Mapping, Sequence

import streamlit as st
from plotly.graph_objects import Figure

from inkling.charts import style, training
from inkling.lessons.content import section
from inkling.runs.run import Event, Run
from inkling.ui import session_keys
from inkling.ui.widgets.chart import chart
from nn import TrainRecord

ACCURACY = "The share of images the network reads correctly."
_CURVES = {
    "cost": (
        "**Cost**, how wrong the answers are",
        section("help/train", "Cost"),
        "Cost on training and validation images against epochs",
    ),
    "accuracy": (
        "**Accuracy**",
        ACCURACY,
        "Accuracy on training and validation images against epochs",
    ),
}
"""Title, explanation and alternative text of each chart."""


def show_curves(
    history: Sequence[TrainRecord],
    epochs: float,
    run_id: str = "",
    marks: Mapping[float, str] | None = None,
) -> None:
    """Draw the charts of cost and accuracy against epochs; on a narrow screen, one of them.

    Parameters
    ----------
    history : sequence of TrainRecord
        Records of the run, or the first of them while it is active.
    epochs : float
        End of the axis.
    run_id : str
        Key of the cache, together with the number of records and the marks.
    marks : mapping of float to str, optional
        What happened, by epoch.
    """
    marks = marks or {}
    figures = _figures(run_id, len(history), epochs, tuple(marks.items()), history)
    with st.container(key=f"curves_{run_id}"):
        chosen = _choose_curve(run_id)
        for column, name, figure in zip(st.columns(2), _CURVES, figures, strict=True):
            state = "chosen" if name == chosen else "other"  # which frame.css hides
            with column, st.container(key=f"curve_{state}_{name}_{run_id}"):
                title, explanation, alt = _CURVES[name]
                st.markdown(title, help=explanation)
                chart(figure, config=style.CONFIG, key=f"{name}_{run_id}", alt=alt)


def _choose_curve(run_id: str) -> str:
    """Draw the choice between the charts, which only a narrow page shows; return the chosen one."""

    def choose() -> None:
        st.session_state[session_keys.CURVE] = st.session_state[key]

    key = f"curve_choice_{run_id}"
    st.session_state[key] = st.session_state.get(session_keys.CURVE, "accuracy")
    st.segmented_control(
        "Chart",
        list(_CURVES),
        format_func=str.capitalize,
        key=key,
        required=True,
        on_change=choose,
        label_visibility="collapsed",
    )
    return str(st.session_state[key])


def show_run_curves(run: Run) -> None:
    """Draw the charts of a finished run; those of a stopped run end where it was stopped."""
    info = run.info
    marks = event_marks(run.events, run.history)
    if info.status != "done":
        marks[info.epochs] = "stopped"
    epochs = info.config.epochs if info.status == "done" else info.epochs
    show_curves(run.history, epochs, info.id, marks)


def event_marks(events: Sequence[Event], history: Sequence[TrainRecord]) -> dict[float, str]:
    """Return the changes of the learning rate during a run, by epoch."""
    if not history or not history[-1].step:
        return {}
    epochs_per_step = history[-1].epoch / history[-1].step
    return {
        event.step * epochs_per_step: f"learning rate {event.learning_rate:g}"
        for event in events
        if event.step <= history[-1].step
    }


@st.cache_resource(max_entries=100, show_spinner=False)
def _figures(
    run_id: str,
    records: int,
    epochs: float,
    marks: tuple[tuple[float, str], ...],
    _history: Sequence[TrainRecord],
) -> tuple[Figure, Figure]:
    """Return both charts of the first records of a run, cached.

    Most polls find no new record, and Plotly is slow: it holds Python's interpreter lock, which
    the training of other runs needs, too.
    """
    return (
        training.cost_chart(_history, epochs, dict(marks)),
        training.accuracy_chart(_history, epochs, dict(marks)),
    )
