"""Charts of each layer of a run: gradient norms, dead or saturated units, weights."""

import zlib
from collections.abc import Sequence

import streamlit as st
from plotly.graph_objects import Figure

from inkling.charts import layers, style
from inkling.lessons.content import section
from inkling.ui.widgets.chart import chart
from nn import Network, TrainRecord

DEAD = (
    "Share of each hidden layer's units, or filters, that are dead (a ReLU that is off for "
    "all of 1,000 training images) or saturated (at the flat end of its curve): hardly any "
    "gradient passes them, so they hardly learn."
)
WEIGHTS = (
    "How many weights of each layer have which value now. They start as a narrow bell and "
    "spread as the network learns."
)


def show(history: Sequence[TrainRecord], network: Network | None, run_id: str) -> None:
    """Draw the three charts.

    Parameters
    ----------
    history : sequence of TrainRecord
    network : Network or None
        Current weights; None before the first record.
    run_id : str
    """
    if not history or network is None:
        st.caption("The charts appear after the first few batches.")
        return
    gradient, dead = _line_charts(run_id, len(history), history, network)
    left, middle, right = st.container(key="layers").columns(3)
    with left:
        st.markdown(
            "**Gradient of each layer**", help=section("help/train", "Gradient of each layer")
        )
        chart(
            gradient,
            config=style.CONFIG,
            key=f"gradients_{run_id}",
            alt="Length of the gradient of each layer against epochs",
        )
    with middle:
        st.markdown("**Dead or saturated units**", help=DEAD)
        if history[-1].layer_dead_shares:
            chart(
                dead,
                config=style.CONFIG,
                key=f"dead_{run_id}",
                alt="Share of dead or saturated units of each hidden layer against epochs",
            )
        else:
            st.caption("This network has no hidden layer.")
    with right:
        st.markdown("**Weights of each layer**", help=WEIGHTS)
        chart(
            _weight_chart(zlib.crc32(network.theta.data), network),
            config=style.CONFIG,
            key=f"weights_{run_id}",
            alt="Histogram of the weights of each layer",
        )


@st.cache_resource(max_entries=20, show_spinner=False)
def _line_charts(
    run_id: str, records: int, _history: Sequence[TrainRecord], _network: Network
) -> tuple[Figure, Figure]:
    """Return the charts of gradient norms and of dead units, made once for so many records."""
    return layers.gradient_chart(_history, _network), layers.dead_chart(_history, _network)


@st.cache_resource(max_entries=20, show_spinner=False)
def _weight_chart(checksum: int, _network: Network) -> Figure:
    """Return the histogram of weights, made once for weights with this checksum."""
    return layers.weight_chart(_network)
