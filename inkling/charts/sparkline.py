"""The accuracy of a run as a small curve, for lists of runs."""

from collections.abc import Sequence

from inkling.charts.style import HIGHLIGHT, NEUTRAL, thin_out
from nn import TrainRecord

WIDTH, HEIGHT = 96, 28  # pixels
GUESSING = 0.1
_EDGE = 2  # pixels, so that the line is not cut


def accuracy_sparkline(history: Sequence[TrainRecord]) -> str:
    """Return the accuracy against the epochs from 0 to 100%, with a line for guessing.

    Parameters
    ----------
    history : sequence of TrainRecord
        The accuracy on validation images, or on training images where there are none.

    Returns
    -------
    str
        An SVG, for `st.image`.
    """
    end = max((record.epoch for record in history), default=0) or 1
    shown = thin_out([(record.epoch / end, _accuracy(record)) for record in history])
    points = " ".join(f"{x * WIDTH:.1f},{_height(y):.1f}" for x, y in shown)
    guessing = _height(GUESSING)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" fill="none">'
        f'<path d="M0 {guessing}H{WIDTH}" stroke="{NEUTRAL}" stroke-dasharray="2 3"/>'
        f'<polyline points="{points}" stroke="{HIGHLIGHT}" stroke-width="2" '
        'stroke-linejoin="round"/></svg>'
    )


def _accuracy(record: TrainRecord) -> float:
    validation = record.validation_accuracy
    return record.train_accuracy if validation is None else validation


def _height(accuracy: float) -> float:
    return HEIGHT - _EDGE - accuracy * (HEIGHT - 2 * _EDGE)
