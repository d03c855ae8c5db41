"""Votes on doubted labels: consistent with each other and with MNIST."""

from data_loader import Dataset
from digits.rater_votes import DOUBTED, HARD_BUT_RIGHT, in_words


def test_each_entry_holds_five_votes_on_two_digits() -> None:
    assert len(DOUBTED) == 37
    for votes in DOUBTED.values():
        assert votes.for_given + votes.for_suspected + votes.for_neither == 5
        assert votes.given != votes.suspected
        assert {votes.given, votes.suspected} <= set(range(10))


def test_majority_confirms_all_but_fifteen_labels() -> None:
    assert sum(votes.for_given < 3 for votes in DOUBTED.values()) == 15


def test_no_label_is_both_in_doubt_and_upheld_by_all() -> None:
    assert len(set(HARD_BUT_RIGHT)) == 12
    assert not DOUBTED.keys() & set(HARD_BUT_RIGHT)


def test_the_given_labels_are_those_of_the_test_images(mnist: Dataset) -> None:
    for index, votes in DOUBTED.items():
        assert mnist.test.labels[index] == votes.given, index


def test_the_votes_are_listed_in_a_sentence() -> None:
    assert in_words(2130, 4) == "Five people looked at it: two say 4, two say 9, one says neither."
    assert in_words(947, 8) == "Five people looked at it: nobody says 8, five say 9."
    assert in_words(740, 4) == "Five people looked at it: four say 4, one says 9."
    assert in_words(582, 8) == "Five people looked at it: all five say 8."
    assert in_words(8, 5) == ""
