"""A contest between a person and a network: ten hard digits, and the clock runs.

Nothing here reads a clock: times come in, in seconds of any clock that only goes forward. A
contest is never changed; what happens to it gives another one.
"""

from dataclasses import dataclass, replace

import numpy as np

from nn import Network

DIGITS = 10
POOL = 100  # the images that are hardest for the network, from which the ten are drawn


@dataclass(frozen=True)
class Quiz:
    """A round.

    Attributes
    ----------
    indices : tuple of int
        The images, in the order in which they come.
    labels : tuple of int
        What they are.
    network : tuple of int
        What the network says.
    sure : tuple of float
        The probability that it gives its answers, 0 to 1.
    network_seconds : float
        What it took to read all of them.
    has_started : float
        When the first one was shown.
    answers : tuple of int
        What the person said so far.
    times : tuple of float
        When; of the same clock as `has_started`.
    """

    indices: tuple[int, ...]
    labels: tuple[int, ...]
    network: tuple[int, ...]
    sure: tuple[float, ...]
    network_seconds: float
    has_started: float
    answers: tuple[int, ...] = ()
    times: tuple[float, ...] = ()

    @property
    def place(self) -> int:
        """Which image comes next, from 0."""
        return len(self.answers)

    @property
    def finished(self) -> bool:
        """Whether all images are answered."""
        return self.place == len(self.indices)

    @property
    def right(self) -> int:
        """How many of the person's answers are right."""
        return _equal(self.answers, self.labels)

    @property
    def network_right(self) -> int:
        """How many of the network's answers are right, of all."""
        return _equal(self.network, self.labels)

    @property
    def person_seconds(self) -> tuple[float, ...]:
        """What each of the person's answers took."""
        starts = (self.has_started, *self.times)
        return tuple(end - start for start, end in zip(starts, self.times, strict=False))

    def seconds(self, now: float) -> float:
        """Return how long the person has taken: until now, or until the last answer."""
        return (self.times[-1] if self.finished else now) - self.has_started

    def answered(self, place: int, digit: int, now: float) -> "Quiz":
        """Return the contest after an answer.

        Parameters
        ----------
        place : int
            The image that the answer is for. One to another than the next is passed over: of two
            quick clicks the second was not meant for an image that nobody had seen.
        digit : int
            0 to 9.
        now : float
            Of the same clock as `has_started`.

        Raises
        ------
        ValueError
            If it is no digit.
        """
        if not 0 <= digit <= 9:
            raise ValueError(f"an answer is a digit from 0 to 9, not {digit}")
        if self.finished or place != self.place:
            return self
        return replace(self, answers=(*self.answers, digit), times=(*self.times, now))


def hardest_images(probabilities: np.ndarray, pool: int = POOL) -> np.ndarray:
    """Return the images on which a network hesitates most, right or wrong, (up to pool,) int64.

    Those with the smallest margin: the distance between the two largest probabilities.

    Parameters
    ----------
    probabilities : ndarray, (n, classes)
    pool : int
    """
    ordered = np.sort(probabilities, axis=1)
    margins = ordered[:, -1] - ordered[:, -2]
    return np.argsort(margins, kind="stable")[:pool]


def draw_questions(probabilities: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return distinct images of a round at random from the `hardest_images`, (up to 10,) int64."""
    pool = hardest_images(probabilities)
    return rng.permutation(pool)[:DIGITS]


def predict(network: Network, images: np.ndarray) -> np.ndarray:
    """Let the network read images (n, 28, 28) one after another, as a person has to: (n, 10)."""
    return np.concatenate([network.predict_proba(image[None]) for image in images])


def result_sentence(contest: Quiz) -> str:
    """Say in a sentence who did better."""
    mine, its = contest.right, contest.network_right
    n = len(contest.indices)
    score = f"**{mine} of {n}** to **{its} of {n}**"
    if mine > its:
        return f"You beat the network: {score}."
    if mine == its:
        return f"A draw: you and the network both read **{mine} of {n}** right."
    return f"The network wins: {its} of {n} right, and you {mine}."


def _equal(answers: tuple[int, ...], labels: tuple[int, ...]) -> int:
    return sum(answer == label for answer, label in zip(answers, labels, strict=False))
