"""Labelled drawings of a visitor as training examples, and their file formats."""

import io
import re
import zipfile
from dataclasses import dataclass

import numpy as np

from digits.idx import IdxError, idx_bytes, parse_idx

MAX_DRAWINGS = 200
"""Most drawings of a visitor."""

IMAGES_NAME, LABELS_NAME = "drawings-images-idx3-ubyte", "drawings-labels-idx1-ubyte"

_SIDE = 28
_CLASSES = 10
_SUFFIX = re.compile(r", taught [0-9]+ drawings?( \([0-9]+\))?$")


@dataclass(frozen=True, eq=False)
class UserDrawings:
    """Immutable sequence of drawings and their labels, oldest first.

    Attributes
    ----------
    images : ndarray, (n, 28, 28) uint8
        0 paper, 255 ink; read-only, as the labels are.
    labels : ndarray, (n,) uint8
    """

    images: np.ndarray
    labels: np.ndarray

    def __post_init__(self) -> None:
        """Make the arrays read-only, since fine-tuning reads them in another thread."""
        self.images.setflags(write=False)
        self.labels.setflags(write=False)

    def __len__(self) -> int:
        """Return the number of drawings."""
        return len(self.labels)

    @property
    def is_full(self) -> bool:
        """Whether there are `MAX_DRAWINGS`."""
        return len(self) >= MAX_DRAWINGS

    def index_of(self, image: np.ndarray) -> int | None:
        """Return the index of the drawing equal to an image (28, 28), or None."""
        same = np.flatnonzero((self.images == image).all(axis=(1, 2)))
        return int(same[0]) if len(same) else None

    def with_label(self, image: np.ndarray, label: int) -> "UserDrawings":
        """Return the drawings with one appended, or relabelled if the image is among them.

        Parameters
        ----------
        image : ndarray, (28, 28) uint8
        label : int
            From 0 to 9.

        Raises
        ------
        ValueError
            If the label is no digit, or there are `MAX_DRAWINGS` already.
        """
        if label not in range(_CLASSES):
            raise ValueError(f"a label is a digit from 0 to 9, not {label}")
        index = self.index_of(image)
        if index is not None:
            labels = self.labels.copy()
            labels[index] = label
            return UserDrawings(self.images, labels)
        if self.is_full:
            raise ValueError(f"at most {MAX_DRAWINGS} drawings are kept")
        return UserDrawings(
            np.concatenate([self.images, image[None].astype(np.uint8)]),
            np.append(self.labels, np.uint8(label)),
        )

    def without(self, index: int) -> "UserDrawings":
        """Return the drawings without one, given its index from 0."""
        return UserDrawings(
            np.delete(self.images, index, axis=0), np.delete(self.labels, index, axis=0)
        )


NO_DRAWINGS = UserDrawings(np.zeros((0, _SIDE, _SIDE), np.uint8), np.zeros(0, np.uint8))


def to_bytes(drawings: UserDrawings) -> bytes:
    """Return one or more drawings as an IDX file: a row of pixels and the label for each."""
    pixels = drawings.images.reshape(len(drawings), -1)
    return idx_bytes(np.column_stack([pixels, drawings.labels]))


def from_bytes(data: bytes | None) -> UserDrawings:
    """Return the drawings of a `to_bytes` file; `NO_DRAWINGS` if it is None or damaged."""
    if data is None:
        return NO_DRAWINGS
    try:
        rows = parse_idx(data, "the drawings")
    except IdxError:
        return NO_DRAWINGS
    if rows.ndim != 2 or rows.shape[1] != _SIDE**2 + 1 or len(rows) > MAX_DRAWINGS:
        return NO_DRAWINGS
    images, labels = rows[:, :-1].reshape(-1, _SIDE, _SIDE), rows[:, -1]
    return UserDrawings(images, labels) if labels.max() < _CLASSES else NO_DRAWINGS


def zipped_idx_files(drawings: UserDrawings) -> bytes:
    """Return a ZIP archive of two IDX files, images and labels, the format of MNIST.

    Equal drawings give equal bytes.
    """
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, array in ((IMAGES_NAME, drawings.images), (LABELS_NAME, drawings.labels)):
            # A ZipInfo of its own, since `writestr` would otherwise store the current time
            file.writestr(zipfile.ZipInfo(name), idx_bytes(array), zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def fine_tuned_name(name: str, count: int, taken: set[str]) -> str:
    """Return an unused name for a fine-tuned copy of a network.

    Parameters
    ----------
    name : str
        Of the original; the suffix of an earlier fine-tuning is removed.
    count : int
        Drawings it was fine-tuned on.
    taken : set of str
        Names in use; a number is appended if needed.
    """
    new_name = f"{_SUFFIX.sub('', name)}, taught {count} drawing{'' if count == 1 else 's'}"
    numbered = (new_name, *(f"{new_name} ({k})" for k in range(2, len(taken) + 2)))
    return next(name for name in numbered if name not in taken)
