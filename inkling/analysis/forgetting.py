"""The biography of images in a run: at which of its snapshots each was read right.

An image that was read right and is wrong at the next snapshot has been forgotten: a forgetting
event, as Toneva and others call it (2019, "An empirical study of example forgetting during deep
neural network learning", arXiv:1812.05159). They looked at training images at each step; here it
is images that the run did not learn from, and only its snapshots, so what was forgotten and
learned again between two of them is not seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inkling.runs.run import Run
from nn.training import LabelledImages

MOST = 5_000  # images that are followed; half as many in float64, which takes twice as long
LEARNED = 0.9  # share of a digit's images from which on it counts as learned
CLASSES = 10
NONE = 255  # instead of an answer, where a network's outputs are no numbers

KEPT, ANEW, FORGOTTEN, NEVER = range(4)
"""What became of an image: learned and kept; learned again and right at the end; wrong at the end
though it had been right; never right."""


@dataclass(frozen=True, eq=False)
class LearningHistory:
    """The answers to images at each snapshot of a run; the arrays are read-only.

    Attributes
    ----------
    indices : ndarray, (n,) int64
        The images, by their places among those given.
    labels : ndarray, (n,) uint8
    steps : ndarray, (snapshots,) int64
        Batches learned from; ascending. Not 0: before training, what is right is so by chance.
    answers : ndarray, (snapshots, n) uint8
        0 to 9, or `NONE`.
    sure : ndarray, (snapshots, n) float32
        The probability of the right digit; 0 where there is no answer.
    """

    indices: np.ndarray
    labels: np.ndarray
    steps: np.ndarray
    answers: np.ndarray
    sure: np.ndarray

    def __post_init__(self) -> None:
        """Lock the arrays: biographies are shared."""
        for array in (self.indices, self.labels, self.steps, self.answers, self.sure):
            array.setflags(write=False)

    @property
    def right(self) -> np.ndarray:
        """Which answers are right, (snapshots, n) bool."""
        return self.answers == self.labels


def learning_history(run: Run, images: LabelledImages) -> LearningHistory:
    """Read images with the network of each snapshot.

    Parameters
    ----------
    run : Run
        With a snapshot after at least one step.
    images : LabelledImages
        Not empty. Of more than `MOST` an even selection is followed.
    """
    most = MOST * 4 // run.network.dtype.itemsize
    indices = np.arange(0, len(images.labels), -(-len(images.labels) // most))
    chosen, labels = images.images[indices], images.labels[indices]
    snapshots = [snapshot for snapshot in run.snapshots if snapshot.step > 0]
    answers = np.full((len(snapshots), len(indices)), NONE, np.uint8)
    sure = np.zeros(answers.shape, np.float32)
    for k, snapshot in enumerate(snapshots):
        P = run.network_at(snapshot).predict_proba(chosen)  # (n, 10)
        known = np.isfinite(P).all(axis=1)
        answers[k, known] = P[known].argmax(axis=1)
        sure[k, known] = P[known, labels[known]]
    steps = np.array([snapshot.step for snapshot in snapshots], np.int64)
    return LearningHistory(indices, labels.copy(), steps, answers, sure)


def classify_forgetting(right: np.ndarray) -> np.ndarray:
    """Return what became of each image: `KEPT`, `ANEW`, `FORGOTTEN` or `NEVER`, (n,) int64.

    Parameters
    ----------
    right : ndarray, (snapshots, n) bool
        As `LearningHistory.right`.
    """
    at_end = right[-1]
    return np.select(
        [~right.any(axis=0), ~at_end, forgetting_events(right) > 0], [NEVER, FORGOTTEN, ANEW], KEPT
    )


def forgetting_events(right: np.ndarray) -> np.ndarray:
    """Count how often each image was right and then wrong, (n,) int64."""
    return np.count_nonzero(right[:-1] & ~right[1:], axis=0)


def changes(right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count the images that are newly right, and newly wrong, at each snapshot.

    Returns
    -------
    ndarray and ndarray, (snapshots,) int64
        At the first one, all that are right are new, and none is forgotten.
    """
    before = np.vstack([np.zeros((1, right.shape[1]), bool), right[:-1]])
    return np.count_nonzero(right & ~before, axis=1), np.count_nonzero(before & ~right, axis=1)


def accuracy_by_digit(right: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the share of each digit's images that is right, (10, snapshots); NaN without images.

    Parameters
    ----------
    right : ndarray, (snapshots, n) bool
    labels : ndarray, (n,)
    """
    members = np.eye(CLASSES)[labels]  # (n, 10)
    counts = members.sum(axis=0)[:, None]
    with np.errstate(invalid="ignore"):
        return (members.T @ right.T) / counts  # (10, n) @ (n, snapshots)


def learned_at(accuracies: np.ndarray) -> list[int | None]:
    """Return from which snapshot on at least 90 % of each digit are right, and stay so to the end.

    Parameters
    ----------
    accuracies : ndarray, (10, snapshots)
        As from `accuracy_by_digit`.

    Returns
    -------
    list of int or None
        The place of that snapshot for each digit; None where it is never reached, or lost again.
    """
    return [_since(row >= LEARNED) for row in accuracies]


def most_forgetful(story: LearningHistory, which: np.ndarray) -> np.ndarray:
    """Order images by how often they were forgotten, and of equals by how unsure the end is.

    Parameters
    ----------
    story : LearningHistory
    which : ndarray, (k,) int
        The images to order, by their columns in the biography.

    Returns
    -------
    ndarray, (k,) int
    """
    events = forgetting_events(story.right)[which]
    return which[np.lexsort((story.sure[-1, which], -events))]


def format_epoch(epoch: float) -> str:
    """Return an epoch in a few digits: 0.007, 0.26, 3.5, 117."""
    return f"{epoch:.0f}" if epoch >= 10 else f"{epoch:.{2 if epoch >= 0.1 else 1}g}"


def describe_changes(right: Sequence[bool], moments: Sequence[str]) -> str:
    """Tell the biography of one image in a sentence or two.

    Parameters
    ----------
    right : sequence of bool
        At each snapshot.
    moments : sequence of str
        What each snapshot is called, such as "epoch 0.5".
    """
    if not any(right):
        return "It was not read right at any snapshot."
    turns = [k for k in range(1, len(right)) if right[k] != right[k - 1]]
    first = list(right).index(True)
    forgotten = sum(not right[k] for k in turns)
    said = f"First read right at {moments[first]}"
    if forgotten == 0:
        return f"{said}, and ever since."
    times = "once" if forgotten == 1 else "twice" if forgotten == 2 else f"{forgotten} times"
    end = "right since" if right[-1] else "wrong since"
    return f"{said}, forgotten {times}, and {end} {moments[turns[-1]]}."


def _since(holds: np.ndarray) -> int | None:
    """Return from which place on something holds to the end, or None."""
    broken = np.flatnonzero(~holds)
    first = 0 if len(broken) == 0 else int(broken[-1]) + 1
    return first if first < len(holds) else None
