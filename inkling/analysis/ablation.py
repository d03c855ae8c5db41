"""Break a network on purpose: take units, biases or precision away, or add noise.

What a network can lose before it misreads digits says how its knowledge is spread.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nn import Network

RANDOM, LEAST, MOST = "random", "least", "most"
CHOICES = (RANDOM, LEAST, MOST)
BITS = (1, 2, 3, 4, 6, 8, 16, 32)
WHOLE = 32  # bits: the weights as they are
_INK = 255


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """What is done to a network, and to the images that it reads.

    Attributes
    ----------
    switched_off : float
        Share of the units of each hidden layer, 0 to 1, whose activation is 0.
    choice : {"random", "least", "most"}
        Which they are: any, or the least or the most important ones.
    without_biases : bool
        Whether all biases are 0.
    weight_noise : float
        Standard deviation of the noise on the weights, 0 to 10 times that of their layer's weights.
    bits : int
        How many are kept of each weight, one of `BITS`.
    image_noise : float
        Standard deviation of the noise on the pixels, 0 to 1, where 1 is from paper to ink.
    seed : int
        Of all that is left to chance; 0 or above.

    Raises
    ------
    ValueError
        If a value is out of its range; the message names it and the range.
    """

    switched_off: float = 0.0
    choice: str = RANDOM
    without_biases: bool = False
    weight_noise: float = 0.0
    bits: int = WHOLE
    image_noise: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what has no meaning."""
        for name, most in (("switched_off", 1), ("weight_noise", 10), ("image_noise", 1)):
            value = getattr(self, name)
            if not 0 <= value <= most:
                raise ValueError(f"{name}: from 0 to {most}, not {value}")
        if self.choice not in CHOICES:
            raise ValueError(f"choice: one of {', '.join(CHOICES)}, not {self.choice!r}")
        if self.bits not in BITS:
            raise ValueError(f"bits: one of {', '.join(map(str, BITS))}, not {self.bits}")
        if self.seed < 0:
            raise ValueError(f"seed: 0 or above, not {self.seed}")


def ablate(
    network: Network, damage: Ablation, ranking: Sequence[np.ndarray] | None = None
) -> Network:
    """Return a broken copy of a network.

    Biases go first, then come noise, rounding, and the units that are switched off: what is
    rounded stays rounded, and a unit that is off is off.

    Parameters
    ----------
    network : Network
        Not changed.
    damage : Ablation
    ranking : sequence of ndarray, optional
        For each hidden layer its units, the most important first. Needed where units are chosen by
        importance.

    Returns
    -------
    Network

    Raises
    ------
    ValueError
        If units are to be chosen by importance, and no ranking is given.
    """
    if damage.switched_off and damage.choice != RANDOM and ranking is None:
        raise ValueError("ranking: needed to choose units by importance")
    broken = network.copy()
    # A generator for each kind of damage: more of one does not change the chance in the other.
    noise, lots = (np.random.default_rng((damage.seed, kind)) for kind in range(2))
    for layer in broken.layers:
        if damage.without_biases:
            layer.b[:] = 0
        if damage.weight_noise:
            spread = damage.weight_noise * float(layer.W.std())
            layer.W += spread * noise.standard_normal(layer.W.shape)
        layer.W[:] = quantize(layer.W, damage.bits)
    for depth, layer in enumerate(broken.layers[1:]):
        units = len(layer.W)
        order = lots.permutation(units)
        if damage.choice != RANDOM and ranking is not None:
            order = ranking[depth] if damage.choice == MOST else ranking[depth][::-1]
        # The layer above hears nothing of them: the same as an activation of 0.
        layer.W[order[: round(damage.switched_off * units)]] = 0
    return broken


def quantize(W: np.ndarray, bits: int) -> np.ndarray:
    """Round weights to values at equal distances, as many as bits can count.

    With k bits these are the multiples of max|W| / (2**(k-1) - 1), 0 among them (the uniform
    symmetric quantizer of Krishnamoorthi 2018). One bit is a sign: times mean|W|, it comes nearest
    to the weights (Rastegari et al. 2016).

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
    if bits == WHOLE:
        return W
    if bits == 1:
        return np.where(W < 0, -1, 1).astype(W.dtype) * np.abs(W).mean()
    step = np.abs(W).max() / (2 ** (bits - 1) - 1)
    return np.round(W / step) * step if step > 0 else W


def share_rounded_away(network: Network, bits: int) -> float:
    """Return the share of a network's weights, 0 to 1, that become 0 when they are rounded.

    The largest weight of a layer sets the distance between the values, so with few bits most
    weights are nearer to 0 than to any other. With one bit none is lost: each keeps its sign.
    """
    counts = np.zeros(2, np.int64)  # rounded away, and all
    for layer in network.layers:
        lost = (quantize(layer.W, bits) == 0) & (layer.W != 0)
        counts += np.count_nonzero(lost), lost.size
    return float(counts[0] / counts[1])


def add_noise(images: np.ndarray, damage: Ablation) -> np.ndarray:
    """Return images (n, 28, 28) uint8 with the noise of a damage on their pixels, cut to 0..255."""
    if not damage.image_noise:
        return images
    rng = np.random.default_rng((damage.seed, 2))
    grain = rng.standard_normal(images.shape, np.float32)
    grain *= _INK * damage.image_noise
    grain += images
    return grain.round().clip(0, _INK).astype(np.uint8)
