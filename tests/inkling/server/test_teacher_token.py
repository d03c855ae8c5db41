"""Tokens of the teacher."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.server.teacher_token import SECONDS, Purpose, is_teacher_token, teacher_token

CLASS = {"INKLING_CLASS": "1", "INKLING_TEACHER_SECRET": "a long enough secret"}
ANN, BOB = "a" * 32, "b" * 32


def test_token_is_for_one_visitor_one_purpose_and_one_secret() -> None:
    token = teacher_token("cookie", ANN, CLASS)
    assert is_teacher_token(token, "cookie", ANN, CLASS)
    assert not is_teacher_token(token, "cookie", BOB, CLASS)
    assert not is_teacher_token(token, "sign in", ANN, CLASS)
    assert not is_teacher_token(
        token, "cookie", ANN, CLASS | {"INKLING_TEACHER_SECRET": "another long secret"}
    )
    assert not is_teacher_token(token, "cookie", ANN, CLASS | {"INKLING_CLASS": "0"})


@pytest.mark.parametrize("purpose", SECONDS)
def test_token_expires(purpose: Purpose, monkeypatch: pytest.MonkeyPatch) -> None:
    token = teacher_token(purpose, ANN, CLASS)
    later = time.time() + SECONDS[purpose] + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert not is_teacher_token(token, purpose, ANN, CLASS)


@given(st.one_of(st.text(), st.from_regex(r"[0-9]{10,12}\\.[0-9a-f]{64}", fullmatch=True)))
def test_no_other_text_is_a_token(text: str) -> None:
    assert not is_teacher_token(text, "cookie", ANN, CLASS)


@given(st.integers(0, 74), st.characters())
def test_changed_token_is_none(place: int, character: str) -> None:
    token = teacher_token("cookie", ANN, CLASS)
    changed = token[:place] + character + token[place + 1 :]
    assert changed == token or not is_teacher_token(changed, "cookie", ANN, CLASS)
