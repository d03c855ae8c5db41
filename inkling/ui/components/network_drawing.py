"""The network as circles and lines, coloured by what is known of it at a step.

A component of its own: it keeps its circles, so it does not blink, and they can be picked by mouse
and by keyboard.

"""

from typing import Any

import numpy as np
import streamlit as st

from inkling.charts import style
from inkling.ui.browser_events import get_key, parse_index
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.inside.notation import number
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

MOST_DRAWN = 16  # units of a layer
_FAINTEST_LINK = 0.05  # of the strongest one between two layers; below, a line is not seen
_DRAWING = "inside_digit_drawing"
DRAWING = (
    "Click a unit to follow it. Of a large layer, the units are drawn that have most effect on the "
    "next one. Hollow circles are still to be computed."
)


_component = st.components.v2.component(
    "inkling_network_drawing",
    html='<svg role="group"></svg>',
    css="""
    svg { display: block; width: 100%; height: 358px; font: 12px var(--st-font);
          fill: var(--st-text-color); }
    text { text-anchor: middle; }
    image { image-rendering: pixelated; }
    .unit { cursor: pointer; outline: none; }
    .unit circle { stroke: var(--quiet); stroke-width: 1.2; }
    .unit.chosen circle { stroke: var(--st-text-color); stroke-width: 3; }
    .unit:focus-visible circle { stroke: var(--st-primary-color); stroke-width: 4; }
    .unit:hover circle { stroke: var(--st-text-color); }
    .unit rect { fill: transparent; }
    .name { text-anchor: start; }
    """,
    js="""
    const MIDDLE = 172, ROOM = 288;
    const NAME = 45, SHORT_NAME = 34;  // pixels between two layers that the names above them need

    export default function (given) {
        draw(given);
        const svg = given.parentElement.querySelector('svg');
        let width = svg.clientWidth;
        svg.watcher?.disconnect();
        svg.watcher = new ResizeObserver(() => {
            if (svg.clientWidth === width) return;
            width = svg.clientWidth;
            draw(given);
        });
        svg.watcher.observe(svg);
    }

    function draw({ data, parentElement, setTriggerValue }) {
        const svg = parentElement.querySelector('svg');
        const focused = svg.getRootNode().activeElement?.dataset?.place;
        svg.setAttribute('aria-label', data.label);
        svg.style.setProperty('--quiet', data.quiet);
        const make = (parent, name, attributes, text) => {
            const element = document.createElementNS('http://www.w3.org/2000/svg', name);
            for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
            if (text !== undefined) element.textContent = text;
            parent.append(element);
            return element;
        };
        const last = data.layers.length - 1;
        const width = svg.clientWidth || 600;
        const tight = 0.54 * width / last < NAME;
        // Where there is little room, the image gives way, and the names stand before their row.
        const IMAGE = tight ? 60 : 84;
        const [start, across] = tight ? [28, 64] : [38, 54];
        const apart = across / 100 * width / Math.max(1, last);
        const x = layer => `${last === 0 ? 70 : start + across * layer / last}%`;
        const step = layer => Math.min(26, ROOM / data.layers[layer].units.length);
        const y = (layer, k) =>
            MIDDLE + step(layer) * (k - (data.layers[layer].units.length - 1) / 2);

        svg.replaceChildren();
        data.layers[0].units.forEach((_, k) => make(svg, 'line', {
            x1: IMAGE, y1: MIDDLE, x2: x(0), y2: y(0, k),
            stroke: data.quiet, 'stroke-opacity': 0.25,
        }));
        for (const [layer, from, to, strength, strong] of data.links) make(svg, 'line', {
            x1: x(layer - 1), y1: y(layer - 1, from), x2: x(layer), y2: y(layer, to),
            stroke: strength < 0 ? data.no : data.yes,
            'stroke-opacity': Math.abs(strength) * (strong ? 1 : 0.6),
            'stroke-width': strong ? 2.5 : 1.2,
        });
        make(svg, 'image', {
            href: data.image, x: 0, y: MIDDLE - IMAGE / 2, width: IMAGE, height: IMAGE,
        });
        if (tight) {
            make(svg, 'text', { x: 0, y: 12, class: 'name' }, 'Layer');
            make(svg, 'text', { x: 0, y: 340, class: 'name' }, 'Units');
        }
        data.layers.forEach((column, layer) => {
            const output = layer === last;
            const short = output ? (apart < SHORT_NAME ? 'Out' : 'Outputs') : layer + 1;
            make(svg, 'text', { x: x(layer), y: 12 }, tight ? short : column.name);
            // Two rows of numbers, should one be too short for them
            const lower = tight && apart < 3.5 + 7 * String(column.count).length && layer % 2;
            const below = tight ? column.count : column.below;
            if (below) make(svg, 'text', { x: x(layer), y: lower ? 354 : 340 }, below);
            const room = Math.min(40, apart - 2);
            column.units.forEach((unit, k) => {
                const radius = Math.min(tight ? 7.5 : 9, step(layer) / 2 - 1, apart / 2 - 2);
                const group = make(svg, 'g', {
                    class: unit.chosen ? 'unit chosen' : 'unit', role: 'button', tabindex: -1,
                    'aria-label': unit.text, 'aria-pressed': String(unit.chosen),
                    'data-place': `${layer} ${k}`,
                });
                make(group, 'title', {}, unit.text);
                make(group, 'rect', {
                    x: x(layer), y: y(layer, k) - step(layer) / 2,
                    width: room + (output ? 8 : 0), height: step(layer),
                    transform: `translate(${-room / 2}, 0)`,
                });
                // The ground of the page hides the lines behind a circle.
                make(group, 'circle', {
                    cx: x(layer), cy: y(layer, k), r: radius,
                    style: 'fill: var(--st-background-color)',
                });
                make(group, 'circle', {
                    cx: x(layer), cy: y(layer, k), r: radius,
                    fill: unit.value < 0 ? data.no : data.yes,
                    'fill-opacity': Math.abs(unit.value),
                });
                if (output) make(
                    group, 'text', { class: 'name', x: x(layer), dx: 14, y: y(layer, k) + 4 },
                    unit.index);
                group.pick = () =>
                    setTriggerValue('picked', { layer: column.layer, unit: unit.index });
            });
        });

        const at = place => svg.querySelector(`[data-place="${place}"]`);
        const units = [...svg.querySelectorAll('.unit')];
        const first = at(focused) || svg.querySelector('.chosen') || units[0];
        first.setAttribute('tabindex', 0);
        if (focused) first.focus();
        svg.onclick = event => event.target.closest('.unit')?.pick();
        svg.onkeydown = event => {
            const unit = event.target.closest('.unit');
            if (!unit) return;
            const [layer, k] = unit.dataset.place.split(' ').map(Number);
            const beside = other => data.layers[other] &&
                at(`${other} ${Math.min(k, data.layers[other].units.length - 1)}`);
            const next = {
                ArrowUp: () => at(`${layer} ${k - 1}`), ArrowDown: () => at(`${layer} ${k + 1}`),
                ArrowLeft: () => beside(layer - 1), ArrowRight: () => beside(layer + 1),
            }[event.key];
            if (next) {
                event.preventDefault();
                const other = next();
                if (other) {
                    unit.setAttribute('tabindex', -1);
                    other.setAttribute('tabindex', 0);
                    other.focus();
                }
            } else if (event.key === 'Enter' || event.key === ' ') {
                event.preventDefault();
                unit.pick();
            }
        };
    }
    """,
)


