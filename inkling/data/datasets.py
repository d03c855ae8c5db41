"""Data sets in memory, shared by all visitors and loaded on first use."""

import os
import threading

from data_loader import (
    BUILTIN,
    DataError,
    Dataset,
    Progress,
    Split,
    join,
    load_builtin,
    load_mnist,
)


class Datasets:
    """MNIST if available, the built-in digits, and both joined, by the names of `TrainConfig.data`.

    Attributes
    ----------
    mnist_error : str or None
        Why MNIST is not available; None if it is loaded or was not searched for yet.
    """

    def __init__(self) -> None:
        self.mnist_error: str | None = None
        self._loaded: dict[str, Dataset] = {}
        self._lock = threading.Lock()

    @property
    def searched_for_mnist(self) -> bool:
        """Whether `find_mnist` has ended at least once."""
        return self.mnist_error is not None or "mnist" in self._loaded

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the available data sets, the default first."""
        return ("mnist", "builtin", "both") if "mnist" in self._loaded else ("builtin",)

    def find_mnist(
        self, folder: str | os.PathLike[str] | None = None, progress: Progress | None = None
    ) -> None:
        """Load MNIST or set `mnist_error`; arguments as for `load_mnist`."""
        with self._lock:  # a second caller waits, then finds the data set loaded
            if "mnist" in self._loaded:
                return
            try:
                self._loaded["mnist"] = load_mnist(folder, progress)
            except DataError as error:
                self.mnist_error = str(error)
            else:
                self.mnist_error = None

    def is_loaded(self, data: str) -> bool:
        """Whether `get` returns a data set without loading it."""
        return data in self._loaded

    def get(self, data: str, progress: Progress | None = None) -> Dataset:
        """Return a data set, generating the built-in digits on first use.

        Parameters
        ----------
        data : str
            One of `names`.
        progress : callable, optional
            As for `load_builtin`.
        """
        if data in self._loaded:  # without the lock, which a download may hold for long
            return self._loaded[data]
        with self._lock:  # a second caller waits, then finds the data set loaded
            if data != "mnist" and "builtin" not in self._loaded:
                self._loaded["builtin"] = load_builtin(progress=progress)
            if data == "both" and data not in self._loaded:
                self._loaded[data] = join(self._loaded["builtin"], self._loaded["mnist"])
            return self._loaded[data]

    def split(self, data: str, split: str) -> Split:
        """Return the training ("train") or test ("test") images of a data set."""
        dataset = self.get(data)
        return dataset.train if split == "train" else dataset.test

    @property
    def labels(self) -> dict[str, str]:
        """Display names of the available data sets by their names, without the joined one."""
        return {name: self.label(name) for name in self.names if name != "both"}

    def label(self, data: str) -> str:
        """Return the display name of a data set."""
        if data == "builtin":
            return BUILTIN
        mnist = self._loaded["mnist"].name
        return mnist if data == "mnist" else f"{mnist} and {BUILTIN.lower()}"
