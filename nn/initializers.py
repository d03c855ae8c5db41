"""Initialisers: random weights of suitable variance.

The weighted sums of a layer with `fan_in` inputs have about `fan_in` times the variance of one
weight. Xavier and He choose that variance so that activations keep their scale from layer to
layer; a fixed standard deviation does so only for one width.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Initializer(NamedTuple):
    """An initialisation, its name and its formula.

    Attributes
    ----------
    label : str
    formula : str
        LaTeX of the distribution of a weight between n inputs and m units, where s is the scale.
    draw : callable
        (generator, fan_in, fan_out, scale) -> weights (fan_in, fan_out), float64.
    """

    label: str
    formula: str
    draw: Callable[[np.random.Generator, int, int, float], np.ndarray]


def normal(rng: np.random.Generator, fan_in: int, fan_out: int, scale: float) -> np.ndarray:
    """Weights from N(0, scale**2), independent of the width."""
    return rng.normal(0, scale, (fan_in, fan_out))


def xavier(rng: np.random.Generator, fan_in: int, fan_out: int, scale: float) -> np.ndarray:
    """Weights from N(0, 2 / (fan_in + fan_out)) times `scale`: Glorot and Bengio 2010, eq. 12."""
    return rng.normal(0, scale * np.sqrt(2 / (fan_in + fan_out)), (fan_in, fan_out))


def he(rng: np.random.Generator, fan_in: int, fan_out: int, scale: float) -> np.ndarray:
    """Weights from N(0, 2 / fan_in) times `scale`, made for ReLU: He et al. 2015, eq. 10."""
    return rng.normal(0, scale * np.sqrt(2 / fan_in), (fan_in, fan_out))


INITIALIZERS: dict[str, Initializer] = {
    "he": Initializer("He", r"s\,\mathcal{N}(0, \tfrac{2}{n})", he),
    "xavier": Initializer("Xavier", r"s\,\mathcal{N}(0, \tfrac{2}{n + m})", xavier),
    "normal": Initializer("Normal(0, s)", r"\mathcal{N}(0, s^2)", normal),
}
"""Initialisations by name."""
