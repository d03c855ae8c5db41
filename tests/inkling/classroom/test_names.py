"""Names of pupils."""

from inkling.classroom.names import ANIMALS, clean_name, distinct, free_name, suggested_animal


def test_name_is_one_short_line() -> None:
    assert clean_name("  Mia \n\t Maria ") == "Mia Maria"
    assert clean_name("a\u202eb\x00c") == "abc"
    assert clean_name("x" * 99) == "x" * 20
    assert clean_name(" \u200b ") == ""


def test_animals_are_suggested_to_one_pupil_each() -> None:
    taken: list[str] = []
    for number in range(len(ANIMALS)):
        taken.append(suggested_animal(f"{number // 3:032x}", taken))
    assert sorted(taken) == sorted(ANIMALS)
    assert suggested_animal("0" * 32, taken) in ANIMALS


def test_second_of_a_name_gets_a_number() -> None:
    assert distinct({"a": "Mia", "b": "Ben", "c": "Mia"}) == {"a": "Mia", "b": "Ben", "c": "Mia 2"}


def test_taken_name_gets_the_first_free_number() -> None:
    assert free_name("Ben", ["Mia"]) == "Ben"
    assert free_name("Ben", ["Mia", "ben"]) == "Ben 2"
    assert free_name("Ben", ["Ben", "Ben 2", "Ben 4"]) == "Ben 3"
    longest = free_name("a" * 20, ["A" * 20])
    assert longest == clean_name(longest) == "a" * 16 + " 2"
