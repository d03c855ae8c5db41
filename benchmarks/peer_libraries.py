"""How each library trains the network that `benchmarks.peers` compares.

A function per library prepares a run, outside the clocks, and returns two others: one that trains
on some batches, and one that answers for the test images.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import nn
from benchmarks.training import matrix_products
from data_loader import Dataset
from nn.optimizers import Nesterov
from nn.training import train_validation_split

Train = Callable[[np.ndarray, np.ndarray], None]
"""(numbers of the images (batches * batch size,), learning rate of each batch) -> None."""
Answer = Callable[[], np.ndarray]
"""() -> the label that the network gives each test image."""


@dataclass(frozen=True)
class Task:
    """Data, initial weights and learning rates of a comparison."""

    config: nn.TrainConfig
    dataset: Dataset
    rates: np.ndarray

    def training(self) -> tuple[np.ndarray, np.ndarray]:
        """Return X (n, 784), float32 from 0 to 1, and the labels (n,), int64."""
        examples, _ = train_validation_split(self.dataset, self.config)
        return self._scaled(examples.images), examples.labels.astype(np.int64)

    def test(self) -> np.ndarray:
        """Return the test images as X."""
        return self._scaled(self.dataset.test.images)

    def weights(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return the W and b of every layer to begin with."""
        network = nn.mlp(self.config.sizes, rng=np.random.default_rng(self.config.seed))
        return [(layer.W, layer.b) for layer in network.dense_layers]

    def _scaled(self, images: np.ndarray) -> np.ndarray:
        X = images.reshape(len(images), -1).astype(np.float32)
        X *= self.config.input_scale
        return X


def products(task: Task) -> tuple[Train, Answer]:
    """Compute the matrix products only: the lower bound."""
    step = matrix_products(task.config.sizes, task.config.batch_size)
    return _repeat(step), lambda: np.zeros(len(task.dataset.test.labels))


def inkling(task: Task) -> tuple[Train, Answer]:
    """Train as the app does."""
    trainer = nn.Trainer(task.config, task.dataset)
    images = task.dataset.test.images
    return _repeat(trainer.step), lambda: trainer.network.predict_proba(images).argmax(axis=1)


def _repeat(step: Callable[[], object]) -> Train:
    def train(index: np.ndarray, rates: np.ndarray) -> None:
        for _ in rates:
            step()

    return train


