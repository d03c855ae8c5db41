"""The network of a run at a glance: a digit, the first layer's weights, and the ten outputs."""

import numpy as np
import streamlit as st

from inkling.analysis.hidden_layers import hidden_activations
from inkling.analysis.unit_importance import weight_images
from inkling.charts.weight_images import opaque_weight, weight_image
from inkling.data.image_ref import with_article
from inkling.data.unseen_images import UnseenImages
from inkling.lessons.content import section
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.components.probability_bars import probability_bars
from nn import Network
from nn.diagnosis import is_finite

SHOWN_DIGIT = 5  # or another one, if there is none
SHOWN_UNITS = 24
_COLUMNS = 8
_FILTER_COLUMNS = 12  # filters are smaller pictures


def show(network: Network, unseen: UnseenImages, key: str) -> None:
    """Draw the network.

    Parameters
    ----------
    network : Network
    unseen : UnseenImages
        Images that the network does not learn from; the first 5 among them is shown to it.
    key : str
        Of the bars.
    """
    place = int((unseen.examples.labels == SHOWN_DIGIT).argmax())
    image, label = unseen.examples.images[place], int(unseen.examples.labels[place])
    P = network.predict_proba(image[None])[0]
    with st.container(key="network_view", border=True):
        digit, weights, outputs = st.columns([3, 11, 7], gap="medium", vertical_alignment="center")
        with digit:
            st.image(picture_url(image, 4), width=112, alt=with_article(label))
            st.caption(f"{with_article(label).capitalize()} that the network never trains on")
        with weights:
            _show_weights(network)
            if network.filters:
                _show_feature_maps(network, image)
        with outputs:
            probability_bars(P if is_finite(network, P) else None, key)


def _show_weights(network: Network) -> None:
    """Draw the weights of the first units or filters of the first layer."""
    weights = weight_images(network, 0)
    shown = weights[:, :SHOWN_UNITS]
    units, all_units = shown.shape[1], weights.shape[1]
    columns = min(_FILTER_COLUMNS if network.filters else _COLUMNS, units)
    noun, help_name = "hidden units", "Weights of the first layer"
    pushed = "a unit"
    if network.filters:
        noun, help_name = "filters", "Filters of the first convolution"
        pushed = "a sum"
    elif network.architecture.depth == 1:
        noun = "outputs"
    count = f"{units} of {all_units:,}" if units < all_units else f"the {units}"
    st.image(
        weight_image(shown, opaque_weight([shown]), columns),
        width="stretch",
        alt=f"The weights of {units} {noun}: blue above 0, orange below",
    )
    st.caption(
        f"Weights of {count} {noun}: ink on **blue** pushes {pushed} up, ink on **orange** "
        "pushes it down.",
        help=section("help/train", help_name),
    )


def _show_feature_maps(network: Network, image: np.ndarray) -> None:
    """Draw what the first filters make of the image."""
    with np.errstate(over="ignore", invalid="ignore"):
        A = hidden_activations(network, 0, image[None])[:SHOWN_UNITS, ..., 0]
    maps = A.reshape(len(A), -1).T
    st.image(
        weight_image(maps, opaque_weight([maps]), min(_FILTER_COLUMNS, len(A))),
        width="stretch",
        alt=f"{len(A)} feature maps of the digit",
    )
    st.caption(
        f"What each of them makes of the digit: feature maps of {A.shape[1]} × {A.shape[2]}.",
        help=section("help/train", "Feature maps"),
    )
