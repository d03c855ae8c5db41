"""What each step shows: its numbers as pictures, and what can be chosen in them."""

# ruff: noqa: RUF001 - minus and times are written as people write them

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from inkling.charts import inside
from inkling.charts.number_format import format_number, power_of_ten
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.components.pixel_map import pixel_map, signed_picture
from inkling.ui.components.readout import Readout
from inkling.ui.components.unit_bars import unit_bars
from inkling.ui.inside.notation import factor
from inkling.ui.inside.scene import (
    ACTIVATIONS,
    AFTER,
    CHECK,
    DELTA,
    GRADIENT,
    LAYER,
    LOSS,
    PIXELS,
    SOURCES,
    SUMS,
    UPDATE,
    Scene,
    keep_source,
    keep_unit,
    layer_name,
)
from nn.activations import NormalizedSigmoid
from nn.losses import CrossEntropy

ETAS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
EXPONENTS = range(-1, -11, -1)  # of epsilon
_FEW_DIGITS = 3  # fewer than these are no agreement
PICK = (
    "Click one to look at its weight: the steps back and the check are about it, too. Point at "
    "one, or go along with the arrow keys, to read its numbers below."
)

_MAP, _BARS = "inside_digit_map", "inside_digit_bars"
_ETA = "inside_digit_eta"
_EPSILON = "inside_digit_epsilon"
_LAYER_BOX = "inside_digit_layer_box"
_UNIT_BOX, _SOURCE_BOX = "inside_digit_unit_box", "inside_digit_source_box"
_ROW_BOX, _COLUMN_BOX = "inside_digit_row_box", "inside_digit_column_box"


def _box(label: str, most: int, key: str, value: int, keep: Callable[[int], None]) -> None:
    """Draw a box for a whole number from 0 on, which shows what is chosen elsewhere, too."""
    st.session_state[key] = value

    def changed() -> None:
        keep(int(st.session_state[key]))

    st.number_input(label, 0, most, key=key, on_change=changed, width=150)


def _pick_unit(scene: Scene, noun: str = "Unit") -> None:
    units = len(scene.walk.layers[scene.layer].b)
    if scene.is_output:
        noun = noun.replace("Unit", "Output").replace("unit", "output")
    _box(
        f"{noun}, 0 to {units - 1}",
        units - 1,
        _UNIT_BOX,
        scene.unit,
        lambda unit: keep_unit(scene, unit),
    )


def _pick_weight(scene: Scene, *, any_layer: bool = False) -> None:
    """Draw boxes for where a weight comes from and where it leads; for its layer, if asked."""
    layers = len(scene.walk.layers)
    if any_layer and layers > 1:
        st.session_state[_LAYER_BOX] = scene.layer

        def changed() -> None:
            st.session_state[LAYER] = st.session_state[_LAYER_BOX]

        st.pills(
            "A weight that leads to",
            range(layers),
            key=_LAYER_BOX,
            required=True,
            wrap=True,
            format_func=lambda layer: layer_name(layer, layers).capitalize(),
            on_change=changed,
        )
    with st.container(horizontal=True):
        if scene.layer == 0:
            height, width = scene.walk.image.shape
            row, column = divmod(scene.source, width)
            _box(
                "From row",
                height - 1,
                _ROW_BOX,
                row,
                lambda row: keep_source(scene, row * width + column),
            )
            _box(
                "and column",
                width - 1,
                _COLUMN_BOX,
                column,
                lambda column: keep_source(scene, row * width + column),
            )
        else:
            most = len(scene.walk.layers[scene.layer].X) - 1
            _box(
                f"From unit, 0 to {most}",
                most,
                _SOURCE_BOX,
                scene.source,
                lambda source: keep_source(scene, source),
            )
        _pick_unit(scene, "To unit")


def _pick_eta() -> float:
    return float(
        st.select_slider(
            "Eta (learning rate)",
            ETAS,
            value=0.1,
            key=_ETA,
            format_func=lambda eta: f"{eta:g}",
            persist_state="session",
        )
    )


def _plot(figure: go.Figure, name: str, alt: str) -> None:
    st.plotly_chart(
        figure, config={"displayModeBar": False}, key=f"inside_digit_chart_{name}", alt=alt
    )


