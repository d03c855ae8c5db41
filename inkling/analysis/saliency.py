"""Saliency maps (gradient times input, occlusion) and minimal perturbations of an image.

Images are 28 by 28, from 0 for paper to 255 for ink. Networks are shared by many threads, so
derivatives are computed on a copy, in float64.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nn import Network

INK = 255
_STEPS = 50  # of DeepFool, at most; it usually needs fewer than ten
_OVERSHOOT = 0.02  # beyond a linearized boundary, as in the paper
_CROSSINGS = 3  # points on the boundary that are refined
_REFINEMENTS = 15  # of each, at most
_SHARES = (1, 1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32)  # of a step towards a linearized boundary
_NEARER = 0.9995  # a refinement shortens the change at least to this share
_ROUNDS, _POINTS = 3, 17  # bisection to 1 in 16 ** 3


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
    another digit and steps over it, until the prediction has changed. This is done for each other
    digit. From the nearest points on the boundary, each change is shortened: as in Croce and Hein
    (2020), the boundary is linearized where it was crossed, and a step is taken to the point of it
    nearest to the image, or to a share of the way where the boundary is curved. All steps stay
    within the box of possible pixels, 0 to 255. That there is no smaller change is not proved; a
    Carlini-Wagner search (2017) finds changes of the same length on average.

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
    crossings = []
    for digit in range(network.sizes[-1]):
        crossed = None if digit == answer else _deepfool(network, exact, start, answer, digit)
        if crossed is not None:
            crossings.append(_first_change(network, start, crossed, answer))
    if not crossings:
        return None
    crossings.sort(key=lambda crossing: _distance(start, crossing))
    refined = [_refined(network, exact, start, each, answer) for each in crossings[:_CROSSINGS]]
    best = min(refined, key=lambda crossing: _distance(start, crossing))
    new_answer = int(predict_unconverted(network, best).argmax())
    return Perturbation((best - start).reshape(image.shape), answer, new_answer)


def _deepfool(
    network: Network, exact: Network, start: np.ndarray, answer: int, digit: int
) -> np.ndarray | None:
    """Return pixels (784,) of another predicted digit on the way to `digit`, or None."""
    x = start
    for _ in range(_STEPS):
        if predict_unconverted(network, x).argmax() != answer:
            return x
        lead, w = _lead(exact, x, answer, digit)
        step = _shortest_step(w, lead, -x, INK - x)
        if step is None:
            return None
        x = np.clip(x + (1 + _OVERSHOOT) * step, 0, INK)
    return None


def _refined(
    network: Network, exact: Network, start: np.ndarray, crossing: np.ndarray, answer: int
) -> np.ndarray:
    """Return a point on the boundary, nearer to `start` than `crossing` if one is found."""
    for _ in range(_REFINEMENTS):
        nearer = _refine(network, exact, start, crossing, answer)
        if nearer is None:
            break
        crossing = nearer
    return crossing


def _refine(
    network: Network, exact: Network, start: np.ndarray, crossing: np.ndarray, answer: int
) -> np.ndarray | None:
    """Return a nearer point on the boundary, towards that of the boundary's plane, or None."""
    new_answer = int(predict_unconverted(network, crossing).argmax())
    lead, w = _lead(exact, crossing, answer, new_answer)
    # On the plane, the two logits are equal: w @ (start + step - crossing) = lead
    step = _shortest_step(w, lead + w @ (crossing - start), -start, INK - start)
    if step is None:
        return None
    longest = _NEARER * _distance(start, crossing)
    for share in _SHARES:
        change = (1 - share) * (crossing - start) + share * step
        for reach in (1, 1 + _OVERSHOOT):
            end = np.clip(start + reach * change, 0, INK)
            if predict_unconverted(network, end).argmax() != answer:
                found = _first_change(network, start, end, answer)
                if _distance(start, found) < longest:
                    return found
                break
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


def _lead(
    network: Network, pixels: np.ndarray, answer: int, digit: int
) -> tuple[float, np.ndarray]:
    """Return how far the logit of `answer` is above that of `digit`, and the descent (784,)."""
    direction = np.zeros((1, network.sizes[-1]))
    direction[0, answer], direction[0, digit] = -1, 1
    z, gradients = _logits_and_gradients(network, pixels, direction)
    return float(z[answer] - z[digit]), gradients[0]


def _jacobian(network: Network, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the logits (10,) of one image, and their derivatives (10, 784) in its pixels."""
    return _logits_and_gradients(network, pixels, np.eye(network.sizes[-1]))


def _logits_and_gradients(
    network: Network, pixels: np.ndarray, directions: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the logits of one image, and gradients of combinations of them in its pixels.

    Parameters
    ----------
    network : Network
        In float64, and used by this thread only.
    pixels : ndarray, (784,)
        From 0 to 255.
    directions : ndarray, (k, 10)
        Weights of the logits in each combination.

    Returns
    -------
    ndarray, (10,) and ndarray, (k, 784)
    """
    with np.errstate(over="ignore", invalid="ignore"):
        X = np.repeat(pixels[None] * network.input_scale, len(directions), axis=0)
        Z = network.forward(X)  # (k, 10), all rows alike
        return Z[0].copy(), network.input_gradient(directions) * network.input_scale
