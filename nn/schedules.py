"""Schedules: the factor for the learning rate in the course of a run.

Each takes the completed share of the run, from 0 to 1.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

WARM_UP = 0.15
"""Share of the run in which "warm-up-linear" rises; chosen on validation images."""


class Schedule(NamedTuple):
    """A schedule, its name and its formula.

    Attributes
    ----------
    label : str
    formula : str
        LaTeX of the factor, where t is the share of the run that is done.
    factor : callable
        Share of the run that is done, 0 to 1 -> factor for the learning rate.
    """

    label: str
    formula: str
    factor: Callable[[float], float]


def constant(progress: float) -> float:
    """1 throughout."""
    return 1.0


def warm_up_linear(progress: float) -> float:
    """Linear from 0 to 1 in the first 15 % of the run, then linear to 0."""
    if progress < WARM_UP:
        return progress / WARM_UP
    return (1 - progress) / (1 - WARM_UP)


def cosine(progress: float) -> float:
    """Half a cosine wave from 1 to 0 (Loshchilov and Hutter 2017, eq. 5, no restarts)."""
    return (1 + math.cos(math.pi * progress)) / 2


SCHEDULES: dict[str, Schedule] = {
    "constant": Schedule("Constant", "1", constant),
    "warm-up-linear": Schedule(
        "Warm-up then down to 0",
        rf"\min\big(\tfrac{{t}}{{{WARM_UP}}}, \tfrac{{1 - t}}{{{1 - WARM_UP}}}\big)",
        warm_up_linear,
    ),
    "cosine": Schedule("Cosine", r"\tfrac{1}{2}(1 + \cos \pi t)", cosine),
}
"""Schedules by name."""
