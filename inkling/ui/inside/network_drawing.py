"""The network at one step of the walk-through: values and links known by then."""

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
from inkling.ui.inside.scene import (
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
    Scene,
    Step,
    is_backward,
    keep_unit,
)

MAX_DRAWN_UNITS = 16  # of a layer
_MIN_LINK_STRENGTH = 0.05  # of the strongest link between two layers; weaker ones are invisible
_KEY = "inside_digit_drawing"
_HELP = (
    "Click a unit to follow it. Of a large layer, the units are drawn that have most effect on the "
    "next one. Hollow circles are still to be computed."
)


def show(scene: Scene) -> None:
    """Draw the units of all layers, coloured by their values at this step."""

    def pick(layer: int, unit: int) -> None:
        _follow_unit(scene, layer, unit)

    places, values = _drawn_units(scene), _known_values(scene)
    network_drawing(
        [_layer(scene, k, *layer) for k, layer in enumerate(zip(places, values, strict=True))],
        _links(scene, places, values),
        picture_url(scene.walk.image, 3),
        label="The network: choose a unit with the arrow keys and Enter",
        key=_KEY,
        on_pick=pick,
    )
    known = "deltas" if is_backward(scene.kind) else "sums and activations"
    st.caption(f"Colours are {known}: blue above 0, orange below, the fuller the larger. {_HELP}")


def _follow_unit(scene: Scene, layer: int, unit: int) -> None:
    """Select a unit and go to a step that explains it."""
    keep_unit(scene._replace(layer=layer), unit)
    st.session_state[LAYER] = layer
    if scene.kind in (SUMS, ACTIVATIONS, DELTA, GRADIENT):
        st.session_state[STEP] = Step(scene.kind, layer).key
    elif scene.kind in (PIXELS, LOSS, AFTER):
        st.session_state[STEP] = Step(SUMS, layer).key


def _drawn_units(scene: Scene) -> list[np.ndarray]:
    """Return the indices of the units to draw of each layer, the chosen one among them."""
    chosen = st.session_state[UNITS]
    return [
        scene.walk.influential_units(
            k,
            MAX_DRAWN_UNITS,
            scene.unit if k == scene.layer else chosen.get((scene.model_id, k)),
        )
        for k in range(len(scene.walk.layers))
    ]


def _known_values(scene: Scene) -> list[np.ndarray | None]:
    """Return each layer's values as computed by this step, (units,); None before they are."""
    layers, k = scene.walk.layers, scene.layer
    if scene.kind == PIXELS:
        return [None] * len(layers)
    if scene.kind in (SUMS, ACTIVATIONS):
        here = layers[k].Z if scene.kind == SUMS else layers[k].A
        return [*(values.A for values in layers[:k]), here, *[None] * (len(layers) - k - 1)]
    if scene.kind in (DELTA, GRADIENT):
        return [None if j < k else values.delta for j, values in enumerate(layers)]
    return [values.delta if is_backward(scene.kind) else values.A for values in layers]


def _layer(scene: Scene, k: int, units: np.ndarray, values: np.ndarray | None) -> DrawnLayer:
    is_output = k == len(scene.walk.layers) - 1
    count = len(scene.walk.layers[k].b)
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
                _is_chosen(scene, k, j),
            )
            for j in units
        ],
    )


def _links(
    scene: Scene, places: list[np.ndarray], values: list[np.ndarray | None]
) -> list[DrawnLink]:
    """Return the links into layers with known values: contributions, or deltas passed back."""
    links = []
    for k in range(1, len(places)):
        if values[k] is None:
            continue
        below, units, layer = places[k - 1], places[k], scene.walk.layers[k]
        W = layer.W[np.ix_(below, units)]
        if is_backward(scene.kind):
            strengths = _normalised(W * layer.delta[units])
        else:
            strengths = _normalised(layer.X[below][:, None] * W)
        for i, j in np.argwhere(np.abs(strengths) > _MIN_LINK_STRENGTH):
            of_chosen = _is_chosen(scene, k, units[j]) or _is_chosen(scene, k - 1, below[i])
            strength = round(float(strengths[i, j]), 2)
            links.append(DrawnLink(k, int(i), int(j), strength, of_chosen))
    return links


def _is_chosen(scene: Scene, layer: int, unit: int) -> bool:
    """Whether a unit is the one that the step explains; some steps explain none."""
    about_unit = scene.kind not in (PIXELS, LOSS, AFTER)
    return bool(about_unit and layer == scene.layer and unit == scene.unit)


def _normalised(values: np.ndarray) -> np.ndarray:
    """Return values divided by the largest magnitude, from -1 to 1."""
    return values / (float(np.abs(values).max()) or 1.0)
