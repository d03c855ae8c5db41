"""A curve of accuracy, whose points may come one after another.

A component instead of a Plotly chart: it does not blink while a slider moves, and asks for points
that are still missing.
"""

from collections.abc import Sequence

from inkling.charts.style import HIGHLIGHT
from inkling.ui.components.browser_component import browser_component

_component = browser_component(__file__, "inkling_accuracy_curve", '<svg role="img"></svg>')


def accuracy_curve(
    points: Sequence[tuple[float, float]],
    chosen: tuple[float, float],
    ticks: Sequence[tuple[float, str]],
    *,
    label: str,
    complete: bool,
    key: str,
) -> None:
    """Draw accuracy from 0 to 100% against a setting, with a line where guessing is.

    Parameters
    ----------
    points : sequence of (float, float)
        Settings, from left to right, and accuracies from 0 to 1.
    chosen : (float, float)
        The marked point.
    ticks : sequence of (float, str)
        Settings, and what is written below them; the first and the last are the ends of the axis.
    label : str
        Accessible name of the curve.
    complete : bool
        Whether no points are missing; if some are, the fragment is run again to compute more.
    key : str
    """
    _component(
        data={
            "points": points,
            "chosen": chosen,
            "ticks": ticks,
            "label": label,
            "complete": complete,
            "colour": HIGHLIGHT,
        },
        key=key,
        on_missing_change=lambda: None,
    )
