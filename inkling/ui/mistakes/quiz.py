"""Beat the network: a timed quiz on images with narrow margins."""

import re
import secrets
import time
from collections.abc import Callable

import numpy as np
import streamlit as st

from data_loader import Dataset
from digits import rater_votes
from inkling.charts.number_format import percent
from inkling.classroom.score import Score
from inkling.data.image_ref import ImageRef
from inkling.lessons import quiz
from inkling.lessons.quiz import Quiz
from inkling.server.models import Model
from inkling.ui import services
from inkling.ui.components.announcement import announcement
from inkling.ui.components.digit_grid import contact_sheet, picture_url
from inkling.ui.components.quiz_board import quiz_board
from inkling.ui.components.scroll_target import scroll_target
from inkling.ui.mistakes import class_score, test_set_notice
from inkling.ui.widgets import image_address, overflow
from inkling.ui.widgets.address import is_new, write_choice
from nn.diagnosis import is_finite

TITLE = "Beat the network"
CARD_WIDTH = 108  # pixels: ten fit a desk, three a phone
CLOCK = (
    "The clock starts with the first digit and stops with the tenth answer. It runs on the "
    "server, so network delay counts. It keeps running while you are on another page."
)

_COLUMNS, _EXAMPLES = 10, 50  # in the picture of images like those that come
_ROUND_PARAMETER = "round"  # of the address
_ROUND = "contest_"  # and model and data
_BOARD = "contest_board"
_SCORES = "contest_scores_"  # and model and data: scores and size of each round


@st.fragment
def show(model: Model, data: str) -> None:
    """Draw the view.

    Parameters
    ----------
    model : Model
    data : {"mnist", "builtin"}
        Data set of the test images.
    """
    dataset = services.datasets().get(data)
    P = services.answers_to_test_images(data, model.id, model.network)
    if not is_finite(model.network, P):
        overflow.show()
        return
    key = f"{_ROUND}{model.id}_{data}"
    scores = f"{_SCORES}{model.id}_{data}"
    round_: Quiz | None = st.session_state.get(key)

    announcement(_spoken(round_), key="quiz_announcement")

    def start() -> None:
        seed = _new_seed()
        st.session_state[key] = _new_round(model, dataset, P, seed)

    def answer(place: int, digit: int) -> None:
        current: Quiz | None = st.session_state.get(key)
        if current is None or current.finished:
            return
        answered = current.with_answer(place, digit, time.monotonic())
        st.session_state[key] = answered
        if answered.finished:
            score = (answered.person_score, answered.network_score, len(answered.indices))
            st.session_state[scores] = (*st.session_state.get(scores, ()), score)
            class_score.keep(Score(*score))

    def give_up() -> None:
        st.session_state.pop(key, None)

    if round_ is None:
        words, pictures = st.columns(2, gap="large")
        with words:
            _rules(P, dataset)
            st.button("Start", type="primary", on_click=start, help=CLOCK)
            class_score.show_notice()
        with pictures:
            _show_examples(P, dataset)
    elif not round_.finished:
        scroll_target(f"quiz {round_.start_time}", key="scroll_to_quiz")
        _question_board(round_, dataset, answer)
        with st.container(horizontal_alignment="center"):
            st.button("Stop", type="tertiary", on_click=give_up)
    else:
        with st.container(key="takes_focus_quiz_result"):
            st.markdown(f"#### {quiz.result_sentence(round_)}")
        # Where no key was: a visitor may still press one.
        st.button("Start again", type="primary", on_click=start, help=CLOCK)
        _score(round_, st.session_state.get(scores, ()))
        class_score.show_notice()
        _image_cards(round_, data)
    test_set_notice.show()


def _spoken(round_: Quiz | None) -> str:
    """Return what screen readers say of a round: its next digit, or its result."""
    if round_ is None:
        return ""
    if round_.finished:
        return quiz.result_sentence(round_).replace("**", "")
    return f"Digit {round_.position + 1} of {len(round_.indices)}"


def _new_seed() -> int:
    """Return the seed of a new round, and name it in the page's address.

    It is the one that the address names, unless that round was played here already.
    """
    linked = st.query_params.get(_ROUND_PARAMETER, "")
    is_linked = re.fullmatch("[0-9]{1,6}", linked) and is_new(_ROUND_PARAMETER, linked)
    seed = int(linked) if is_linked else secrets.randbelow(10**6)
    write_choice(_ROUND_PARAMETER, _ROUND_PARAMETER, str(seed))
    return seed


