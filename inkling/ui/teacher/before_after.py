"""The class's answers to the questions before and after the chapters, as numbers only."""

from collections.abc import Sequence

import streamlit as st

from inkling.lessons.story import before_after
from inkling.ui import services
from inkling.ui.components.vote_bars import vote_bars
from inkling.ui.learn import progress

_GROUPS = ((0, 3), (4, 6), (7, 9), (10, 12))  # correct answers, from and to
HEADER = ("question", "answers before", "correct before", "answers after", "correct after")


def show() -> None:
    """Draw how many pupils had how many correct answers, and each question's; nothing at first."""
    numbers = [
        [before_after.number_correct(answers) for answers in asked if answers]
        for asked in _answers_of_class()
    ]
    if not any(numbers):
        return
    st.subheader("Before and after the chapters", anchor=False)
    vote_bars(
        [f"{least} to {most} correct" for least, most in _GROUPS],
        [_counts(each) for each in numbers],
        key="class_before_after",
    )
    with st.expander("Each question"):
        st.table([dict(zip(HEADER, row, strict=True)) for row in table_rows()])


def table_rows() -> list[tuple[object, ...]]:
    """Return how many pupils answered each question, and how many correctly, as in `HEADER`."""
    asked_twice = _answers_of_class()
    rows: list[tuple[object, ...]] = []
    for key, item in before_after.items().items():
        given = [[answers[key] for answers in asked if key in answers] for asked in asked_twice]
        counts = [(len(answers), answers.count(item.correct)) for answers in given]
        rows.append((item.text, *counts[0], *counts[1]))
    return rows


def _answers_of_class() -> tuple[list[dict[str, int]], list[dict[str, int]]]:
    """Return each pupil's answers by question, before and after."""
    known = [progress.of_visitor(visitor_id) for visitor_id in services.class_files().names()]
    return [each.before for each in known], [each.after for each in known]


def _counts(numbers: Sequence[int]) -> list[int]:
    return [sum(least <= number <= most for number in numbers) for least, most in _GROUPS]
