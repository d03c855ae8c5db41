"""What a run looks like: its curves, and what it says to a few digits."""

from collections.abc import Sequence

import streamlit as st
from plotly.graph_objects import Figure

from inkling.charts import style, training
from inkling.runs.run import Run
from inkling.ui.widgets import controls
from nn import Network, TrainConfig, TrainRecord
from nn.training import HasTrainTest, train_validation_split

SAMPLES = 10
COST = (
    "Training makes it fall. The dotted line is measured on the images that the network learns "
    "from, the other one on 5,000 that are held back: where the two part, the network learns its "
    "own images by heart."
)
ACCURACY = "The share of images whose digit the network names right."


def curves(history: Sequence[TrainRecord], epochs: float, run_id: str = "") -> None:
    """Draw cost and accuracy, side by side where there is room.

    Parameters
    ----------
    history : sequence of TrainRecord
        Records of the run, or the first of them while it goes on.
    epochs : float
        Where the axis ends.
    run_id : str
        The figures of a run of so many records are made once.
    """
    cost, accuracy = _figures(run_id, len(history), epochs, history)
    left, right = st.columns(2)
    with left:
        st.markdown("**Cost**, how wrong it is", help=COST)
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


def curves_of(run: Run) -> None:
    """Draw cost and accuracy of a run that has ended; one that was stopped ends where it did."""
    info = run.info
    curves(run.history, info.config.epochs if info.status == "done" else info.epochs, info.id)


@st.cache_resource(max_entries=100, show_spinner=False)
def _figures(
    run_id: str, records: int, epochs: float, _history: Sequence[TrainRecord]
) -> tuple[Figure, Figure]:
    """Return both charts of the first records of a run, made once.

    Most looks find nothing new, and Plotly is slow: while it works it holds the training up, for
    only one thread at a time can run Python.
    """
    return training.cost_chart(_history, epochs), training.accuracy_chart(_history, epochs)


def samples(network: Network | None, config: TrainConfig, dataset: HasTrainTest) -> None:
    """Draw a few digits that a network does not learn from, with its answers so far."""
    if network is None:
        return
    _, held_back = train_validation_split(dataset, config)
    unseen = held_back if len(held_back.labels) else dataset.test
    st.markdown("**What it says to ten digits that it does not learn from**")
    controls.answer_row(network, unseen.images[:SAMPLES], unseen.labels[:SAMPLES], width=56)
