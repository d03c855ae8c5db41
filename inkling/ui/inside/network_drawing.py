"""The network at one step of the passes: values and links known by then."""

import numpy as np
import streamlit as st

from inkling.charts.number_format import format_number
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.components.network_drawing import (
    DrawnLayer,
    DrawnLink,
    DrawnUnit,
    network_drawing,
)
from inkling.ui.inside.pass_step import (
    ACTIVATIONS,
    AFTER,
    DELTA,
    GRADIENT,
    LAYER,
    LOSS,
    PIXELS,
    STEP,
    SUMS,
    UNITS,
    PassStep,
    StepView,
    is_backward,
    select_unit,
)

MAX_DRAWN_UNITS = 16  # of a layer
_MIN_LINK_STRENGTH = 0.05  # of the strongest link between two layers; weaker ones are invisible
_KEY = "inside_digit_drawing"
_HELP = (
    "Click a unit to follow it. Of a large layer, the units are drawn that have most effect on the "
    "next one. Hollow circles are still to be computed."
)


def show(view: StepView) -> None:
    """Draw the units of all layers, coloured by their values at this step."""

    def pick(layer: int, unit: int) -> None:
        _follow_unit(view, layer, unit)

    places, values = _drawn_units(view), _known_values(view)
    network_drawing(
        [_layer(view, k, *layer) for k, layer in enumerate(zip(places, values, strict=True))],
        _links(view, places, values),
        picture_url(view.passes.image, 3),
        label="The network: choose a unit with the arrow keys and Enter",
        key=_KEY,
        on_pick=pick,
    )
    known = "deltas" if is_backward(view.kind) else "sums and activations"
    st.caption(f"Colours are {known}: blue above 0, orange below, the fuller the larger. {_HELP}")


def _follow_unit(view: StepView, layer: int, unit: int) -> None:
    """Select a unit and go to a step that explains it."""
    select_unit(view._replace(layer=layer), unit)
    st.session_state[LAYER] = layer
    if view.kind in (SUMS, ACTIVATIONS, DELTA, GRADIENT):
        st.session_state[STEP] = PassStep(view.kind, layer).key
    elif view.kind in (PIXELS, LOSS, AFTER):
        st.session_state[STEP] = PassStep(SUMS, layer).key


def _drawn_units(view: StepView) -> list[np.ndarray]:
    """Return the indices of the units to draw of each layer, the chosen one among them."""
    chosen = st.session_state[UNITS]
    return [
        view.passes.influential_units(
            k,
            MAX_DRAWN_UNITS,
            view.unit if k == view.layer else chosen.get((view.model_id, k)),
        )
        for k in range(len(view.passes.layers))
    ]


def _known_values(view: StepView) -> list[np.ndarray | None]:
    """Return each layer's values as computed by this step, (units,); None before they are."""
    layers, k = view.passes.layers, view.layer
    if view.kind == PIXELS:
        return [None] * len(layers)
    if view.kind in (SUMS, ACTIVATIONS):
        here = layers[k].Z if view.kind == SUMS else layers[k].A
        return [*(values.A for values in layers[:k]), here, *[None] * (len(layers) - k - 1)]
    if view.kind in (DELTA, GRADIENT):
        return [None if j < k else values.delta for j, values in enumerate(layers)]
    return [values.delta if is_backward(view.kind) else values.A for values in layers]


def _layer(view: StepView, k: int, units: np.ndarray, values: np.ndarray | None) -> DrawnLayer:
    is_output = k == len(view.passes.layers) - 1
    count = len(view.passes.layers[k].b)
    colours = np.zeros(count) if values is None else _normalised(values)
    return DrawnLayer(
        k,
        "Outputs" if is_output else f"Layer {k + 1}",
        count,
        [
            DrawnUnit(
                int(j),
                round(float(colours[j]), 3),
                f"{f'Output {j}' if is_output else f'Layer {k + 1}, unit {j}'}"
                + ("" if values is None else f": {format_number(values[j])}"),
                _is_chosen(view, k, j),
            )
            for j in units
        ],
    )


def _links(
    view: StepView, places: list[np.ndarray], values: list[np.ndarray | None]
) -> list[DrawnLink]:
    """Return the links into layers with known values: contributions, or deltas passed back."""
    links = []
    for k in range(1, len(places)):
        if values[k] is None:
            continue
        below, units, layer = places[k - 1], places[k], view.passes.layers[k]
        W = layer.W[np.ix_(below, units)]
        if is_backward(view.kind):
            strengths = _normalised(W * layer.delta[units])
        else:
            strengths = _normalised(layer.X[below][:, None] * W)
        for i, j in np.argwhere(np.abs(strengths) > _MIN_LINK_STRENGTH):
            of_chosen = _is_chosen(view, k, units[j]) or _is_chosen(view, k - 1, below[i])
            strength = round(float(strengths[i, j]), 2)
            links.append(DrawnLink(k, int(i), int(j), strength, of_chosen))
    return links


def _is_chosen(view: StepView, layer: int, unit: int) -> bool:
    """Whether a unit is the one that the step explains; some steps explain none."""
    about_unit = view.kind not in (PIXELS, LOSS, AFTER)
    return bool(about_unit and layer == view.layer and unit == view.unit)


def _normalised(values: np.ndarray) -> np.ndarray:
    """Return values divided by the largest magnitude, from -1 to 1."""
    return values / (float(np.abs(values).max()) or 1.0)
