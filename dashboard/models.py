"""Networks that can answer: finished runs and uploaded files, under one name."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np

from dashboard.jobs import TrainingJob
from nn import Network

_KEPT_PER_OWNER = 5
_OWNERS = 100


@dataclass(frozen=True, eq=False)
class Model:
    """A trained network and what is known of it.

    Attributes
    ----------
    id, name : str
    network : Network
        Shared between visitors' threads: only `predict_proba` and `activations` are used.
    test_accuracy : float or None
        From 0 to 1; None where nobody measured it.
    """

    id: str
    name: str
    network: Network
    test_accuracy: float | None = None

    @property
    def label(self) -> str:
        """Name, layers and accuracy in one line."""
        layers = "-".join(map(str, self.network.sizes))
        accuracy = "" if self.test_accuracy is None else f" · {self.test_accuracy:.2%}"
        return f"{self.name} · {layers}{accuracy}"


def model_of(job: TrainingJob) -> Model | None:
    """Return the model that a job left behind: None while it runs, or if none is of any use."""
    if job.active or job.network is None or not np.isfinite(job.network.theta).all():
        return None
    return Model(job.id, job.name, job.network, job.test_accuracy)


@dataclass
class UploadedModels:
    """What visitors loaded from files: a few each, the oldest dropped first."""

    _of_owner: OrderedDict[str, list[Model]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, owner: str, model: Model) -> None:
        """Keep a model; one of the same id is replaced."""
        with self._lock:
            models = [m for m in self._of_owner.pop(owner, []) if m.id != model.id]
            self._of_owner[owner] = [model, *models][:_KEPT_PER_OWNER]
            while len(self._of_owner) > _OWNERS:
                self._of_owner.popitem(last=False)

    def of(self, owner: str) -> list[Model]:
        """Return an owner's models, the newest first."""
        with self._lock:
            return list(self._of_owner.get(owner, []))
