"""Charts of cost and accuracy of a run."""

from collections.abc import Sequence

import streamlit as st
from plotly.graph_objects import Figure

from inkling.charts import style, training
from inkling.lessons.content import section
from inkling.runs.run import Run
from nn import TrainRecord

ACCURACY = "The share of images whose digit the network names right."


def show_curves(history: Sequence[TrainRecord], epochs: float, run_id: str = "") -> None:
    """Draw the charts of cost and accuracy against epochs.

    Parameters
    ----------
    history : sequence of TrainRecord
        Records of the run, or the first of them while it is active.
    epochs : float
        End of the axis.
    run_id : str
        Key of the cache, together with the number of records.
    """
    cost, accuracy = _figures(run_id, len(history), epochs, history)
    left, right = st.columns(2)
    with left:
        st.markdown("**Cost**, how wrong it is", help=section("help/train", "Cost"))
        st.plotly_chart(
            cost,
            config=style.CONFIG,
            key=f"cost_{run_id}",
            alt="Cost on training and validation images against epochs",
        )
    with right:
        st.markdown("**Accuracy**, how often right", help=ACCURACY)
        st.plotly_chart(
            accuracy,
            config=style.CONFIG,
            key=f"accuracy_{run_id}",
            alt="Share of right answers on training and validation images against epochs",
        )


def show_run_curves(run: Run) -> None:
    """Draw the charts of a finished run; those of a stopped run end where it was stopped."""
    info = run.info
    show_curves(run.history, info.config.epochs if info.status == "done" else info.epochs, info.id)


@st.cache_resource(max_entries=100, show_spinner=False)
def _figures(
    run_id: str, records: int, epochs: float, _history: Sequence[TrainRecord]
) -> tuple[Figure, Figure]:
    """Return both charts of the first records of a run, cached.

    Most polls find no new record, and Plotly is slow: it holds Python's interpreter lock, which
    the training of other runs needs, too.
    """
    return training.cost_chart(_history, epochs), training.accuracy_chart(_history, epochs)
