"""Progress in the story as a file, valid or not."""

import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.lessons.story.progress import NOTE_LENGTH, OptionCounts, Progress, one_line

OPTIONS = {
    "digits": OptionCounts(4, 3),
    "eta": OptionCounts(3, 3),
    "end": OptionCounts(0, 0),
}
ID = "0123456789abcdef" * 2


def test_progress_survives_a_round_trip() -> None:
    progress = Progress(
        chapter="eta",
        code=True,
        ran={"digits"},
        runs={"eta": [ID, ID[::-1]]},
        predictions={"digits": 2},
        notes={"digits": "Two fours that hardly look alike, \N{SNOWMAN}", "eta": ""},
        answers={"digits": 3, "eta": 0},
        numbers={"digits": 784.0},
        figures={"eta": ["Learning rate 15: 2.30"]},
        before={"1": 3},
        after={"1": 1, "12": 0},
    )
    assert Progress.from_bytes(progress.to_bytes(), OPTIONS) == progress


def test_no_file_gives_empty_progress() -> None:
    assert Progress.from_bytes(None, OPTIONS) == Progress()


@pytest.mark.parametrize(
    "changed",
    [
        {"chapter": "unknown"},
        {"chapter": ["eta"]},
        {"ran": ["unknown", 3, None]},
        {"ran": "eta"},
        {"runs": {"eta": ["../../x"]}},
        {"runs": {"eta": ID}},
        {"runs": {"eta": [ID] * 100}},
        {"runs": {"unknown": [ID]}},
        {"runs": [ID]},
        {"answers": {"eta": 3}},
        {"answers": {"eta": -1}},
        {"answers": {"eta": True}},
        {"answers": {"eta": 1.0}},
        {"answers": {"unknown": 0}},
        {"answers": 7},
        {"code": "yes"},
        {"predictions": {"eta": 3}},
        {"notes": {"eta": 7}},
        {"notes": {"eta": "two\nlines"}},
        {"notes": {"eta": "x" * (NOTE_LENGTH + 1)}},
        {"notes": ["x"]},
        {"numbers": {"eta": float("nan")}},
        {"numbers": {"eta": "784"}},
        {"figures": {"eta": "97%"}},
        {"figures": {"eta": [97]}},
        {"figures": {"eta": ["97%"] * 100}},
        {"before": {"1": 4}},
        {"after": {"13": 0}},
        {"more": 1},
    ],
)
def test_invalid_entries_are_left_out(changed: object) -> None:
    assert Progress.from_bytes(json.dumps(changed).encode(), OPTIONS) == Progress()


def test_chapters_of_an_earlier_version_are_those_that_took_them_in() -> None:
    former = {"chapter": "arrays", "ran": ["arrays", "eta"], "answers": {"arrays": 2, "eta": 1}}
    progress = Progress.from_bytes(json.dumps(former).encode(), OPTIONS)
    assert (progress.chapter, progress.ran) == ("digits", {"digits", "eta"})
    assert progress.answers == {"eta": 1}  # the question of the other chapter is a new one


def test_note_is_one_printable_line_of_limited_length() -> None:
    assert one_line("  two\n lines\x00 \t") == "two lines"
    assert len(one_line("x" * 10_000)) == NOTE_LENGTH


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000])
def test_data_that_is_no_json_object_gives_empty_progress(data: bytes) -> None:
    assert Progress.from_bytes(data, OPTIONS) == Progress()


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from([*OPTIONS, ID]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*OPTIONS, "x"]), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from([field.name for field in fields(Progress)]), _ANYTHING))
def test_progress_read_from_any_json_is_valid(content: object) -> None:
    progress = Progress.from_bytes(json.dumps(content).encode(), OPTIONS)
    assert progress.chapter in {"", *OPTIONS}
    assert progress.ran <= OPTIONS.keys()
    assert all(0 <= answer < OPTIONS[key].question for key, answer in progress.answers.items())
    assert Progress.from_bytes(progress.to_bytes(), OPTIONS) == progress
