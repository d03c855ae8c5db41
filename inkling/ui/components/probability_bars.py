"""The ten probabilities of an answer as animated bars.

A component instead of a Plotly chart, because it is drawn after every stroke: it updates its bars
in place, which is quicker, does not blink, and needs no download of Plotly.
"""

import numpy as np

from inkling.charts.number_format import percent
from inkling.charts.style import HIGHLIGHT, NEUTRAL
from inkling.ui.components.browser_component import browser_component

_component = browser_component(
    __file__,
    "inkling_probability_bars",
    '<div class="bars" role="list"></div>',
)


def probability_bars(probabilities: np.ndarray | None, key: str = "probability_bars") -> None:
    """Draw ten probabilities, the largest one highlighted; empty bars without an answer.

    Parameters
    ----------
    probabilities : ndarray, (10,), or None
        From 0 to 1.
    key : str
        Of the component, for pages with several.
    """
    shares = np.zeros(10) if probabilities is None else probabilities
    largest = -1 if probabilities is None else int(shares.argmax())
    rows = [
        {
            "share": float(share),
            "text": percent(share) if share >= 0.005 else "",
            "chosen": digit == largest,
            "colour": HIGHLIGHT if digit == largest else NEUTRAL,
        }
        for digit, share in enumerate(shares)
    ]
    _component(data={"rows": rows}, key=key)
