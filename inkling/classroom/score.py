"""Score of a round of Beat the network: a pupil's and the network's."""

import json
from typing import NamedTuple


class Score(NamedTuple):
    """Correct answers in a round.

    Attributes
    ----------
    pupil, network : int
    digits : int
        Of the round.
    """

    pupil: int
    network: int
    digits: int

    @property
    def rank(self) -> tuple[float, int]:
        """Greater for a better round: first by the pupil's share, then against the network."""
        return self.pupil / self.digits, self.pupil - self.network


def parse_score(data: bytes) -> Score | None:
    """Return the score in a file, a list of three numbers in JSON; None if there is none."""
    try:
        values = json.loads(data)
        score = Score(*values)
    except (ValueError, TypeError, RecursionError):
        return None
    if not (isinstance(values, list) and all(type(value) is int for value in values)):
        return None
    possible = 0 <= score.pupil <= score.digits and 0 <= score.network <= score.digits
    return score if possible and 1 <= score.digits <= 1_000 else None
