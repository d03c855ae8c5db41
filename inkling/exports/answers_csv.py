"""Predictions of a network as CSV."""

import csv
import io

import numpy as np


def answers_as_csv(indices: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> str:
    """Return CSV with a row per image: index, label, answer, confidence, ten probabilities.

    Parameters
    ----------
    indices : ndarray, (k,) int
        The images to list, in this order.
    labels : ndarray, (n,)
    probabilities : ndarray, (n, 10)
    """
    file = io.StringIO()
    table = csv.writer(file)
    table.writerow(["index", "label", "answer", "confidence", *(f"p{k}" for k in range(10))])
    for index in indices:
        P = probabilities[index]
        shares = [f"{share:.6f}" for share in (P.max(), *P)]
        table.writerow([index, labels[index], P.argmax(), *shares])
    return file.getvalue()
