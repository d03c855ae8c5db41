"""The network at one step of the passes: values and links known by then."""

import numpy as np
import streamlit as st

from inkling.analysis.layer_values import ConvolutionValues
from inkling.charts.number_format import format_number
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.components.network_drawing import (
    DrawnLayer,
    DrawnLink,
    DrawnUnit,
    network_drawing,
)
from inkling.ui.components.pixel_map import signed_image_url
from inkling.ui.inside.pass_step import (
    ACTIVATIONS,
    AFTER,
    CHECK,
    DELTA,
    FLATTEN,
    GRADIENT,
    LAYER,
    LOSS,
    PIXELS,
    POOLING,
    POOLING_BACK,
    STEP,
    SUMS,
    UNITS,
    UPDATE,
    PassStep,
    StepView,
    is_backward,
    layer_name,
    pass_steps,
    select_unit,
)

MAX_DRAWN_UNITS = 16  # of a dense layer
MAX_DRAWN_MAPS = 8  # of a convolution
_MIN_LINK_STRENGTH = 0.05  # of the strongest link between two layers; weaker ones are invisible
_KEY = "inside_digit_drawing"
_HELP = (
    "Colours are {known}, the fuller the larger. In large layers, only the units with the "
    "most effect on the next layer are drawn. Hollow circles have not been computed yet."
)
_HELP_WITH_MAPS = (
    "Squares are feature maps; a line from or to one stands for all its places together. "
    "Colours are {known}, the fuller the larger. In large layers, only the units and maps "
    "with the most effect on the next layer are drawn. Empty ones have not been computed "
    "yet."
)


def show(view: StepView) -> None:
    """Draw the units of all layers, coloured by their values at this step."""

    def pick(layer: int, unit: int) -> None:
        _follow_unit(view, layer, unit)

    what = "a unit or a feature map" if view.passes.network.filters else "a unit"
    places, values = _drawn_units(view), _known_values(view)
    network_drawing(
        [_layer(view, k, *layer) for k, layer in enumerate(zip(places, values, strict=True))],
        _links(view, places, values),
        picture_url(view.passes.image, 4),
        backward=is_backward(view.kind),
        label=f"The network: choose {what} with the arrow keys and Enter",
        key=_KEY,
        on_pick=pick,
    )
    help_text = _HELP_WITH_MAPS if view.passes.network.filters else _HELP
    known = "deltas" if is_backward(view.kind) else "sums and activations"
    st.caption(
        f"Blue is above 0, orange below. Click {what} to follow it.",
        help=help_text.format(known=known),
    )


def _follow_unit(view: StepView, layer: int, unit: int) -> None:
    """Select a unit, or the feature map of a filter, and go to a step that explains it."""
    target = view._replace(layer=layer)
    if target.is_convolution:
        values = target.convolution
        chosen = st.session_state[UNITS].get((view.model_id, layer))
        if chosen is None:
            chosen = values.unit_of_largest_gradient()
        _, row, column = values.place(chosen)
        unit = values.unit(unit, row, column)
    select_unit(target, unit)
    st.session_state[LAYER] = layer
    if view.kind in (PIXELS, LOSS, AFTER):
        st.session_state[STEP] = PassStep(SUMS, layer).key
    elif view.kind not in (UPDATE, CHECK):
        step = PassStep(view.kind, layer)
        if step not in pass_steps(view.passes.network):
            step = PassStep(DELTA if is_backward(view.kind) else SUMS, layer)
        st.session_state[STEP] = step.key


def _drawn_units(view: StepView) -> list[np.ndarray]:
    """Return the indices of the units or maps to draw of each layer, the chosen one included."""
    result = []
    for k, values in enumerate(view.passes.layers):
        chosen = view.unit if k == view.layer else st.session_state[UNITS].get((view.model_id, k))
        most = MAX_DRAWN_UNITS
        if isinstance(values, ConvolutionValues):
            most = MAX_DRAWN_MAPS
            chosen = None if chosen is None else values.place(chosen)[0]
        result.append(view.passes.influential_units(k, most, chosen))
    return result


def _known_values(view: StepView) -> list[np.ndarray | None]:
    """Return each layer's values as computed by this step; None before they are."""
    layers, k = view.passes.layers, view.layer
    if view.kind == PIXELS:
        return [None] * len(layers)
    if view.kind in (SUMS, POOLING, ACTIVATIONS, FLATTEN):
        if view.kind == SUMS:
            here = layers[k].Z
        else:
            here = view.convolution.pooled if view.kind == POOLING else layers[k].A
        return [*(values.A for values in layers[:k]), here, *[None] * (len(layers) - k - 1)]
    if view.kind in (DELTA, POOLING_BACK, GRADIENT):
        return [None if j < k else values.delta for j, values in enumerate(layers)]
    return [values.delta if is_backward(view.kind) else values.A for values in layers]


def _layer(view: StepView, k: int, units: np.ndarray, values: np.ndarray | None) -> DrawnLayer:
    layer, name = view.passes.layers[k], layer_name(k, view.passes.network)
    is_output = k == len(view.passes.layers) - 1
    is_convolution = isinstance(layer, ConvolutionValues)
    colours = np.zeros(layer.A.shape) if values is None else _normalised(values)
    drawn = []
    for j in units.tolist():
        what = f"Output {j}" if is_output else f"{name.capitalize()}, unit {j}"
        colour, picture = 0.0, ""
        if is_convolution:
            what = f"{name.capitalize()}, feature map of filter {j}"
            picture = signed_image_url(colours[j], 1.0)
            if values is not None:
                low, high = (format_number(limit(values[j])) for limit in (np.min, np.max))
                what += f": {low} to {high}"
        else:
            colour = round(float(colours[j]), 3)
            if values is not None:
                what += f": {format_number(values[j])}"
        drawn.append(DrawnUnit(j, colour, what, _is_chosen(view, k, j), picture))
    title = "Outputs" if is_output else name.capitalize()
    return DrawnLayer(k, title, len(layer.b), drawn)


def _links(
    view: StepView, places: list[np.ndarray], values: list[np.ndarray | None]
) -> list[DrawnLink]:
    """Return the links into layers with known values: contributions, or deltas passed back."""
    links = []
    for k in range(1, len(places)):
        if values[k] is None:
            continue
        below, units, layer = places[k - 1], places[k], view.passes.layers[k]
        groups = len(view.passes.layers[k - 1].b)
        terms = layer.group_sent_back if is_backward(view.kind) else layer.group_contributions
        strengths = _normalised(terms(groups)[np.ix_(below, units)])
        for i, j in np.argwhere(np.abs(strengths) > _MIN_LINK_STRENGTH):
            of_chosen = _is_chosen(view, k, units[j]) or _is_chosen(view, k - 1, below[i])
            strength = round(float(strengths[i, j]), 2)
            links.append(DrawnLink(k, int(i), int(j), strength, of_chosen))
    return links


def _is_chosen(view: StepView, layer: int, unit: int) -> bool:
    """Whether a unit is the one that the step explains; some steps explain none."""
    if view.kind in (PIXELS, LOSS, AFTER) or layer != view.layer:
        return False
    chosen = view.convolution.place(view.unit)[0] if view.is_convolution else view.unit
    return bool(unit == chosen)


def _normalised(values: np.ndarray) -> np.ndarray:
    """Return values divided by the largest magnitude, from -1 to 1."""
    return values / (float(np.abs(values).max()) or 1.0)
