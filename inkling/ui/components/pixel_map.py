"""A number for each pixel of a digit as a picture, of which every pixel can be read and picked.

A component instead of a Plotly chart: it is there at once, does not blink, and hears clicks, taps
and keys.
"""

import base64
import io
from collections.abc import Callable

import numpy as np
import streamlit as st
from PIL import Image

from inkling.charts import style
from inkling.ui.browser_events import get_key, parse_index
from inkling.ui.inside.notation import Reading

_GROUND = 0.09  # of colour: even an image of zeros is seen to be one

_component = st.components.v2.component(
    "inkling_pixel_map",
    html="""<div class="map" role="group" tabindex="0"><img alt=""><div class="chosen"></div>
    <div class="here"></div></div><output></output>""",
    css="""
    :host, .map { display: block; }
    .map { position: relative; width: min(100%, 336px); aspect-ratio: 1; margin: 0 auto; }
    .map.picks { cursor: pointer; }
    .map:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
    img { display: block; width: 100%; height: 100%; image-rendering: pixelated; }
    .chosen, .here { position: absolute; box-sizing: border-box; pointer-events: none; }
    .chosen { border: 2px solid #000; outline: 2px solid #fff; }
    .here { border: 1.5px solid var(--st-text-color); }
    output { display: block; min-height: 2.8em; padding-top: 6px; text-align: center;
             font: 0.875rem/1.4 var(--st-font); color: var(--st-text-color);
             font-variant-numeric: tabular-nums; }
    """,
    js="""
    export default function ({ data, parentElement, setTriggerValue }) {
        const map = parentElement.querySelector('.map');
        const [picture, chosen, here] = map.children;
        const output = parentElement.querySelector('output');
        const { rows, columns } = data;
        map.setAttribute('aria-label', data.label);
        map.classList.toggle('picks', data.picks);
        if (picture.getAttribute('src') !== data.picture) picture.src = data.picture;
        const lay = (frame, place) => {
            frame.hidden = place === null;
            frame.style.display = place === null ? 'none' : '';
            if (place === null) return;
            frame.style.width = `${100 / columns}%`;
            frame.style.height = `${100 / rows}%`;
            frame.style.left = `${100 * (place % columns) / columns}%`;
            frame.style.top = `${100 * Math.floor(place / columns) / rows}%`;
        };
        const say = place => {
            output.textContent = place === null ? data.hint :
                `Row ${Math.floor(place / columns)}, column ${place % columns}: ` +
                data.words.map((word, k) => word + data.numbers[k][place]).join('') + data.end;
        };
        const look = place => { map.at = place; lay(here, place); say(place ?? data.chosen); };
        const under = event => {
            const box = map.getBoundingClientRect();
            const at = (share, count) =>
                Math.max(0, Math.min(count - 1, Math.floor(share * count)));
            return at((event.clientY - box.top) / box.height, rows) * columns +
                at((event.clientX - box.left) / box.width, columns);
        };
        const pick = place => {
            look(place);
            if (!data.picks) return;
            lay(chosen, place);
            setTriggerValue('picked', place);
        };
        lay(chosen, data.chosen);
        look(map.at ?? null);
        map.onpointermove = event => { if (event.pointerType === 'mouse') look(under(event)); };
        map.onpointerleave = event => { if (event.pointerType === 'mouse') look(null); };
        map.onblur = () => look(null);
        map.onclick = event => pick(under(event));
        map.onkeydown = event => {
            const place = map.at ?? data.chosen ?? 0;
            const [row, column] = [Math.floor(place / columns), place % columns];
            const next = {
                ArrowUp: () => row > 0 && place - columns,
                ArrowDown: () => row < rows - 1 && place + columns,
                ArrowLeft: () => column > 0 && place - 1,
                ArrowRight: () => column < columns - 1 && place + 1,
            }[event.key];
            if (next) {
                event.preventDefault();
                const to = next();
                if (to !== false) look(to);
            } else if (event.key === 'Enter' || event.key === ' ') {
                event.preventDefault();
                pick(place);
            }
        };
    }
    """,
)


def pixel_map(
    picture: str,
    shape: tuple[int, int],
    reading: Reading,
    *,
    label: str,
    key: str,
    chosen: int | None = None,
    on_pick: Callable[[int], None] | None = None,
    hint: str = "",
) -> None:
    """Draw a picture of which every pixel tells its numbers.

    Parameters
    ----------
    picture : str
        A data URL, such as `signed_picture` returns.
    shape : (int, int)
        Its rows and columns.
    reading : Reading
        What is said of each pixel, row by row.
    label : str
        What the picture is called, for those who cannot see it.
    key : str
    chosen : int, optional
        The pixel that is framed, counted row by row.
    on_pick : callable, optional
        Called with a pixel that was clicked, before the script runs again.
    hint : str
        Said below the picture while no pixel is pointed at and none is chosen.
    """
    rows, columns = shape

    def picked() -> None:
        place = parse_index(get_key(st.session_state[key], "picked"), rows * columns)
        if on_pick is not None and place is not None:
            on_pick(place)

    _component(
        data={
            "picture": picture,
            "rows": rows,
            "columns": columns,
            "label": label,
            "chosen": chosen,
            "picks": on_pick is not None,
            "hint": hint,
            **reading.written(),
        },
        key=key,
        on_picked_change=picked,
    )


def signed_picture(values: np.ndarray) -> str:
    """Return a picture with a pixel for each number, blue above 0 and orange below.

    Parameters
    ----------
    values : ndarray, (h, w) floating point
        The one furthest from 0 has full colour.

    Returns
    -------
    str
        A PNG as a data URL, h x w pixels. What is 0 is nearly transparent, to suit a light page
        and a dark one.
    """
    shares = values / (float(np.abs(values).max()) or 1.0)
    cells = np.empty((*values.shape, 4), np.uint8)
    for colour, places in (
        (style.YES, shares > 0),
        (style.NO, shares < 0),
        (style.QUIET, shares == 0),
    ):
        cells[places, :3] = list(bytes.fromhex(colour[1:]))
    cells[..., 3] = (255 * (_GROUND + (1 - _GROUND) * np.abs(shares))).round()
    file = io.BytesIO()
    Image.fromarray(cells).save(file, "PNG", compress_level=1)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
