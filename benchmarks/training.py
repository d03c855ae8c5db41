"""Time of an epoch of training compared with its matrix products.

The products (BLAS calls it GEMM) are done with the same shapes, the same number of times, into
arrays that exist already, and without the input gradient of the first layer, which is not needed.
Their time is the floor; what training takes beyond it is everything else: fetching the batch,
biases, activations, loss, the step. Both are timed in turn, so that a change in the machine's
speed hits both. Float32, SGD, ReLU, softmax with cross-entropy, one BLAS thread, no evaluation.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from types import SimpleNamespace

SHAPES = (((100,), 1_000), ((128,), 100), ((512, 512), 100))
IMAGES = 60_000
PAIRS = 7


def main() -> None:
    """Measure in a child process in which OPENBLAS_CORETYPE is not set.

    The variable chooses a kernel for another processor than this one. A slow kernel makes the
    products slow and the ratio look good.
    """
    environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"}
    subprocess.run([sys.executable, "-m", "benchmarks.training"], env=environment, check=True)


def measure() -> None:
    """Print kernel, time of the products, time of training, and their ratio."""
    import numpy as np
    import threadpoolctl

    import nn

    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (IMAGES, 28, 28), np.uint8)
    images *= rng.random(images.shape) < 0.2  # about as much ink as MNIST has
    train = SimpleNamespace(images=images, labels=rng.integers(0, 10, IMAGES).astype(np.uint8))
    dataset = SimpleNamespace(train=train, test=train)

    blas = [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
    for pool in blas:
        print(
            f"BLAS {pool['internal_api']} {pool['version']}, kernel "
            f"{pool.get('architecture', 'unknown')}, {pool['num_threads']} thread"
        )
    print(f"seconds an epoch of {IMAGES:,} images, median of {PAIRS} interleaved pairs\n")
    print(f"{'network':18} {'batch':>5} {'GEMM':>7} {'ours':>7} {'ratio':>6}  lowest..highest")
    for hidden, batch in SHAPES:
        config = nn.TrainConfig(
            hidden_sizes=hidden,
            batch_size=batch,
            epochs=1_000,
            validation_size=0,
            optimizer="sgd",
            schedule="constant",
            learning_rate=0.01,
        )
        trainer = nn.Trainer(config, dataset)
        products = matrix_products(config.sizes, batch)
        epoch(trainer.step, batch), epoch(products, batch)
        pairs = [(epoch(products, batch), epoch(trainer.step, batch)) for _ in range(PAIRS)]
        gemm = statistics.median(a for a, _ in pairs)
        ours = statistics.median(b for _, b in pairs)
        ratios = sorted(b / a for a, b in pairs)
        name = str(config.architecture)
        print(
            f"{name:18} {batch:5} {gemm:7.3f} {ours:7.3f} {statistics.median(ratios):6.2f}"
            f"  {ratios[0]:.2f}..{ratios[-1]:.2f}"
        )


def matrix_products(sizes: tuple[int, ...], batch: int) -> Callable[[], None]:
    """Return a function that does the matrix products of one training step."""
    import numpy as np

    rng = np.random.default_rng(0)
    A = [rng.random((batch, size), np.float32) for size in sizes]
    W = [rng.random(shape, np.float32) for shape in pairwise(sizes)]
    dW = [np.empty_like(w) for w in W]
    dA = [np.empty_like(a) for a in A]

    def products() -> None:
        for k in range(len(W)):
            np.matmul(A[k], W[k], out=dA[k + 1])
        for k in reversed(range(len(W))):
            np.matmul(A[k].T, A[k + 1], out=dW[k])
            if k > 0:
                np.matmul(A[k + 1], W[k].T, out=dA[k])

    return products


def epoch(step: Callable[[], object], batch: int) -> float:
    """Return the seconds that an epoch of steps takes."""
    start = time.perf_counter()
    for _ in range(IMAGES // batch):
        step()
    return time.perf_counter() - start


if __name__ == "__main__":
    measure()
