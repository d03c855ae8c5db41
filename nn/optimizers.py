"""Optimisers: rules that change the parameters, given the gradient.

Each changes `theta`, the vector of all parameters, in place. What an optimiser carries from step
to step is in its `state`, arrays by name, so that a run can be saved and resumed.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

import numpy as np

from nn.network import Network


class Optimizer(ABC):
    """Update rule with its state for one vector of parameters.

    Parameters
    ----------
    theta : ndarray, (parameters,)
        The vector passed to `step`; only its size and dtype are used here.

    Attributes
    ----------
    label : str
        Its name.
    formula : str
        LaTeX of one step; the means in Adam's, of the gradient and of its square, are m and s.
    state : dict of str to ndarray
        What it carries from step to step.
    """

    label: ClassVar[str]
    formula: ClassVar[str]

    def __init__(self, theta: np.ndarray) -> None:
        self.state: dict[str, np.ndarray] = {}
        self._scratch = np.empty_like(theta)

    @abstractmethod
    def step(self, theta: np.ndarray, gradient: np.ndarray, learning_rate: float) -> None:
        """Change theta in place, given dL/dtheta of the last batch."""


class SGD(Optimizer):
    """Stochastic gradient descent."""

    label = "SGD"
    formula = r"\theta \leftarrow \theta - \eta\,\nabla L"

    def step(self, theta: np.ndarray, gradient: np.ndarray, learning_rate: float) -> None:
        """theta -= eta * gradient."""
        theta -= np.multiply(gradient, learning_rate, out=self._scratch)


class Momentum(Optimizer):
    """SGD with a velocity, the decaying sum of past steps (Polyak 1964)."""

    label = "Momentum"
    formula = r"v \leftarrow \mu v - \eta\,\nabla L, \quad \theta \leftarrow \theta + v"
    momentum = 0.9

    def __init__(self, theta: np.ndarray) -> None:
        super().__init__(theta)
        self.state["velocity"] = np.zeros_like(theta)

    def step(self, theta: np.ndarray, gradient: np.ndarray, learning_rate: float) -> None:
        """v = mu * v - eta * gradient; theta += v."""
        velocity = self.state["velocity"]
        velocity *= self.momentum
        velocity -= np.multiply(gradient, learning_rate, out=self._scratch)
        theta += velocity


class Nesterov(Momentum):
    """Nesterov's accelerated gradient (Sutskever et al. 2013, eq. 3 and 4).

    Theta is the lookahead point, at which the gradient is taken, so each step is written from
    there to the next lookahead point.
    """

    label = "Nesterov momentum"
    formula = (
        r"v \leftarrow \mu v - \eta\,\nabla L, \quad "
        r"\theta \leftarrow \theta + \mu v - \eta\,\nabla L"
    )

    def step(self, theta: np.ndarray, gradient: np.ndarray, learning_rate: float) -> None:
        """v = mu * v - eta * gradient; theta += mu * v - eta * gradient."""
        velocity = self.state["velocity"]
        change = np.multiply(gradient, learning_rate, out=self._scratch)
        velocity *= self.momentum
        velocity -= change
        theta -= change
        theta += np.multiply(velocity, self.momentum, out=self._scratch)


class Adam(Optimizer):
    """Adam, with a step size for each parameter (Kingma and Ba 2015, algorithm 1)."""

    label = "Adam"
    formula = r"\theta \leftarrow \theta - \eta\,\hat m / (\sqrt{\hat s} + \varepsilon)"
    decay_mean = 0.9
    decay_square = 0.999
    epsilon = 1e-8

    def __init__(self, theta: np.ndarray) -> None:
        super().__init__(theta)
        self.state = {
            "mean": np.zeros_like(theta),
            "square": np.zeros_like(theta),
            "steps": np.zeros(1, np.int64),
        }

    def step(self, theta: np.ndarray, gradient: np.ndarray, learning_rate: float) -> None:
        """theta -= eta * m / (sqrt(s) + eps), with m, s the bias-corrected means of g and g**2."""
        mean, square, scratch = self.state["mean"], self.state["square"], self._scratch
        self.state["steps"] += 1
        steps = int(self.state["steps"][0])

        mean *= self.decay_mean
        mean += np.multiply(gradient, 1 - self.decay_mean, out=scratch)
        square *= self.decay_square
        np.multiply(gradient, gradient, out=scratch)
        scratch *= 1 - self.decay_square
        square += scratch

        # Both means start at 0; the bias correction undoes that (section 3 of the paper).
        rate = learning_rate / (1 - self.decay_mean**steps)
        np.divide(square, 1 - self.decay_square**steps, out=scratch)
        np.sqrt(scratch, out=scratch)
        scratch += self.epsilon
        np.divide(mean, scratch, out=scratch)
        scratch *= rate
        theta -= scratch


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "adam": Adam,
}
"""Optimisers by name."""


def update_together(
    network: Network, dZ: np.ndarray, optimizer: Optimizer, learning_rate: float
) -> None:
    """Backpropagate dL/dZ of the output layer, then change all parameters in one step."""
    network.backward(dZ)
    optimizer.step(network.theta, network.gradient, learning_rate)


UPDATES: dict[str, Callable[[Network, np.ndarray, Optimizer, float], None]] = {
    "together": update_together
}
"""Orders in which gradients are computed and parameters changed, by name."""