def _draw_pixels(scene: Scene) -> None:
    image, first = scene.walk.image, scene._replace(layer=0)
    st.markdown("**What the network gets**")
    pixel_map(
        picture_url(image),
        image.shape,
        Readout(
            ("", " in the file, "), (image.ravel(), scene.walk.layers[0].X), " for the network"
        ),
        label="The pixels of the digit",
        key=_MAP,
        chosen=st.session_state[SOURCES].get((scene.model_id, 0)),
        on_pick=lambda pixel: keep_source(first, pixel),
        hint="Point at a pixel to read it. Click one to look at its weights in the next steps.",
    )


def _draw_sums(scene: Scene) -> None:
    values = scene.walk.layers[scene.layer]
    _pick_unit(scene)
    st.markdown(f"**What pushed {scene.unit_name}** up, in blue, or down, in orange", help=PICK)
    contributions = scene.walk.contributions(scene.layer, scene.unit)
    weights = values.W[:, scene.unit]
    _draw_inputs(
        scene,
        contributions,
        Readout(("", " × weight ", " = "), (values.X, weights, contributions)),
    )
    noun = "logits" if scene.is_output else f"weighted sums of {scene.layer_name}"
    st.markdown(f"**All {noun}**")
    _draw_units(scene, values.Z, "units")


def _draw_activations(scene: Scene) -> None:
    values = scene.walk.layers[scene.layer]
    _pick_unit(scene)
    st.markdown("**The sums**")
    _draw_units(scene, values.Z, "sums")
    st.markdown("**What becomes of them**")
    _draw_units(scene, values.A, "units")


def _draw_loss(scene: Scene) -> None:
    walk = scene.walk
    A = walk.layers[-1].A
    if isinstance(walk.loss, CrossEntropy):
        st.markdown(f"**The loss is {format_number(walk.loss_value)}**")
        _plot(
            inside.cross_entropy_chart(float(A[walk.label])),
            "loss",
            "The loss against the probability of the right digit, with the place of this digit",
        )
        return
    st.markdown(f"**The loss is {format_number(walk.loss_value)}**: what each output adds to it")
    target = (np.arange(len(A)) == walk.label).astype(A.dtype)
    terms = (A - target) ** 2 / 2
    unit_bars(
        terms,
        name="digit",
        label="What each output adds to the loss",
        key=f"{_BARS}_loss",
        readout=Readout(("(", " − ", ")² / 2 = "), (A, target, terms)),
    )


def _draw_delta(scene: Scene) -> None:
    walk, values = scene.walk, scene.walk.layers[scene.layer]
    _pick_unit(scene)
    if not scene.is_output:
        above = walk.layers[scene.layer + 1]
        st.markdown(f"**What comes back to {scene.unit_name}** from each unit above")
        sent = walk.sent_back(scene.layer, scene.unit)
        unit_bars(
            sent,
            name="digit" if scene.layer + 2 == len(walk.layers) else "unit",
            label=f"What each unit above sends back to {scene.unit_name}",
            key=f"{_BARS}_sent_back",
            readout=Readout(
                ("delta ", " × weight ", " = "), (above.delta, above.W[scene.unit], sent)
            ),
        )
    st.markdown(f"**The deltas of {scene.layer_name}**")
    _draw_units(scene, values.delta, "units")


def _draw_gradient(scene: Scene) -> None:
    values = scene.walk.layers[scene.layer]
    _pick_weight(scene)
    st.markdown(f"**Gradient of each weight into {scene.unit_name}**", help=PICK)
    gradients = values.dW[:, scene.unit]
    delta = np.full_like(values.X, values.delta[scene.unit])
    _draw_inputs(scene, gradients, Readout(("", " × delta ", " = "), (values.X, delta, gradients)))


def _draw_update(scene: Scene) -> None:
    values = scene.walk.layers[scene.layer]
    _pick_weight(scene, any_layer=True)
    eta = _pick_eta()
    update = scene.walk.update(scene.layer, scene.source, scene.unit, eta)
    st.markdown(
        f"From {scene.source_name} to {scene.unit_name}: the weight was "
        f"{format_number(update.before)} and becomes "
        f"{format_number(update.before)} − {eta:g} × {factor(update.gradient)} = "
        f"**{format_number(update.after)}**."
    )
    st.markdown(f"**How each weight into {scene.unit_name} changes**", help=PICK)
    weights, gradients = values.W[:, scene.unit], values.dW[:, scene.unit]
    changes = -eta * gradients
    _draw_inputs(
        scene,
        changes,
        Readout(("weight ", ", gradient ", ", changes by "), (weights, gradients, changes)),
    )


