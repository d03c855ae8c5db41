"""Break it: ablation controls, the accuracy that is left, and images with another answer."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from data_loader import Split
from inkling.analysis.ablation import (
    BITS,
    FULL_PRECISION,
    LEAST,
    MOST,
    RANDOM,
    Ablation,
    ablate,
    add_noise,
    share_rounded_to_zero,
)
from inkling.charts.number_format import percent
from inkling.data.image_ref import ImageRef
from inkling.data.unseen_images import UnseenImages
from inkling.lessons.content import section
from inkling.server.models import Model
from inkling.ui.components.digit_grid import GridCell, GridStyle, digit_grid
from inkling.ui.inside.unit_importance import OPEN_HINT, open_in_inside, unit_report
from inkling.ui.widgets import overflow
from nn import Network
from nn.diagnosis import is_finite
from nn.training import LabelledImages

IMAGES = 2_000  # enough to tell half a point of accuracy, and few enough to answer at once
MAX_SHOWN = 12  # digits whose answer changed
VERDICT_HEIGHT = 136  # pixels
SELECTIONS = {"Random": RANDOM, "Unimportant": LEAST, "Important": MOST}
SMALL_DROP, LARGE_DROP = 0.01, 0.1  # accuracy lost at most
GUESSING = 0.2  # accuracy left at most

SWITCHED_OFF = "In each hidden layer. The activation of such a unit is 0 for every image."
FILTERS_OFF = SWITCHED_OFF + " So is every number of such a filter's feature map."
SELECTION = (
    "Important are those without which, one at a time, the most accuracy is lost: see **The "
    "units**."
)
BIASES = "What each unit adds to its sum, whatever the image."
WEIGHT_NOISE = (
    "A random number is added to each weight. 100%: as large as the weights of its layer are "
    "themselves, by their standard deviation."
)
PRECISION = section("help/inside", "Bits per weight")
IMAGE_NOISE = "A random number is added to each pixel. 100%: its standard deviation is full ink."
_OVERFLOW = "Its numbers grow out of bounds: it has no answers any more."
_EXPLANATIONS = {  # of one kind of ablation: why accuracy remains, and why it does not
    "switched_off": (
        "many {units} know much the same, so the others stand in for those that are missing.",
        "so many {units} are missing that the rest cannot stand in for them.",
    ),
    "without_biases": (
        "the weights do nearly all of the work, and a bias only moves where a unit begins.",
        "this network relies on its biases to put its sums where they make a difference.",
    ),
    "weight_noise": (
        "each sum has {terms:,} terms or more, in which random errors mostly cancel.",
        "errors as large as these no longer cancel in the sums.",
    ),
    "bits": (
        "a weight need only be about right. Networks on phones are rounded like this.",
        "the largest weight sets the steps, and {lost} of all weights round to 0.",
    ),
    "image_noise": (
        "specks all over the image speak for no digit in particular.",
        "it never saw noise when it learned, and takes specks for strokes.",
    ),
}

_TWO_BITS = " One bit can ruin less: it keeps the sign of every weight."
_ONE_BIT = (
    "only signs are left, so the small weights, which are most of them, are blown up. Two bits can "
    "ruin more: they round {lost} of all weights to 0."
)

_SWITCHED_OFF = "inside_off"
_SELECTION = "inside_off_choice"
_BIASES = "inside_biases"
_WEIGHT_NOISE = "inside_weight_noise"
_BITS = "inside_bits"
_IMAGE_NOISE = "inside_image_noise"
_SEED = "inside_damage_seed"


class AblationResult(NamedTuple):
    """Predicted digits (n,) int64 of an ablated network, and whether its outputs are finite."""

    answers: np.ndarray
    finite: bool


@st.fragment
def show(model: Model, unseen: UnseenImages) -> None:
    """Draw the ablation controls and their effect.

    Parameters
    ----------
    model : Model
    unseen : UnseenImages
        The first of them are classified.
    """
    network = model.network
    first, examples = unseen.ref(0), unseen.examples
    images = Split(examples.images[:IMAGES], examples.labels[:IMAGES])
    intact = _ablation_result(model.id, first, Ablation(), network, None, images)
    if not intact.finite:
        overflow.show()
        return
    left, right = st.columns([2, 3], gap="large")  # on a phone the answer is above the switches
    with right:
        ablation = _ablation_controls(network)
    with left:
        figures = st.container()
        verdict = st.container(height=VERDICT_HEIGHT, border=False)  # or what is below would move
    with verdict:  # what takes long says so here
        rankings = None
        if ablation.switched_off and ablation.selection != RANDOM:
            rankings = tuple(
                unit_report(model, unseen, depth).ranking
                for depth in range(len(network.weighted_layers) - 1)
            )
        ablated = _ablation_result(model.id, first, ablation, network, rankings, images)
        before = float(np.mean(intact.answers == images.labels))
        after = float(np.mean(ablated.answers == images.labels)) if ablated.finite else 0.0
        st.markdown(_verdict(network, ablation, before, after) if ablated.finite else _OVERFLOW)
    with figures:
        _accuracy(before, after, len(images.labels))
    _changed_images(unseen, ablation, intact, ablated, images)


def _ablation_controls(network: Network) -> Ablation:
    """Draw the controls; return the chosen ablation."""
    hidden = len(network.weighted_layers) > 1
    units_off = FILTERS_OFF if network.filters else SWITCHED_OFF
    switched_off = _share_slider(
        f"Hidden {_units(network)} switched off",
        100,
        5,
        _SWITCHED_OFF,
        units_off if hidden else "This network has no hidden units.",
        disabled=not hidden,
    )
    selection = st.segmented_control(
        "Which ones",
        list(SELECTIONS),
        default="Random",
        required=True,
        key=_SELECTION,
        persist_state="session",
        disabled=not hidden,
        help=SELECTION,
    )
    without_biases = st.toggle("Drop the biases", key=_BIASES, persist_state="session", help=BIASES)
    weight_noise = _share_slider("Noise on the weights", 300, 10, _WEIGHT_NOISE, WEIGHT_NOISE)
    bits = st.select_slider(
        "Bits per weight",
        BITS[::-1],
        FULL_PRECISION,
        key=_BITS,
        persist_state="session",
        help=PRECISION,
    )
    image_noise = _share_slider("Noise on the images", 100, 5, _IMAGE_NOISE, IMAGE_NOISE)
    with st.container(horizontal=True):
        st.button("Mend everything", on_click=_reset, type="primary")
        st.button(
            "Roll the dice again",
            on_click=_draw_new_seed,
            help="Other units at random, and other noise.",
        )
    return Ablation(
        switched_off=switched_off if hidden else 0.0,
        selection=SELECTIONS[selection],
        without_biases=without_biases,
        weight_noise=weight_noise,
        bits=bits,
        image_noise=image_noise,
        seed=st.session_state.get(_SEED, 0),
    )


def _share_slider(
    label: str, most: int, step: int, key: str, explanation: str, disabled: bool = False
) -> float:
    """Draw a slider from 0 to `most` percent; return its value divided by 100."""
    percentage = st.slider(
        label,
        0,
        most,
        0,
        step,
        format="%d%%",
        key=key,
        persist_state="session",
        disabled=disabled,
        help=explanation,
    )
    return percentage / 100


def _reset() -> None:
    """Reset every control."""
    for key in (_SWITCHED_OFF, _WEIGHT_NOISE, _IMAGE_NOISE):
        st.session_state[key] = 0
    st.session_state[_BIASES] = False
    st.session_state[_BITS] = FULL_PRECISION


def _draw_new_seed() -> None:
    st.session_state[_SEED] = st.session_state.get(_SEED, 0) + 1


def _accuracy(before: float, after: float, images: int) -> None:
    """Draw the accuracy after the ablation and before."""
    points = 100 * (after - before)
    st.metric(
        "Right answers",
        f"{after:.1%}",
        f"{points:+.1f} points",
        delta_color="normal" if abs(points) >= 0.05 else "off",
        delta_arrow="auto" if abs(points) >= 0.05 else "off",
    )
    st.caption(f"Intact, it reads {before:.1%} of {images:,} validation images right.")


def _verdict(network: Network, ablation: Ablation, before: float, after: float) -> str:
    """Return a sentence that explains the accuracy."""
    kinds = [name for name in _EXPLANATIONS if getattr(ablation, name) != getattr(Ablation(), name)]
    if not kinds:
        return "Nothing is broken yet. Move a slider: how much can go before it misreads digits?"
    if after <= GUESSING:
        degree, holds = "It only guesses now", False
    elif before - after > LARGE_DROP:
        degree, holds = "It suffers", False
    elif before - after > SMALL_DROP:
        degree, holds = "It suffers a little", True
    else:
        degree, holds = "It hardly notices", True
    if len(kinds) > 1:
        return f"**{degree}.** Try each kind of damage by itself to see which one it is."
    if kinds == ["bits"] and not holds:
        return f"**{degree}**: {_rounding_effect(network, ablation.bits)}"
    explanation = _EXPLANATIONS[kinds[0]][0 if holds else 1]
    terms = min(layer.inputs for layer in network.architecture.layer_sizes)
    return f"**{degree}**: {explanation.format(units=_units(network), terms=terms)}"


def _units(network: Network) -> str:
    """Return what the parts of its hidden layers are called."""
    if not network.filters:
        return "units"
    return "filters and units" if len(network.dense_layers) > 1 else "filters"


def _rounding_effect(network: Network, bits: int) -> str:
    """Return what rounding does to the small weights."""
    text = _ONE_BIT if bits == 1 else _EXPLANATIONS["bits"][1]
    lost = percent(share_rounded_to_zero(network, max(2, bits)))
    return text.format(lost=lost) + (_TWO_BITS if bits == 2 else "")


def _changed_images(
    unseen: UnseenImages,
    ablation: Ablation,
    intact: AblationResult,
    ablated: AblationResult,
    images: LabelledImages,
) -> None:
    """Draw images whose prediction changed, formerly correct ones first."""
    if not ablated.finite:
        return
    changed = np.flatnonzero(intact.answers != ablated.answers)
    answers = "answer" if len(changed) == 1 else "answers"
    st.markdown(f"**{len(changed):,} {answers} changed**", help=OPEN_HINT)
    if len(changed) == 0:
        st.caption("Digits whose answer changes appear here.")
        return
    was_right = intact.answers[changed] == images.labels[changed]
    places = changed[np.argsort(~was_right, kind="stable")][:MAX_SHOWN]
    captions = [f"{intact.answers[k]}→{ablated.answers[k]}" for k in places]
    digit_grid(
        add_noise(images.images, ablation)[places],
        [
            GridCell(k, f"{images.labels[k]}, said {answer}", answer)
            for k, answer in zip(places, captions, strict=True)
        ],
        label="Digits whose answer changed",
        key="inside_changed",
        on_pick=open_in_inside(unseen),
        style=GridStyle(min_width=72),
    )
    st.caption("What it said before, and what it says now.")


@st.cache_resource(max_entries=256, show_spinner="Reading the images…")
def _ablation_result(
    model_id: str,
    first: ImageRef,
    ablation: Ablation,
    _network: Network,
    _rankings: tuple[np.ndarray, ...] | None,
    _images: LabelledImages,
) -> AblationResult:
    ablated = ablate(_network, ablation, _rankings)
    P = ablated.predict_proba(add_noise(_images.images, ablation))
    answers = P.argmax(axis=1)
    answers.setflags(write=False)
    return AblationResult(answers, is_finite(ablated, P))
