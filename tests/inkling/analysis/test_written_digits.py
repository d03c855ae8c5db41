"""Digits as a pen writes them, with the answers of the network that ships."""

import numpy as np
import pytest

from inkling.analysis.written_digits import SIDE, write
from inkling.ui.home.demonstration import DIGITS
from nn import load_pretrained


@pytest.mark.parametrize("digit", DIGITS)
def test_written_digit_is_read_in_the_end(digit: int) -> None:
    network = load_pretrained()
    written = write(digit, network)
    assert written.digit == digit
    assert len(written.down) == len(written.points) - 1
    assert 0 < written.points.min() < written.points.max() < SIDE
    positions = [answer.position for answer in written.answers]
    assert positions == sorted(set(positions))
    assert positions[-1] == len(written.points)
    P = np.stack([answer.probabilities for answer in written.answers])
    np.testing.assert_allclose(P.sum(axis=1), 1, rtol=1e-5)
    assert P[-1].argmax() == digit
    assert P[-1].max() > 0.9


def test_answers_change_while_the_digit_is_written() -> None:
    answers = write(8, load_pretrained()).answers
    assert len({int(answer.probabilities.argmax()) for answer in answers}) > 1
