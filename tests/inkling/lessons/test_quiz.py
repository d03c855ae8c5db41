"""A contest, played by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.lessons import quiz
from inkling.lessons.quiz import Quiz
from nn import Network

ROUND = Quiz(
    indices=(40, 7, 99),
    labels=(3, 5, 8),
    network=(3, 6, 8),
    sure=(0.6, 0.5, 0.55),
    network_seconds=0.002,
    has_started=100.0,
)


def played(*answers: int) -> Quiz:
    """Return the round after answers that took 1, 2, 3 ... seconds."""
    game, now = ROUND, ROUND.has_started
    for place, digit in enumerate(answers):
        now += place + 1
        game = game.answered(place, digit, now)
    return game


def test_a_round_from_start_to_end() -> None:
    assert ROUND.place == 0
    assert not ROUND.finished
    assert ROUND.seconds(104.5) == 4.5
    game = played(3)
    assert game.place == 1
    assert ROUND.place == 0  # contests are never changed
    game = played(3, 5, 1)
    assert game.finished
    assert (game.right, game.network_right) == (2, 2)
    assert game.person_seconds == (1, 2, 3)
    assert game.seconds(999.0) == 6  # the clock has stopped


def test_the_second_of_two_quick_clicks_answers_nothing() -> None:
    game = ROUND.answered(0, 3, 101.0)
    assert game.answered(0, 4, 101.1) == game
    assert game.answered(2, 4, 101.1) == game
    assert game.answered(1, 4, 101.1).answers == (3, 4)


def test_after_the_end_nothing_changes() -> None:
    game = played(1, 2, 3)
    assert game.answered(3, 4, 200.0) == game
    assert game.answered(2, 4, 200.0) == game


@pytest.mark.parametrize("digit", [-1, 10])
def test_only_digits_are_answers(digit: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 9"):
        ROUND.answered(0, digit, 101.0)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ((3, 5, 8), "You beat the network: **3 of 3** to **2 of 3**."),
        ((3, 5, 1), "A draw: you and the network both read **2 of 3** right."),
        ((1, 1, 8), "The network wins: 2 of 3 right, and you 1."),
    ],
)
def test_the_verdict(answers: tuple[int, ...], said: str) -> None:
    assert quiz.result_sentence(played(*answers)) == said


def test_the_hardest_have_the_smallest_margins_right_or_wrong() -> None:
    P = np.array([[0.9, 0.1, 0.0], [0.4, 0.35, 0.25], [0.5, 0.5, 0.0], [0.1, 0.2, 0.7]])
    assert list(quiz.hardest_images(P)) == [2, 1, 3, 0]
    assert list(quiz.hardest_images(P, pool=2)) == [2, 1]


@given(st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_ten_are_drawn_from_the_hardest_and_none_twice(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.ones(10), n)
    drawn = quiz.draw_questions(P, rng)
    assert len(drawn) == len(set(drawn)) == min(10, n)
    assert set(drawn) <= set(quiz.hardest_images(P))


def test_each_round_has_others(rng: np.random.Generator) -> None:
    P = rng.dirichlet(np.ones(10), 500)
    rounds = {tuple(quiz.draw_questions(P, np.random.default_rng(seed))) for seed in range(5)}
    assert len(rounds) == 5


def test_the_network_reads_one_after_another_what_it_would_read_at_once(
    rng: np.random.Generator,
) -> None:
    network = Network((784, 6, 10))
    images = rng.integers(0, 256, (4, 28, 28), np.uint8)
    np.testing.assert_allclose(
        quiz.predict(network, images), network.predict_proba(images), rtol=1e-5
    )


def test_a_round_of_which_nothing_was_answered_has_no_score() -> None:
    assert ROUND.right == 0
    assert replace(ROUND, network=(0, 0, 0)).network_right == 0
