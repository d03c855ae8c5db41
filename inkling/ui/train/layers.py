"""What goes on in each layer: its gradient, its dead units, its weights."""

import zlib
from collections.abc import Sequence

import streamlit as st
from plotly.graph_objects import Figure

from inkling.charts import layers, style
from nn import Network, TrainRecord

GRADIENT = (
    "How long the gradient of each layer is: how much the last batch wants to change it. Where a "
    "lower layer's line lies far below the others, hardly anything of the error reaches it. The "
    "scale is logarithmic."
)
DEAD = (
    "Share of each hidden layer's units that are dead (a ReLU that is off for every image) or "
    "saturated (at the flat end of its curve): no gradient passes them, so they no longer learn."
)
WEIGHTS = (
    "How many of each layer's weights have which value, now. They begin as a narrow bell and "
    "spread as the network learns."
)


def show(history: Sequence[TrainRecord], network: Network | None, run_id: str) -> None:
    """Draw three charts of a run.

    Parameters
    ----------
    history : sequence of TrainRecord
    network : Network or None
        As it stands now; None before the first record.
    run_id : str
    """
    if not history or network is None:
        st.caption("As soon as the network has learned from some images, its layers are here.")
        return
    gradient, dead = _curves(run_id, len(history), history)
    left, middle, right = st.columns(3)
    with left:
        st.markdown("**Gradient of each layer**", help=GRADIENT)
        st.plotly_chart(
            gradient,
            config=style.CONFIG,
            key=f"gradients_{run_id}",
            alt="Length of the gradient of each layer against epochs",
        )
    with middle:
        st.markdown("**Dead or saturated units**", help=DEAD)
        if history[-1].layer_dead_shares:
            st.plotly_chart(
                dead,
                config=style.CONFIG,
                key=f"dead_{run_id}",
                alt="Share of dead or saturated units of each hidden layer against epochs",
            )
        else:
            st.caption("There is no hidden layer.")
    with right:
        st.markdown("**Weights of each layer**", help=WEIGHTS)
        st.plotly_chart(
            _weights(zlib.crc32(network.theta.data), network),
            config=style.CONFIG,
            key=f"weights_{run_id}",
            alt="Histogram of the weights of each layer",
        )


@st.cache_resource(max_entries=20, show_spinner=False)
def _curves(run_id: str, records: int, _history: Sequence[TrainRecord]) -> tuple[Figure, Figure]:
    """Return two charts of the first records of a run, made once: most looks find nothing new."""
    return layers.gradient_chart(_history), layers.dead_chart(_history)


@st.cache_resource(max_entries=20, show_spinner=False)
def _weights(checksum: int, _network: Network) -> Figure:
    """Return the chart of a network's weights; while it trains they change between records, too."""
    return layers.weight_chart(_network)
