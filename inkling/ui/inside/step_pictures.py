"""Pictures of the values of each step, and the controls that select a unit or a weight."""

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from inkling.charts import inside
from inkling.charts.number_format import format_number, power_of_ten
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.components.pixel_map import pixel_map, signed_image_url
from inkling.ui.components.readout import Readout
from inkling.ui.components.unit_bars import unit_bars
from inkling.ui.inside.notation import format_factor
from inkling.ui.inside.pass_step import (
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
    StepView,
    is_weight_selected,
    layer_name,
    select_source,
    select_unit,
)
from inkling.ui.widgets.chart import chart
from nn.historical import NormalizedSigmoid
from nn.losses import SoftmaxCrossEntropy, one_hot

ETAS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
EXPONENTS = range(-1, -11, -1)  # of epsilon
_MIN_DIGITS = 3  # for an agreement
PICK = (
    "Click one to follow its weight through the backward steps and the check. Point at "
    "one, or use the arrow keys, to read its numbers below."
)

_MAP, _BARS = "inside_digit_map", "inside_digit_bars"
_ETA = "inside_digit_eta"
_EPSILON = "inside_digit_epsilon"
_LAYER_BOX = "inside_digit_layer_box"
_UNIT_BOX, _SOURCE_BOX = "inside_digit_unit_box", "inside_digit_source_box"
_ROW_BOX, _COLUMN_BOX = "inside_digit_row_box", "inside_digit_column_box"


def box(label: str, most: int, key: str, value: int, keep: Callable[[int], None]) -> None:
    """Draw a box for a whole number from 0; it follows selections made elsewhere."""
    st.session_state[key] = value

    def changed() -> None:
        chosen = st.session_state[key]
        if chosen is not None:
            keep(int(chosen))

    # Without a value, or an emptied box would be a 0.
    st.number_input(label, 0, most, value=None, key=key, on_change=changed, width=150)


def _pick_unit(view: StepView, noun: str = "Unit") -> None:
    units = len(view.passes.layers[view.layer].b)
    if view.is_output:
        noun = noun.replace("Unit", "Output").replace("unit", "output")
    box(
        f"{noun}, 0 to {units - 1:,}",
        units - 1,
        _UNIT_BOX,
        view.unit,
        lambda unit: select_unit(view, unit),
    )


def pick_weight(view: StepView, *, any_layer: bool = False) -> None:
    """Draw boxes for the input and the unit of a weight; with `any_layer` also for its layer."""
    layers = len(view.passes.layers)
    if any_layer and layers > 1:
        st.session_state[_LAYER_BOX] = view.layer

        def changed() -> None:
            st.session_state[LAYER] = st.session_state[_LAYER_BOX]

        def name(layer: int) -> str:
            return layer_name(layer, view.passes.network).capitalize()

        st.pills(
            "A weight of" if view.passes.network.filters else "A weight that leads to",
            range(layers),
            key=_LAYER_BOX,
            required=True,
            wrap=True,
            format_func=name,
            on_change=changed,
        )
    with st.container(horizontal=True):
        if view.is_convolution:
            pick_filter(view)
        _pick_source(view)
        if not view.is_convolution:
            _pick_unit(view, "To unit")
    if not is_weight_selected(view):
        st.caption("Until you choose a weight, it is the one with the largest gradient.")


def pick_filter(view: StepView) -> None:
    """Draw a box for the filter of the step's convolution."""
    values = view.convolution
    f, row, column = values.place(view.unit)
    box(
        f"Filter, 0 to {len(values.W) - 1}",
        len(values.W) - 1,
        _UNIT_BOX,
        f,
        lambda f: select_unit(view, values.unit(f, row, column)),
    )


def _pick_source(view: StepView) -> None:
    """Draw a box for each axis of the place that a weight comes from."""
    shape, place = view.source_shape, view.source_place

    def select(axis: int) -> Callable[[int], None]:
        def keep(value: int) -> None:
            chosen = (*place[:axis], value, *place[axis + 1 :])
            select_source(view, int(np.ravel_multi_index(chosen, shape)))

        return keep

    if len(shape) == 1:
        labels, keys = [f"From unit, 0 to {shape[0] - 1:,}"], [_SOURCE_BOX]
    else:
        row = "Row" if view.is_convolution else "From row"
        labels = ["Feature map", row, "and column"][-len(shape) :]
        keys = [_SOURCE_BOX, _ROW_BOX, _COLUMN_BOX][-len(shape) :]
    for axis, (label, key) in enumerate(zip(labels, keys, strict=True)):
        if shape[axis] > 1:
            box(label, shape[axis] - 1, key, place[axis], select(axis))


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
    chart(figure, config={"displayModeBar": False}, key=f"inside_digit_chart_{name}", alt=alt)