def _new_round(model: Model, dataset: Dataset, P: np.ndarray, seed: int) -> Quiz:
    """Return a new round with images drawn by a seed and the network's timed answers."""
    indices = quiz.draw_round(P, np.random.default_rng(seed))
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


def _rules(P: np.ndarray, dataset: Dataset) -> None:
    """Draw the rules, and how the images are chosen."""
    pool = quiz.hardest_images(P)
    wrong = int((P[pool].argmax(axis=1) != dataset.test.labels[pool]).sum())
    digits = min(quiz.ROUND_SIZE, len(pool))
    st.subheader("Can you read them better?", anchor=False)
    st.markdown(
        f"Read {digits} digits, one after another, as fast as you can. The network reads the same "
        "ones. Then you see both scores."
    )
    st.markdown(
        f"Each round draws them at random from the {len(pool)} test images on which this network "
        "hesitates most: there its two largest probabilities are closest together. It reads "
        f"{wrong} of these {len(pool)} wrongly."
    )


def _show_examples(P: np.ndarray, dataset: Dataset) -> None:
    """Draw images that are almost as hard as those of a round, none of which can come."""
    found = quiz.images_after_hardest(P, _EXAMPLES)
    shown = found[: len(found) // _COLUMNS * _COLUMNS]
    if len(shown) == 0:
        return
    st.image(
        picture_url(contact_sheet(dataset.test.images[shown], _COLUMNS), 4),
        caption=f"These {len(shown)} are almost as hard. None of them comes in a round.",
        width="stretch",
        alt="handwritten digits that are hard to read",
    )


def _question_board(round_: Quiz, dataset: Dataset, answer: Callable[[int, int], None]) -> None:
    """Draw the next image, the clock, and ten buttons."""
    quiz_board(
        picture_url(dataset.test.images[round_.indices[round_.position]]),
        round_.position,
        len(round_.indices),
        round_.seconds(time.monotonic()),
        key=_BOARD,
        on_answer=answer,
    )


def _score(round_: Quiz, scores: tuple[tuple[int, int, int], ...]) -> None:
    """Draw both scores and times."""
    n = len(round_.indices)
    seconds = round_.seconds(round_.answer_times[-1])
    st.table(
        {
            "Reader": ["You", "The network"],
            "Correct": [f"{round_.person_score} of {n}", f"{round_.network_score} of {n}"],
            "Time": [f"{seconds:.1f} s", f"{1000 * round_.network_seconds:.1f} ms"],
        },
        width="content",
    )
    faster = seconds / max(round_.network_seconds, 1e-9)
    tally = ""
    if len(scores) > 1:
        mine, its, all_of_them = (sum(column) for column in zip(*scores, strict=True))
        tally = (
            f" In your {len(scores)} rounds you read {mine} of {all_of_them} correctly, "
            f"the network {its}."
        )
    st.markdown(
        f"The network was {float(f'{faster:.2g}'):,.0f} times as fast: its time was measured while "
        "it read the same digits, one after another. These are the digits on which it hesitates "
        f"most, so it is far worse here than on others.{tally}"
    )


def _image_cards(round_: Quiz, data: str) -> None:
    """Draw the images of the round with labels, both answers, and a link to the evidence."""
    datasets = services.datasets()
    st.caption(
        "Below each digit: the label, your answer and its time, the network's answer and its "
        "confidence."
    )
    with st.container(horizontal=True, gap="xsmall"):
        for place, index in enumerate(round_.indices):
            label, mine = round_.labels[place], round_.answers[place]
            its = round_.network_answers[place]
            confidence = percent(round_.network_confidences[place])
            ref = ImageRef(data, "test", index)
            votes = rater_votes.in_words(index, label) if datasets.label(data) == "MNIST" else ""
            with st.container(width=CARD_WIDTH, gap="xsmall"):
                st.image(
                    picture_url(ref.image(datasets), 4),
                    width="stretch",
                    alt=f"a handwritten {label}",
                )
                st.markdown(
                    f"Label **{label}**  \n"
                    f"You **{mine}** {_mark(mine == label)}  \n"
                    f"Network **{its}** {_mark(its == label)}"
                )
                st.caption(
                    f"{round_.person_seconds[place]:.1f}\u00a0s · {confidence}  \nImage {index:,}",
                    help=votes or None,
                )
                image_address.image_links(ref, mistakes="Evidence")


def _mark(right: bool) -> str:
    return ":green[**✓**]" if right else ":red[**✗**]"
