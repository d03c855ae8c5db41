"""What Draw says about an answer that is to be doubted."""

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from digits.drawing import drawing_to_image
from inkling.analysis.digit_detector import Kind
from inkling.server.models import Model, model_of
from inkling.ui import model_choice
from inkling.ui.draw import doubts
from inkling.ui.draw.answer import spoken_answer
from inkling.ui.draw.doubts import (
    DRAW_AGAIN,
    NOT_A_DIGIT,
    TWO_DIGITS,
    answer_sentence,
    digit_to_show,
)
from nn import mlp
from tests.pages.driver import pictures, text
from tests.pages.test_draw_views import SEVEN

SCRIPT = """
import streamlit as st
from inkling.ui.draw import doubts

doubts.show_nearest_digits(st.session_state["image"], pictures=True)
"""
IMAGE = drawing_to_image(SEVEN)


@pytest.fixture(autouse=True)
def kind(monkeypatch: pytest.MonkeyPatch) -> list[Kind]:
    """What every drawing is taken to be; a test may change it."""
    kinds = [Kind.DIGIT]
    monkeypatch.setattr(doubts, "kind_of", lambda image: kinds[0])
    return kinds


def probabilities(first: int, share: float, second: int = 0) -> np.ndarray:
    """Return probabilities with two given digits before all others."""
    P = np.full(10, 0.01)
    P[first], P[second] = share, 0.92 - share
    return P


def answering(P: np.ndarray, name: str = "fast-97 with eta 0.0005", share: float = 0.857) -> Model:
    """Return a network that gives every image the same probabilities."""
    network = mlp((784, 10))
    network.dense_layers[-1].b[:] = np.log(P)
    network.dense_layers[-1].W[:] = 0
    return model_of(network, name, name, test_accuracy=share)


def built_in(monkeypatch: pytest.MonkeyPatch, *answers: np.ndarray) -> None:
    """Let the built-in networks give these answers."""
    models = tuple(answering(P, f"built-in {k}", 0.995) for k, P in enumerate(answers))
    monkeypatch.setattr(model_choice, "builtin_models", lambda: models)


def test_sure_answer_of_a_good_network_has_no_doubt() -> None:
    P = probabilities(7, 0.91)
    assert answer_sentence(answering(P, share=0.976), IMAGE, P) == "It is sure: 91%."


def test_poor_network_is_named_with_its_accuracy_even_if_it_is_sure() -> None:
    P = probabilities(7, 0.91)
    assert answer_sentence(answering(P), IMAGE, P).replace("\\", "") == (
        "It is sure: 91%. fast-97 with eta 0.0005 reads 85.7% of test images."
    )


def test_unsure_network_is_named_and_the_answer_of_good_ones_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built_in(monkeypatch, probabilities(7, 0.91), probabilities(7, 0.8))
    P = probabilities(3, 0.5, 5)
    sentence = answer_sentence(answering(P, share=0.976), IMAGE, P).replace("\\", "")
    assert sentence == (
        "**Unsure**: 3 (50%) or 5 (42%)? fast-97 with eta 0.0005 reads 97.6% of test images. "
        "Both built-in networks answer 7."
    )


@pytest.mark.parametrize("digits", [(7, 1), (7, 7)])
def test_drawing_is_to_be_repeated_only_where_good_networks_are_unsure(
    monkeypatch: pytest.MonkeyPatch, digits: tuple[int, int]
) -> None:
    share = 0.8 if digits[0] != digits[1] else 0.5
    built_in(monkeypatch, *(probabilities(digit, share) for digit in digits))
    P = probabilities(3, 0.5, 5)
    assert answer_sentence(answering(P), IMAGE, P).endswith(DRAW_AGAIN)


def test_long_name_is_shortened() -> None:
    P = probabilities(7, 0.91)
    sentence = answer_sentence(replace(answering(P), name="x" * 90), IMAGE, P)
    assert f"{'x' * 31}… reads" in sentence


def test_other_drawing_keeps_the_best_guess(kind: list[Kind]) -> None:
    P = probabilities(7, 0.91)
    kind[0] = Kind.OTHER
    sentence = answer_sentence(answering(P), IMAGE, P)
    assert sentence == f"{NOT_A_DIGIT} If it is one, then a 7: 91%."
    assert digit_to_show(IMAGE, P) == 7
    assert spoken_answer(7, sentence).startswith("7. Probably not a digit.")


def test_several_digits_have_no_answer(kind: list[Kind]) -> None:
    P = probabilities(7, 0.91)
    kind[0] = Kind.TWO_DIGITS
    sentence = answer_sentence(answering(P), IMAGE, P)
    assert sentence == TWO_DIGITS
    assert digit_to_show(IMAGE, P) is None
    assert spoken_answer(None, sentence).startswith("These look like several digits.")


def test_empty_canvas_and_overflowed_network_have_no_sentence() -> None:
    P = probabilities(7, 0.91)
    assert answer_sentence(answering(P), None, None) == ""
    assert digit_to_show(None, None) is None
    assert answer_sentence(answering(P), IMAGE, None) == ""


@pytest.mark.parametrize(("found", "shown"), [(Kind.OTHER, 5), (Kind.DIGIT, 0)])
def test_nearest_digits_explain_a_doubt(
    app: AppTest, tmp_path: object, kind: list[Kind], found: Kind, shown: int
) -> None:
    app.run()
    kind[0] = found
    page = AppTest.from_string(SCRIPT, default_timeout=30)
    page.session_state["image"] = IMAGE
    page.run()
    assert len(pictures(page)) == shown
    assert ("the nearest ones are:" in text(page)) == bool(shown)
