"""Detection of drawings that are not one digit.

A small network with a sigmoid output for each digit learned from digits, and from other drawings
with ten zeros as targets (outlier exposure: Hendrycks, Mazeika and Dietterich, "Deep anomaly
detection with outlier exposure", 2019). Where none of its outputs reaches a threshold, the drawing
is probably not a digit. It judges the drawing, whichever network answers.

`python -m benchmarks detector` trains it and finds the threshold, which 1% or less of digits stay
below; `python -m benchmarks refusal` measures both rates.
"""

import json
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from nn import Network, load_model

NETWORK = Path(__file__).with_name("digit_detector.safetensors")
THRESHOLD = Path(__file__).with_name("digit_detector.json")

_INK = 128  # grey level from which a pixel counts as ink
# Of the two parts of a pair of digits. Ones in two parts, fours and fives have other proportions.
_LEAST_HEIGHT = 0.65  # of a part, as a share of the height of both
_LEAST_INK = 0.15  # of a part, as a share of the ink of both
_LEAST_WIDTH = 0.6  # of both, as a share of their height


class Kind(Enum):
    """What a drawing is taken to be."""

    DIGIT = "digit"
    TWO_DIGITS = "two digits"
    OTHER = "other"


def kind_of(image: np.ndarray) -> Kind:
    """Return what a drawing is taken to be.

    Parameters
    ----------
    image : ndarray, (28, 28) uint8
        As `digits.drawing.drawing_to_image` returns it.
    """
    return _kind_of(image.tobytes())


@lru_cache(maxsize=128)  # a page asks about its drawing several times
def _kind_of(pixels: bytes) -> Kind:
    image = np.frombuffer(pixels, np.uint8).reshape(28, 28)
    if has_two_parts(image):
        return Kind.TWO_DIGITS
    return Kind.DIGIT if digit_scores(image[None])[0] >= threshold() else Kind.OTHER


def digit_scores(images: np.ndarray) -> np.ndarray:
    """Return the largest output of the network for each image, from 0 to 1.

    Parameters
    ----------
    images : ndarray, (n, 28, 28) uint8

    Returns
    -------
    ndarray, (n,) float32
    """
    scores: np.ndarray = _network().outputs(images).max(axis=1)
    return scores


@cache
def threshold() -> float:
    """Return the score below which a drawing is probably not a digit."""
    return float(json.loads(THRESHOLD.read_text(encoding="utf-8"))["threshold"])


def has_two_parts(image: np.ndarray) -> bool:
    """Return whether an image has two large parts beside each other, with paper between them.

    Parameters
    ----------
    image : ndarray, (28, 28) uint8
    """
    ink: np.ndarray = image >= _INK
    columns = np.flatnonzero(ink.any(axis=0))
    gaps = np.flatnonzero(np.diff(columns) > 1)
    if not len(gaps):
        return False
    height = _extent(ink, axis=0)
    if _extent(ink, axis=1) < _LEAST_WIDTH * height:
        return False
    for gap in gaps:
        parts = ink[:, : columns[gap] + 1], ink[:, columns[gap] + 1 :]
        if min(_extent(part, axis=0) for part in parts) >= _LEAST_HEIGHT * height and (
            min(part.sum() for part in parts) >= _LEAST_INK * ink.sum()
        ):
            return True
    return False


def _extent(ink: np.ndarray, axis: int) -> int:
    """Return how many rows (axis 0) or columns (axis 1) the ink spans."""
    places = np.flatnonzero(ink.any(axis=1 - axis))
    return int(places[-1] - places[0] + 1)


@cache
def _network() -> Network:
    return load_model(NETWORK)
