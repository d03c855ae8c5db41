"""A pen that writes digits by itself, one after another, with a network's answers to each.

A component, because it moves in the browser alone: the answers are computed once, by the same
functions that answer on the Draw page, and the server has nothing to do while the pen moves.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from inkling.analysis.written_digits import PEN_WIDTH, SIDE, Answer, WrittenDigit
from inkling.charts.number_format import percent
from inkling.ui.components.browser_component import browser_component

_component = browser_component(
    __file__,
    "inkling_writing_pen",
    f"""<figure>
      <svg viewBox="0 0 {SIDE} {SIDE}" role="img"></svg>
      <div class="answer" aria-hidden="true"><b></b><span></span></div>
      <div class="bars" aria-hidden="true"></div>
      <button type="button"></button>
    </figure>""",
)


def writing_pen(digits: Sequence[WrittenDigit], key: str = "writing_pen") -> None:
    """Draw the pen, what it has written, and the answer to that.

    Parameters
    ----------
    digits : sequence of WrittenDigit
        In the order in which they are written, again and again.
    key : str
        Of the component.
    """
    _component(
        data={
            "penWidth": PEN_WIDTH,
            "digits": [
                {
                    "digit": one.digit,
                    "points": one.points.round(1).tolist(),
                    "lifts": (np.flatnonzero(~one.down) + 1).tolist(),
                    "answers": list(map(_answer, one.answers)),
                }
                for one in digits
            ],
        },
        key=key,
    )


def _answer(answer: Answer) -> dict[str, Any]:
    P = answer.probabilities
    return {
        "position": answer.position,
        "shares": P.round(3).tolist(),
        "digit": int(P.argmax()),
        "text": percent(float(P.max())),
    }
