"""Saliency maps (gradient times input, occlusion) and minimal perturbations of an image.

Images are 28 by 28, from 0 for paper to 255 for ink. Networks are shared by many threads, so
derivatives are computed without the state that a network keeps for its own backpropagation, on a
copy in float64.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nn import Network

INK = 255
_STEPS = 50  # of DeepFool, at most; it usually needs fewer than ten
_OVERSHOOT = 0.02  # beyond a linearized boundary, as in the paper
_REFINEMENTS = 12
_REACH = (1.0, 1.02, 1.1, 1.3)  # multiples of a step at which the real boundary is searched
_ROUNDS, _POINTS = 3, 33  # bisection to 1 in 32 ** 3


class Attribution(NamedTuple):
    """Contribution of each pixel to the margin between two logits.

    Attributes
    ----------
    digit : int
        The digit that is explained.
    contrast : int
        The other digit with the largest logit.
    margin : float
        The logit of `digit` less that of `contrast`: above 0 where `digit` is the answer.
    values : ndarray, (28, 28) float64
        Above 0 for pixels in favour of `digit`, below 0 for those in favour of `contrast`.
    """

    digit: int
    contrast: int
    margin: float
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class Perturbation:
    """Change of an image that changes the predicted digit.

    Attributes
    ----------
    change : ndarray, (28, 28) float64
        Added to the pixels, in levels of grey.
    answer, new_answer : int
        Predicted digit without and with the change.
    """

    change: np.ndarray
    answer: int
    new_answer: int

    @property
    def norm(self) -> float:
        """Euclidean norm (L2), in levels of grey."""
        return float(np.linalg.norm(self.change))

    def apply(self, image: np.ndarray, strength: float = 1.0) -> np.ndarray:
        """Return an image (28, 28) plus a multiple of the change, float64 from 0 to 255."""
        return np.clip(image + strength * self.change, 0, INK)


def predict_unconverted(network: Network, image: np.ndarray) -> np.ndarray:
    """Return the probabilities (10,) of an image (28, 28) whose pixels need not be whole numbers.

    Parameters
    ----------
    network : Network
    image : ndarray, (28, 28)
        From 0 to 255.
    """
    return _predict_pixels(network, image.reshape(1, -1))[0]


def gradient_times_input(network: Network, image: np.ndarray, digit: int) -> Attribution:
    """Return the contribution of each pixel to a digit's margin over the best other digit.

    The derivative of the margin with respect to a pixel, times the pixel (Shrikumar et al. 2016,
    "Not just a black box"). For a network without hidden layers, these products and
    the two biases add up to the margin; for others the derivative holds only close to this image.

    Parameters
    ----------
    network : Network
    image : ndarray, (28, 28)
        From 0 to 255.
    digit : int
        From 0 to 9.
    """
    z, J = _jacobian(network.copy(np.float64), image.astype(np.float64).ravel())
    others = z.copy()
    others[digit] = -np.inf
    contrast = int(others.argmax())
    values = (J[digit] - J[contrast]) * image.ravel()  # (784,)
    return Attribution(digit, contrast, float(z[digit] - z[contrast]), values.reshape(image.shape))


def occlusion(
    network: Network, image: np.ndarray, digit: int, side: int = 5, shade: int = 0
) -> np.ndarray:
    """Return how much a digit's probability falls when a square covers each part of the image.

    The method of Zeiler and Fergus (2014, section 4.2).

    Parameters
    ----------
    network : Network
    image : ndarray, (28, 28) uint8
    digit : int
        0 to 9.
    side : int
        Of the square, in pixels: odd, so that it has a middle.
    shade : int
        Of the square: 0 is paper, 255 ink.

    Returns
    -------
    ndarray, (28, 28) float64
        How much the probability falls, from -1 to 1, when the middle of the square lies on this
        pixel.

    Raises
    ------
    ValueError
        If `side` is even or less than 1, or `shade` is not from 0 to 255.
    """
    if side < 1 or side % 2 == 0:
        raise ValueError(f"side: an odd number of pixels, not {side}")
    if not 0 <= shade <= INK:
        raise ValueError(f"shade: from 0 to {INK}, not {shade}")
    places = [np.arange(length) for length in image.shape]
    rows, columns = (np.abs(k[:, None] - k) <= side // 2 for k in places)
    covered = rows[:, None, :, None] & columns[None, :, None, :]  # (28, 28, 28, 28)
    images = np.where(covered, np.uint8(shade), image).reshape(-1, *image.shape)
    P = network.predict_proba(images)[:, digit].astype(np.float64)  # (784,)
    intact = float(network.predict_proba(image[None])[0, digit])
    # The order of summation may change the last digits even where the square changes nothing.
    same = (images == image).all(axis=(1, 2))
    return np.where(same, 0.0, intact - P).reshape(image.shape)


def minimal_perturbation(network: Network, image: np.ndarray) -> Perturbation | None:
    """Return the smallest change found, by Euclidean norm, that changes the predicted digit.

    DeepFool (Moosavi-Dezfooli, Fawzi and Frossard 2016, algorithm 2) linearizes the boundary to
    each other digit and steps over the nearest one, until the prediction has changed. Then, as in
    Croce and Hein (2020), the boundary is linearized where it was crossed, and the point of it
    nearest to the image is taken, as long as that makes the change smaller. All steps stay within
    the box of possible pixels, 0 to 255. That there is no smaller change is not proved.

    Parameters
    ----------
    network : Network
    image : ndarray, (28, 28)
        From 0 to 255.

    Returns
    -------
    Perturbation or None
        None where none was found, as for a network with constant outputs.
    """
    start = image.astype(np.float64).ravel()
    answer = int(predict_unconverted(network, start).argmax())
    exact = network.copy(np.float64)
    crossed = _deepfool(network, exact, start, answer)
    if crossed is None:
        return None
    best = _first_change(network, start, crossed, answer)
    for _ in range(_REFINEMENTS):
        nearer = _refine(network, exact, start, best, answer)
        if nearer is None or _distance(start, nearer) >= 0.999 * _distance(start, best):
            break
        best = nearer
    new_answer = int(predict_unconverted(network, best).argmax())
    return Perturbation((best - start).reshape(image.shape), answer, new_answer)


def _deepfool(
    network: Network, exact: Network, start: np.ndarray, answer: int
) -> np.ndarray | None:
    """Return pixels (784,) of another predicted digit; None if no boundary can be reached."""
    x = start
    for _ in range(_STEPS):
        if predict_unconverted(network, x).argmax() != answer:
            return x
        z, J = _jacobian(exact, x)
        steps = [
            _shortest_step(J[k] - J[answer], z[answer] - z[k], -x, INK - x)
            for k in range(len(z))
            if k != answer
        ]
        possible = [step for step in steps if step is not None]
        if not possible:
            return None
        step = min(possible, key=lambda step: float(step @ step))
        x = np.clip(x + (1 + _OVERSHOOT) * step, 0, INK)
    return None


def _refine(
    network: Network, exact: Network, start: np.ndarray, crossing: np.ndarray, answer: int
) -> np.ndarray | None:
    """Return the point nearest to `start` on the boundary linearized at `crossing`, or None."""
    z, J = _jacobian(exact, crossing)
    new_answer = int(predict_unconverted(network, crossing).argmax())
    w = J[new_answer] - J[answer]
    # On the plane, the two logits are level: w @ (start + step - crossing) = z[answer] - z[becomes]
    gap = z[answer] - z[new_answer] + w @ (crossing - start)
    step = _shortest_step(w, gap, -start, INK - start)
    if step is None:
        return None
    for reach in _REACH:
        end = np.clip(start + reach * step, 0, INK)
        if predict_unconverted(network, end).argmax() != answer:
            return _first_change(network, start, end, answer)
    return None


def _shortest_step(
    w: np.ndarray, gap: float, low: np.ndarray, high: np.ndarray
) -> np.ndarray | None:
    """Return the shortest r with w @ r = gap and low <= r <= high.

    It is r = clip(t w, low, high) for some t, since the pixels that are free to move do so along
    w. With t, one pixel after the other reaches its bound; between two such moments w @ r is a
    straight line in t.

    Parameters
    ----------
    w, low, high : ndarray, (784,)
        low <= 0 <= high.
    gap : float

    Returns
    -------
    ndarray, (784,), or None
        None where no r within the bounds is enough, or `gap` is not above 0.
    """
    if not np.isfinite(w).all() or not gap > 0:
        return None
    moves = np.flatnonzero(w)
    bound = np.where(w > 0, high, low)[moves]
    full = bound / w[moves]  # the t at which each pixel is at its bound
    order = np.argsort(full)
    gained = np.concatenate([[0.0], np.cumsum((w[moves] * bound)[order])])  # by those at theirs
    slope = np.cumsum((w[moves] ** 2)[order][::-1])[::-1]  # of those still free
    reached = gained[:-1] + full[order] * slope
    k = int(np.searchsorted(reached, gap))
    if k == len(moves):
        return None
    t = (gap - gained[k]) / slope[k]
    return np.clip(t * w, low, high)


def _first_change(network: Network, start: np.ndarray, end: np.ndarray, answer: int) -> np.ndarray:
    """Return the first point from `start` to `end` with another prediction, as `end` has."""
    low, high = 0.0, 1.0
    for _ in range(_ROUNDS):
        shares = np.linspace(low, high, _POINTS)
        points = start + shares[:, None] * (end - start)  # (points, 784)
        changed = _predict_pixels(network, points).argmax(axis=1) != answer
        changed[-1] = True  # known, but rounding differs in a larger batch
        first = max(1, int(changed.argmax()))
        low, high = shares[first - 1], shares[first]
    # Matrices of one row and of many are summed in other orders: the last digit may differ.
    while (
        high < 1 and predict_unconverted(network, start + high * (end - start)).argmax() == answer
    ):
        high = min(1.0, high + (high - low))
    return start + high * (end - start)


def _distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.linalg.norm(a - b))


def _predict_pixels(network: Network, pixels: np.ndarray) -> np.ndarray:
    """Return the probabilities (n, 10) of pixels (n, 784) from 0 to 255."""
    return network.predict_proba(pixels.astype(np.float64) * network.input_scale)


def _jacobian(network: Network, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the logits of one image, and their derivatives with respect to its pixels.

    Parameters
    ----------
    network : Network
        In float64.
    pixels : ndarray, (784,)
        From 0 to 255.

    Returns
    -------
    ndarray, (10,) and ndarray, (10, 784)
    """
    with np.errstate(over="ignore", invalid="ignore"):
        A = [pixels[None] * network.input_scale]
        layers, activations = network.dense_layers, network.activation_layers
        for layer, activation in zip(layers[:-1], activations, strict=False):
            A.append(activation.apply(layer.apply(A[-1])))  # (1, units)
        last = layers[-1]
        z = (A[-1] @ last.W + last.b)[0]
        dA = last.W.T.copy()  # (10, units): dz/dA, a row for each logit
        for layer, activation, a in zip(layers[-2::-1], activations[-2::-1], A[:0:-1], strict=True):
            dZ = activation.gradient(a, dA)
            dA = dZ @ layer.W.T  # (10, units) @ (units, inputs) -> (10, inputs)
        return z, dA * network.input_scale
