"""Perturbations that change an answer, beside a Carlini-Wagner search.

The search is Carlini and Wagner's (2017, section V): for each of the nine other digits it minimizes
the squared length of the change plus c times the margin by which another digit still leads, with
Adam, over pixels kept within their range by a tanh; c is found by bisection. It takes seconds an
image, and finds about the shortest changes known.
"""

import time

import numpy as np

from data_loader import load
from inkling.analysis.saliency import INK, minimal_perturbation
from nn import Network, TrainConfig, load_pretrained
from nn.training import train_validation_split

IMAGES = 30
ROUNDS, STEPS = 8, 400
RATE = 0.01  # of Adam, in the space of the tanh
FIRST_C, FACTOR = 1.0, 10.0
SEED = 0


def main() -> None:
    """Print both lengths, their ratio and the CPU time."""
    _, examples = train_validation_split(load(), TrainConfig())
    network = load_pretrained("dense")
    chosen = np.random.default_rng(SEED).choice(len(examples.labels), IMAGES, replace=False)
    images = examples.images[np.sort(chosen)]
    norms, seconds = [], []
    for image in images:
        began = time.process_time()
        perturbation = minimal_perturbation(network, image)
        seconds.append(time.process_time() - began)
        assert perturbation is not None
        norms.append(perturbation.norm)
    began = time.process_time()
    searched = carlini_wagner(network, images)
    search_seconds = (time.process_time() - began) / IMAGES
    ratios = np.array(norms) / searched
    print("| | mean length | CPU seconds an image |")
    print("| --- | --- | --- |")
    print(f"| Inkling | {np.mean(norms):.1f} | {np.median(seconds):.2f} |")
    print(f"| Carlini-Wagner | {np.mean(searched):.1f} | {search_seconds:.1f} |")
    print(
        f"\nRatio of the lengths: mean {ratios.mean():.3f}, from {ratios.min():.3f} to "
        f"{ratios.max():.3f}; longer by more than 1% in {np.sum(ratios > 1.01)} of {IMAGES}, "
        f"shorter in {np.sum(ratios < 0.99)}. Slowest image: {max(seconds):.2f} s."
    )


def carlini_wagner(network: Network, images: np.ndarray) -> np.ndarray:
    """Return the length (n,) of the shortest change found for each image, in levels of grey.

    Parameters
    ----------
    network : Network
    images : ndarray, (n, 28, 28) uint8
    """
    classes = network.sizes[-1]
    exact = network.copy(np.float64)
    exact.dense_layers[0].is_first = False  # the derivative in the pixels is needed
    pixels = images.reshape(len(images), -1) / INK
    answers = network.predict_proba(images).argmax(axis=1)
    targets = np.array([[k for k in range(classes) if k != answer] for answer in answers])
    start = pixels.repeat(classes - 1, axis=0)  # (n * 9, 784): a row for each target
    target = targets.ravel()
    rows = np.arange(len(start))
    shortest = np.full(len(start), np.inf)
    low, high = np.zeros(len(start)), np.full(len(start), np.inf)
    c = np.full(len(start), FIRST_C)
    for _ in range(ROUNDS):
        found = np.zeros(len(start), bool)
        w = np.arctanh((2 * start - 1) * 0.999999)
        m, v = np.zeros_like(w), np.zeros_like(w)
        for step in range(1, STEPS + 1):
            t = np.tanh(w)
            x = (t + 1) / 2
            Z = exact.forward(x * INK * network.input_scale)
            of_target = Z[rows, target].copy()
            Z[rows, target] = -np.inf
            best_other = Z.argmax(axis=1)
            margin = Z[rows, best_other] - of_target
            reached = margin < 0
            length = np.linalg.norm(x - start, axis=1)
            shortest = np.where(reached, np.minimum(shortest, length), shortest)
            found |= reached
            dZ = np.zeros_like(Z)
            dZ[rows, best_other] += c * ~reached
            dZ[rows, target] -= c * ~reached
            for layer in reversed(exact.layers):
                dZ = layer.backward(dZ)
            dx = 2 * (x - start) + dZ * (INK * network.input_scale)
            dw = dx * (1 - t * t) / 2
            m += 0.1 * (dw - m)
            v += 0.001 * (dw * dw - v)
            w -= RATE * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
        high = np.where(found, np.minimum(high, c), high)
        low = np.where(found, low, np.maximum(low, c))
        c = np.where(np.isinf(high), c * FACTOR, (low + high) / 2)
    return shortest.reshape(len(images), -1).min(axis=1) * INK
