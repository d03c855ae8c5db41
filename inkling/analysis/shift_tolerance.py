"""Shift tolerance: the answers of a network to images that are moved by a few pixels.

A convolution applies the same weights at each place, so a moved digit gives moved feature maps; a
dense layer has other weights for each pixel.
"""

import numpy as np

from nn import Network
from nn.training import LabelledImages

MOST = 4  # pixels: MNIST's digits are 20 wide or high, so about as many are free on each side
_DIRECTIONS = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]
_BUDGET = 1e10  # multiplications, about half a second
_MIN_IMAGES, _MAX_IMAGES, _ROUND = 200, 1_000, 100


def shift(images: np.ndarray, down: int, right: int) -> np.ndarray:
    """Return images moved by whole pixels; what comes in is paper, what goes out is lost.

    Parameters
    ----------
    images : ndarray, (..., h, w)
    down, right : int
        Below 0: up, left. No more than there are rows and columns.
    """
    moved = np.zeros_like(images)
    h, w = images.shape[-2:]
    moved[..., max(0, down) : h + down, max(0, right) : w + right] = images[
        ..., max(0, -down) : h - down, max(0, -right) : w - right
    ]
    return moved


def probabilities_by_shift(network: Network, image: np.ndarray) -> np.ndarray:
    """Return a network's probabilities for an image at each place.

    Parameters
    ----------
    network : Network
    image : ndarray, (28, 28) uint8

    Returns
    -------
    ndarray, (9, 9, 10)
        First index: moved down by -4 to 4 pixels. Second: moved right.
    """
    places = range(-MOST, MOST + 1)
    moved = np.stack([shift(image, down, right) for down in places for right in places])
    return network.predict_proba(moved).reshape(len(places), len(places), -1)


def accuracy_by_distance(network: Network, examples: LabelledImages) -> np.ndarray:
    """Return the accuracy of a network on images moved by 0 to 4 pixels, (5,).

    It is the mean over eight directions: up, down, left, right, and by as many pixels along both
    axes.
    """
    accuracies = np.empty(MOST + 1)
    for distance in range(MOST + 1):
        directions = _DIRECTIONS if distance else [(0, 0)]
        right = [
            network.predict_proba(
                shift(examples.images, distance * down, distance * across)
            ).argmax(axis=1)
            == examples.labels
            for down, across in directions
        ]
        accuracies[distance] = np.mean(right)
    return accuracies


def affordable_images(*networks: Network) -> int:
    """Return on how many images `accuracy_by_distance` of these networks takes a moment only."""
    passes = 1 + MOST * len(_DIRECTIONS)
    largest = max(network.architecture.multiplications for network in networks)
    count = _BUDGET // (passes * largest) // _ROUND * _ROUND
    return int(np.clip(count, _MIN_IMAGES, _MAX_IMAGES))
