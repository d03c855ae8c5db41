"""Time of an epoch of a convolutional network, beside its matrix products and beside PyTorch.

The products are those of `benchmarks.training`: with the same shapes, the same number of times,
into arrays that exist already, without the input gradient of the first layer. The patches of a
convolution are taken as given, so copying them is part of what training takes beyond the products.
PyTorch, where it is installed, trains the same network on one thread, from images that are float32
before the clock starts. All take turns. Float32, batches of 100, SGD, ReLU, softmax with
cross-entropy, no evaluation.
"""

import importlib
import importlib.util
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

import nn
from nn.convolution import numbers_per_image, place_counts

IMAGES, BATCH, ROUNDS = 55_000, 100, 5
SIDE, CLASSES, LEARNING_RATE = 28, 10, 0.01


class Shape(NamedTuple):
    """A network: filters of each convolution, their size, what shrinks the image, dense units."""

    filters: tuple[int, ...]
    kernel_size: int
    shrink: str
    hidden: int

    @property
    def name(self) -> str:
        """As in "16x5s 48x5s 128": s for a stride of 2, p for max pooling."""
        kernel = f"x{self.kernel_size}{self.shrink[0]}"
        return " ".join([*(f"{count}{kernel}" for count in self.filters), str(self.hidden)])

    def network(self) -> nn.Network:
        """Return this network, untrained."""
        sizes = SIDE**2, self.hidden, CLASSES
        return nn.cnn(self.filters, sizes, kernel_size=self.kernel_size, shrink=self.shrink)


SHAPES = (
    Shape((16, 48), 5, "stride", 128),
    Shape((32, 64), 5, "stride", 256),
    Shape((16, 32), 5, "pool", 128),
    Shape((12, 32), 3, "pool", 128),
)


def main() -> None:
    """Measure in a child process in which OPENBLAS_CORETYPE is not set: see `training.main`."""
    environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"}
    subprocess.run([sys.executable, "-m", "benchmarks.convolution"], env=environment, check=True)


def measure() -> None:
    """Print a row for each network."""
    torch = importlib.util.find_spec("torch") is not None
    if not torch:
        print("PyTorch is not installed: pip install -r requirements-bench.txt\n")
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (IMAGES, SIDE, SIDE), np.uint8)
    images *= rng.random(images.shape) < 0.2  # about as much ink as MNIST has
    train = SimpleNamespace(images=images, labels=rng.integers(0, CLASSES, IMAGES).astype(np.uint8))
    print(f"seconds an epoch of {IMAGES:,} images, median of {ROUNDS} turns\n")
    print(
        f"{'network':18} {'parameters':>10} {'MB a batch':>10} {'GEMM':>6} {'ours':>6} {'ratio':>6}"
        f"  {'lowest..highest':15} {'PyTorch':>7} {'ours/PyTorch':>12}"
    )
    for shape in SHAPES:
        network = shape.network()
        steps = [matrix_products(network), our_step(network, train)]
        if torch:
            steps.append(torch_step(shape, train))
        for step in steps:
            epoch(step, IMAGES // 10)
        turns = np.array([[epoch(step, IMAGES) for step in steps] for _ in range(ROUNDS)])
        seconds = np.median(turns, axis=0)
        ratios = turns[:, 1] / turns[:, 0]
        memory = numbers_per_image(SIDE, *shape[:3]) * BATCH * network.dtype.itemsize
        print(
            f"{shape.name:18} {len(network.theta):10,} {memory / 1e6:10.1f} {seconds[0]:6.2f} "
            f"{seconds[1]:6.2f} {statistics.median(ratios):6.2f}  "
            f"{f'{ratios.min():.2f}..{ratios.max():.2f}':15}",
            f"{seconds[2]:7.2f} {statistics.median(turns[:, 1] / turns[:, 2]):12.2f}"
            if torch
            else "",
        )
    print('\n"MB a batch": patches and sums of the convolutions, the largest arrays of a step.')


def our_step(network: nn.Network, train: SimpleNamespace) -> Callable[[], object]:
    """Return a training step of `nn`."""
    config = nn.TrainConfig(
        batch_size=BATCH,
        epochs=1_000,
        validation_size=0,
        optimizer="sgd",
        schedule="constant",
        learning_rate=LEARNING_RATE,
    )
    dataset = SimpleNamespace(train=train, test=train)
    return nn.Trainer(config, dataset, network=network).step


def matrix_products(network: nn.Network) -> Callable[[], None]:
    """Return a function that does the matrix products of one training step."""
    rng = np.random.default_rng(0)
    # The factors and the result of each product of the forward pass, and room for the gradients.
    convolutions, dense = [], []
    places = place_counts(SIDE, network.filters, network.kernel_size, network.shrink)
    for conv, count in zip(network.convolutions, places, strict=True):
        filters, patch = len(conv.W), math.prod(conv.W.shape[1:])
        shapes = (filters, patch), (patch, count * BATCH), (filters, count * BATCH)
        W, P, Z = (rng.random(shape, np.float32) for shape in shapes)
        convolutions.append((W, P, Z, np.empty_like(W), np.empty_like(P)))
    for layer in network.dense_layers:
        inputs, units = layer.W.shape
        X, W, Z = (
            rng.random(s, np.float32) for s in ((BATCH, inputs), layer.W.shape, (BATCH, units))
        )
        dense.append((X, W, Z, np.empty_like(X), np.empty_like(W)))

    def products() -> None:
        for W, P, Z, _, _ in convolutions:
            np.matmul(W, P, out=Z)
        for X, W, Z, _, _ in dense:
            np.matmul(X, W, out=Z)
        for X, W, Z, dX, dW in reversed(dense):
            np.matmul(X.T, Z, out=dW)
            np.matmul(Z, W.T, out=dX)
        for k, (W, P, Z, dW, dP) in reversed([*enumerate(convolutions)]):
            np.matmul(Z, P.T, out=dW)
            if k > 0:
                np.matmul(W.T, Z, out=dP)

    return products


def torch_step(shape: Shape, train: SimpleNamespace) -> Callable[[], object]:
    """Return a training step of PyTorch on one thread."""
    torch: Any = importlib.import_module("torch")
    torch.set_num_threads(1)
    layers = []
    for channels, filters in pairwise((1, *shape.filters)):
        stride = 2 if shape.shrink == "stride" else 1
        layers.append(torch.nn.Conv2d(channels, filters, shape.kernel_size, stride))
        if shape.shrink == "pool":
            layers.append(torch.nn.MaxPool2d(2))
        layers.append(torch.nn.ReLU())
    layers += [torch.nn.Flatten(), torch.nn.LazyLinear(shape.hidden), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers, torch.nn.Linear(shape.hidden, CLASSES))
    X = torch.from_numpy(train.images.astype(np.float32) / 255).unsqueeze(1)
    labels = torch.from_numpy(train.labels.astype(np.int64))
    model(X[:1])  # the lazy layer gets its size
    optimizer = torch.optim.SGD(model.parameters(), LEARNING_RATE)
    order = torch.randperm(len(X))
    position = 0

    def step() -> None:
        nonlocal order, position
        if position + BATCH > len(X):
            order, position = torch.randperm(len(X)), 0
        index = order[position : position + BATCH]
        position += BATCH
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(X[index]), labels[index]).backward()
        optimizer.step()

    return step


def epoch(step: Callable[[], object], images: int) -> float:
    """Return the seconds that training on these images takes."""
    start = time.perf_counter()
    for _ in range(images // BATCH):
        step()
    return time.perf_counter() - start


if __name__ == "__main__":
    measure()
