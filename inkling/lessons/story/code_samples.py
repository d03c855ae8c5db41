"""Code samples of the chapters: short functions that a chapter shows and runs at once."""

import time
import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np

from data_loader import Dataset
from digits.augment import AUGMENTATIONS
from digits.idx import read_idx
from nn import Network, mlp, recipes
from nn.historical import NormalizedSigmoid
from nn.losses import Loss, MeanSquaredError, SoftmaxCrossEntropy
from nn.metrics import accuracy
from nn.training import new_network


def ramp() -> np.ndarray:
    """Return 100 x 100 numbers that rise from 0 to 1, row by row."""
    return np.linspace(0, 1, 10_000).reshape(100, 100)


def wave() -> np.ndarray:
    """Return 100 x 100 numbers: the squared sine of 10,000 steps from 0 to 10,000."""
    x = np.linspace(0, 10_000, 10_000)
    return (np.sin(x) ** 2).reshape(100, 100)


def read_digits(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read the training images (n, 28, 28) and labels (n,) from MNIST's files."""
    images = read_idx(next(folder.glob("train-images-idx3-ubyte*")))
    labels = read_idx(next(folder.glob("train-labels-idx1-ubyte*")))
    return images, labels


def first_version(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the outputs (n, 10) of a network 784-16-16-10 with random weights, without bounds."""
    A = images.reshape(-1, 784).astype(float)
    for inputs, units in pairwise((784, 16, 16, 10)):
        W, b = rng.normal(size=(inputs, units)), rng.normal(size=units)
        A = np.maximum(0, A @ W + b)  # (n, inputs) @ (inputs, units) -> (n, units)
    return A


def later_version(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the outputs (n, 10) of the same with sigmoids and small weights: all near 0.5."""
    network = mlp(
        (784, 16, 16, 10),
        "sigmoid",
        "sigmoid",
        initialization="normal",
        initial_scale=0.01,
        input_scale=1.0,
        rng=rng,
    )
    return network.outputs(images)


def costs(outputs: np.ndarray, label: int) -> tuple[float, float]:
    """Return the cost of ten outputs in two measures: squared distance, and cross-entropy."""
    squared = MeanSquaredError().value(outputs[None], np.array([label]))
    cross_entropy = SoftmaxCrossEntropy().value(outputs[None], np.array([label]))
    return squared, cross_entropy


def sigmoid_as_published(z: float) -> tuple[float, str]:
    """Return 1 / (1 + exp(-z)), computed as the textbook writes it, and NumPy's warning."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value = 1 / (1 + np.exp(-np.float64(z)))
    return float(value), str(caught[0].message) if caught else ""


def gradient_one_by_one(
    network: Network, loss: Loss, X: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """Return the mean gradient of a batch, one image after the other."""
    total = np.zeros_like(network.gradient)
    for k in range(len(X)):
        Z = network.forward(X[k : k + 1])  # (1, 784) -> (1, 10)
        loss.forward(Z, labels[k : k + 1])
        network.backward(loss.backward())
        total += network.gradient
    return total / len(X)


def gradient_at_once(network: Network, loss: Loss, X: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the same, all images in one pass."""
    loss.forward(network.forward(X), labels)  # (n, 784) -> (n, 10)
    network.backward(loss.backward())
    return network.gradient


def time_gradients(dataset: Dataset, images: int = 2_000) -> tuple[float, float, float]:
    """Return the seconds that each of the two functions takes, and their relative difference.

    The last is the largest difference of two entries, as a share of the largest entry.
    """
    network = mlp((784, 16, 16, 10), "sigmoid", "sigmoid", initialization="xavier")
    X, labels = network.inputs(dataset.train.images[:images]), dataset.train.labels[:images]
    loss = MeanSquaredError(network.output_activation)
    results, seconds = [], []
    for gradient in (gradient_one_by_one, gradient_at_once):
        began = time.perf_counter()
        results.append(gradient(network, loss, X, labels))
        seconds.append(time.perf_counter() - began)
    difference = np.abs(results[0] - results[1]).max() / np.abs(results[1]).max()
    return seconds[0], seconds[1], float(difference)


def count_parameters(*sizes: int) -> int:
    """Return the number of weights and biases: inputs times units, plus units, of each layer."""
    return sum(inputs * units + units for inputs, units in pairwise(sizes))


def warm_up(dataset: Dataset, rng: np.random.Generator) -> tuple[Network, list[float]]:
    """Return a network trained on 0, 1 and 2, and its test accuracy after each epoch."""
    train, test = dataset.train.labels < 3, dataset.test.labels < 3
    network = mlp(
        (784, 100, 3),
        "published-sigmoid",
        "normalized-sigmoid",
        initialization="normal",
        initial_bias=0.1,
        rng=rng,
        dtype=np.float64,
    )
    images, labels = dataset.train.images[train], dataset.train.labels[train]
    loss, accuracies = MeanSquaredError(network.output_activation), []
    for _epoch in range(5):
        for _batch in range(60):
            index = rng.integers(len(images), size=300)
            X = network.inputs(images[index])
            loss.forward(network.forward(X), labels[index])  # (300, 784) -> (300, 3)
            network.backward(loss.backward())
            network.theta -= 2.0 * network.gradient  # eta = 2
        answers = network.predict_proba(dataset.test.images[test]).argmax(axis=1)
        accuracies.append(float(np.mean(answers == dataset.test.labels[test])))
    return network, accuracies


def train_experiment_b(
    dataset: Dataset,
    output: NormalizedSigmoid,
    learning_rate: float,
    rng: np.random.Generator,
    epochs: int = 3,
) -> float:
    """Return the test accuracy of experiment B's network, trained with a derivative of its output.

    Unlike the experiment, it changes all layers at once after each step.
    """
    network = new_network(recipes["experiment-b"], rng)
    network.output_activation = output
    images, labels = dataset.train.images, dataset.train.labels
    loss = MeanSquaredError(output)
    for _step in range(60 * epochs):
        index = rng.integers(len(images), size=1_000)
        X = network.inputs(images[index])
        loss.forward(network.forward(X), labels[index])  # (1000, 784) -> (1000, 10)
        network.backward(loss.backward())
        network.theta -= learning_rate * network.gradient
    return accuracy(network.predict_proba(dataset.test.images), dataset.test.labels)


def distort_one(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return one digit (28, 28) ten times, (10, 28, 28), each distorted differently."""
    distort = AUGMENTATIONS["affine-elastic"]
    return distort(np.repeat(image[None], 10, axis=0), rng)
