"""A number for each unit of a layer as bars, each of which can be read and picked.

A component instead of a Plotly chart, for the same reasons as the map of pixels.

"""

from collections.abc import Callable

import numpy as np
import streamlit as st

from inkling.charts import style
from inkling.ui.browser_events import get_key, parse_index
from inkling.ui.inside.notation import Reading

_component = st.components.v2.component(
    "inkling_unit_bars",
    html="""<div class="bars" role="group" tabindex="0">
    <svg preserveAspectRatio="none" aria-hidden="true"><g></g><g></g></svg>
    <div class="here"></div><div class="mark"></div>
    <div class="up"></div><div class="along"></div></div>
    <div class="title"></div><output></output>""",
    css="""
    :host { display: block; font: 0.75rem var(--st-font); color: var(--st-text-color); }
    .bars { position: relative; height: 138px; margin: 8px 8px 22px 52px; touch-action: pan-y; }
    .bars.picks { cursor: pointer; }
    .bars:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 4px; }
    svg { display: block; width: 100%; height: 100%; overflow: visible; }
    line { stroke: var(--st-text-color); stroke-opacity: 0.13; vector-effect: non-scaling-stroke; }
    line.zero { stroke-opacity: 0.45; }
    .here { position: absolute; inset: 0 auto 0 0; background: var(--st-text-color); opacity: 0.16;
            min-width: 2px; pointer-events: none; }
    .mark { position: absolute; width: 9px; height: 9px; margin: -4.5px; rotate: 45deg;
            outline: 1.5px solid var(--st-background-color); pointer-events: none; }
    .up span { position: absolute; right: calc(100% + 6px); translate: 0 -50%; opacity: 0.8;
               white-space: nowrap; }
    .along span { position: absolute; top: calc(100% + 5px); translate: -50% 0; opacity: 0.8; }
    .title { margin-left: 52px; text-align: center; opacity: 0.8; }
    output { display: block; min-height: 1.4em; margin-left: 44px; padding-top: 4px;
             text-align: center; font: 0.875rem/1.4 var(--st-font);
             font-variant-numeric: tabular-nums; }
    """,
    js="""
    const FEW = 40, EACH = 16, LINES = 4, ALONG = 7;  // bars with gaps, labels for each, marks

    const step = (span, most) => {
        const power = 10 ** Math.floor(Math.log10(span / most));
        return power * [1, 2, 5, 10].find(n => n * power * most >= span * 0.999);
    };
    const written = value => String(Number(value.toPrecision(3))).replaceAll('-', '\\u2212');

    export default function ({ data, parentElement, setTriggerValue }) {
        const bars = parentElement.querySelector('.bars');
        const [svg, here, mark, up, along] = bars.children;
        const [lines, shapes] = svg.children;
        const output = parentElement.querySelector('output');
        const { values, chosen } = data;
        const count = values.length;
        bars.setAttribute('aria-label', data.label);
        bars.classList.toggle('picks', data.picks);
        parentElement.querySelector('.title').textContent = data.title;

        const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
        const span = most - least || 1;
        const top = (most === least ? 1 : most) + (most > 0 ? 0.04 * span : 0);
        const bottom = least - (least < 0 ? 0.04 * span : 0);
        const y = value => 100 * (top - value) / (top - bottom);  // percent of the height
        const make = (parent, name, attributes) => {
            const element = document.createElementNS('http://www.w3.org/2000/svg', name);
            for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
            parent.append(element);
        };
        const label = (parent, text, side, share) => {
            const element = document.createElement('span');
            element.textContent = text;
            element.style[side] = `${share}%`;
            parent.append(element);
        };
        for (const old of [lines, shapes, up, along]) old.replaceChildren();
        svg.setAttribute('viewBox', `0 0 ${count} 100`);

        const apart = step(span, LINES);
        for (let k = Math.ceil(bottom / apart); k * apart <= top; k++) {
            make(lines, 'line', {
                x1: 0, x2: count, y1: y(k * apart), y2: y(k * apart), class: k === 0 ? 'zero' : '',
            });
            label(up, written(k * apart), 'top', y(k * apart));
        }
        const every = count <= EACH ? 1 : Math.max(1, step(count, ALONG));
        for (let k = 0; k < count; k += every) label(along, k, 'left', 100 * (k + 0.5) / count);

        const width = count <= FEW ? 0.8 : 1;
        const path = (keep, colour, opacity) => make(shapes, 'path', {
            fill: colour, 'fill-opacity': opacity,
            d: values.map((value, k) => keep(value, k) ?
                `M${k + (1 - width) / 2} ${y(0)}V${y(value)}h${width}V${y(0)}z` : '').join(''),
        });
        const faint = chosen === null ? 1 : 0.4;
        path((value, k) => value > 0 && k !== chosen, data.yes, faint);
        path((value, k) => value < 0 && k !== chosen, data.no, faint);
        path((value, k) => value > 0 && k === chosen, data.yes, 1);
        path((value, k) => value < 0 && k === chosen, data.no, 1);

        const lay = place => {  // among hundreds a bar is a line: say where the chosen one stands
            mark.style.display = place === null || count <= FEW ? 'none' : '';
            if (place === null) return;
            mark.style.left = `${100 * (place + 0.5) / count}%`;
            mark.style.top = `${y(values[place])}%`;
            mark.style.background = values[place] < 0 ? data.no : data.yes;
        };
        const look = place => {
            bars.at = place;
            here.style.display = place === null ? 'none' : '';
            here.style.left = `${100 * place / count}%`;
            here.style.width = `${100 / count}%`;
            const said = place ?? chosen;
            output.textContent = said === null ? '' : `${data.title} ${said}: ` +
                data.words.map((word, k) => word + data.numbers[k][said]).join('') + data.end;
        };
        const under = event => {
            const box = bars.getBoundingClientRect();
            const share = (event.clientX - box.left) / box.width;
            return Math.max(0, Math.min(count - 1, Math.floor(share * count)));
        };
        const pick = place => {
            look(place);
            if (data.picks) setTriggerValue('picked', place);
        };
        lay(chosen);
        look(bars.at === undefined || bars.at >= count ? null : bars.at);
        bars.onpointermove = event => { if (event.pointerType === 'mouse') look(under(event)); };
        bars.onpointerleave = event => { if (event.pointerType === 'mouse') look(null); };
        bars.onblur = () => look(null);
        bars.onclick = event => pick(under(event));
        bars.onkeydown = event => {
            const place = bars.at ?? chosen ?? 0;
            const next = { ArrowLeft: place - 1, ArrowRight: place + 1 }[event.key];
            if (next !== undefined) {
                event.preventDefault();
                if (next >= 0 && next < count) look(next);
            } else if (event.key === 'Enter' || event.key === ' ') {
                event.preventDefault();
                pick(place);
            }
        };
    }
    """,
)


def unit_bars(
    values: np.ndarray,
    *,
    name: str,
    label: str,
    key: str,
    reading: Reading | None = None,
    chosen: int | None = None,
    on_pick: Callable[[int], None] | None = None,
) -> None:
    """Draw a number for each unit of a layer, blue above 0 and orange below.

    Parameters
    ----------
    values : ndarray, (units,) floating point
    name : str
        What a bar stands for: "unit", or "digit" for the outputs.
    label : str
        What the whole is called, for those who cannot see it.
    key : str
    reading : Reading, optional
        What is said of each bar; its number, if not given.
    chosen : int, optional
        The bar that stands out.
    on_pick : callable, optional
        Called with a unit whose bar was clicked, before the script runs again.
    """
    reading = reading or Reading(("",), (values,))

    def picked() -> None:
        unit = parse_index(get_key(st.session_state[key], "picked"), len(values))
        if on_pick is not None and unit is not None:
            on_pick(unit)

    _component(
        data={
            "values": [float(f"{value:.5g}") for value in values],
            "title": name.capitalize(),
            "label": label,
            "chosen": chosen,
            "picks": on_pick is not None,
            "yes": style.YES,
            "no": style.NO,
            **reading.written(),
        },
        key=key,
        on_picked_change=picked,
    )
