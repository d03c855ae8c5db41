"""Contest between a person and a network on ten hard test images, against the clock.

No clock is read here: times come in as seconds of any monotonic clock. A `Quiz` is immutable; an
answer returns a new one.
"""

from dataclasses import dataclass, replace

import numpy as np

from nn import Network

ROUND_SIZE = 10
POOL_SIZE = 100  # hardest images, from which a round is drawn


@dataclass(frozen=True)
class Quiz:
    """Round of the contest.

    Attributes
    ----------
    indices : tuple of int
        Test images, in the order in which they are shown.
    labels : tuple of int
    network_answers : tuple of int
    network_confidences : tuple of float
        Probabilities of the network's answers, 0 to 1.
    network_seconds : float
        Time in which the network answered all images.
    start_time : float
        Time at which the first image was shown, in seconds.
    answers : tuple of int
        The person's answers so far.
    answer_times : tuple of float
        Times of these answers, of the same clock as `start_time`.
    """

    indices: tuple[int, ...]
    labels: tuple[int, ...]
    network_answers: tuple[int, ...]
    network_confidences: tuple[float, ...]
    network_seconds: float
    start_time: float
    answers: tuple[int, ...] = ()
    answer_times: tuple[float, ...] = ()

    @property
    def position(self) -> int:
        """Position of the next image, from 0."""
        return len(self.answers)

    @property
    def finished(self) -> bool:
        """Whether all images are answered."""
        return self.position == len(self.indices)

    @property
    def person_score(self) -> int:
        """Number of the person's correct answers."""
        return _number_equal(self.answers, self.labels)

    @property
    def network_score(self) -> int:
        """Number of the network's correct answers, of all images."""
        return _number_equal(self.network_answers, self.labels)

    @property
    def person_seconds(self) -> tuple[float, ...]:
        """Time that each of the person's answers took."""
        starts = (self.start_time, *self.answer_times)
        return tuple(end - start for start, end in zip(starts, self.answer_times, strict=False))

    def seconds(self, now: float) -> float:
        """Return the person's time until now, or until the last answer of a finished round."""
        return (self.answer_times[-1] if self.finished else now) - self.start_time

    def with_answer(self, position: int, digit: int, now: float) -> "Quiz":
        """Return the round after an answer.

        Parameters
        ----------
        position : int
            Position of the answered image. Any other than the next one leaves the round as it is:
            the second click of a double click came before its image was shown.
        digit : int
            0 to 9.
        now : float
            Of the same clock as `start_time`.

        Raises
        ------
        ValueError
            If `digit` is no digit.
        """
        if not 0 <= digit <= 9:
            raise ValueError(f"an answer is a digit from 0 to 9, not {digit}")
        if self.finished or position != self.position:
            return self
        return replace(self, answers=(*self.answers, digit), answer_times=(*self.answer_times, now))


def hardest_images(probabilities: np.ndarray, size: int = POOL_SIZE) -> np.ndarray:
    """Return indices of the images with the smallest margins, (up to size,) int64.

    The margin is the distance between the two largest probabilities.

    Parameters
    ----------
    probabilities : ndarray, (n, classes)
    size : int
    """
    ordered = np.sort(probabilities, axis=1)
    margins = ordered[:, -1] - ordered[:, -2]
    return np.argsort(margins, kind="stable")[:size]


def images_after_hardest(probabilities: np.ndarray, count: int) -> np.ndarray:
    """Return indices of the images with the next smallest margins, (up to count,) int64.

    They resemble the `hardest_images` but are not among them, so no round has them.

    Parameters
    ----------
    probabilities : ndarray, (n, classes)
    count : int
    """
    return hardest_images(probabilities, POOL_SIZE + count)[POOL_SIZE:]


def draw_round(probabilities: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return distinct random indices of the `hardest_images`, (up to 10,) int64."""
    return rng.permutation(hardest_images(probabilities))[:ROUND_SIZE]


def predict_one_by_one(network: Network, images: np.ndarray) -> np.ndarray:
    """Return probabilities (n, 10) of images (n, 28, 28), each in a pass of its own."""
    return np.concatenate([network.predict_proba(image[None]) for image in images])


def result_sentence(quiz: Quiz) -> str:
    """Return a sentence with both scores of a finished round."""
    person, network = quiz.person_score, quiz.network_score
    n = len(quiz.indices)
    score = f"**{person} of {n}** to **{network} of {n}**"
    if person > network:
        return f"You beat the network: {score}."
    if person == network:
        return f"A draw: you and the network both read **{person} of {n}** correctly."
    return f"The network wins: **{network} of {n}** to **{person} of {n}**."


def _number_equal(answers: tuple[int, ...], labels: tuple[int, ...]) -> int:
    return sum(answer == label for answer, label in zip(answers, labels, strict=False))
