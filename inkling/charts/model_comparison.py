"""Charts of two networks side by side: arrays in, Plotly figures out."""

import numpy as np
import plotly.graph_objects as go

from inkling.charts.style import CHOSEN, LEGEND_ABOVE, MISTAKE, QUIET


def gained_and_lost_chart(gained: np.ndarray, lost: np.ndarray) -> go.Figure:
    """Draw how many images of each digit were fixed, upwards, and broken, downwards.

    Parameters
    ----------
    gained, lost : ndarray, (10,) int
    """
    figure = go.Figure()
    for name, sign, counts, colour in (
        ("Fixed", 1, gained, CHOSEN),
        ("Broken", -1, lost, MISTAKE.format(0.75)),
    ):
        figure.add_bar(
            x=[str(digit) for digit in range(10)],
            y=sign * counts,
            customdata=counts,
            text=[str(count) if count else "" for count in counts],
            textposition="outside",
            cliponaxis=False,
            name=name,
            marker_color=colour,
            hovertemplate=f"%{{x}}: %{{customdata}} {name.lower()}<extra></extra>",
        )
    top, bottom = (max(1, int(counts.max())) for counts in (gained, lost))
    room = 0.2 * max(top, bottom)  # for the numbers
    figure.update_layout(
        height=260,
        margin={"l": 0, "r": 0, "t": 32, "b": 0},
        barmode="overlay",
        legend=LEGEND_ABOVE,
        showlegend=True,
        dragmode=False,
    )
    figure.add_hline(0, line={"color": QUIET, "width": 1})
    figure.update_xaxes(title="Digit", type="category", fixedrange=True)
    # Numbers are on the bars, and below 0 they would be negative on the axis.
    figure.update_yaxes(fixedrange=True, visible=False, range=[-bottom - room, top + room])
    return figure
