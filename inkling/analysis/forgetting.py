"""Learning history of images in a run: predictions at each snapshot, and forgetting events.

An image that is classified correctly at one snapshot and wrongly at the next has been forgotten: a
forgetting event (Toneva and others 2019, "An empirical study of example forgetting during deep
neural network learning", arXiv:1812.05159). They use training images at each step; here they are
held-out images at the run's snapshots, so an event between two snapshots is not detected.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inkling.runs.run import Run
from nn.training import LabelledImages

MAX_IMAGES = 5_000  # half as many in float64, which takes twice as long
_BUDGET = 1e11  # multiplications for all snapshots, a few seconds
_MIN_IMAGES = 500  # even for the largest network
LEARNED_ACCURACY = 0.9  # of a digit's images, from which on it counts as learned
CLASSES = 10
NO_ANSWER = 255  # prediction of an overflowed network

RETAINED, RELEARNED, FORGOTTEN, NEVER_LEARNED = range(4)
"""Classes of images: correct since the first time; forgotten but correct at the end; correct once
but wrong at the end; never correct."""


@dataclass(frozen=True, eq=False)
class LearningHistory:
    """Predictions for images at each snapshot of a run; the arrays are read-only.

    Attributes
    ----------
    indices : ndarray, (n,) int64
        Of the images among those given.
    labels : ndarray, (n,) uint8
    steps : ndarray, (snapshots,) int64
        Batches processed, ascending. Without 0: untrained networks are correct by chance only.
    answers : ndarray, (snapshots, n) uint8
        Predicted digits, or `NO_ANSWER`.
    label_probability : ndarray, (snapshots, n) float32
        Probability of the label; 0 where there is no prediction.
    """

    indices: np.ndarray
    labels: np.ndarray
    steps: np.ndarray
    answers: np.ndarray
    label_probability: np.ndarray

    def __post_init__(self) -> None:
        """Make the arrays read-only: histories are shared."""
        for array in (self.indices, self.labels, self.steps, self.answers, self.label_probability):
            array.setflags(write=False)

    @property
    def right(self) -> np.ndarray:
        """Whether each prediction is correct, (snapshots, n) bool."""
        return self.answers == self.labels


def learning_history(run: Run, images: LabelledImages) -> LearningHistory:
    """Return the predictions of each snapshot's network for images.

    Parameters
    ----------
    run : Run
        With a snapshot after at least one step.
    images : LabelledImages
        Not empty. Of more than `MAX_IMAGES`, or fewer for a large network, every k-th is used.
    """
    multiplications = run.network.architecture.multiplications * len(run.snapshots)
    most = min(MAX_IMAGES, max(_MIN_IMAGES, int(_BUDGET // multiplications)))
    most = most * 4 // run.network.dtype.itemsize
    indices = np.arange(0, len(images.labels), -(-len(images.labels) // most))
    chosen, labels = images.images[indices], images.labels[indices]
    snapshots = [snapshot for snapshot in run.snapshots if snapshot.step > 0]
    answers = np.full((len(snapshots), len(indices)), NO_ANSWER, np.uint8)
    label_probability = np.zeros(answers.shape, np.float32)
    for k, snapshot in enumerate(snapshots):
        P = run.network_at(snapshot).predict_proba(chosen)  # (n, 10)
        known = np.isfinite(P).all(axis=1)
        answers[k, known] = P[known].argmax(axis=1)
        label_probability[k, known] = P[known, labels[known]]
    steps = np.array([snapshot.step for snapshot in snapshots], np.int64)
    return LearningHistory(indices, labels.copy(), steps, answers, label_probability)


def classify_forgetting(right: np.ndarray) -> np.ndarray:
    """Return the class of each image (n,), int64.

    `RETAINED`, `RELEARNED`, `FORGOTTEN` or `NEVER_LEARNED`.

    Parameters
    ----------
    right : ndarray, (snapshots, n) bool
        As `LearningHistory.right`.
    """
    at_end = right[-1]
    return np.select(
        [~right.any(axis=0), ~at_end, forgetting_events(right) > 0],
        [NEVER_LEARNED, FORGOTTEN, RELEARNED],
        RETAINED,
    )


def forgetting_events(right: np.ndarray) -> np.ndarray:
    """Return the number of forgetting events of each image, (n,) int64."""
    return np.count_nonzero(right[:-1] & ~right[1:], axis=0)


def count_changes(right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of newly correct and of newly wrong images at each snapshot.

    Returns
    -------
    ndarray and ndarray, (snapshots,) int64
        At the first snapshot all correct images are new, and none is forgotten.
    """
    before = np.vstack([np.zeros((1, right.shape[1]), bool), right[:-1]])
    return np.count_nonzero(right & ~before, axis=1), np.count_nonzero(before & ~right, axis=1)


def accuracy_by_digit(right: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the accuracy on each digit's images, (10, snapshots); NaN without images.

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
    """Return the first snapshot from which each digit's accuracy stays at 90 % or more.

    Parameters
    ----------
    accuracies : ndarray, (10, snapshots)
        As from `accuracy_by_digit`.

    Returns
    -------
    list of int or None
        Index of that snapshot for each digit; None where the last snapshot is below 90 %.
    """
    return [_holds_from(row >= LEARNED_ACCURACY) for row in accuracies]


def rank_by_forgetting(history: LearningHistory, which: np.ndarray) -> np.ndarray:
    """Return images by descending forgetting events, then ascending final label probability.

    Parameters
    ----------
    history : LearningHistory
    which : ndarray, (k,) int
        Columns of the images in the history.

    Returns
    -------
    ndarray, (k,) int
    """
    events = forgetting_events(history.right)[which]
    return which[np.lexsort((history.label_probability[-1, which], -events))]


def format_epoch(epoch: float) -> str:
    """Return an epoch in a few digits: 0.007, 0.26, 3.5, 117."""
    return f"{epoch:.0f}" if epoch >= 10 else f"{epoch:.{2 if epoch >= 0.1 else 1}g}"


def describe_changes(right: Sequence[bool], moments: Sequence[str]) -> str:
    """Return a sentence on when one image was learned and forgotten.

    Parameters
    ----------
    right : sequence of bool
        Whether the prediction at each snapshot is correct.
    moments : sequence of str
        Names of the snapshots, such as "epoch 0.5".
    """
    if not any(right):
        return "It was not correct at any snapshot."
    turns = [k for k in range(1, len(right)) if right[k] != right[k - 1]]
    first = list(right).index(True)
    forgotten = sum(not right[k] for k in turns)
    learned = f"First correct at {moments[first]}"
    if forgotten == 0:
        return f"{learned}, and correct ever since."
    times = "once" if forgotten == 1 else "twice" if forgotten == 2 else f"{forgotten} times"
    end = "correct since" if right[-1] else "wrong since"
    return f"{learned}, forgotten {times}, and {end} {moments[turns[-1]]}."


def _holds_from(holds: np.ndarray) -> int | None:
    """Return the first index from which a condition holds to the end, or None."""
    failures = np.flatnonzero(~holds)
    first = 0 if len(failures) == 0 else int(failures[-1]) + 1
    return first if first < len(holds) else None
