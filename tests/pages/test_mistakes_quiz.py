"""Beat the network, on the Mistakes page, run by Streamlit's own test harness.

The harness has no browser: ten Streamlit buttons take the place of the board.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from inkling.lessons import quiz
from inkling.ui import model_choice
from inkling.ui.components import quiz_board
from tests.pages.driver import button, open_page, press, text

LOOKED_AT = "You are looking at test images"


@pytest.fixture(autouse=True)
def _board(monkeypatch: pytest.MonkeyPatch) -> None:
    def board(data: dict[str, Any], key: str, on_answered_change: Callable[[], None]) -> None:
        def answer(digit: int) -> None:
            st.session_state[key] = {"answered": {"place": data["place"], "digit": digit}}
            on_answered_change()

        st.markdown(f"Digit {data['place'] + 1} of {data['count']}")
        for digit in range(10):
            st.button(str(digit), on_click=answer, args=(digit,))

    monkeypatch.setattr(quiz_board, "_component", board)


@pytest.fixture
def opened(app: AppTest) -> AppTest:
    open_page(app, "mistakes", "Beat the network")
    return app


def game(app: AppTest) -> quiz.Quiz:
    return app.session_state["contest_pretrained_mnist"]


def play(app: AppTest, *wrong: int) -> quiz.Quiz:
    """Answer all ten rightly, but those at the places named."""
    for place, label in enumerate(game(app).labels):
        assert f"Digit {place + 1} of 10" in text(app)
        press(app, str((label + (place in wrong)) % 10))
    return game(app)


def test_rules_are_shown_before_a_round(opened: AppTest, small: Dataset) -> None:
    assert "Read 10 digits, one after another" in text(opened)
    assert "the 100 test images on which this network hesitates most" in text(opened)
    P = model_choice.pretrained().network.predict_proba(small.test.images)
    pool = quiz.hardest_images(P)
    wrong = np.sum(P[pool].argmax(axis=1) != small.test.labels[pool])
    assert f"It reads {wrong} of these 100 wrongly" in text(opened)
    assert LOOKED_AT in text(opened)


def test_round_ends_with_both_scores(opened: AppTest, small: Dataset) -> None:
    press(opened, "Start")
    assert LOOKED_AT in text(opened)
    played = play(opened, 2, 7)
    assert played.finished
    labels = small.test.labels[list(played.indices)]
    assert played.labels == tuple(labels)
    P = model_choice.pretrained().network.predict_proba(small.test.images[list(played.indices)])
    assert played.network_answers == tuple(P.argmax(axis=1))
    table = opened.table[0].value
    assert list(table["Correct"]) == ["8 of 10", f"{played.network_score} of 10"]
    assert table["Time"][0] == f"{played.seconds(0):.1f} s"
    assert table["Time"][1] == f"{1000 * played.network_seconds:.1f} ms"
    assert played.network_seconds > 0
    assert quiz.result_sentence(played) in text(opened)
    for index in played.indices:
        assert f"Image {index}" in text(opened)
    links = [link.proto.query_string for link in opened.get("page_link")]
    assert links == [f"data=small&split=test&index={index}" for index in played.indices]
    assert text(opened).count("Label **") == 10
    assert LOOKED_AT in text(opened)


def test_round_is_kept_while_another_view_is_open(opened: AppTest) -> None:
    press(opened, "Start")
    press(opened, "3")
    started_game = game(opened)
    opened.button_group(key="mistakes_view").set_value("How sure it is").run()
    open_page(opened, "draw")
    open_page(opened, "mistakes", "Beat the network")
    assert game(opened) == started_game
    assert "Digit 2 of 10" in text(opened)


def test_rounds_have_new_images_and_scores_add_up(opened: AppTest) -> None:
    press(opened, "Start")
    first = play(opened, 0)
    assert "rounds" not in text(opened)
    press(opened, "Start again")
    second = play(opened, 1, 2)
    assert first.indices != second.indices
    its = first.network_score + second.network_score
    assert f"In your 2 rounds you read 17 of 20 correctly, the network {its}." in text(opened)


def test_round_can_be_given_up(opened: AppTest) -> None:
    press(opened, "Start")
    press(opened, "1")
    press(opened, "Stop")
    assert "Read 10 digits, one after another" in text(opened)


def test_late_answer_is_ignored(opened: AppTest) -> None:
    press(opened, "Start")
    late = button(opened, "4")
    press(opened, "Stop")
    late.click().run()
    assert "Read 10 digits, one after another" in text(opened)


def test_overflowed_network_shows_a_warning(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "nn.Network.predict_proba",
        lambda network, images: np.full((len(images), 10), np.nan, np.float32),
    )
    open_page(app, "mistakes", "Beat the network")
    assert "overflowed" in app.warning[0].value
