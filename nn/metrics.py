"""Accuracy, its confidence interval, and the confusion matrix."""

import numpy as np


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Share of the rows whose largest probability is that of the label.

    Parameters
    ----------
    probabilities : ndarray, (n, classes)
    labels : ndarray, (n,)

    Returns
    -------
    float
        From 0 to 1.
    """
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def accuracy_interval(share: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """Confidence interval of an accuracy on n images: Wilson's score interval (Wilson 1927).

    Parameters
    ----------
    share : float
        Measured accuracy, from 0 to 1.
    n : int
        Number of images.
    z : float
        Half the width in standard deviations; 1.96 for 95 %.
    """
    centre = share + z * z / (2 * n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # Rounding errors may leave [0, 1].
    return max(0.0, float((centre - half) / scale)), min(1.0, float((centre + half) / scale))


def confusion_matrix(labels: np.ndarray, answers: np.ndarray, classes: int = 10) -> np.ndarray:
    """Return the number of images for each pair of label and predicted class.

    Parameters
    ----------
    labels, answers : ndarray, (n,)
        True and predicted classes.

    Returns
    -------
    ndarray, (classes, classes), int64
        Row: label. Column: predicted class.
    """
    pairs = labels.astype(np.int64) * classes + answers
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


def mistakes(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Indices of the misclassified images, the most confident first.

    Parameters
    ----------
    probabilities : ndarray, (n, classes)
    labels : ndarray, (n,)

    Returns
    -------
    ndarray, (mistakes,), int64
    """
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")]