def pytorch(task: Task) -> tuple[Train, Answer]:
    """Train with PyTorch, eagerly."""
    torch: Any = importlib.import_module("torch")
    torch.set_num_threads(1)
    X, y = map(torch.from_numpy, task.training())
    X_test = torch.from_numpy(task.test())
    layers = []
    for W, b in task.weights():
        layer = torch.nn.Linear(*W.shape)
        layer.weight.data[:] = torch.from_numpy(W.T)
        layer.bias.data[:] = torch.from_numpy(b)
        layers += [layer, torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    loss = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(
        model.parameters(), lr=task.rates[0], momentum=Nesterov.momentum, nesterov=True
    )

    def train(index: np.ndarray, rates: np.ndarray) -> None:
        batches = torch.from_numpy(index).split(task.config.batch_size)
        for batch, rate in zip(batches, rates.tolist(), strict=True):
            optimizer.param_groups[0]["lr"] = rate
            optimizer.zero_grad()
            loss(model(X[batch]), y[batch]).backward()
            optimizer.step()

    def answer() -> np.ndarray:
        with torch.no_grad():
            return model(X_test).argmax(1).numpy()

    return train, answer


def scikit_learn(task: Task) -> tuple[Train, Answer]:
    """Train scikit-learn's MLPClassifier, a quarter of an epoch at a time."""
    X, y = task.training()
    X_test = task.test()
    model = importlib.import_module("sklearn.neural_network").MLPClassifier(
        task.config.hidden_sizes,
        solver="sgd",
        alpha=0,
        batch_size=task.config.batch_size,
        learning_rate_init=task.rates[0],
        momentum=Nesterov.momentum,
        shuffle=False,
        random_state=task.config.seed,
    )

    def train(index: np.ndarray, rates: np.ndarray) -> None:
        if hasattr(model, "_optimizer"):
            model._optimizer.learning_rate = rates.mean()
        model.partial_fit(X[index], y[index], classes=np.arange(10))

    return train, lambda: model.predict(X_test)


def jax(task: Task) -> tuple[Train, Answer]:
    """Train with JAX, each step compiled as one."""
    jax: Any = importlib.import_module("jax")
    X, y = map(jax.numpy.asarray, task.training())
    X_test = jax.numpy.asarray(task.test())
    mu = Nesterov.momentum

    def logits(theta: Any, A: Any) -> Any:
        *hidden, (W_out, b_out) = theta
        for W, b in hidden:
            A = jax.nn.relu(A @ W + b)
        return A @ W_out + b_out

    def loss(theta: Any, X: Any, y: Any) -> Any:
        log_p = jax.nn.log_softmax(logits(theta, X))
        return -jax.numpy.take_along_axis(log_p, y[:, None], axis=1).mean()

    def step(theta: Any, velocity: Any, X: Any, y: Any, batch: Any, rate: float) -> Any:
        g = jax.grad(loss)(theta, X[batch], y[batch])
        velocity = jax.tree.map(lambda v, g: mu * v - rate * g, velocity, g)
        return jax.tree.map(lambda t, v, g: t + mu * v - rate * g, theta, velocity, g), velocity

    compiled = jax.jit(step, donate_argnums=(0, 1))
    theta = jax.tree.map(jax.numpy.array, task.weights())
    velocity = jax.tree.map(jax.numpy.zeros_like, theta)

    def train(index: np.ndarray, rates: np.ndarray) -> None:
        nonlocal theta, velocity
        for batch, rate in zip(index.reshape(len(rates), -1), rates.tolist(), strict=True):
            theta, velocity = compiled(theta, velocity, X, y, batch, rate)
        jax.block_until_ready(theta)

    return train, lambda: np.asarray(logits(theta, X_test).argmax(axis=1))


def keras(task: Task) -> tuple[Train, Answer]:
    """Train with Keras, on JAX if that is there, otherwise on PyTorch."""
    keras: Any = importlib.import_module("keras")
    if keras.config.backend() == "torch":
        importlib.import_module("torch").set_num_threads(1)
    X, y = task.training()
    X_test = task.test()

    class Schedule(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step: Any) -> Any:
            return keras.ops.take(task.rates.astype(np.float32), keras.ops.cast(step, "int32"))

    inputs, *hidden, outputs = task.config.sizes
    layers = [keras.layers.Dense(units, activation="relu") for units in hidden]
    model = keras.Sequential([keras.Input((inputs,)), *layers, keras.layers.Dense(outputs)])
    model.set_weights([array for layer in task.weights() for array in layer])
    model.compile(
        keras.optimizers.SGD(Schedule(), momentum=Nesterov.momentum, nesterov=True),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )

    def train(index: np.ndarray, rates: np.ndarray) -> None:
        size = len(index) // len(rates)
        model.fit(X[index], y[index], batch_size=size, shuffle=False, verbose=0)

    return train, lambda: model.predict(X_test, batch_size=1_000, verbose=0).argmax(axis=1)


FLOOR = "matrix products"
LIBRARIES: dict[str, tuple[str, Callable[[Task], tuple[Train, Answer]]]] = {
    FLOOR: ("numpy", products),
    "Inkling": ("numpy", inkling),
    "PyTorch": ("torch", pytorch),
    "scikit-learn": ("sklearn", scikit_learn),
    "JAX": ("jax", jax),
    "Keras": ("keras", keras),
}
"""Name: the module that must be there, and the function that prepares a run."""
