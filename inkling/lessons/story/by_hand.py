"""Small computations that a visitor does by hand: one unit, one weight, a network of four."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

UNIT_PICTURES: dict[str, tuple[float, float, float]] = {
    "Ink on the left": (1.0, 0.0, 0.0),
    "Ink in the middle": (0.0, 1.0, 0.0),
    "Ink everywhere": (1.0, 1.0, 1.0),
}
"""Pictures of three pixels, 0 to 1, for one unit."""

WANTED_PICTURE = "Ink in the middle"
"""The picture that the unit has to tell from the others."""

START_WEIGHT = -2.0
"""Where the ball begins on the curve of `valley_cost`."""

BEST_WEIGHT = 2.0


def unit_sum(pixels: Sequence[float], weights: Sequence[float], bias: float) -> float:
    """Return a unit's sum: each pixel times its weight, plus the bias."""
    return float(np.dot(pixels, weights) + bias)


def unit_output(pixels: Sequence[float], weights: Sequence[float], bias: float) -> float:
    """Return a unit's output: its sum where that is above 0, else 0 (ReLU)."""
    return max(0.0, unit_sum(pixels, weights, bias))


def finds_middle(weights: Sequence[float], bias: float) -> bool:
    """Whether a unit's output is above 0.5 for the wanted picture, and below for the others."""
    return all(
        (unit_output(pixels, weights, bias) > 0.5) == (name == WANTED_PICTURE)
        for name, pixels in UNIT_PICTURES.items()
    )


def valley_cost(weight: float) -> float:
    """Return the cost of a network with a single weight."""
    return (weight - BEST_WEIGHT) ** 2


def valley_slope(weight: float) -> float:
    """Return the gradient of `valley_cost`: how steeply the cost rises with the weight."""
    return 2 * (weight - BEST_WEIGHT)


def step_downhill(weight: float, learning_rate: float) -> float:
    """Return the weight after one step of gradient descent."""
    return weight - learning_rate * valley_slope(weight)


class SmallNetwork(NamedTuple):
    """Network 1-2-1 with four weights, ReLU units and no biases.

    Attributes
    ----------
    w1, w2 : float
        From the input to the hidden units.
    v1, v2 : float
        From the hidden units to the output.
    """

    w1: float
    w2: float
    v1: float
    v2: float

    def hidden(self, x: float) -> tuple[float, float]:
        """Return the outputs of the two hidden units."""
        return max(0.0, self.w1 * x), max(0.0, self.w2 * x)

    def output(self, x: float) -> float:
        """Return the output."""
        h1, h2 = self.hidden(x)
        return self.v1 * h1 + self.v2 * h2

    def cost(self, x: float, target: float) -> float:
        """Return half the squared distance from the target."""
        return (self.output(x) - target) ** 2 / 2

    def gradient(self, x: float, target: float) -> "SmallNetwork":
        """Return how fast the cost rises with each weight: backpropagation."""
        h1, h2 = self.hidden(x)
        error = self.output(x) - target
        blame1 = error * self.v1 * (h1 > 0)  # the slope of a ReLU is 1 or 0
        blame2 = error * self.v2 * (h2 > 0)
        return SmallNetwork(x * blame1, x * blame2, h1 * error, h2 * error)

    def after_step(self, x: float, target: float, learning_rate: float) -> "SmallNetwork":
        """Return the network after one step of gradient descent."""
        slopes = self.gradient(x, target)
        return SmallNetwork(
            *(w - learning_rate * slope for w, slope in zip(self, slopes, strict=True))
        )


BLAME_NETWORK = SmallNetwork(w1=1.0, w2=0.5, v1=1.5, v2=-1.0)
BLAME_INPUT = 2.0
BLAME_TARGET = 1.0
BLAME_LEARNING_RATE = 0.05
