"""Twelve questions before and after the story."""

import csv
import io

from inkling.lessons.story import before_after
from inkling.lessons.story.before_after import UNKNOWN


def test_there_are_twelve_questions_whose_length_does_not_tell_the_answer() -> None:
    items = before_after.items()
    assert list(items) == [str(k) for k in range(1, 13)]
    for item in items.values():
        *options, unknown = item.options
        assert unknown == UNKNOWN
        assert len(set(options)) == 3
        lengths = [len(option) for option in options]
        assert max(lengths) - min(lengths) <= 0.25 * max(lengths)
    assert {item.correct for item in items.values()} == {0, 1, 2}


def test_number_of_correct_answers() -> None:
    correct = {key: item.correct for key, item in before_after.items().items()}
    assert before_after.number_correct(correct) == 12
    assert before_after.number_correct({}) == 0
    assert before_after.number_correct(correct | {"1": 3}) == 11


def test_export_holds_both_answers_in_words() -> None:
    rows = list(csv.DictReader(io.StringIO(before_after.answers_csv({"1": 3}, {"1": 1}).decode())))
    assert len(rows) == 12
    assert rows[0]["before"] == UNKNOWN
    assert rows[0]["after"] == rows[0]["correct"]
    assert rows[1]["before"] == ""
