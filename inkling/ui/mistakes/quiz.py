"""Beat the network: ten digits that are hard for it, read by a person against the clock."""

import time
from collections.abc import Callable

import numpy as np
import streamlit as st

from data_loader import Dataset
from digits import rater_votes
from inkling.analysis.overflow import is_finite
from inkling.charts.style import percent
from inkling.lessons import quiz
from inkling.lessons.quiz import Quiz
from inkling.server.models import Model
from inkling.ui import services
from inkling.ui.browser_events import get_key, parse_index
from inkling.ui.components.digit_grid import picture_url
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

# A component of its own instead of ten Streamlit buttons: a phone's thumb finds large ones, the
# number keys answer, too, and a click is seen at once, before the server has the next digit.
_board = st.components.v2.component(
    "inkling_contest",
    html="""
    <div class="board">
        <div class="head"><span class="place"></span><span class="clock" role="timer"></span></div>
        <img class="digit" alt="the digit to be read">
        <div class="keys" role="group" aria-label="Which digit it is"></div>
    </div>
    """,
    css="""
    .board { max-width: 420px; margin: 0 auto; color: var(--st-text-color);
             font: 1rem var(--st-font); }
    .head { display: flex; justify-content: space-between; align-items: baseline; }
    .clock { font-size: 1.4rem; font-weight: 600; font-variant-numeric: tabular-nums; }
    .digit { display: block; width: min(252px, 60vw); margin: 8px auto 14px; border-radius: 8px;
             image-rendering: pixelated; }
    .keys { display: grid; grid-template-columns: repeat(5, 1fr); gap: 8px; }
    .key { font: 600 1.5rem var(--st-font); height: 60px; border-radius: 8px; cursor: pointer;
           color: var(--st-text-color); background: var(--st-secondary-background-color);
           border: 1px solid var(--st-border-color); touch-action: manipulation; }
    @media (hover: hover) { .key:hover { border-color: var(--st-primary-color); } }
    .key:focus-visible { outline: 3px solid var(--st-text-color); }
    .waits .digit { opacity: 0.25; }
    .waits .key { cursor: default; }
    .key.said { color: #fff; background: var(--st-primary-color); }
    """,
    js="""
    export default function ({ data, parentElement, setTriggerValue }) {
        const board = parentElement.querySelector('.board');
        const keys = board.querySelector('.keys');
        const clock = board.querySelector('.clock');
        if (!keys.firstChild) {
            for (const digit of [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]) {
                const key = document.createElement('button');
                key.className = 'key';
                key.textContent = key.dataset.digit = digit;
                keys.append(key);
            }
            if (board.getBoundingClientRect().bottom > window.innerHeight) {
                board.scrollIntoView({ block: 'center' });
            }
        }
        board.stop?.();  // the call before this one is told to end only when all is gone
        board.classList.remove('waits');
        board.querySelector('.said')?.classList.remove('said');
        board.querySelector('.place').textContent = `Digit ${data.place + 1} of ${data.count}`;
        board.querySelector('.digit').src = data.picture;
        const say = digit => {
            if (board.classList.contains('waits')) return;
            board.classList.add('waits');
            keys.querySelector(`[data-digit="${digit}"]`).classList.add('said');
            setTriggerValue('said', { place: data.place, digit: Number(digit) });
        };
        keys.onclick = event => {
            const key = event.target.closest('.key');
            if (key) say(key.dataset.digit);
        };
        const typed = event => {
            const writes = event.composedPath()[0].closest?.(
                'input, textarea, [contenteditable=true]');
            if (writes || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
            if (/^[0-9]$/.test(event.key)) say(event.key);
        };
        document.addEventListener('keydown', typed);
        const began = performance.now() - 1000 * data.seconds;
        const show = () => {
            clock.textContent = `${((performance.now() - began) / 1000).toFixed(1)} s`;
        };
        show();
        const timer = setInterval(show, 100);
        board.stop = () => {
            clearInterval(timer);
            document.removeEventListener('keydown', typed);
        };
        return board.stop;
    }
    """,
)


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
        played = playing.answered(place, digit, time.monotonic())
        st.session_state[key] = played
        if played.finished:
            score = (played.right, played.network_right, len(played.indices))
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
    indices = quiz.draw_questions(P, np.random.default_rng())
    images = dataset.test.images[indices]
    before = time.perf_counter()
    answers = quiz.predict(model.network, images)
    network_seconds = time.perf_counter() - before
    return Quiz(
        indices=tuple(map(int, indices)),
        labels=tuple(map(int, dataset.test.labels[indices])),
        network=tuple(map(int, answers.argmax(axis=1))),
        sure=tuple(map(float, answers.max(axis=1))),
        network_seconds=network_seconds,
        has_started=time.monotonic(),
    )


def _explain(P: np.ndarray, dataset: Dataset) -> None:
    """Say what is going to happen, and how the digits are chosen."""
    pool = quiz.hardest_images(P)
    wrong = int((P[pool].argmax(axis=1) != dataset.test.labels[pool]).sum())
    digits = min(quiz.DIGITS, len(pool))
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

    def said() -> None:
        heard = get_key(st.session_state[_BOARD], "said")
        place = parse_index(get_key(heard, "place"), len(game.indices))
        digit = parse_index(get_key(heard, "digit"), 10)
        if place is not None and digit is not None:
            answer(place, digit)

    _board(
        data={
            "place": game.place,
            "count": len(game.indices),
            "picture": picture_url(dataset.test.images[game.indices[game.place]]),
            "seconds": game.seconds(time.monotonic()),
        },
        key=_BOARD,
        on_said_change=said,
    )


def _result(game: Quiz, scores: tuple[tuple[int, int, int], ...]) -> None:
    """Draw both scores."""
    n = len(game.indices)
    seconds = game.seconds(game.times[-1])
    st.markdown(f"#### {quiz.result_sentence(game)}")
    st.table(
        {
            "": ["You", "The network"],
            "Right": [f"{game.right} of {n}", f"{game.network_right} of {n}"],
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
            label, mine, its = game.labels[place], game.answers[place], game.network[place]
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
                    f"{game.person_seconds[place]:.1f}\u00a0s · {percent(game.sure[place])}  \n"
                    f"Image {index}",
                    help=votes or None,
                )


def _mark(right: bool) -> str:
    return ":green[**✓**]" if right else ":red[**✗**]"