def _draw_pixels(view: StepView) -> None:
    passes, first = view.passes, view._replace(layer=0)
    st.markdown("**What the network gets**")
    readout = Readout(
        ("", " in the file, "),
        (passes.image.ravel(), passes.layers[0].X.ravel()),
        " for the network",
    )

    def pick(pixel: int) -> None:
        select_source(first, pixel)

    # A weight of a filter meets many pixels.
    one_weight = not first.is_convolution
    hint = "Point at a pixel to read it."
    pixel_map(
        picture_url(passes.image),
        passes.image.shape,
        readout,
        label="The pixels of the digit",
        key=_MAP,
        chosen=st.session_state[SOURCES].get((view.model_id, 0)) if one_weight else None,
        on_pick=pick if one_weight else None,
        hint=hint + one_weight * " Click one to look at its weights in the next steps.",
    )


def _draw_sums(view: StepView) -> None:
    values = view.passes.layers[view.layer]
    _pick_unit(view)
    st.markdown(f"**What pushed {view.unit_name}** up, in blue, or down, in orange", help=PICK)
    contributions = view.passes.contributions(view.layer, view.unit)
    weights = values.W[:, view.unit]
    draw_inputs(
        view,
        contributions,
        Readout(("", " × weight ", " = "), (values.X, weights, contributions)),
    )
    noun = "logits" if view.is_output else f"weighted sums of {view.layer_name}"
    st.markdown(f"**All {noun}**")
    _draw_units(view, values.Z, "units")


def _draw_activations(view: StepView) -> None:
    values = view.passes.layers[view.layer]
    _pick_unit(view)
    st.markdown("**The sums**")
    _draw_units(view, values.Z, "sums")
    st.markdown("**After the activation**")
    _draw_units(view, values.A, "units")


def _draw_loss(view: StepView) -> None:
    passes = view.passes
    A = passes.layers[-1].A
    if isinstance(passes.loss, SoftmaxCrossEntropy):
        st.markdown(f"**The cost is {format_number(passes.loss_value)}**")
        _plot(
            inside.cross_entropy_chart(float(A[passes.label])),
            "loss",
            "The cost against the probability of the right digit, with the place of this digit",
        )
        return
    st.markdown(f"**The cost is {format_number(passes.loss_value)}**: what each output adds to it")
    labels = np.array([passes.label])
    terms, Y = passes.loss.terms(A[None], labels)[0], one_hot(labels, len(A), A.dtype)[0]
    unit_bars(
        terms,
        name="digit",
        label="What each output adds to the cost",
        key=f"{_BARS}_loss",
        readout=Readout(("output ", ", target ", ": adds "), (A, Y, terms)),
    )


def _draw_delta(view: StepView) -> None:
    passes, values = view.passes, view.passes.layers[view.layer]
    _pick_unit(view)
    if not view.is_output:
        above = passes.layers[view.layer + 1]
        st.markdown(f"**What comes back to {view.unit_name}** from each unit above")
        sent = passes.backpropagated(view.layer, view.unit)
        unit_bars(
            sent,
            name="digit" if view.layer + 2 == len(passes.layers) else "unit",
            label=f"What each unit above sends back to {view.unit_name}",
            key=f"{_BARS}_sent_back",
            readout=Readout(
                ("delta ", " × weight ", " = "), (above.delta, above.W[view.unit], sent)
            ),
        )
    st.markdown(f"**The deltas of {view.layer_name}**")
    _draw_units(view, values.delta, "units")


def _draw_gradient(view: StepView) -> None:
    values = view.passes.layers[view.layer]
    pick_weight(view)
    st.markdown(f"**Gradient of each weight into {view.unit_name}**", help=PICK)
    gradients = values.dW[:, view.unit]
    delta = np.full_like(values.X, values.delta[view.unit])
    draw_inputs(view, gradients, Readout(("", " × delta ", " = "), (values.X, delta, gradients)))


def _draw_update(view: StepView) -> None:
    values = view.passes.layers[view.layer]
    pick_weight(view, any_layer=True)
    eta = _pick_eta()
    update = view.passes.update(view.layer, view.source, view.unit, eta)
    st.markdown(
        f"{_capital(view.weight_name)}: the weight was "
        f"{format_number(update.before)} and becomes "
        f"{format_number(update.before)} − {eta:g} × {format_factor(update.gradient)} = "
        f"**{format_number(update.after)}**."
    )
    of = "of" if view.is_convolution else "into"
    st.markdown(f"**How each weight {of} {view.unit_name} changes**", help=PICK)
    weights, gradients = values.weights_of(view.unit), values.gradients_of(view.unit)
    changes = -eta * gradients
    draw_inputs(
        view,
        changes,
        Readout(("weight ", ", gradient ", ", changes by "), (weights, gradients, changes)),
    )


