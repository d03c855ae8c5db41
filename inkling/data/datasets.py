"""The data sets that all visitors share, one copy of each; loaded when they are first asked for."""

import os
import threading

from data_loader import (
    BUILTIN,
    DataError,
    Dataset,
    Progress,
    join,
    load_builtin,
    load_mnist,
)


class Datasets:
    """MNIST where it can be had, the digits that Inkling draws, and the two together.

    They are called by the names that `TrainConfig.data` has for them.

    Attributes
    ----------
    problem : str or None
        Why there is no MNIST: None until it was looked for, and once it is there.
    """

    def __init__(self) -> None:
        self.problem: str | None = None
        self._loaded: dict[str, Dataset] = {}
        self._lock = threading.Lock()

    @property
    def settled(self) -> bool:
        """Whether MNIST has been looked for."""
        return self.problem is not None or "mnist" in self._loaded

    @property
    def names(self) -> tuple[str, ...]:
        """What can be looked at and trained on, the usual one first."""
        return ("mnist", "builtin", "both") if "mnist" in self._loaded else ("builtin",)

    def find_mnist(
        self, folder: str | os.PathLike[str] | None = None, progress: Progress | None = None
    ) -> None:
        """Load MNIST, or note as `problem` why that cannot be; arguments as `load_mnist`."""
        with self._lock:  # a second visitor waits here, and then finds the digits
            if "mnist" in self._loaded:
                return
            try:
                self._loaded["mnist"] = load_mnist(folder, progress)
            except DataError as error:
                self.problem = str(error)
            else:
                self.problem = None

    def is_loaded(self, data: str) -> bool:
        """Whether a data set can be had without waiting."""
        return data in self._loaded

    def loaded(self, data: str) -> Dataset | None:
        """Return a data set if it is in memory, else None."""
        return self._loaded.get(data)

    def get(self, data: str, progress: Progress | None = None) -> Dataset:
        """Return one of `names`, drawing digits if need be; progress as `load_builtin`."""
        if data in self._loaded:  # without the lock: a download may hold it for long
            return self._loaded[data]
        with self._lock:  # a second visitor waits here, and then finds the digits
            if data != "mnist" and "builtin" not in self._loaded:
                self._loaded["builtin"] = load_builtin(progress=progress)
            if data == "both" and data not in self._loaded:
                self._loaded[data] = join(self._loaded["builtin"], self._loaded["mnist"])
            return self._loaded[data]

    def label(self, data: str) -> str:
        """Return what a data set is called on the screen."""
        if data == "builtin":
            return BUILTIN
        mnist = self._loaded["mnist"].name
        return mnist if data == "mnist" else f"{mnist} and {BUILTIN.lower()}"
