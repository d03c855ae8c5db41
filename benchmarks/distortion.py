"""How many digits a second one core distorts, a batch of training at a time."""

import statistics
import time

import numpy as np

import nn  # noqa: F401 - before NumPy computes anything: it sets the number of BLAS threads
from digits.augment import AUGMENTATIONS
from digits.builtin import draw_digits

BATCH, BATCHES, ROUNDS = 250, 80, 9


def main() -> None:
    """Distort drawn digits in each way in turn, and print images a second."""
    images, _ = draw_digits(BATCH * BATCHES)
    rng = np.random.default_rng(0)
    rates: dict[str, list[float]] = {name: [] for name in AUGMENTATIONS}
    for _ in range(ROUNDS):
        for name, distort in AUGMENTATIONS.items():
            start = time.perf_counter()
            for k in range(0, len(images), BATCH):
                distort(images[k : k + BATCH], rng)
            rates[name].append(len(images) / (time.perf_counter() - start))
    print(f"images a second in batches of {BATCH}, median of {ROUNDS} rounds\n")
    for name, found in rates.items():
        print(f"{name:15} {statistics.median(found):9,.0f}  {min(found):,.0f}..{max(found):,.0f}")