def network_drawing(scene: Scene) -> None:
    """Draw the units of all layers, coloured by what is known of them at this step."""
    walk = scene.walk

    def picked() -> None:
        place = get_key(st.session_state[_DRAWING], "picked")
        layer = parse_index(get_key(place, "layer"), len(walk.layers))
        if layer is None:
            return
        unit = parse_index(get_key(place, "unit"), len(walk.layers[layer].b))
        if unit is not None:
            _follow(scene, layer, unit)

    data = drawing_of(scene)
    data |= {
        "image": picture_url(walk.image, 3),
        "yes": style.YES,
        "no": style.NO,
        "quiet": style.QUIET,
        "label": "The network: choose a unit with the arrow keys and Enter",
    }
    _component(data=data, key=_DRAWING, on_picked_change=picked)
    known = "deltas" if is_backward(scene.kind) else "sums and activations"
    st.caption(f"Colours are {known}: blue above 0, orange below, the fuller the larger. {DRAWING}")


def _follow(scene: Scene, layer: int, unit: int) -> None:
    """Take up a unit that was clicked, and go to a step that is about it."""
    keep_unit(scene._replace(layer=layer), unit)
    st.session_state[LAYER] = layer
    if scene.kind in (SUMS, ACTIVATIONS, DELTA, GRADIENT):
        st.session_state[STEP] = Step(scene.kind, layer).key
    elif scene.kind in (PIXELS, LOSS, AFTER):
        st.session_state[STEP] = Step(SUMS, layer).key


