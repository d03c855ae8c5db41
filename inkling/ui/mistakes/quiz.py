"""Beat the network: ten digits that are hard for it, read by a person against the clock."""

import time
from collections.abc import Callable

import numpy as np
import streamlit as st

from data_loader import Dataset
from digits import rater_votes
from inkling.analysis.overflow import is_finite
from inkling.charts.number_format import percent
from inkling.lessons import quiz
from inkling.lessons.quiz import Quiz
from inkling.server.models import Model
from inkling.ui import services
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.components.quiz_board import quiz_board
from inkling.ui.mistakes import test_set_notice
from inkling.ui.widgets import overflow

CARD = 108  # pixels: ten fit a desk, three a phone
CLOCK = (
    "The clock starts with the first digit and ends with the tenth answer. It is the server's, so "
    "the way of your clicks counts, too, and it runs on while you look at another page."
)

_GAME = "contest_"  # and model and data
_BOARD = "contest_board"
_SCORES = "contest_scores_"  # and model and data: (mine, its) of each round


@st.fragment
def show(model: Model, data: str) -> None:
    """Draw the view.

    Parameters
    ----------
    model : Model
        The opponent.
    data : {"mnist", "builtin"}
        On whose test images.
    """
    dataset = services.datasets().get(data)
    P = services.answers_to_test_images(data, model.id, model.network)
    if not is_finite(model.network, P):
        overflow.show()
        return
    key = f"{_GAME}{model.id}_{data}"
    scores = f"{_SCORES}{model.id}_{data}"
    game: Quiz | None = st.session_state.get(key)

    def start() -> None:
        st.session_state[key] = _begin(model, dataset, P)

    def answer(place: int, digit: int) -> None:
        playing = st.session_state.get(key)
        if playing is None or playing.finished:
            return
        played = playing.with_answer(place, digit, time.monotonic())
        st.session_state[key] = played
        if played.finished:
            score = (played.person_score, played.network_score, len(played.indices))
            st.session_state[scores] = (*st.session_state.get(scores, ()), score)

    def give_up() -> None:
        st.session_state.pop(key, None)

    if game is None:
        _explain(P, dataset)
        st.button("Start", type="primary", on_click=start, help=CLOCK)
    elif not game.finished:
        _question(game, dataset, answer)
        with st.container(horizontal_alignment="center"):
            st.button("Give up this round", type="tertiary", on_click=give_up)
    else:
        _result(game, st.session_state.get(scores, ()))
        st.button("Play again", type="primary", on_click=start, help=CLOCK)
        _cards(game, dataset)
    test_set_notice.show()


def _begin(model: Model, dataset: Dataset, P: np.ndarray) -> Quiz:
    """Draw the images of a round, let the network read them, and start the clock."""
    indices = quiz.draw_round(P, np.random.default_rng())
    images = dataset.test.images[indices]
    before = time.perf_counter()
    answers = quiz.predict_one_by_one(model.network, images)
    network_seconds = time.perf_counter() - before
    return Quiz(
        indices=tuple(map(int, indices)),
        labels=tuple(map(int, dataset.test.labels[indices])),
        network_answers=tuple(map(int, answers.argmax(axis=1))),
        network_confidences=tuple(map(float, answers.max(axis=1))),
        network_seconds=network_seconds,
        start_time=time.monotonic(),
    )


def _explain(P: np.ndarray, dataset: Dataset) -> None:
    """Say what is going to happen, and how the digits are chosen."""
    pool = quiz.hardest_images(P)
    wrong = int((P[pool].argmax(axis=1) != dataset.test.labels[pool]).sum())
    digits = min(quiz.ROUND_SIZE, len(pool))
    st.markdown(
        f"{digits} digits, one after another; you say what each is, as fast as you can. The "
        "network reads the same ones. Then you see both scores."
    )
    st.markdown(
        f"They are drawn at random, anew each round, from the {len(pool)} test images on which "
        "this network hesitates most: its two largest probabilities are closest together there. "
        f"Of these {len(pool)} it reads {wrong} wrong."
    )


def _question(game: Quiz, dataset: Dataset, answer: Callable[[int, int], None]) -> None:
    """Draw the digit that is next, the clock, and ten large buttons."""
    quiz_board(
        picture_url(dataset.test.images[game.indices[game.position]]),
        game.position,
        len(game.indices),
        game.seconds(time.monotonic()),
        key=_BOARD,
        on_answer=answer,
    )


def _result(game: Quiz, scores: tuple[tuple[int, int, int], ...]) -> None:
    """Draw both scores."""
    n = len(game.indices)
    seconds = game.seconds(game.answer_times[-1])
    st.markdown(f"#### {quiz.result_sentence(game)}")
    st.table(
        {
            "": ["You", "The network"],
            "Right": [f"{game.person_score} of {n}", f"{game.network_score} of {n}"],
            "Time": [f"{seconds:.1f} s", f"{1000 * game.network_seconds:.1f} ms"],
        },
        width="content",
    )
    faster = seconds / max(game.network_seconds, 1e-9)
    tally = ""
    if len(scores) > 1:
        mine, its, all_of_them = (sum(column) for column in zip(*scores, strict=True))
        tally = (
            f" In your {len(scores)} rounds: you read {mine} of {all_of_them} right, "
            f"the network {its}."
        )
    st.markdown(
        f"The network was {float(f'{faster:.2g}'):,.0f} times as fast: its time was measured while "
        "it read the same digits, one after another. On these digits it hesitates most, so it does "
        f"far worse here than on others.{tally}"
    )


def _cards(game: Quiz, dataset: Dataset) -> None:
    """Draw the ten digits with what they are and what both said."""
    st.caption(
        "Below each digit: its label, your answer and how long it took, the network's answer and "
        "how sure it was."
    )
    with st.container(horizontal=True, gap="xsmall"):
        for place, index in enumerate(game.indices):
            label, mine = game.labels[place], game.answers[place]
            its = game.network_answers[place]
            confidence = percent(game.network_confidences[place])
            votes = rater_votes.in_words(index, label) if dataset.name == "MNIST" else ""
            with st.container(width=CARD, gap="xsmall"):
                st.image(
                    picture_url(dataset.test.images[index], 4),
                    width="stretch",
                    alt=f"a handwritten {label}",
                )
                st.markdown(
                    f"Label **{label}**  \n"
                    f"You **{mine}** {_mark(mine == label)}  \n"
                    f"Network **{its}** {_mark(its == label)}"
                )
                st.caption(
                    f"{game.person_seconds[place]:.1f}\u00a0s · {confidence}  \nImage {index}",
                    help=votes or None,
                )


def _mark(right: bool) -> str:
    return ":green[**✓**]" if right else ":red[**✗**]"