def _draw_after(view: StepView) -> None:
    passes = view.passes
    after = passes.prediction_after_step(_pick_eta())
    if not (np.isfinite(after.loss) and np.isfinite(after.probabilities).all()):
        st.warning("With this learning rate, the numbers overflow. Choose a smaller one.")
        return
    worse = ", which is **more**: the step went too far" if after.loss > passes.loss_value else ""
    st.markdown(
        f"The {passes.label} had {format_number(100 * passes.probabilities[passes.label])}% and "
        f"has {format_number(100 * after.probabilities[passes.label])}% now. The cost was "
        f"{format_number(passes.loss_value)} and is **{format_number(after.loss)}**{worse}."
    )
    _plot(
        inside.before_and_after_chart(passes.probabilities, after.probabilities),
        "after",
        "The probability of each digit before and after the step",
    )


def _draw_check(view: StepView) -> None:
    pick_weight(view, any_layer=True)
    exponent = st.select_slider(
        "How far the weight is moved, ε",
        EXPONENTS,
        value=-4,
        key=_EPSILON,
        format_func=power_of_ten,
        persist_state="session",
    )
    epsilons = [10.0**k for k in EXPONENTS]
    checks = view.passes.weight_checks(view.layer, view.source, view.unit, epsilons)
    chosen = EXPONENTS.index(exponent)
    found, best = checks[chosen], max(check.digits for check in checks)
    st.markdown(
        f"|{_capital(view.weight_name)}|dL/dw|\n|:--|--:|\n"
        f"|By backpropagation|`{format_number(found.analytic, 13)}`|\n"
        f"|By moving the weight|`{format_number(found.numerical, 13)}`|"
    )
    if found.analytic == found.numerical == 0:
        st.markdown(
            "**Both are 0.** Nothing comes in through this weight, or nothing comes back from its "
            "unit, so this digit does not change it."
        )
        return
    count = int(found.digits)
    st.markdown(
        f"**{count} {'digit agrees' if count == 1 else 'digits agree'}**"
        + ("" if count == int(best) else f", and {int(best)} at the best distance")
        + _verdict(view, best)
    )
    _plot(
        inside.gradient_agreement_chart(EXPONENTS, [check.digits for check in checks], chosen),
        "check",
        "How many digits agree, against how far the weight is moved",
    )


def _verdict(view: StepView, best: float) -> str:
    """Return what the number of agreeing digits means."""
    if best >= _MIN_DIGITS:
        return (
            ". Moved far, the cost bends on the way; moved hardly at all, the two costs differ "
            "only in their last digits, and a computer keeps about 16."
        )
    if isinstance(view.passes.layers[-1].activation, NormalizedSigmoid):
        return (
            ": this network reproduces an experiment whose published derivative leaves a part of "
            "the formula out."
        )
    return ": this gradient is so small that rounding hides it. Try another weight."


def draw_inputs(view: StepView, values: np.ndarray, readout: Readout) -> None:
    """Draw a number for each weight of a unit, as an image where neighbours belong together.

    Of several images, feature maps, bars show the sum of each, and the chosen one is drawn. A click
    chooses the weight.
    """
    what = f"A number for each input of {view.unit_name}, blue above 0 and orange below"
    *maps, rows, columns = (1, *view.source_shape)

    def pick(source: int) -> None:
        select_source(view, source)

    if len(view.source_shape) == 1:
        unit_bars(
            values,
            name="unit",
            label=what,
            key=f"{_BARS}_inputs",
            readout=readout,
            chosen=view.source,
            on_pick=pick,
        )
        return
    size, first, shown = rows * columns, 0, view.source
    if maps[-1] > 1:
        chosen, shown = divmod(view.source, size)
        first = chosen * size
        unit_bars(
            values.reshape(-1, size).sum(axis=1),
            name="feature map",
            label=f"The sum of these numbers for each feature map, for {view.unit_name}",
            key=f"{_BARS}_inputs",
            chosen=chosen,
            on_pick=lambda m: pick(m * size + shown),
        )
        st.markdown(f"**Feature map {chosen}**")
    part = slice(first, first + size)
    pixel_map(
        signed_image_url(values[part].reshape(rows, columns)),
        (rows, columns),
        readout._replace(values=tuple(column[part] for column in readout.values)),
        label=what,
        key=_MAP,
        chosen=shown,
        on_pick=lambda place: pick(first + place),
    )


def _capital(text: str) -> str:
    """Return a text with a capital first letter."""
    return text[0].upper() + text[1:]


def _draw_units(view: StepView, values: np.ndarray, name: str) -> None:
    """Draw a number for each unit of the layer, the chosen one marked; a click chooses another."""
    noun = "digit" if view.is_output else "unit"
    unit_bars(
        values,
        name=noun,
        label=f"A number for each {noun}, blue above 0 and orange below",
        key=f"{_BARS}_{name}",
        chosen=view.unit,
        on_pick=lambda unit: select_unit(view, unit),
    )


DRAW: dict[str, Callable[[StepView], None]] = {
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
"""Function that draws each kind of step."""
