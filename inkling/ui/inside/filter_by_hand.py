"""A filter by hand in the place of a learned one: its feature map and the answer, on one digit."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from inkling.analysis.filter_by_hand import (
    HAND_FILTERS,
    first_feature_maps,
    hand_filter,
    hand_filter_names,
    with_filter,
)
from inkling.charts.inside import before_and_after_chart
from inkling.charts.number_format import percent
from inkling.server.models import Model
from inkling.ui.components.number_grids import NumberGrid, number_grids
from inkling.ui.components.pixel_map import pixel_map, signed_image_url
from inkling.ui.components.readout import Readout
from inkling.ui.inside.layout import create_pair
from inkling.ui.widgets import network_choice, overflow
from inkling.ui.widgets.chart import chart
from inkling.ui.widgets.digit_picker import PickedImage
from nn import Network
from nn.diagnosis import is_finite

LEARNED = "As learned"
MAX_WEIGHT = 100.0

_FILTER = "inside_hand_filter"  # the chosen filter
_CELL = "inside_hand_cell"  # its chosen weight
_WRITTEN = "inside_hand_written"  # (model, filter) -> WrittenFilter
_NAME_BOX = "inside_hand_name_box"
_WEIGHT_BOX, _BIAS_BOX = "inside_hand_weight_box_", "inside_hand_bias_box_"  # and _CHOICES
_CHOICES = "inside_hand_choices"  # how often something was chosen: new boxes drop refused text


class WrittenFilter(NamedTuple):
    """What the visitor put in: a name or None once a weight was edited, weights, and bias."""

    name: str | None
    weights: np.ndarray
    bias: float


@st.fragment
def show(model: Model, digit: PickedImage | None) -> None:
    """Draw the choice of a filter, its weights, its feature map and the answer to a digit.

    Parameters
    ----------
    model : Model
    digit : PickedImage or None
    """
    network = model.network
    if not network.filters:
        st.info(
            "This network has no filters: all its layers are dense. Choose a convolutional network "
            "above, or train one."
        )
        network_choice.ask_builtin_network()
        return
    if digit is None:
        st.info("Choose a digit to see what your own filter makes of it.")
        return
    before = network.predict_proba(digit.image[None])[0]
    if not is_finite(network, before):
        overflow.show()
        return
    size = network.kernel_size
    st.markdown(
        f"Each filter of convolution 1 looks at {size} × {size} pixels. Replace a learned "
        "filter by your own: how do the feature map and the answer change?"
    )
    f, written = _choose_filter(model, network)
    changed = with_filter(network, f, written.weights, written.bias)
    after = changed.predict_proba(digit.image[None])[0]
    if not is_finite(changed, after):
        overflow.show(advice="Write smaller weights, or put the learned filter back.")
        _edit_weights(model, f, written)
        return
    st.markdown(_answer(before, after, written))
    with st.container(key="inside_by_hand"):
        weights, maps, answers = st.columns([4, 5, 4], gap="large")
    with weights:
        _edit_weights(model, f, written)
    with maps:
        _draw_maps(
            first_feature_maps(network, digit.image)[f],
            first_feature_maps(changed, digit.image)[f],
            f,
            "By hand: still as learned" if written.name == LEARNED else "By hand",
        )
    with answers:
        _draw_answers(before, after)


def _choose_filter(model: Model, network: Network) -> tuple[int, WrittenFilter]:
    """Draw the choice of a filter and of what to put in its place; return both."""
    first = network.convolutions[0]
    most = len(first.b) - 1
    st.session_state[_FILTER] = min(st.session_state.get(_FILTER, 0), most)
    with st.container(horizontal=True, vertical_alignment="top"):
        f = int(
            st.number_input(
                f"Filter, 0 to {most}",
                0,
                most,
                key=_FILTER,
                on_change=_count_choice,
                persist_state="session",
                width=150,
            )
        )
        learned = WrittenFilter(LEARNED, first.W[f, 0].astype(np.float64), float(first.b[f]))
        kept = st.session_state.setdefault(_WRITTEN, {})
        written: WrittenFilter = kept.get((model.id, f), learned)
        st.session_state[_NAME_BOX] = written.name

        def put_in() -> None:
            _count_choice()
            name = st.session_state[_NAME_BOX]
            if name == LEARNED:
                kept.pop((model.id, f), None)
            elif name in HAND_FILTERS:
                weights = hand_filter(name, learned.weights)
                kept[model.id, f] = WrittenFilter(name, weights, written.bias)

        st.pills(
            "In its place",
            [LEARNED, *hand_filter_names(network.kernel_size)],
            key=_NAME_BOX,
            wrap=True,
            on_change=put_in,
            help="Each is as strong as the learned filter: the root of the sum of its "
            "squares is the same, and only the pattern differs. The bias does not "
            "change.",
        )
    return f, written


def _edit_weights(model: Model, f: int, written: WrittenFilter) -> None:
    """Draw the weights, and boxes for the chosen one and for the bias."""
    weights = written.weights
    cell = min(st.session_state.setdefault(_CELL, weights.size // 2), weights.size - 1)
    row, column = divmod(cell, len(weights))

    def choose(cell: int) -> None:
        st.session_state[_CELL] = cell
        _count_choice()

    def keep(edited: WrittenFilter) -> None:
        st.session_state[_WRITTEN][model.id, f] = edited

    choices = st.session_state.get(_CHOICES, 0)
    weight_box, bias_box = f"{_WEIGHT_BOX}{choices}", f"{_BIAS_BOX}{choices}"

    def set_weight() -> None:
        value = st.session_state[weight_box]
        if value is not None:
            edited = weights.copy()
            edited[row, column] = value
            keep(WrittenFilter(None, edited, written.bias))

    def set_bias() -> None:
        value = st.session_state[bias_box]
        if value is not None:
            keep(WrittenFilter(None, weights, value))

    st.markdown("**Its weights**", help="Click one, and write another number into the box below.")
    number_grids(
        [NumberGrid("", weights)],
        Readout(("",), (weights.ravel(),)),
        label="The weights of the filter",
        key="inside_hand_weights",
        chosen=cell,
        on_pick=choose,
    )
    st.session_state[weight_box] = _in_range(weights[row, column])
    st.session_state[bias_box] = _in_range(written.bias)
    for label, key, changed in (
        (f"Weight in row {row}, column {column}", weight_box, set_weight),
        ("Bias", bias_box, set_bias),
    ):
        st.number_input(
            f"{label}, −{MAX_WEIGHT:.0f} to {MAX_WEIGHT:.0f}",
            -MAX_WEIGHT,
            MAX_WEIGHT,
            value=None,  # so that an emptied box is not its minimum
            step=0.1,
            format="%.3f",
            key=key,
            on_change=changed,
        )


def _count_choice() -> None:
    st.session_state[_CHOICES] = st.session_state.get(_CHOICES, 0) + 1


def _in_range(value: float) -> float:
    return float(np.clip(value, -MAX_WEIGHT, MAX_WEIGHT))


def _draw_maps(learned: np.ndarray, by_hand: np.ndarray, f: int, by_hand_title: str) -> None:
    """Draw the feature map of the learned filter and that of the filter by hand."""
    limit = float(max(np.abs(learned).max(), np.abs(by_hand).max())) or 1.0
    readout = Readout(("learned ", ", by hand "), (learned.ravel(), by_hand.ravel()))
    titles = f"Feature map {f}, learned", by_hand_title
    for column, title, values, key in zip(
        create_pair("by_hand", titles),
        titles,
        (learned, by_hand),
        ("inside_hand_learned_map", "inside_hand_map"),
        strict=True,
    ):
        with column:
            pixel_map(
                signed_image_url(values, limit),
                (values.shape[0], values.shape[1]),
                readout,
                label=f"{title}: a number for each place, blue above 0 and orange below",
                key=key,
            )


def _answer(before: np.ndarray, after: np.ndarray, written: WrittenFilter) -> str:
    """Return what the network says with the filter by hand, and what it said before."""
    learned, by_hand = int(before.argmax()), int(after.argmax())
    says = f"The network answers **{by_hand}**, {percent(float(after[by_hand]))}"
    if written.name == LEARNED:
        return f"{says}."
    share = percent(float(before[learned]))
    if learned != by_hand:
        return f"{says}: no longer {learned}, which had {share}."
    return f"{says}: with the learned filter it was {share}."


def _draw_answers(before: np.ndarray, after: np.ndarray) -> None:
    """Draw the probability of each digit with the learned filter and with the filter by hand."""
    st.markdown("**Probability of each digit**")
    chart(
        before_and_after_chart(before, after),
        config={"displayModeBar": False},
        key="inside_hand_answers",
        alt="The probability of each digit with the learned filter and with the one by hand",
    )
