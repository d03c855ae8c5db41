"""Accuracy on corrupted test images, as they are and after a drawing's preparation.

The corruptions are those of MNIST-C (Mu and Gilmer 2019), of all 10,000 test images of MNIST.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from benchmarks.mnist_c import CORRUPTIONS, corrupt
from benchmarks.networks import add_networks, named_networks
from data_loader import load
from digits.drawing import drawing_to_image
from digits.ink import EmptyDrawing
from nn import Network, TrainConfig, train
from nn.metrics import accuracy
from nn.training import HasTrainTest

PLAIN = TrainConfig(filters=(16, 48), learning_rate=0.05, epochs=3)


def main() -> None:
    """Print a row for each corruption, with two columns for each network."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks corruptions")
    add_networks(parser)
    dataset = load()
    networks = named_networks(parser.parse_args(sys.argv[2:]).networks)
    networks["plain convolutional"] = plain_network(dataset)
    titles = [f"{name}{what}" for name in networks for what in ("", ", prepared")]
    print(f"| % | {' | '.join(titles)} |\n| --- |{' --- |' * len(titles)}")
    rows = []
    with ProcessPoolExecutor() as pool:
        for name in CORRUPTIONS:
            images = corrupt(name, dataset.test.images)
            ready = np.array(list(pool.map(prepared, images, chunksize=250)))
            rows.append(accuracies(networks, images, ready, dataset.test.labels))
            print(_row(name, rows[-1]), flush=True)
    print(_row("mean", list(np.mean(rows, axis=0))))


def plain_network(dataset: HasTrainTest) -> Network:
    """Return a small convolutional network that was trained on undistorted images."""
    for record in train(PLAIN, dataset):
        network = record.network
    assert network is not None
    return network


def prepared(image: np.ndarray) -> np.ndarray:
    """Prepare an image (28, 28) as the Draw page does; no ink gives an empty image."""
    rgba = np.full((*image.shape, 4), 255, np.uint8)
    rgba[..., :3] = image[..., None]
    try:
        return drawing_to_image(rgba)
    except EmptyDrawing:
        return np.zeros_like(image)


def accuracies(
    networks: dict[str, Network], images: np.ndarray, ready: np.ndarray, labels: np.ndarray
) -> list[float]:
    """Return the accuracy of each network on both kinds of images, in percent.

    An image without ink counts as a wrong answer.
    """
    empty = ~ready.any(axis=(1, 2))
    found = []
    for network in networks.values():
        found.append(100 * accuracy(network.predict_proba(images), labels))
        answers = network.predict_proba(ready).argmax(axis=1)
        found.append(100 * float(np.mean((answers == labels) & ~empty)))
    return found


def _row(name: str, shares: list[float]) -> str:
    return f"| {name} | {' | '.join(f'{share:.1f}' for share in shares)} |"
