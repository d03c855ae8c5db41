"""Reference to an image of a data set, which pages pass on, keep, and write to their address."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from inkling.data.datasets import Datasets

SPLITS = {"train": "Training", "test": "Test"}


def with_article(digit: int) -> str:
    """Return "a 3" or "an 8"."""
    return f"{'an' if digit == 8 else 'a'} {digit}"


class ImageRefError(ValueError):
    """An address names no image; the message is a sentence for the visitor."""


@dataclass(frozen=True)
class ImageRef:
    """Reference to an image of a data set.

    Attributes
    ----------
    data : {"mnist", "builtin"}
        Name of the data set.
    split : {"train", "test"}
        Validation images are the last training images.
    index : int
        In the split, from 0.
    """

    data: str
    split: str
    index: int

    @property
    def name(self) -> str:
        """Such as "Test image 1,234"."""
        return f"{SPLITS[self.split]} image {self.index:,}"

    def image(self, datasets: Datasets) -> np.ndarray:
        """Return the image, (28, 28) uint8."""
        return datasets.split(self.data, self.split).images[self.index]

    def label(self, datasets: Datasets) -> int:
        """Return the label of the image."""
        return int(datasets.split(self.data, self.split).labels[self.index])

    def to_query(self, datasets: Datasets) -> dict[str, str]:
        """Return the parameters of an address that names the image."""
        data = datasets.label(self.data)
        return {"data": data, "split": self.split, "index": str(self.index)}

    @classmethod
    def from_query(
        cls, query: Mapping[str, str], datasets: Datasets, default: "ImageRef"
    ) -> "ImageRef | None":
        """Return the image that the parameters of an address name.

        Parameters
        ----------
        query : mapping of str to str
            Untrusted.
        datasets : Datasets
        default : ImageRef
            Stands in for missing parameters.

        Returns
        -------
        ImageRef or None
            None if the address has neither a split nor an index.

        Raises
        ------
        ImageRefError
            If there is no such image.
        """
        if "split" not in query and "index" not in query:
            return None
        names = {label: name for name, label in datasets.labels.items()}
        data = names.get(query["data"]) if "data" in query else default.data
        if data is None:
            raise ImageRefError("This link is to a data set that is not available here.")
        split = query.get("split", default.split)
        if split not in SPLITS:
            raise ImageRefError("This link is not valid: choose training images or test images.")
        index = query.get("index", str(default.index))
        count = len(datasets.split(data, split).labels)
        if not re.fullmatch("[0-9]{1,9}", index) or int(index) >= count:
            raise ImageRefError(
                f"No such {SPLITS[split].lower()} image: they are numbered 0 to {count - 1:,}."
            )
        return cls(data, split, int(index))
