"""What a visitor taught: drawings as a network sees them, and which digit each of them is."""

import io
import re
import zipfile
from dataclasses import dataclass

import numpy as np

from digits.idx import IdxError, idx_bytes, parse_idx

MOST = 200
"""Drawings that a visitor can keep."""

IMAGES_NAME, LABELS_NAME = "drawings-images-idx3-ubyte", "drawings-labels-idx1-ubyte"

_SIDE = 28
_CLASSES = 10
_SUFFIX = re.compile(r", taught [0-9]+ drawings?( \([0-9]+\))?$")


@dataclass(frozen=True, eq=False)
class UserDrawings:
    """Drawings and their labels, in the order they came; never changed, but replaced.

    Attributes
    ----------
    images : ndarray, (n, 28, 28) uint8
        0 paper, 255 ink; read-only, as the labels are.
    labels : ndarray, (n,) uint8
    """

    images: np.ndarray
    labels: np.ndarray

    def __post_init__(self) -> None:
        """Lock the arrays: a thread may learn from them."""
        self.images.setflags(write=False)
        self.labels.setflags(write=False)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.labels)

    @property
    def full(self) -> bool:
        """Whether no more can be kept."""
        return len(self) >= MOST

    def place(self, image: np.ndarray) -> int | None:
        """Return where an image (28, 28) stands among them, None if it does not."""
        same = np.flatnonzero((self.images == image).all(axis=(1, 2)))
        return int(same[0]) if len(same) else None

    def teach(self, image: np.ndarray, label: int) -> "UserDrawings":
        """Return these and one more; where the image is there already, it gets the new label.

        Parameters
        ----------
        image : ndarray, (28, 28) uint8
        label : int
            From 0 to 9.

        Raises
        ------
        ValueError
            If the label is no digit, or there are as many drawings as can be kept.
        """
        if label not in range(_CLASSES):
            raise ValueError(f"a label is a digit from 0 to 9, not {label}")
        place = self.place(image)
        if place is not None:
            labels = self.labels.copy()
            labels[place] = label
            return UserDrawings(self.images, labels)
        if self.full:
            raise ValueError(f"at most {MOST} drawings are kept")
        return UserDrawings(
            np.concatenate([self.images, image[None].astype(np.uint8)]),
            np.append(self.labels, np.uint8(label)),
        )

    def drop(self, place: int) -> "UserDrawings":
        """Return these without the one at a place, counted from 0."""
        return UserDrawings(
            np.delete(self.images, place, axis=0), np.delete(self.labels, place, axis=0)
        )


NONE = UserDrawings(np.zeros((0, _SIDE, _SIDE), np.uint8), np.zeros(0, np.uint8))


def to_bytes(taught: UserDrawings) -> bytes:
    """Return one or more drawings as one file: IDX, a row for each, its pixels and its label."""
    pixels = taught.images.reshape(len(taught), -1)
    return idx_bytes(np.column_stack([pixels, taught.labels]))


def from_bytes(data: bytes | None) -> UserDrawings:
    """Return what `to_bytes` made a file of; nothing where there is none, or it is damaged."""
    if data is None:
        return NONE
    try:
        rows = parse_idx(data, "the drawings")
    except IdxError:
        return NONE
    if rows.ndim != 2 or rows.shape[1] != _SIDE**2 + 1 or len(rows) > MOST:
        return NONE
    images, labels = rows[:, :-1].reshape(-1, _SIDE, _SIDE), rows[:, -1]
    return UserDrawings(images, labels) if labels.max() < _CLASSES else NONE


def idx_pair(taught: UserDrawings) -> bytes:
    """Return one or more drawings as MNIST is published, two IDX files, in a ZIP archive."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as pair:
        for name, array in ((IMAGES_NAME, taught.images), (LABELS_NAME, taught.labels)):
            # Without today's date: the same drawings, the same file
            pair.writestr(zipfile.ZipInfo(name), idx_bytes(array), zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def fine_tuned_name(name: str, count: int, taken: set[str]) -> str:
    """Return what a copy of a network is called once it was taught.

    Parameters
    ----------
    name : str
        Of the network that was copied; what an earlier teaching added to it is left out.
    count : int
        Drawings that it was taught.
    taken : set of str
        Names that others have; a number is added where need be.
    """
    fresh = f"{_SUFFIX.sub('', name)}, taught {count} drawing{'' if count == 1 else 's'}"
    numbered = (fresh, *(f"{fresh} ({k})" for k in range(2, len(taken) + 2)))
    return next(name for name in numbered if name not in taken)
