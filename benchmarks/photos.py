"""Accuracy on rendered photos of digits, by kind, as the Draw page reads them.

The digits are MNIST's validation images and strokes; the photos are seeded.
"""

import argparse
import sys
from collections.abc import Iterable

import numpy as np

from benchmarks.networks import add_networks, named_networks
from data_loader import load
from digits.drawing import drawing_to_image
from digits.ink import EmptyDrawing
from inkling.analysis.digit_detector import Kind, kind_of
from inkling.ui.draw.answer import CERTAIN
from nn import Network
from tools.photos import KINDS, Photo, render_photos

COUNT = 120
VALIDATION_SIZE = 5_000


def main() -> None:
    """Print a row for each kind: right, wrong with "sure" of 40, and refused, for each network."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks photos")
    parser.add_argument(
        "--photos", type=int, default=COUNT, help=f"of each kind; {COUNT} if left out"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", action="append", help="only this one; may be repeated")
    add_networks(parser)
    options = parser.parse_args(sys.argv[2:])
    train = load().train
    images, labels = train.images[-VALIDATION_SIZE:], train.labels[-VALIDATION_SIZE:]
    networks = named_networks(options.networks)
    titles = [f"{name}{what}" for name in networks for what in ("", ", sure and wrong of 40")]
    print(f"| % of {options.photos} photos | {' | '.join(titles)} | no ink |")
    print(f"| --- |{' --- |' * (len(titles) + 1)}")
    for kind in options.kind or KINDS:
        photos = render_photos(kind, images, labels, options.photos, options.seed)
        labels_, prepared = prepare(photos)
        cells = []
        for network in networks.values():
            right, sure = judge(network, prepared, labels_)
            cells += [f"{100 * right:.1f}", f"{40 * sure:.1f}"]
        empty = np.mean(~prepared.any(axis=(1, 2)))
        print(f"| {kind} | {' | '.join(cells)} | {100 * empty:.1f} |", flush=True)


def prepare(photos: Iterable[Photo]) -> tuple[np.ndarray, np.ndarray]:
    """Return labels (n,) and prepared images (n, 28, 28) uint8; without ink, an empty image."""
    labels, images = [], []
    for photo in photos:
        labels.append(photo.label)
        try:
            images.append(drawing_to_image(photo.rgba))
        except EmptyDrawing:
            images.append(np.zeros((28, 28), np.uint8))
    return np.array(labels), np.array(images)


def judge(network: Network, images: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Return the shares of right answers and of wrong ones that the page calls sure.

    An empty image counts as not right, and not as sure. The page calls no answer sure where it
    doubts that there is a digit.
    """
    P = network.predict_proba(images)
    there = images.any(axis=(1, 2))
    right = (P.argmax(axis=1) == labels) & there
    sure_and_wrong = [
        kind_of(image) is Kind.DIGIT
        for image in images[there & ~right & (P.max(axis=1) >= CERTAIN)]
    ]
    return float(np.mean(right)), sum(sure_and_wrong) / len(images)
