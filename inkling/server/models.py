"""Trained networks for prediction: saved runs, uploaded files and the pretrained one."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from nn import Network, TrainConfig
from nn.architecture import Architecture

_MAX_MODELS_PER_VISITOR = 5
_MAX_VISITORS = 100


@dataclass(frozen=True, eq=False)
class Model:
    """A trained network with its name and accuracy.

    Attributes
    ----------
    id, name : str
    architecture : Architecture
    load : callable
        Returns the network, which visitors' threads share: only `predict_proba` and `activations`
        are used. Loaded on demand, because a list of models is long.
    test_accuracy : float or None
        From 0 to 1; None if unknown.
    config : TrainConfig or None
        How it was trained; None if unknown.
    group : str
        The sweep or experiment that it is part of; empty for a single run and for files.
    """

    id: str
    name: str
    architecture: Architecture
    load: Callable[[], Network]
    test_accuracy: float | None = None
    config: TrainConfig | None = None
    group: str = ""

    @property
    def network(self) -> Network:
        """The network."""
        return self.load()

    @property
    def label(self) -> str:
        """Name, accuracy and layers in one line, of which a phone shows the beginning."""
        accuracy = "" if self.test_accuracy is None else f"{self.test_accuracy:.2%} · "
        return f"{self.name} · {accuracy}{self.architecture.summary}"


def model_of(
    network: Network,
    model_id: str,
    name: str,
    config: TrainConfig | None = None,
    test_accuracy: float | None = None,
) -> Model:
    """Return a network that is in memory as a model."""
    return Model(model_id, name, network.architecture, lambda: network, test_accuracy, config)


@dataclass
class UploadedModels:
    """Models that visitors uploaded: a few each, the oldest dropped first."""

    _of_visitor: OrderedDict[str, list[Model]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, visitor_id: str, model: Model) -> None:
        """Add a model, replacing one of the same id."""
        with self._lock:
            models = [m for m in self._of_visitor.pop(visitor_id, []) if m.id != model.id]
            self._of_visitor[visitor_id] = [model, *models][:_MAX_MODELS_PER_VISITOR]
            while len(self._of_visitor) > _MAX_VISITORS:
                self._of_visitor.popitem(last=False)

    def of(self, visitor_id: str) -> list[Model]:
        """Return a visitor's models, the newest first."""
        with self._lock:
            return list(self._of_visitor.get(visitor_id, []))