def _draw_after(scene: Scene) -> None:
    walk = scene.walk
    after = walk.after_step(_pick_eta())
    if not (np.isfinite(after.loss) and np.isfinite(after.probabilities).all()):
        st.warning("With this eta, the numbers grow past what the computer can hold.")
        return
    worse = ", which is **more**: the step went too far" if after.loss > walk.loss_value else ""
    st.markdown(
        f"The {walk.label} had {format_number(100 * walk.probabilities[walk.label])}% and has "
        f"{format_number(100 * after.probabilities[walk.label])}% now. The loss was "
        f"{format_number(walk.loss_value)} and is **{format_number(after.loss)}**{worse}."
    )
    _plot(
        inside.before_and_after_chart(walk.probabilities, after.probabilities),
        "after",
        "The probability of each digit before and after the step",
    )


def _draw_check(scene: Scene) -> None:
    _pick_weight(scene, any_layer=True)
    exponent = st.select_slider(
        "How far the weight is moved, ε",
        EXPONENTS,
        value=-4,
        key=_EPSILON,
        format_func=power_of_ten,
        persist_state="session",
    )
    epsilons = [10.0**k for k in EXPONENTS]
    checks = scene.walk.checks(scene.layer, scene.source, scene.unit, epsilons)
    chosen = EXPONENTS.index(exponent)
    found, best = checks[chosen], max(check.digits for check in checks)
    st.markdown(
        f"|From {scene.source_name} to {scene.unit_name}|dL/dw|\n|:--|--:|\n"
        f"|By backpropagation|`{format_number(found.analytic, 13)}`|\n"
        f"|By moving the weight|`{format_number(found.numerical, 13)}`|"
    )
    if found.analytic == found.numerical == 0:
        st.markdown(
            "**Both are 0.** Nothing comes in through this weight, or nothing comes back from its "
            "unit, so this digit has nothing to say about it."
        )
        return
    count = int(found.digits)
    st.markdown(
        f"**{count} {'digit agrees' if count == 1 else 'digits agree'}**"
        + ("" if count == int(best) else f", and {int(best)} at the best distance")
        + _verdict(scene, best)
    )
    _plot(
        inside.gradient_agreement_chart(EXPONENTS, [check.digits for check in checks], chosen),
        "check",
        "How many digits agree, against how far the weight is moved",
    )


def _verdict(scene: Scene, best: float) -> str:
    """Say what the digits mean that agree."""
    if best >= _FEW_DIGITS:
        return (
            ". Moved far, the loss bends on the way; moved hardly at all, the two losses differ "
            "only in their last digits, and a computer keeps about 16."
        )
    if isinstance(scene.walk.layers[-1].activation, NormalizedSigmoid):
        return (
            ": this network reproduces an experiment whose published derivative leaves a part of "
            "the formula out."
        )
    return ": this gradient is so small that rounding hides it. Try another weight."


def _draw_inputs(scene: Scene, values: np.ndarray, readout: Readout) -> None:
    """Draw a number for each input of a layer, as an image where these are pixels.

    A click chooses the input that the weight comes from.
    """
    what = f"A number for each input of {scene.unit_name}, blue above 0 and orange below"

    def pick(source: int) -> None:
        keep_source(scene, source)

    if scene.layer > 0:
        unit_bars(
            values,
            name="unit",
            label=what,
            key=f"{_BARS}_inputs",
            readout=readout,
            chosen=scene.source,
            on_pick=pick,
        )
        return
    shape = scene.walk.image.shape
    pixel_map(
        signed_picture(values.reshape(shape)),
        shape,
        readout,
        label=what,
        key=_MAP,
        chosen=scene.source,
        on_pick=pick,
    )


def _draw_units(scene: Scene, values: np.ndarray, name: str) -> None:
    """Draw a number for each unit of the layer, the chosen one marked; a click chooses another."""
    noun = "digit" if scene.is_output else "unit"
    unit_bars(
        values,
        name=noun,
        label=f"A number for each {noun}, blue above 0 and orange below",
        key=f"{_BARS}_{name}",
        chosen=scene.unit,
        on_pick=lambda unit: keep_unit(scene, unit),
    )


DRAW: dict[str, Callable[[Scene], None]] = {
    PIXELS: _draw_pixels,
    SUMS: _draw_sums,
    ACTIVATIONS: _draw_activations,
    LOSS: _draw_loss,
    DELTA: _draw_delta,
    GRADIENT: _draw_gradient,
    UPDATE: _draw_update,
    AFTER: _draw_after,
    CHECK: _draw_check,
}
"""What draws each kind of step."""
