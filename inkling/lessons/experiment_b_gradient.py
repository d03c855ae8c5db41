"""Numerical check of experiment B's gradient, which leaves out a term of its derivative."""

import math
from dataclasses import dataclass

import numpy as np

from data_loader import Dataset
from inkling.lessons.content import section
from nn import recipes
from nn.gradient_check import GradientCheck, gradient_check
from nn.historical import NormalizedSigmoid, PublishedSigmoid
from nn.losses import LOSSES
from nn.training import new_network

_CHECKED_IMAGES = 20
_CHECKED_WEIGHTS = 40  # of each layer
_INKED = 100  # pixels
_EPSILON = 1e-5  # at 1e-6 rounding takes one more digit away
_AGREES = 1e-6
_TABLE_ROWS = 4  # weights of each layer


class CompleteDerivative(NormalizedSigmoid):
    """Experiment B's output activation with its complete derivative."""

    label = "Normalised sigmoid, whole derivative"

    def apply(self, Z: np.ndarray) -> np.ndarray:
        """P = S / sum(S) in each row; the sum is kept, since P does not determine it."""
        S = PublishedSigmoid.apply(self, Z)
        self._sum = S.sum(axis=1, keepdims=True)
        S /= self._sum
        return S

    def gradient(self, A: np.ndarray, dA: np.ndarray) -> np.ndarray:
        """dS = (dA - sum(dA * P)) / sum(S), then dZ = dS * S * (1 - S)."""
        S = A * self._sum
        dS = (dA - np.sum(dA * A, axis=1, keepdims=True)) / self._sum
        return dS * S * (1 - S)


@dataclass(frozen=True, eq=False)
class CheckedLayer:
    """Gradient check of some weights of a layer.

    Attributes
    ----------
    published, complete : GradientCheck
        With the published derivative, and with the missing term put back.
    """

    published: GradientCheck
    complete: GradientCheck

    def largest(self, count: int) -> list[int]:
        """Return positions of the checked weights with the largest numerical gradients."""
        return np.argsort(-np.abs(self.complete.numerical))[:count].tolist()


def check_experiment_b(dataset: Dataset, seed: int = 0) -> tuple[CheckedLayer, ...]:
    """Return a gradient check of experiment B's untrained network for each layer.

    Parameters
    ----------
    dataset : Dataset
        The cost is that of its first training images.
    seed : int
        Of the network's weights and the choice of the checked ones.
    """
    config = recipes["experiment-b"]
    rng = np.random.default_rng(seed)
    network = new_network(config, rng)
    images = dataset.train.images[:_CHECKED_IMAGES]
    labels = dataset.train.labels[:_CHECKED_IMAGES]

    # The weights of a pixel that is white in all images have gradient 0 with either derivative.
    inked = np.argsort(network.inputs(images).mean(axis=0))[-_INKED:]
    hidden = np.arange(config.hidden_sizes[0])
    checked, start = [], 0
    for layer, inputs in zip(network.dense_layers, (inked, hidden), strict=True):
        rows = rng.choice(inputs, _CHECKED_WEIGHTS)
        columns = rng.integers(layer.W.shape[1], size=_CHECKED_WEIGHTS)
        indices = start + rows * layer.W.shape[1] + columns
        start += layer.W.size + layer.b.size
        checks = []
        for output in (NormalizedSigmoid(), CompleteDerivative()):
            network.output_activation = output
            loss = LOSSES[config.loss](output)
            checks.append(
                gradient_check(network, images, labels, loss, indices=indices, epsilon=_EPSILON)
            )
        checked.append(CheckedLayer(*checks))
    return tuple(checked)


def check_outcome(layers: tuple[CheckedLayer, ...]) -> int:
    """Return the position in the experiment's options that the check shows to be true."""
    error = max(layer.published.relative_error for layer in layers)
    if error < _AGREES:
        return 0
    return 1 if error < 0.1 else 2


def check_result(layers: tuple[CheckedLayer, ...]) -> str:
    """Return sentences on the difference between backpropagation and numerical gradient."""
    first, second = (layer.published.relative_error for layer in layers)
    largest = max(layer.complete.relative_error for layer in layers)
    return section(
        "failure_lab/missing-term",
        "Result",
        layer_1=first,
        layer_2=second,
        digits=math.floor(-math.log10(max(largest, 1e-15))),
    )


def check_table(layers: tuple[CheckedLayer, ...]) -> str:
    """Return a Markdown table of the weights of each layer with the largest gradients."""
    lines = [
        "| Layer | Published | Brute force | Complete |",
        "| --- | ---: | ---: | ---: |",
    ]
    for number, layer in enumerate(layers, 1):
        columns = (layer.published.analytic, layer.published.numerical, layer.complete.analytic)
        for k in layer.largest(_TABLE_ROWS):
            cells = " | ".join(f"{1e3 * column[k]:.3f}" for column in columns)
            lines.append(f"| {number} | {cells} |".replace("-", "\N{MINUS SIGN}"))
    return "\n".join(lines)
