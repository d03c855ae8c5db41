"""A confusion matrix that can be played through a run.

A component instead of a Plotly chart: Plotly takes a chart down and puts up another at every
change, which blinks when it is played. This one keeps its cells and changes their colours.
"""

import numpy as np
import streamlit as st

from inkling.charts import style

_FAINTEST, _FULLEST = 0.12, 0.6  # of a colour: never opaque, so that numbers can be read on it

_component = st.components.v2.component(
    "inkling_confusion_matrix",
    html="<table><thead><tr><td></td></tr></thead><tbody></tbody></table>",
    css="""
    table, thead, tbody { display: block; }
    table { font: 0.75rem var(--st-font); color: var(--st-text-color);
            font-variant-numeric: tabular-nums; }
    tr { display: grid; grid-template-columns: 1.2em repeat(10, 1fr); gap: 2px; padding-top: 2px; }
    th, td { display: grid; place-items: center; padding: 0; font-weight: 400; }
    th { opacity: 0.7; }
    tbody td { aspect-ratio: 1; border-radius: 3px; transition: background-color 0.2s ease-out; }
    """,
    js="""
    export default function ({ data, parentElement }) {
        const table = parentElement.querySelector('table');
        table.setAttribute('aria-label', data.label);
        const [head, body] = [table.tHead.rows[0], table.tBodies[0]];
        data.counts.forEach((row, label) => {
            if (!body.rows[label]) {
                const name = document.createElement('th');
                name.scope = 'col';
                name.textContent = label;
                head.append(name);
                const side = name.cloneNode(true);
                side.scope = 'row';
                body.insertRow().append(side, ...row.map(() => document.createElement('td')));
            }
            row.forEach((count, answer) => {
                const cell = body.rows[label].cells[answer + 1];
                cell.textContent = count || '';
                cell.title = `True digit ${label}, network says ${answer}: ${count}`;
                cell.style.backgroundColor = data.colours[label][answer];
            });
        });
    }
    """,
)


def confusion_grid(counts: np.ndarray, *, label: str, key: str) -> None:
    """Draw a confusion matrix whose colours mean the same at every snapshot.

    Right answers are blue, by their share of a digit's images; mistakes are red, by the square
    root of that share, for they are few.

    Parameters
    ----------
    counts : ndarray, (10, 10) int
        Row: the label. Column: the answer.
    label : str
        What it is called, for those who cannot see it.
    key : str
        Of the component.
    """
    _component(
        data={
            "label": label,
            "counts": counts.tolist(),
            "colours": cell_colours(counts),
        },
        key=key,
    )


def cell_colours(counts: np.ndarray) -> list[list[str]]:
    """Return the colour of each cell as CSS, with as much of it as the cell has to say.

    Parameters
    ----------
    counts : ndarray, (10, 10) int
        As in `confusion_grid`.
    """
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    right = np.eye(len(counts), dtype=bool)
    strengths = np.where(right, shares, np.sqrt(shares))
    opacities = np.where(counts > 0, _FAINTEST + (_FULLEST - _FAINTEST) * strengths, 0)
    return [
        [
            f"{style.YES}{round(255 * opacity):02x}"
            if label == answer
            else style.MISTAKE.format(round(opacity, 3))
            for answer, opacity in enumerate(row)
        ]
        for label, row in enumerate(opacities)
    ]
