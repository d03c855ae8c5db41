"""The ten probabilities of an answer, as bars that move.

A component of a few lines instead of a Plotly chart, because it is drawn after every stroke: it
keeps its bars and changes their lengths, which is quicker, does not blink, and needs no download
of Plotly.
"""

import numpy as np
import streamlit as st

from inkling.charts.style import CHOSEN, QUIET, percent

_component = st.components.v2.component(
    "inkling_probability_bars",
    html='<div class="bars" role="list"></div>',
    css="""
    .bars { display: grid; grid-template-columns: 1.2em 1fr 5.2em; gap: 7px 8px;
            align-items: center; font: 0.9rem var(--st-font); color: var(--st-text-color); }
    .row { display: contents; }
    .track { height: 22px; border-radius: 3px; background: var(--st-secondary-background-color); }
    .bar { height: 100%; width: 0; border-radius: 3px; transition: width 0.15s ease-out; }
    .chosen { font-weight: 700; white-space: nowrap; }
    """,
    js="""
    export default function ({ data, parentElement }) {
        const bars = parentElement.querySelector('.bars');
        data.rows.forEach((row, digit) => {
            let line = bars.children[digit];
            if (!line) {
                line = document.createElement('div');
                line.className = 'row';
                line.setAttribute('role', 'listitem');
                line.innerHTML = `<span></span>
                    <div class="track"><div class="bar"></div></div><span></span>`;
                line.firstChild.textContent = digit;
                bars.append(line);
            }
            const bar = line.querySelector('.bar');
            bar.style.width = `${100 * row.share}%`;
            bar.style.background = row.colour;
            line.lastChild.textContent = row.text;
            line.firstChild.className = line.lastChild.className = row.chosen ? 'chosen' : '';
        });
    }
    """,
)


def probability_bars(probabilities: np.ndarray | None, key: str = "probability_bars") -> None:
    """Draw ten probabilities, the largest one marked; empty bars where there is no answer.

    Parameters
    ----------
    probabilities : ndarray, (10,), or None
        From 0 to 1.
    key : str
        Of the component, for a page that draws them more than once.
    """
    shares = np.zeros(10) if probabilities is None else probabilities
    first = -1 if probabilities is None else int(shares.argmax())
    rows = [
        {
            "share": float(share),
            "text": percent(share) if share >= 0.005 else "",
            "chosen": digit == first,
            "colour": CHOSEN if digit == first else QUIET,
        }
        for digit, share in enumerate(shares)
    ]
    _component(data={"rows": rows}, key=key)
