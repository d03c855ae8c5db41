"""Break it: ablation controls, the accuracy that is left, and images with another answer."""

import time
from dataclasses import replace
from typing import Any, NamedTuple

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
from inkling.charts.accuracy_level import level
from inkling.charts.number_format import percent
from inkling.data.image_ref import ImageRef
from inkling.data.unseen_images import UnseenImages
from inkling.lessons.content import section
from inkling.server.models import Model
from inkling.ui.components.accuracy_curve import accuracy_curve
from inkling.ui.components.digit_grid import GridCell, GridStyle, digit_grid
from inkling.ui.components.slider_follower import slider_follower
from inkling.ui.inside.layout import create_damage_layout
from inkling.ui.inside.unit_importance import OPEN_HINT, open_in_inside, unit_report
from inkling.ui.widgets import overflow
from inkling.ui.widgets.address import read_choice, write_choice
from nn import Network
from nn.diagnosis import is_finite
from nn.training import LabelledImages

IMAGES = 2_000  # enough to tell half a point of accuracy, and few enough to answer at once
MAX_SHOWN = 24  # digits whose answer changed
CURVE_SECONDS = 0.15  # spent on missing points of the curve in one run, but for the first of them
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
NUMBERS = (
    "The percentage in the network's name is its accuracy on the 10,000 test images. Those are "
    "other images, so the two numbers differ."
)
_OVERFLOW = "Its numbers overflowed, so it has no answers any more."
_EXPLANATIONS = {  # of one kind of ablation: why accuracy remains, and why it does not
    "switched_off": (
        "many {units} have learned much the same, so the others replace those that are missing.",
        "so many {units} are missing that the rest cannot replace them.",
    ),
    "without_biases": (
        "the weights do nearly all of the work, and a bias only shifts where a unit switches on.",
        "this network relies on its biases to put its sums where they make a difference.",
    ),
    "weight_noise": (
        "each sum has {terms:,} terms or more, in which random errors mostly cancel.",
        "errors as large as these no longer cancel in the sums.",
    ),
    "bits": (
        "a weight only needs to be about right. Networks on phones are rounded like this.",
        "the largest weight sets the steps, and {lost} of all weights round to 0.",
    ),
    "image_noise": (
        "random specks favour no digit in particular.",
        "it never saw noise in training, and mistakes specks for strokes.",
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
_MOVED = "inside_damage_moved"  # key of a slider that is dragged, and its number
_FOLLOWER = "inside_damage_follower"
_CURVE = "inside_damage_curve_of"  # key of the slider that the curve is about

_LINKED: dict[str, tuple[str, dict[str, Any]]] = {
    "off": (_SWITCHED_OFF, {str(share): share for share in range(0, 101, 5)}),
    "which": (_SELECTION, {name.lower(): name for name in SELECTIONS}),
    "weight-noise": (_WEIGHT_NOISE, {str(share): share for share in range(0, 301, 10)}),
    "bits": (_BITS, {str(bits): bits for bits in BITS[::-1]}),
    "image-noise": (_IMAGE_NOISE, {str(share): share for share in range(0, 101, 5)}),
    "biases": (_BIASES, {"kept": False, "dropped": True}),
    "seed": (_SEED, {str(seed): seed for seed in range(1000)}),
}
"""For each parameter of the address the key of a widget, and its values by name, the usual first.
"""
PARAMETERS = tuple(_LINKED)


class Damage(NamedTuple):
    """A slider, and the axis of its curve.

    Attributes
    ----------
    field : str
        Of `Ablation`.
    key : str
        Of the slider in the session.
    name : str
        What the curve is about, with ``{units}`` for what the parts of hidden layers are called.
    values : tuple of float
        Values of the field at the points of the curve.
    ticks : tuple of (int, str)
        Places among these values, and their labels below the axis.
    """

    field: str
    key: str
    name: str
    values: tuple[float, ...]
    ticks: tuple[tuple[int, str], ...]

    def place(self, ablation: Ablation) -> float:
        """Return where an ablation is on the axis, in points from its beginning."""
        value = getattr(ablation, self.field)
        if self.field == "bits":
            return self.values.index(value)
        return float(value / self.values[1])

    def at(self, ablation: Ablation, place: int) -> Ablation:
        """Return an ablation with the value of a point."""
        changed: dict[str, Any] = {self.field: self.values[place]}
        return replace(ablation, **changed)


def _shares(field: str, key: str, name: str, most: int) -> Damage:
    """Return a slider in percent, with eleven points."""
    values = tuple(k * most / 1000 for k in range(11))
    return Damage(field, key, name, values, ((0, "0%"), (5, f"{most // 2}%"), (10, f"{most}%")))


DAMAGES = {
    damage.key: damage
    for damage in (
        _shares("switched_off", _SWITCHED_OFF, "{units} switched off", 100),
        _shares("weight_noise", _WEIGHT_NOISE, "noise on the weights", 300),
        Damage("bits", _BITS, "bits per weight", BITS[::-1], ((0, "32 bits"), (7, "1 bit"))),
        _shares("image_noise", _IMAGE_NOISE, "noise on the images", 100),
    )
}


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
    examples = unseen.examples
    images = Split(examples.images[:IMAGES], examples.labels[:IMAGES])
    measured = _Measured(model, unseen, images)
    intact = measured.result(Ablation())
    if not intact.finite:
        overflow.show()
        return
    layout = create_damage_layout()
    with layout.controls:
        ablation = _ablation_controls(network)
    before = measured.accuracy(Ablation())
    with layout.verdict:  # what takes long says so here
        ablated = measured.result(ablation)
        after = measured.accuracy(ablation)
        st.markdown(_verdict(network, ablation, before, after) if ablated.finite else _OVERFLOW)
    with layout.result:
        _accuracy(before, after, len(images.labels), unseen.noun)
    with layout.changed:
        _changed_images(unseen, ablation, intact, ablated, images)
    with layout.curve:
        _show_curve(measured, network, ablation)
    slider_follower(list(DAMAGES), _FOLLOWER, _follow)


class _Measured:
    """Cached effects of ablations of one network."""

    def __init__(self, model: Model, unseen: UnseenImages, images: LabelledImages) -> None:
        self._model, self._unseen, self._images = model, unseen, images

    def result(self, ablation: Ablation) -> AblationResult:
        """Return the predictions of an ablated network."""
        network, rankings = self._model.network, None
        if ablation.switched_off and ablation.selection != RANDOM:
            rankings = tuple(
                unit_report(self._model, self._unseen, depth).ranking
                for depth in range(len(network.weighted_layers) - 1)
            )
        first = self._unseen.ref(0)
        return _ablation_result(self._model.id, first, ablation, network, rankings, self._images)

    def accuracy(self, ablation: Ablation) -> float:
        """Return the accuracy of an ablated network, 0 to 1; 0 if its numbers overflowed."""
        result = self.result(ablation)
        return float(np.mean(result.answers == self._images.labels)) if result.finite else 0.0

    def curve(self, damage: Damage, ablation: Ablation) -> dict[int, float]:
        """Return the accuracies at the points of a curve measured so far, by their places."""
        return _known_curve(
            self._model.id, self._unseen.ref(0), damage.at(ablation, 0), damage.field
        )


def _show_curve(measured: _Measured, network: Network, ablation: Ablation) -> None:
    """Draw the accuracy against the damage of the slider that was moved last.

    Points that take long are left to further runs, which the curve asks for.
    """
    changed = [key for key, damage in DAMAGES.items() if damage.place(ablation)]
    usual = _SWITCHED_OFF if len(network.weighted_layers) > 1 else _WEIGHT_NOISE
    damage = DAMAGES[st.session_state.get(_CURVE, next(iter(changed), usual))]
    known = measured.curve(damage, ablation)
    place = damage.place(ablation)
    missing = sorted(set(range(len(damage.values))) - set(known), key=lambda k: abs(k - place))
    end = time.perf_counter() + CURVE_SECONDS
    while missing and time.perf_counter() < end:
        k = missing.pop(0)
        known[k] = measured.accuracy(damage.at(ablation, k))
    chosen = place, measured.accuracy(ablation)
    points = sorted([*known.items(), *([] if place in known else [chosen])])
    name = f"Accuracy against {damage.name.format(units=_units(network))}"
    st.markdown(f"**{name}**")
    accuracy_curve(
        points,
        chosen,
        damage.ticks,
        label=f"{name}: from {points[0][1]:.1%} on the left to {points[-1][1]:.1%} on the right",
        complete=not missing,
        key="inside_damage_curve_drawing",
    )


def _follow(slider: str, number: int) -> None:
    """Store the number of a slider that is dragged."""
    st.session_state[_MOVED] = slider, number
    st.session_state[_CURVE] = slider


def _released(slider: str) -> None:
    """Forget what was dragged: the slider has its value."""
    st.session_state.pop(_MOVED, None)
    st.session_state[_CURVE] = slider


def _number(slider: str, number: int, most: int) -> int:
    """Return the number of a slider while it is dragged, or the given one."""
    dragged, moved = st.session_state.get(_MOVED, ("", 0))
    return min(moved, most) if dragged == slider else number


def _ablation_controls(network: Network) -> Ablation:
    """Draw the controls; return the chosen ablation.

    The page's address names what is not as usual.
    """
    for parameter, (key, values) in _LINKED.items():
        read_choice(parameter, key, {"": next(iter(values.values())), **values})
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
    weight_noise = _share_slider("Noise on the weights", 300, 10, _WEIGHT_NOISE, WEIGHT_NOISE)
    options = BITS[::-1]
    bits = st.select_slider(
        "Bits per weight",
        options,
        FULL_PRECISION,
        key=_BITS,
        persist_state="session",
        on_change=_released,
        args=(_BITS,),
        help=PRECISION,
    )
    bits = options[_number(_BITS, options.index(bits), len(options) - 1)]
    image_noise = _share_slider("Noise on the images", 100, 5, _IMAGE_NOISE, IMAGE_NOISE)
    without_biases = st.toggle("Set biases to 0", key=_BIASES, persist_state="session", help=BIASES)
    for parameter, (key, values) in _LINKED.items():
        chosen = st.session_state.get(key, 0)
        name = next((name for name in [*values][1:] if values[name] == chosen), None)
        write_choice(parameter, key, name)
    with st.container(horizontal=True):
        st.button("Reset", on_click=_reset)
        st.button(
            "Randomise again",
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
        on_change=_released,
        args=(key,),
        disabled=disabled,
        help=explanation,
    )
    return _number(key, percentage, most) / 100


def _reset() -> None:
    """Reset every control."""
    st.session_state.pop(_MOVED, None)
    for key in (_SWITCHED_OFF, _WEIGHT_NOISE, _IMAGE_NOISE):
        st.session_state[key] = 0
    st.session_state[_BIASES] = False
    st.session_state[_BITS] = FULL_PRECISION


def _draw_new_seed() -> None:
    st.session_state[_SEED] = (st.session_state.get(_SEED, 0) + 1) % len(_LINKED["seed"][1])


def _accuracy(before: float, after: float, images: int, noun: str) -> None:
    """Draw the accuracy after the ablation, and how much that is below the one before."""
    st.metric(f"Accuracy on {images:,} {noun} images", f"{after:.1%}", help=NUMBERS)
    # Of the rounded numbers, or the three would not agree
    points = round(round(100 * after, 1) - round(100 * before, 1), 1)
    difference = f"{abs(points):.1f} percentage points {'below' if points < 0 else 'above'}"
    if points == 0:
        difference = "the same as"
    st.markdown(f"{level(after).badge} This is {difference} the intact network's {before:.1%}.")


def _verdict(network: Network, ablation: Ablation, before: float, after: float) -> str:
    """Return a sentence that explains the accuracy."""
    kinds = [name for name in _EXPLANATIONS if getattr(ablation, name) != getattr(Ablation(), name)]
    if not kinds:
        return (
            "Nothing is broken yet. Move a slider: how much can you take away before the "
            "network misreads digits?"
        )
    if after <= GUESSING:
        degree, holds = "The network only guesses now", False
    elif before - after > LARGE_DROP:
        degree, holds = "Much accuracy is lost", False
    elif before - after > SMALL_DROP:
        degree, holds = "A little accuracy is lost", True
    else:
        degree, holds = "Hardly any accuracy is lost", True
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
            GridCell(k, f"Label {images.labels[k]}, answer {answer}", answer)
            for k, answer in zip(places, captions, strict=True)
        ],
        label="Digits whose answer changed",
        key="inside_changed",
        on_pick=open_in_inside(unseen),
        style=GridStyle(min_width=54),
    )
    st.caption("The answer before, and the answer now.")


@st.cache_resource(max_entries=64, show_spinner=False)
def _known_curve(
    model_id: str, first: ImageRef, ablation: Ablation, field: str
) -> dict[int, float]:
    """Return a dictionary that is filled as the points of a curve are measured."""
    return {}


@st.cache_resource(max_entries=256, show_spinner=False)
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
