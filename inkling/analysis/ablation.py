"""Ablation of a network: units, biases or precision removed, noise added to weights or images.

The accuracy that is left shows how the knowledge of a network is spread over its parameters.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inkling.analysis import hidden_layers
from nn import Network

RANDOM, LEAST, MOST = "random", "least", "most"
SELECTIONS = (RANDOM, LEAST, MOST)
BITS = (1, 2, 3, 4, 6, 8, 16, 32)
FULL_PRECISION = 32  # bits: the weights as they are
_INK = 255


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """Changes to a network and to the images that it reads.

    Attributes
    ----------
    switched_off : float
        Share of the units or filters of each hidden layer, 0 to 1, whose activation is set to 0.
    selection : {"random", "least", "most"}
        Which units these are: random ones, or the least or the most important ones.
    without_biases : bool
        Whether all biases are set to 0.
    weight_noise : float
        Standard deviation of the noise on the weights, 0 to 10 times that of their layer's weights.
    bits : int
        Precision of each weight, one of `BITS`.
    image_noise : float
        Standard deviation of the noise on the pixels, 0 to 1, where 1 is from paper to ink.
    seed : int
        Of the random selection and the noise; 0 or above.

    Raises
    ------
    ValueError
        If a value is out of its range; the message names it and the range.
    """

    switched_off: float = 0.0
    selection: str = RANDOM
    without_biases: bool = False
    weight_noise: float = 0.0
    bits: int = FULL_PRECISION
    image_noise: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the range of every field."""
        for name, most in (("switched_off", 1), ("weight_noise", 10), ("image_noise", 1)):
            value = getattr(self, name)
            if not 0 <= value <= most:
                raise ValueError(f"{name}: from 0 to {most}, not {value}")
        if self.selection not in SELECTIONS:
            raise ValueError(f"selection: one of {', '.join(SELECTIONS)}, not {self.selection!r}")
        if self.bits not in BITS:
            raise ValueError(f"bits: one of {', '.join(map(str, BITS))}, not {self.bits}")
        if self.seed < 0:
            raise ValueError(f"seed: 0 or above, not {self.seed}")


def ablate(
    network: Network, ablation: Ablation, rankings: Sequence[np.ndarray] | None = None
) -> Network:
    """Return an ablated copy of a network.

    Biases are dropped first, then noise is added, weights are rounded, and at last units are
    switched off, so that rounded weights stay rounded and a unit that is off stays off.

    Parameters
    ----------
    network : Network
        Not changed.
    ablation : Ablation
    rankings : sequence of ndarray, optional
        For each hidden layer its units or filters, the most important first. Needed where they are
        chosen by importance.

    Returns
    -------
    Network

    Raises
    ------
    ValueError
        If units are to be chosen by importance, and no rankings are given.
    """
    if ablation.switched_off and ablation.selection != RANDOM and rankings is None:
        raise ValueError("rankings: needed to choose units by importance")
    ablated = network.copy()
    # A generator of its own for each use: more noise does not change the random selection.
    noise_rng, unit_rng = (np.random.default_rng((ablation.seed, use)) for use in range(2))
    for layer in ablated.weighted_layers:
        if ablation.without_biases:
            layer.b[:] = 0
        if ablation.weight_noise:
            deviation = ablation.weight_noise * float(layer.W.std())
            layer.W += deviation * noise_rng.standard_normal(layer.W.shape)
        layer.W[:] = quantize(layer.W, ablation.bits)
    for depth, units in enumerate(hidden_layers.unit_counts(ablated)):
        order = unit_rng.permutation(units)
        if ablation.selection != RANDOM and rankings is not None:
            order = rankings[depth] if ablation.selection == MOST else rankings[depth][::-1]
        hidden_layers.switch_off(ablated, depth, order[: round(ablation.switched_off * units)])
    return ablated


def quantize(W: np.ndarray, bits: int) -> np.ndarray:
    """Return weights rounded to equidistant values, as many as the bits can count.

    With k bits these are the multiples of max|W| / (2**(k-1) - 1), 0 among them (the uniform
    symmetric quantizer of Krishnamoorthi 2018). With one bit only the sign is left: times mean|W|,
    it is the best approximation of the weights (Rastegari et al. 2016).

    Parameters
    ----------
    W : ndarray
        The weights of one layer.
    bits : int
        One of `BITS`; 32 leaves them as they are.

    Returns
    -------
    ndarray, of the same shape and dtype
    """
    if bits == FULL_PRECISION:
        return W
    if bits == 1:
        return np.where(W < 0, -1, 1).astype(W.dtype) * np.abs(W).mean()
    step = np.abs(W).max() / (2 ** (bits - 1) - 1)
    return np.round(W / step) * step if step > 0 else W


def share_rounded_to_zero(network: Network, bits: int) -> float:
    """Return the share of a network's weights, 0 to 1, that become 0 by rounding.

    The largest weight of a layer sets the distance between the values, so with few bits most
    weights are nearer to 0 than to any other value. With one bit none becomes 0.
    """
    counts = np.zeros(2, np.int64)  # rounded to 0, and all
    for layer in network.weighted_layers:
        zeroed = (quantize(layer.W, bits) == 0) & (layer.W != 0)
        counts += np.count_nonzero(zeroed), zeroed.size
    return float(counts[0] / counts[1])


def add_noise(images: np.ndarray, ablation: Ablation) -> np.ndarray:
    """Return images (n, 28, 28) uint8 with the ablation's noise on their pixels, cut to 0..255."""
    if not ablation.image_noise:
        return images
    rng = np.random.default_rng((ablation.seed, 2))
    noisy = rng.standard_normal(images.shape, np.float32)
    noisy *= _INK * ablation.image_noise
    noisy += images
    return noisy.round().clip(0, _INK).astype(np.uint8)
