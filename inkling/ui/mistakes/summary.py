"""Headline of the Mistakes page: how many test images a network reads wrongly."""

import numpy as np
import streamlit as st

from inkling.charts.accuracy_level import SCALE, level
from inkling.lessons.content import section
from inkling.server.models import Model
from inkling.ui import services
from nn.diagnosis import is_finite
from nn.metrics import accuracy_interval, confusion_matrix

DIFFERENT = section("help/mistakes", "Different accuracies")


def show(model: Model, data: str) -> None:
    """Draw the number of mistakes and the accuracy; nothing for a network that overflowed.

    Parameters
    ----------
    model : Model
    data : {"mnist", "builtin"}
        Data set of the test images.
    """
    P = services.answers_to_test_images(data, model.id, model.network)
    if not is_finite(model.network, P):
        return
    labels = services.datasets().get(data).test.labels
    n = len(labels)
    counts = confusion_matrix(labels, P.argmax(axis=1))
    wrong = n - int(counts.trace())
    low, high = accuracy_interval(1 - wrong / n, n)
    st.header(f"{wrong:,} of {n:,} test images wrong", anchor=False, width="content")
    st.markdown(
        f"{level(1 - wrong / n).badge} **{1 - wrong / n:.2%}** accuracy "
        f"(95% interval {low:.1%} to {high:.1%}).{most_confused(counts)}",
        width="content",
        help=f"{SCALE}\n\n{DIFFERENT}",
    )


def most_confused(counts: np.ndarray) -> str:
    """Return a sentence with the two digits that are mistaken for each other most often.

    Parameters
    ----------
    counts : ndarray, (10, 10) int
        Row: the label. Column: the answer.

    Returns
    -------
    str
        Empty unless it happens more than once. A network that gives one answer to all is named.
    """
    answered = np.flatnonzero(counts.sum(axis=0))
    if len(answered) == 1:
        return f" It answers {answered[0]} for every image."
    either_way = np.triu(counts + counts.T, 1)
    first, second = np.unravel_index(int(either_way.argmax()), either_way.shape)
    times = int(either_way[first, second])
    return f" It mixes up {first} and {second} most: {times:,} times." if times > 1 else ""