def drawing_of(scene: Scene) -> dict[str, Any]:
    """Return what the drawing of the network shows at a step.

    Returns
    -------
    dict
        ``layers``: for each its name, how many units it has, what is written below it if not all
        are drawn, and its units with index, value from -1 to 1, text, and whether it is the chosen
        one. ``links``: (upper layer, place below,
        place above, strength from -1 to 1, whether it is the chosen unit's).
    """
    walk = scene.walk
    about_unit = scene.kind not in (PIXELS, LOSS, AFTER)
    known = _known_values(scene)
    shown = [
        walk.influential_units(k, MOST_DRAWN, _chosen_unit(scene, k))
        for k in range(len(walk.layers))
    ]
    layers: list[dict[str, Any]] = []
    links: list[tuple[int, int, int, float, bool]] = []
    for k, (units, values) in enumerate(zip(shown, known, strict=True)):
        output = k == len(walk.layers) - 1
        count = len(walk.layers[k].b)
        colours = np.zeros(count) if values is None else _shares(values)
        layers.append(
            {
                "layer": k,
                "name": "Outputs" if output else f"Layer {k + 1}",
                "count": count,
                "below": f"of {count}" if len(units) < count else "",
                "units": [
                    {
                        "index": int(j),
                        "value": round(float(colours[j]), 3),
                        "text": f"{f'Output {j}' if output else f'Layer {k + 1}, unit {j}'}"
                        + ("" if values is None else f": {number(values[j])}"),
                        "chosen": bool(about_unit and k == scene.layer and j == scene.unit),
                    }
                    for j in units
                ],
            }
        )
        if k == 0 or values is None:
            continue
        W = walk.layers[k].W[np.ix_(shown[k - 1], units)]
        if is_backward(scene.kind):
            strengths = _shares(W * walk.layers[k].delta[units])
        else:
            strengths = _shares(walk.layers[k].X[shown[k - 1]][:, None] * W)
        for i, j in np.argwhere(np.abs(strengths) > _FAINTEST_LINK):
            strong = (k == scene.layer and units[j] == scene.unit) or (
                k - 1 == scene.layer and shown[k - 1][i] == scene.unit
            )
            strength = round(float(strengths[i, j]), 2)
            links.append((k, int(i), int(j), strength, bool(about_unit and strong)))
    return {"layers": layers, "links": links}


def _chosen_unit(scene: Scene, layer: int) -> int | None:
    """Return the unit of a layer that is drawn in any case."""
    if layer == scene.layer:
        return scene.unit
    unit: int | None = st.session_state[UNITS].get((scene.model_id, layer))
    return unit


def _known_values(scene: Scene) -> list[np.ndarray | None]:
    """Return of each layer what has been computed of it by this step, or None."""
    layers, k = scene.walk.layers, scene.layer
    if scene.kind == PIXELS:
        return [None] * len(layers)
    if scene.kind in (SUMS, ACTIVATIONS):
        here = layers[k].Z if scene.kind == SUMS else layers[k].A
        return [*(values.A for values in layers[:k]), here, *[None] * (len(layers) - k - 1)]
    if scene.kind in (DELTA, GRADIENT):
        return [None if j < k else values.delta for j, values in enumerate(layers)]
    return [values.delta if is_backward(scene.kind) else values.A for values in layers]


def _shares(values: np.ndarray) -> np.ndarray:
    """Divide numbers by the largest of them, so that they lie between -1 and 1."""
    return values / (float(np.abs(values).max()) or 1.0)
