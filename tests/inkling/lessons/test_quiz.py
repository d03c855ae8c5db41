"""Rounds of the contest between a person and a network."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.lessons import quiz
from inkling.lessons.quiz import Quiz
from nn import mlp

ROUND = Quiz(
    indices=(40, 7, 99),
    labels=(3, 5, 8),
    network_answers=(3, 6, 8),
    network_confidences=(0.6, 0.5, 0.55),
    network_seconds=0.002,
    start_time=100.0,
)


def played(*answers: int) -> Quiz:
    """Return `ROUND` after answers that took 1, 2, 3 ... seconds."""
    game, now = ROUND, ROUND.start_time
    for position, digit in enumerate(answers):
        now += position + 1
        game = game.with_answer(position, digit, now)
    return game


def test_answers_lead_from_start_to_end() -> None:
    assert ROUND.position == 0
    assert not ROUND.finished
    assert ROUND.seconds(104.5) == 4.5
    game = played(3)
    assert game.position == 1
    assert ROUND.position == 0
    game = played(3, 5, 1)
    assert game.finished
    assert (game.person_score, game.network_score) == (2, 2)
    assert game.person_seconds == (1, 2, 3)
    assert game.seconds(999.0) == 6


def test_answer_to_another_position_is_ignored() -> None:
    game = ROUND.with_answer(0, 3, 101.0)
    assert game.with_answer(0, 4, 101.1) == game
    assert game.with_answer(2, 4, 101.1) == game
    assert game.with_answer(1, 4, 101.1).answers == (3, 4)


def test_answer_after_the_end_is_ignored() -> None:
    game = played(1, 2, 3)
    assert game.with_answer(3, 4, 200.0) == game
    assert game.with_answer(2, 4, 200.0) == game


@pytest.mark.parametrize("digit", [-1, 10])
def test_answer_that_is_no_digit_is_refused(digit: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 9"):
        ROUND.with_answer(0, digit, 101.0)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ((3, 5, 8), "You beat the network: **3 of 3** to **2 of 3**."),
        ((3, 5, 1), "A draw: you and the network both read **2 of 3** correctly."),
        ((1, 1, 8), "The network wins: **2 of 3** to **1 of 3**."),
    ],
)
def test_result_sentence(answers: tuple[int, ...], sentence: str) -> None:
    assert quiz.result_sentence(played(*answers)) == sentence


def test_hardest_images_have_the_smallest_margins() -> None:
    P = np.array([[0.9, 0.1, 0.0], [0.4, 0.35, 0.25], [0.5, 0.5, 0.0], [0.1, 0.2, 0.7]])
    assert list(quiz.hardest_images(P)) == [2, 1, 3, 0]
    assert list(quiz.hardest_images(P, size=2)) == [2, 1]


@given(st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_round_has_ten_different_images_of_the_hardest(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.ones(10), n)
    drawn = quiz.draw_round(P, rng)
    assert len(drawn) == len(set(drawn)) == min(10, n)
    assert set(drawn) <= set(quiz.hardest_images(P))


def test_examples_are_the_next_hardest_and_never_come_in_a_round(
    rng: np.random.Generator,
) -> None:
    P = rng.dirichlet(np.ones(10), 130)
    hardest, examples = quiz.hardest_images(P), quiz.images_after_hardest(P, 20)
    assert len(examples) == 20
    np.testing.assert_array_equal([*hardest, *examples], quiz.hardest_images(P, 120))
    assert len(quiz.images_after_hardest(P[:60], 20)) == 0


def test_rounds_differ(rng: np.random.Generator) -> None:
    P = rng.dirichlet(np.ones(10), 500)
    rounds = {tuple(quiz.draw_round(P, np.random.default_rng(seed))) for seed in range(5)}
    assert len(rounds) == 5


def test_predictions_one_by_one_equal_those_of_one_pass(
    rng: np.random.Generator,
) -> None:
    network = mlp((784, 6, 10))
    images = rng.integers(0, 256, (4, 28, 28), np.uint8)
    np.testing.assert_allclose(
        quiz.predict_one_by_one(network, images), network.predict_proba(images), rtol=1e-5
    )


def test_scores_without_correct_answers_are_0() -> None:
    assert ROUND.person_score == 0
    assert replace(ROUND, network_answers=(0, 0, 0)).network_score == 0
